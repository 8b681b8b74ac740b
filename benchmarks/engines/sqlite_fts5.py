"""SQLite FTS5, with totals and facets in SQL."""

from collections.abc import Iterable
from pathlib import Path
import sqlite3

from benchmarks.corpus import Document
from benchmarks.engines.engine import PAGE, WEIGHTS, Analysed, Answer
from benchmarks.queries import COMPARED, Query

CACHE_KILOBYTES = 256_000
_TABLES = f"""
    CREATE VIRTUAL TABLE texts USING fts5(
        {", ".join(WEIGHTS)}, content='', tokenize='unicode61 remove_diacritics 2'
    );
    CREATE TABLE choices (id INTEGER PRIMARY KEY, facet TEXT, value TEXT, UNIQUE (facet, value));
    CREATE TABLE chosen (
        document INTEGER, choice INTEGER, PRIMARY KEY (document, choice)
    ) WITHOUT ROWID;
"""
_INDEXES = "CREATE UNIQUE INDEX by_choice ON chosen (choice, document)"


class SqliteFts5:
    """What is found goes into a temporary table once, then everything is asked of that."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "fts5.db"

    def build(self, documents: Iterable[Document]) -> None:
        database = sqlite3.connect(self._path)
        database.executescript(_TABLES)
        analysed = Analysed()
        fields = ", ".join(WEIGHTS)
        marks = ", ".join("?" * (len(WEIGHTS) + 1))
        choices: dict[tuple[str, str], int] = {}
        for document in documents:
            texts = analysed.fields(document)
            row = (document.number, *(texts[field] for field in WEIGHTS))
            database.execute(f"INSERT INTO texts (rowid, {fields}) VALUES ({marks})", row)  # noqa: S608
            for facet in COMPARED:
                for value in document.facets[facet]:
                    choice = choices.setdefault((facet, value), len(choices))
                    database.execute("INSERT INTO chosen VALUES (?, ?)", (document.number, choice))
        rows = ((choice, facet, value) for (facet, value), choice in choices.items())
        database.executemany("INSERT INTO choices VALUES (?, ?, ?)", rows)
        database.execute(_INDEXES)
        database.execute("INSERT INTO texts (texts) VALUES ('optimize')")
        database.commit()
        database.execute("ANALYZE")
        database.close()

    def open(self) -> None:
        self._database = sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)
        self._database.isolation_level = None
        self._database.execute(f"PRAGMA cache_size = -{CACHE_KILOBYTES}")
        self._database.execute("PRAGMA temp_store = MEMORY")
        self._database.execute("CREATE TEMP TABLE found (id INTEGER PRIMARY KEY, score REAL)")
        rows = self._database.execute("SELECT facet, value, id FROM choices")
        self._choices = {(facet, value): choice for facet, value, choice in rows}
        self._names = {choice: name for name, choice in self._choices.items()}

    def answer(self, query: Query) -> Answer:
        database = self._database
        database.execute("DELETE FROM found")
        narrowed = "".join(self._having(facet, values) for facet, values in query.filters.items())
        weights = ", ".join(map(str, WEIGHTS.values()))
        found = f"SELECT rowid, bm25(texts, {weights}) FROM texts WHERE texts MATCH ?{narrowed}"  # noqa: S608
        inserted = database.execute(f"INSERT INTO found {found}", (_expression(query),))
        page = database.execute("SELECT id FROM found ORDER BY score LIMIT ?", (PAGE,))
        counts = database.execute(
            "SELECT choice, count(*) FROM found JOIN chosen ON document = id GROUP BY choice"
        )
        facets: dict[str, dict[str, int]] = {facet: {} for facet in COMPARED}
        for choice, count in counts:
            facet, value = self._names[choice]
            facets[facet][value] = count
        return Answer([number for (number,) in page], inserted.rowcount, facets)

    def _having(self, facet: str, values: Iterable[str]) -> str:
        known = ((facet, value) for value in values)
        choices = ", ".join(str(self._choices[name]) for name in known if name in self._choices)
        # Not `rowid IN (...)`: FTS5 would begin its search anew for every document of the filter.
        return (
            " AND EXISTS (SELECT 1 FROM chosen"  # noqa: S608
            f" WHERE document = texts.rowid AND choice IN ({choices}))"
        )


def _expression(query: Query) -> str:
    if query.shape == "phrase":
        return " OR ".join(f'"{" ".join(phrase)}"' for phrase in zip(*query.terms, strict=True))
    words = [" OR ".join(f'"{term}"' for term in terms) for terms in query.terms]
    if query.shape == "prefix":
        words[-1] = " OR ".join(f'"{term}"*' for term in query.terms[-1])
    return " AND ".join(f"({word})" for word in words)


ENGINE = SqliteFts5
