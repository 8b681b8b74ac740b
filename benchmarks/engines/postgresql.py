"""PostgreSQL full-text search with a GIN index, totals and facets in one statement."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import psycopg
from psycopg import sql

from benchmarks.corpus import Document
from benchmarks.engines.engine import PAGE, WEIGHTS, Analysed, Answer
from benchmarks.queries import COMPARED, Query

# A file in the folder of the index: where the server is.
ADDRESS = "address"
TABLE = sql.Identifier("palabre_benchmark")
# PostgreSQL knows four weights, and says them in the order D, C, B, A.
LETTERS = {"title": "A", "local_name": "A", "summary": "B", "tags": "C", "body": "D"}
RANKS = [WEIGHTS[field] / 10 for field in ("body", "tags", "summary", "title")]
_CREATE = sql.SQL(
    "DROP TABLE IF EXISTS {table};"
    "CREATE TABLE {table} (id integer PRIMARY KEY, country text[], theme text[], actor text[],"
    " words tsvector)"
)
_VECTOR = " || ".join(
    f"setweight(to_tsvector('simple', %({field})s), '{letter}')"
    for field, letter in LETTERS.items()
)
_INSERT = sql.SQL(
    f"INSERT INTO {{table}} VALUES (%(number)s, %(country)s, %(theme)s, %(actor)s, {_VECTOR})"  # noqa: S608
)
_INDEX = sql.SQL("CREATE INDEX ON {table} USING gin (words)")
_FOUND = (
    "WITH found AS MATERIALIZED (SELECT id, country, theme, actor,"
    " ts_rank(%(ranks)s::real[], words, sought) AS score"
    " FROM {table}, to_tsquery('simple', %(sought)s) AS sought WHERE words @@ sought{filters})"
    " (SELECT '', '', id::bigint FROM found ORDER BY score DESC, id LIMIT %(page)s)"
    " UNION ALL SELECT 'total', '', count(*) FROM found"
)
_COUNTED = (
    " UNION ALL SELECT '{facet}', value, count(*) FROM found, unnest({facet}) AS value"
    " GROUP BY value"
)
_STATEMENT = _FOUND + "".join(_COUNTED.replace("{facet}", facet) for facet in COMPARED)


class PostgreSql:
    """A table with one text vector and an array per facet; the server does the work."""

    def __init__(self, folder: Path) -> None:
        address = (folder / ADDRESS).read_text("utf-8").replace("+psycopg", "")
        self._connection = psycopg.connect(address, autocommit=True)

    def build(self, documents: Iterable[Document]) -> None:
        self._connection.execute(_CREATE.format(table=TABLE))
        with self._connection.transaction(), self._connection.cursor() as cursor:
            cursor.executemany(_INSERT.format(table=TABLE), _rows(documents))
        self._connection.execute(_INDEX.format(table=TABLE))
        self._connection.execute(sql.SQL("VACUUM ANALYZE {table}").format(table=TABLE))

    def open(self) -> None:
        self._connection.execute("SELECT 1")

    def answer(self, query: Query) -> Answer:
        filters = "".join(f" AND {facet} && %({facet})s" for facet in query.filters)
        statement = sql.SQL(_STATEMENT.replace("{filters}", filters)).format(table=TABLE)
        chosen = {facet: list(values) for facet, values in query.filters.items()}
        rows = self._connection.execute(
            statement,
            {"ranks": RANKS, "sought": _expression(query), "page": PAGE, **chosen},
        )
        facets: dict[str, dict[str, int]] = {facet: {} for facet in ("", "total", *COMPARED)}
        page = []
        for facet, value, number in rows:
            if facet:
                facets[facet][value] = number
            else:
                page.append(number)
        return Answer(page, facets["total"][""], facets)


def _rows(documents: Iterable[Document]) -> Iterator[dict[str, object]]:
    analysed = Analysed()
    for document in documents:
        chosen = {facet: list(document.facets[facet]) for facet in COMPARED}
        yield {"number": document.number, **analysed.fields(document), **chosen}


def _expression(query: Query) -> str:
    if query.shape == "phrase":
        return " | ".join(f"({' <-> '.join(phrase)})" for phrase in zip(*query.terms, strict=True))
    words = [" | ".join(terms) for terms in query.terms]
    if query.shape == "prefix":
        words[-1] = " | ".join(f"{term}:*" for term in query.terms[-1])
    return " & ".join(f"({word})" for word in words)


ENGINE = PostgreSql
