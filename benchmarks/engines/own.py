"""The search of the application, through its port."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.corpus import Document
from benchmarks.engines.engine import Answer
from benchmarks.queries import Query
from kb.adapters.whoosh_index.index import WhooshIndex
from kb.core.ports import SearchDocument, SearchRequest, SearchText

START = datetime(2020, 1, 1, tzinfo=UTC)


class Own:
    """20 hits and all six facets of the corpus; the words alone, without synonyms or passages."""

    def __init__(self, folder: Path) -> None:
        self._index = WhooshIndex(folder)

    def build(self, documents: Iterable[Document]) -> None:
        self._index.replace_all(map(_search_document, documents))

    def open(self) -> None:
        self._index.search(SearchRequest())

    def answer(self, query: Query) -> Answer:
        result = self._index.search(self.request(query))
        return Answer([int(hit.slug[1:]) for hit in result.hits], result.total, result.facets)

    def request(self, query: Query) -> SearchRequest:
        filters = {facet: frozenset(values) for facet, values in query.filters.items()}
        return SearchRequest(query.text, query.locale, filters, is_exact=True, has_passages=False)


def _search_document(document: Document) -> SearchDocument:
    return SearchDocument(
        slug=document.slug,
        stamp="1",
        published_at=START + timedelta(hours=document.number),
        texts={document.locale: SearchText(**document.texts)},
        facets=document.facets,
    )


ENGINE = Own
