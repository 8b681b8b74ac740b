"""How well the search finds: labelled queries over `content/`, asked as the search page asks.

    python benchmarks/relevance.py [--check]

`tuning.yaml` may be looked at while the search is improved; of `held_out.yaml` only the totals
are ever shown, so that they stay an honest measure. success@n: a right practice is among the first
n. MRR: the mean of 1 / rank of the first right one (0 where there is none on the first page).
"""

import argparse
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
import sys
import tempfile

import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from kb.core.language import Locale  # noqa: E402
from kb.core.settings import Settings  # noqa: E402
from kb.operations.installation import CONTENT, set_up  # noqa: E402
from kb.runtime import Runtime  # noqa: E402
from kb.search.service import DEFAULT_KIND, Results, parse_query, search  # noqa: E402
from kb.wiring import build_runtime  # noqa: E402

SETS = Path(__file__).parent / "relevance"
TUNING, HELD_OUT = "tuning", "held_out"
FIRST = 3
SUCCESS_GOAL, MRR_GOAL = 0.95, 0.85
KINDS = (
    "plain",
    "no-accent",
    "other-language",
    "synonym",
    "local-word",
    "spelling-variant",
    "typo",
    "acronym",
    "place",
    "question",
)


@dataclass(frozen=True)
class Labelled:
    """A query as a reader types it, and the practices that answer it."""

    query: str
    locale: Locale
    kind: str
    relevant: frozenset[str]
    scope: str

    @classmethod
    def read(cls, name: str) -> list["Labelled"]:
        """The queries of a file; ValueError for a kind that is not known."""
        entries = yaml.safe_load((SETS / f"{name}.yaml").read_text("utf-8"))
        unknown = {entry["kind"] for entry in entries} - set(KINDS)
        if unknown:
            raise ValueError(f"{name}: unknown kinds {sorted(unknown)}")
        return [
            cls(
                entry["query"],
                Locale(entry["lang"]),
                entry["kind"],
                frozenset(entry["relevant"]),
                entry.get("scope", DEFAULT_KIND),
            )
            for entry in entries
        ]


@dataclass(frozen=True)
class Outcome:
    """What came of a query: the practices in order, and the rank of the first right one."""

    labelled: Labelled
    found: tuple[str, ...]
    note: str

    @property
    def rank(self) -> int | None:
        ranks = (n for n, slug in enumerate(self.found, 1) if slug in self.labelled.relevant)
        return next(ranks, None)


@contextmanager
def installation() -> Iterator[Runtime]:
    """All of `content/`, imported and indexed in a temporary folder."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        settings = Settings(
            data_dir=data,
            database_url=f"sqlite:///{data / 'palabre.db'}",
            search_url=f"whoosh:{data / 'index'}",
            secret_key="for a benchmark",  # noqa: S106
        )
        runtime = build_runtime(settings)
        try:
            set_up(runtime, lambda _message: None, content=CONTENT)
            yield runtime
        finally:
            runtime.close()


def ask(runtime: Runtime, labelled: Labelled) -> Outcome:
    """The first page, as a visitor gets it."""
    parameters = {"q": [labelled.query], "kind": [labelled.scope]}
    with runtime.reading() as session:
        vocabularies = runtime.vocabularies.get(session)
        query = parse_query(parameters, labelled.locale, vocabularies)
        thesaurus = runtime.thesaurus.get(session)
        results = search(session, runtime.index, vocabularies, query, thesaurus=thesaurus)
    return Outcome(labelled, tuple(found.practice.slug for found in results.found), _note(results))


def _note(results: Results) -> str:
    parts = [f"{results.total} found"]
    if results.is_loosened:
        parts.append("loosened")
    if results.corrected:
        parts.append(f"corrected to {results.corrected!r}")
    if results.suggestion:
        parts.append(f"suggested {results.suggestion!r}")
    if results.expansions:
        parts.append(f"also {', '.join(results.expansions)}")
    return "; ".join(parts)


def success(outcomes: Sequence[Outcome], first: int) -> float:
    """The share of the queries with a right practice among the first so many."""
    ranks = (outcome.rank for outcome in outcomes)
    return sum(rank is not None and rank <= first for rank in ranks) / len(outcomes)


def mean_reciprocal_rank(outcomes: Sequence[Outcome]) -> float:
    """The mean of 1 / rank."""
    return sum(1 / outcome.rank for outcome in outcomes if outcome.rank) / len(outcomes)


def report(name: str, outcomes: Sequence[Outcome]) -> None:
    """Print the measures by kind and in all."""
    print(f"\n| {name} | queries | success@1 | success@{FIRST} | MRR |")
    print("|---|---:|---:|---:|---:|")
    by_kind = {kind: [o for o in outcomes if o.labelled.kind == kind] for kind in KINDS}
    for label, some in (*by_kind.items(), ("**all**", outcomes)):
        if some:
            measures = (success(some, 1), success(some, FIRST), mean_reciprocal_rank(some))
            columns = " | ".join(f"{measure:.3f}" for measure in measures)
            print(f"| {label} | {len(some)} | {columns} |")


def failures(outcomes: Iterable[Outcome], *, all_but_first: bool) -> Iterator[str]:
    """A line for each query without a right practice among the first ones."""
    for outcome in outcomes:
        limit = 1 if all_but_first else FIRST
        if outcome.rank is None or outcome.rank > limit:
            labelled = outcome.labelled
            yield (
                f"{labelled.kind:<17} {labelled.locale.value} {labelled.query!r}: "
                f"rank {outcome.rank}; {outcome.note}; first {list(outcome.found[:FIRST])}"
            )


def main() -> int:
    """Measure both sets; 1 where a goal is missed and --check was given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail below the goals")
    parser.add_argument("--only", choices=(TUNING, HELD_OUT), help="measure one of the sets")
    parser.add_argument("--show-held-out", action="store_true", help="spoils it as a measure")
    parser.add_argument("--all-but-first", action="store_true", help="list ranks 2 and 3 as well")
    options = parser.parse_args()
    with installation() as runtime:
        outcomes = {
            name: [ask(runtime, labelled) for labelled in Labelled.read(name)]
            for name in ([options.only] if options.only else (TUNING, HELD_OUT))
        }
    everything = [outcome for some in outcomes.values() for outcome in some]
    for name, some in outcomes.items():
        report(name, some)
    if len(outcomes) > 1:
        report("both", everything)
    shown = everything if options.show_held_out else outcomes.get(TUNING, [])
    print()
    for line in failures(shown, all_but_first=options.all_but_first):
        print(line)
    reached = all(
        success(some, FIRST) >= SUCCESS_GOAL and mean_reciprocal_rank(some) >= MRR_GOAL
        for some in (everything, *outcomes.values())
    )
    print(f"\ngoals: success@{FIRST} >= {SUCCESS_GOAL}, MRR >= {MRR_GOAL}: {reached}")
    return 1 if options.check and not reached else 0


if __name__ == "__main__":
    sys.exit(main())
