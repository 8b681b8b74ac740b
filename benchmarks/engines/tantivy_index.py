"""tantivy, the native engine behind Quickwit, with its aggregations."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import tantivy
from tantivy import Occur

from benchmarks.corpus import Document
from benchmarks.engines.engine import PAGE, WEIGHTS, Analysed, Answer
from benchmarks.queries import COMPARED, Query

WRITER_BYTES = 256_000_000
MOST_VALUES = 100
_AGGREGATIONS = {facet: {"terms": {"field": facet, "size": MOST_VALUES}} for facet in COMPARED}


class Tantivy:
    """One segment; the total comes with the page, the facets from one aggregation."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        builder = tantivy.SchemaBuilder()
        builder.add_integer_field("number", fast=True)
        for field in WEIGHTS:
            builder.add_text_field(field)
        for facet in COMPARED:
            builder.add_text_field(facet, fast=True, tokenizer_name="raw", index_option="basic")
        self._schema = builder.build()

    def build(self, documents: Iterable[Document]) -> None:
        analysed = Analysed()
        index = tantivy.Index(self._schema, str(self._folder))
        writer = index.writer(WRITER_BYTES, num_threads=1)
        for document in documents:
            added = tantivy.Document(number=document.number, **analysed.fields(document))
            for facet in COMPARED:
                for value in document.facets[facet]:
                    added.add_text(facet, value)
            writer.add_document(added)
        writer.commit()
        writer.wait_merging_threads()

    def open(self) -> None:
        self._searcher = tantivy.Index.open(str(self._folder)).searcher()

    def answer(self, query: Query) -> Answer:
        meaning = self._meaning(query)
        found = self._searcher.search(meaning, PAGE, count=True)
        addresses = [address for _, address in found.hits]
        counted = self._searcher.aggregate(meaning, _AGGREGATIONS)
        facets = {
            facet: {bucket["key"]: bucket["doc_count"] for bucket in counted[facet]["buckets"]}
            for facet in COMPARED
        }
        numbers = self._searcher.fast_field_values("number", addresses)
        page = [number for number in numbers if isinstance(number, int)]
        # Its description of types has forgotten the count.
        return Answer(page, found.count, facets)  # type: ignore[attr-defined]

    def _meaning(self, query: Query) -> tantivy.Query:
        if query.shape == "phrase":
            phrases = zip(*query.terms, strict=True)
            wanted = [self._any(self._phrase, [list(phrase) for phrase in phrases])]
        else:
            wanted = [self._any(self._term, terms) for terms in query.terms]
            if query.shape == "prefix":
                wanted[-1] = self._any(self._prefix, query.terms[-1])
        for facet, values in query.filters.items():
            chosen = [self._term(facet, value) for value in values]
            wanted.append(tantivy.Query.const_score_query(_or(chosen), 0.0))
        return tantivy.Query.boolean_query([(Occur.Must, part) for part in wanted])

    def _term(self, field: str, text: str) -> tantivy.Query:
        return tantivy.Query.term_query(self._schema, field, text)

    def _phrase(self, field: str, words: list[str | tuple[int, str]]) -> tantivy.Query:
        return tantivy.Query.phrase_query(self._schema, field, words)

    def _prefix(self, field: str, text: str) -> tantivy.Query:
        return tantivy.Query.fuzzy_term_query(self._schema, field, text, distance=0, prefix=True)

    @staticmethod
    def _any(kind: Callable[[str, Any], tantivy.Query], texts: Iterable[Any]) -> tantivy.Query:
        return _or(
            tantivy.Query.boost_query(kind(field, text), boost)
            for text in texts
            for field, boost in WEIGHTS.items()
        )


def _or(queries: Iterable[tantivy.Query]) -> tantivy.Query:
    return tantivy.Query.boolean_query([(Occur.Should, query) for query in queries])


ENGINE = Tantivy
