"""One engine in a process of its own: building its index, or answering the queries.

    python -m benchmarks.measuring build|measure ENGINE CORPUS-FOLDER INDEX-FOLDER

Prints figures as JSON. `benchmarks/search.py` is the command to use.
"""

from collections.abc import Sequence
import gc
import importlib
import json
import os
from pathlib import Path
import sys
import time

from benchmarks import corpus, queries
from benchmarks.brute_force import Expected, differences
from benchmarks.engines.engine import Answer, Engine
from benchmarks.queries import Query

CORPUS, QUERIES, EXPECTED = "corpus.jsonl", "queries.json", "expected.json"
OWN, OWN_PASSAGES, OWN_SYNONYMS = "own", "own_passages", "own_synonyms"
STATUS, MAPPED = Path("/proc/self/status"), Path("/proc/self/smaps_rollup")


def build(engine: Engine, folder: Path) -> dict[str, float]:
    """Seconds of this process for an index of the corpus; gives way to everybody else."""
    os.nice(10)
    start, cpu = time.perf_counter(), time.process_time()
    engine.build(corpus.read(folder / CORPUS))
    return {"seconds": time.perf_counter() - start, "cpu": time.process_time() - cpu}


def measure(engine: Engine, name: str, folder: Path) -> dict[str, object]:
    """Milliseconds of each query, twice; memory; and what was answered wrongly."""
    warm_up, measured = queries.read(folder / QUERIES)
    start = time.perf_counter()
    engine.open()
    opened = time.perf_counter() - start
    for query in warm_up:
        engine.answer(query)
    gc.collect()
    first = [timed(engine, query) for query in measured]
    again = [timed(engine, query) for query in measured]
    memory = _megabytes()
    answers = [engine.answer(query) for query in measured]
    return {
        "opened": opened,
        "wall": [wall for wall, _ in first],
        "cpu": [cpu for _, cpu in first],
        "cpu_again": [cpu for _, cpu in again],
        "memory": memory,
        "wrong": _wrong(name, folder, measured, answers),
    }


def timed(engine: Engine, query: Query) -> tuple[float, float]:
    """Milliseconds on the clock, and of this process on a processor."""
    wall, cpu = time.perf_counter(), time.process_time()
    engine.answer(query)
    return (time.perf_counter() - wall) * 1000, (time.process_time() - cpu) * 1000


def _wrong(
    name: str, folder: Path, measured: Sequence[Query], answers: Sequence[Answer]
) -> list[str]:
    if name == OWN_SYNONYMS:  # finds more than what was typed
        return []
    # Only now: what is expected takes memory that is not the engine's.
    expected = json.loads((folder / EXPECTED).read_text("utf-8"))
    meant = map(Expected.load, expected["own" if name in {OWN, OWN_PASSAGES} else "others"])
    return [
        difference
        for query, answer, right in zip(measured, answers, meant, strict=True)
        for difference in differences(query, answer, right)
    ]


def _megabytes() -> dict[str, float]:
    """The most that was ever resident, and what is private now; nothing outside Linux."""
    if not MAPPED.exists():
        return {}
    kilobytes = {
        line.split(":")[0]: int(line.split()[1])
        for path in (STATUS, MAPPED)
        for line in path.read_text("ascii").splitlines()
        if line.endswith(" kB")
    }
    private = kilobytes["Private_Clean"] + kilobytes["Private_Dirty"]
    return {"peak": kilobytes["VmHWM"] / 1024, "private": private / 1024}


def main(task: str, name: str, folder: str, index: str) -> None:
    """Do a task and print its figures."""
    engine = importlib.import_module(f"benchmarks.engines.{name}").ENGINE(Path(index))
    figures = (
        build(engine, Path(folder)) if task == "build" else measure(engine, name, Path(folder))
    )
    print(json.dumps(figures))


if __name__ == "__main__":
    main(*sys.argv[1:])
