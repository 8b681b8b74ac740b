"""The search measured against native engines: time, memory, and whether the answers are right.

    python benchmarks/search.py --sizes 1000 10000 --rounds 3

How to run it and what is compared: `benchmarks/README.md`.
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
import hashlib
import importlib.util
import json
from pathlib import Path
import shutil
import subprocess
import sys
import tempfile

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import bad_input, corpus, queries, report  # noqa: E402 - after the path
from benchmarks.brute_force import BruteForce  # noqa: E402
from benchmarks.measuring import CORPUS, EXPECTED, OWN, OWN_PASSAGES, OWN_SYNONYMS, QUERIES  # noqa: E402
from benchmarks.report import Figures  # noqa: E402
from kb.core.language import Locale  # noqa: E402
from tests.postgresql import cluster_or_reason  # noqa: E402

HERE = ROOT / "benchmarks"
ADAPTER = ROOT / "kb" / "adapters" / "whoosh_index"
PEERS = ("native_whoosh", "sqlite_fts5", "tantivy_index")
POSTGRESQL = "postgresql"
SERVER_OF_ITS_OWN = "own"


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 1 when ours is wrong, or with --check when a goal is missed."""
    options = _options(arguments)
    with _cache(options.cache) as cache, _server(options.postgresql) as address:
        if options.bad_input:
            return _bad_input(cache, options)
        engines = _present(options.engines, address)
        runs = {size: _run(size, engines, cache, address, options) for size in options.sizes}
    print("\n".join(report.markdown(runs)))
    if options.json:
        raw = {size: {name: asdict(of) for name, of in run.items()} for size, run in runs.items()}
        options.json.write_text(json.dumps(raw), "utf-8")
    missed = list(report.missed(runs)) if options.check else []
    for sentence in missed:
        print(f"Missed: {sentence}")
    return int(bool(missed) or any(run[OWN].wrong for run in runs.values()))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    add = parser.add_argument
    add("--sizes", type=int, nargs="+", default=[1_000, 10_000], help="numbers of documents")
    add("--engines", nargs="+", choices=PEERS, default=PEERS, help="what ours is compared with")
    add("--rounds", type=int, default=3, help="processes per engine; a query counts its median")
    add("--seed", type=int, default=4, help="other texts and queries with another number")
    add(
        "--postgresql",
        metavar="URL",
        nargs="?",
        const=SERVER_OF_ITS_OWN,
        help="compare with this server, its database is written to; without URL one is started",
    )
    add("--synonyms", action="store_true", help="measure ours with a large thesaurus as well")
    add("--cache", type=Path, help="keep corpora and indexes in this folder")
    add("--reuse", action="store_true", help="take an index that older code of ours has built")
    add("--json", type=Path, help="put the raw figures in this file")
    add("--check", action="store_true", help="fail when a goal is missed")
    add("--bad-input", action="store_true", help="instead: how long ours takes for bad input")
    return parser.parse_args(arguments)


@contextmanager
def _cache(folder: Path | None) -> Iterator[Path]:
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        yield folder.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="palabre-benchmark-") as temporary:
        yield Path(temporary)


@contextmanager
def _server(address: str | None) -> Iterator[str | None]:
    if address != SERVER_OF_ITS_OWN:
        yield address
        return
    cluster, reason = cluster_or_reason()
    if cluster is None:
        print(f"PostgreSQL is left out: {reason}.")
        yield None
        return
    try:
        yield cluster.new_database()
    finally:
        cluster.stop()


def _present(wanted: Sequence[str], address: str | None) -> list[str]:
    engines = [OWN, *wanted, *([POSTGRESQL] if address else [])]
    if "tantivy_index" in engines and importlib.util.find_spec("tantivy") is None:
        print("tantivy is left out: install it with requirements/benchmarks.txt.")
        engines.remove("tantivy_index")
    return engines


