"""The benchmark of the search counts rightly, and says so when an engine does not."""

from dataclasses import replace
import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import corpus, queries, report, search
from benchmarks.brute_force import BruteForce, differences
from benchmarks.engines.engine import Answer
from benchmarks.queries import Query, token
from benchmarks.report import Figures
from kb.adapters.whoosh_index.analysis import term
from kb.core.language import Locale

SEED = 4
FR, EN = Locale.FR, Locale.EN


def made(number: int, theme: str, body: str) -> corpus.Document:
    texts = {**dict.fromkeys(corpus.FIELDS, ""), "body": body}
    chosen = {"country": ("ML",), "theme": (theme,), "actor": ("women",), "kind": ("practice",)}
    return corpus.Document(number, FR, texts, chosen)


DOCUMENTS = (
    made(0, "water", "les conflits autour des puits"),
    made(1, "land", "un conflit et un puits"),
    made(2, "land", "la paix"),
)
WORDS = ("conflit", "puits")
QUERY = Query(
    words=WORDS,
    terms=tuple((token(FR, term(word, FR)), token(EN, term(word, EN))) for word in WORDS),
    locale=FR,
    shape="words",
    filters={"theme": ("land",)},
)
RIGHT = Answer(
    page=[1], total=1, facets={"country": {"ML": 1}, "theme": {"land": 1}, "actor": {"women": 1}}
)


def figures(milliseconds: float) -> Figures:
    times = [milliseconds] * queries.COUNT
    measured = {
        "opened": 0.1,
        "wall": times,
        "cpu": times,
        "cpu_again": times,
        "memory": {"peak": 90.0, "private": 80.0},
        "wrong": [],
    }
    return Figures({"cpu": 20.0, "seconds": 25.0}, [measured])


def test_ours_and_sqlite_agree_with_counting(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    raw = tmp_path / "raw.json"
    engines = ["--engines", "sqlite_fts5", "--rounds", "1", "--synonyms"]
    code = search.main(
        ["--sizes", "200", *engines, "--cache", str(tmp_path / "cache"), "--json", str(raw)]
    )
    table = capsys.readouterr().out
    assert code == 0, table
    runs: dict[str, dict[str, dict[str, Any]]] = json.loads(raw.read_text())
    assert list(runs) == ["200"]
    assert {name: of["rounds"][0]["wrong"] for name, of in runs["200"].items()} == {
        "own": [],
        "own_passages": [],
        "own_synonyms": [],
        "sqlite_fts5": [],
    }
    assert len(runs["200"]["own"]["rounds"][0]["cpu"]) == queries.COUNT
    expected = json.loads(next(tmp_path.glob("cache/*/expected.json")).read_text())["own"]
    assert any(one["total"] for one in expected)


def test_counting() -> None:
    counted = BruteForce(DOCUMENTS, [QUERY], SEED)
    others = counted.expected(QUERY, own=False)
    assert (others.total, others.documents) == (1, 0b10)
    assert others.facets == RIGHT.facets
    own = counted.expected(QUERY, own=True)
    assert own.facets == {
        **RIGHT.facets,
        "theme": {"water": 1, "land": 1},
        "kind": {"practice": 1},
    }


def test_a_wrong_answer_is_seen() -> None:
    expected = BruteForce(DOCUMENTS, [QUERY], SEED).expected(QUERY, own=False)
    assert differences(QUERY, RIGHT, expected) == []
    for wrong in (
        replace(RIGHT, total=2),
        replace(RIGHT, page=[0]),
        replace(RIGHT, page=[]),
        replace(RIGHT, facets={**RIGHT.facets, "theme": {"land": 2}}),
        replace(RIGHT, facets={**RIGHT.facets, "theme": {"land": 1, "water": 1}}),
    ):
        assert len(differences(QUERY, wrong, expected)) == 1, wrong


def test_a_corpus_begins_like_a_smaller_one_of_the_same_seed() -> None:
    assert [*corpus.documents(9, SEED)][:5] == [*corpus.documents(5, SEED)]
    assert [*corpus.documents(5, SEED + 1)] != [*corpus.documents(5, SEED)]


def test_queries_are_the_same_every_time(tmp_path: Path) -> None:
    asked = queries.queries(SEED)
    queries.write(tmp_path / "queries.json", *asked)
    assert queries.read(tmp_path / "queries.json") == asked == queries.queries(SEED)
    assert [len(some) for some in asked] == [queries.WARM_UP, queries.COUNT]


def test_missed_goals_are_named() -> None:
    fast = {"own": figures(1.0), "sqlite_fts5": figures(10.0), "tantivy_index": figures(1.0)}
    assert list(report.missed({10_000: fast, 100_000: fast})) == []
    slow = {**fast, "own": figures(20.0)}
    assert list(report.missed({1_000: slow, 10_000: slow, 100_000: slow})) == [
        "10,000 documents: p95 in ms 20, goal 2",
        "10,000 documents: p95 to SQLite FTS5 2, goal 0.3",
        "100,000 documents: p95 in ms 20, goal 15",
        "100,000 documents: p95 to SQLite FTS5 2, goal 0.3",
        "100,000 documents: p95 to tantivy 20, goal 3",
    ]
