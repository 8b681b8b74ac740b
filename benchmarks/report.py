"""The figures of a run in Markdown, and the goals that they must reach."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

TITLES = {
    "own": "ours",
    "own_passages": "ours, with a passage for each hit",
    "own_synonyms": "ours, with passages and three synonyms per word",
    "native_whoosh": "Whoosh 2.7.4, its own `groupedby` facets",
    "sqlite_fts5": "SQLite FTS5, SQL facets",
    "tantivy_index": "tantivy, its aggregations",
    "postgresql": "PostgreSQL FTS (time on the clock)",
}
SQLITE, TANTIVY = "sqlite_fts5", "tantivy_index"
OWN, OWN_PASSAGES, OWN_SYNONYMS = "own", "own_passages", "own_synonyms"
# Its work is done by the server: only the clock sees it.
SERVERS = {"postgresql"}
# Milliseconds (p95), ratios of p95, CPU seconds and megabytes, by number of documents.
MOST_P95 = {10_000: 2.0, 100_000: 15.0}
MOST_TO_SQLITE = {10_000: 0.3, 100_000: 0.3}
MOST_TO_TANTIVY = {100_000: 3.0}
# Of p95 with passages and synonyms to p95 with passages.
MOST_FOR_SYNONYMS = {10_000: 2.0, 100_000: 2.0}
MOST_BUILD = {10_000: 45.0}
MOST_MEMORY = {10_000: 150.0}


@dataclass
class Figures:
    """What is known of one engine at one size: its build, and a measurement per round."""

    build: Mapping[str, float]
    rounds: list[Mapping[str, Any]] = field(default_factory=list)

    def times(self, kind: str) -> list[float]:
        """Milliseconds of each query: the middle one of the rounds."""
        return [median(times) for times in zip(*(one[kind] for one in self.rounds), strict=True)]

    def memory(self, kind: str) -> float:
        """Megabytes, of the round that took most; 0 where the system does not tell."""
        return max(float(one["memory"].get(kind, 0.0)) for one in self.rounds)

    @property
    def wrong(self) -> list[str]:
        return list(dict.fromkeys(line for one in self.rounds for line in one["wrong"]))


# Engine -> figures, for one number of documents.
Run = Mapping[str, Figures]


def percentile(times: Sequence[float], share: float) -> float:
    """The time that this share of the queries needs at most."""
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]


def p50_p95(run: Run, engine: str) -> tuple[float, float]:
    """Of the CPU time, or of the time on the clock for a server."""
    times = run[engine].times("wall" if engine in SERVERS else "cpu")
    return percentile(times, 0.5), percentile(times, 0.95)


def markdown(runs: Mapping[int, Run]) -> Iterator[str]:
    """One table with every size side by side, then one per size with everything."""
    engines = list(dict.fromkeys(engine for run in runs.values() for engine in run))
    yield "| engine | " + " | ".join(f"{size:,}" for size in runs) + " |"
    yield "|---|" + "---|" * len(runs)
    for engine in engines:
        cells = (
            " / ".join(map(_rounded, p50_p95(run, engine))) if engine in run else "-"
            for run in runs.values()
        )
        yield f"| {TITLES[engine]} | " + " | ".join(cells) + " |"
    for size, run in runs.items():
        yield from _details(size, run)


def missed(runs: Mapping[int, Run]) -> Iterator[str]:
    """A sentence for every goal that was measured and not reached."""
    for size, run in runs.items():
        own = run[OWN]
        p95 = p50_p95(run, OWN)[1]
        reached = (
            ("p95 in ms", p95, MOST_P95),
            ("p95 to SQLite FTS5", _ratio(run, OWN, SQLITE), MOST_TO_SQLITE),
            ("p95 to tantivy", _ratio(run, OWN, TANTIVY), MOST_TO_TANTIVY),
            ("p95 with synonyms to p95 without", _synonyms(run), MOST_FOR_SYNONYMS),
            ("CPU seconds to build", own.build["cpu"], MOST_BUILD),
            ("megabytes at most", own.memory("peak"), MOST_MEMORY),
        )
        for what, figure, goals in reached:
            if size in goals and figure is not None and figure > goals[size]:
                yield f"{size:,} documents: {what} {_rounded(figure)}, goal {goals[size]:g}"


def _details(size: int, run: Run) -> Iterator[str]:
    yield ""
    yield f"## {size:,} documents"
    yield ""
    yield (
        "| engine | CPU p50 / p95 ms | clock p50 / p95 ms | p95 to FTS5 | p95 to tantivy"
        " | build CPU s | peak MB | private MB | wrong |"
    )
    yield "|---|---|---|---|---|---|---|---|---|"
    for engine, figures in run.items():
        cells = (
            TITLES[engine],
            "-" if engine in SERVERS else _pair(figures.times("cpu")),
            _pair(figures.times("wall")),
            _cell(_ratio(run, engine, SQLITE)),
            _cell(_ratio(run, engine, TANTIVY)),
            "-" if engine in SERVERS else f"{figures.build['cpu']:.1f}",
            "-" if engine in SERVERS else f"{figures.memory('peak'):.0f}",
            "-" if engine in SERVERS else f"{figures.memory('private'):.0f}",
            "-" if engine == OWN_SYNONYMS else str(len(figures.wrong)),
        )
        yield f"| {' | '.join(cells)} |"
    if OWN in run:
        own = run[OWN]
        opened = median(one["opened"] for one in own.rounds)
        yield ""
        yield (
            f"Ours opens in {opened:.2f} s; asked the same 240 queries again it needs"
            f" {_pair(own.times('cpu_again'))} ms, with what its caches still hold."
        )
    for engine, figures in run.items():
        for line in figures.wrong[:5]:
            yield f"- {TITLES[engine]}: {line}"


def _ratio(run: Run, engine: str, peer: str) -> float | None:
    if peer not in run:
        return None
    return p50_p95(run, engine)[1] / p50_p95(run, peer)[1]


def _synonyms(run: Run) -> float | None:
    if OWN_SYNONYMS not in run:
        return None
    return p50_p95(run, OWN_SYNONYMS)[1] / p50_p95(run, OWN_PASSAGES)[1]


def _pair(times: Sequence[float]) -> str:
    return f"{_rounded(percentile(times, 0.5))} / {_rounded(percentile(times, 0.95))}"


def _cell(figure: float | None) -> str:
    return "-" if figure is None else _rounded(figure)


def _rounded(figure: float) -> str:
    """Two significant digits, and no more than the noise allows."""
    return f"{figure:.0f}" if figure >= 10 else f"{figure:.2g}"  # noqa: PLR2004