def _run(
    size: int,
    engines: Sequence[str],
    cache: Path,
    address: str | None,
    options: argparse.Namespace,
) -> Mapping[str, Figures]:
    """Every engine in processes of its own, one after the other, the order turned each round."""
    folder = _corpus(cache, size, options.seed)
    indexes = {name: _built(name, folder, address, reuse=options.reuse) for name in engines}
    others = [OWN_PASSAGES, *([OWN_SYNONYMS] if options.synonyms else [])]
    indexes |= dict.fromkeys(others, indexes[OWN])
    engines = [*engines, *others]
    figures = {name: Figures(build) for name, (_, build) in indexes.items()}
    for number in range(options.rounds):
        turn = number % len(engines)
        for name in (*engines[turn:], *engines[:turn]):
            figures[name].rounds.append(_child("measure", name, folder, indexes[name][0]))
    return figures


def _corpus(cache: Path, size: int, seed: int) -> Path:
    """A folder with the documents, the queries and what they must find."""
    folder = cache / f"{size}-{seed}-{_corpus_edition(seed)}"
    if (folder / EXPECTED).exists():
        return folder
    for old in cache.glob(f"{size}-{seed}-*"):
        shutil.rmtree(old)
    folder.mkdir()
    corpus.write(folder / CORPUS, size, seed)
    warm_up, measured = queries.queries(seed)
    queries.write(folder / QUERIES, warm_up, measured)
    counted = BruteForce(corpus.read(folder / CORPUS), measured, seed)
    expected = {
        name: [counted.expected(query, own=own).dump() for query in measured]
        for name, own in (("own", True), ("others", False))
    }
    (folder / EXPECTED).write_text(json.dumps(expected), "utf-8")
    return folder


def _built(
    name: str, folder: Path, address: str | None, *, reuse: bool
) -> tuple[Path, Mapping[str, float]]:
    """The folder of an index of this very code, and what building it has cost."""
    older = sorted(folder.glob(f"{name}-*.json"), key=lambda path: path.stat().st_mtime)
    index = folder / f"{name}-{_edition(name)}"
    if reuse and older:
        index = older[-1].with_suffix("")
    figures = index.with_suffix(".json")
    # A server has forgotten, or has another corpus by now.
    if not figures.exists() or name == POSTGRESQL:
        for path in folder.glob(f"{name}-*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        index.mkdir(mode=0o700)
        if address and name == POSTGRESQL:
            (index / "address").write_text(address, "utf-8")
        figures.write_text(json.dumps(_child("build", name, folder, index)), "utf-8")
    return index, json.loads(figures.read_text("utf-8"))


def _corpus_edition(seed: int) -> str:
    """Another one whenever documents, queries or terms can have changed."""
    words = "".join(word for locale in Locale for word in corpus.vocabulary(locale, seed).words)
    names = ("corpus.py", "queries.py", "brute_force.py")
    return _digest([*(HERE / name for name in names), ADAPTER / "analysis.py"], words.encode())


def _edition(name: str) -> str:
    """Another one whenever the code has changed that the index comes from."""
    sources = [HERE / "engines" / f"{name}.py", HERE / "engines" / "engine.py"]
    if name == OWN:
        sources += sorted(ADAPTER.glob("*.py"))
    return _digest(sources)


def _digest(sources: Sequence[Path], more: bytes = b"") -> str:
    content = b"".join(path.read_bytes() for path in sources)
    return hashlib.sha256(content + more).hexdigest()[:12]


def _child(task: str, name: str, folder: Path, index: Path) -> dict[str, float]:
    """The figures of a task done in a fresh process."""
    print(f"{folder.name}: {task} {name}", file=sys.stderr, flush=True)
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.measuring", task, name, str(folder), str(index)],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def _bad_input(cache: Path, options: argparse.Namespace) -> int:
    folder = _corpus(cache, bad_input.SIZE, options.seed)
    index, _ = _built(OWN, folder, None, reuse=options.reuse)
    times = bad_input.times(index, options.seed)
    print("| typed | ms |\n|---|---|")
    for needed, name in times:
        print(f"| {name} | {needed:.1f} |")
    worst = times[0][0]
    print(f"\nThe worst takes {worst:.0f} ms; the goal is {bad_input.GOAL:.0f} ms.")
    return int(options.check and worst > bad_input.GOAL)


if __name__ == "__main__":
    sys.exit(main())
