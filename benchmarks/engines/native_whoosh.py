"""Whoosh as it comes: its own fields, scoring and grouping."""

from collections.abc import Iterable
from pathlib import Path

from whoosh import fields, sorting
from whoosh import query as whoosh_query
from whoosh.analysis import SpaceSeparatedTokenizer
from whoosh.index import create_in, open_dir

from benchmarks.corpus import Document
from benchmarks.engines.engine import PAGE, WEIGHTS, Analysed, Answer
from benchmarks.queries import COMPARED, Query

# Megabytes that the writer may hold before it sorts on the disk.
WRITER_MEMORY = 256


class NativeWhoosh:
    """Facets are counted by `groupedby` on keyword fields, as the documentation says."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def build(self, documents: Iterable[Document]) -> None:
        texts = {
            field: fields.TEXT(analyzer=SpaceSeparatedTokenizer(), field_boost=boost)
            for field, boost in WEIGHTS.items()
        }
        facets = {facet: fields.KEYWORD() for facet in COMPARED}
        schema = fields.Schema(number=fields.STORED(), **texts, **facets)
        analysed = Analysed()
        writer = create_in(str(self._folder), schema).writer(limitmb=WRITER_MEMORY)
        for document in documents:
            chosen = {facet: " ".join(document.facets[facet]) for facet in COMPARED}
            writer.add_document(number=document.number, **analysed.fields(document), **chosen)
        writer.commit(optimize=True)

    def open(self) -> None:
        self._searcher = open_dir(str(self._folder), readonly=True).searcher()

    def answer(self, query: Query) -> Answer:
        grouping = {
            facet: sorting.FieldFacet(facet, allow_overlap=True, maptype=sorting.Count)
            for facet in COMPARED
        }
        results = self._searcher.search(_meaning(query), limit=PAGE, groupedby=grouping)
        # It may hold more than it was asked for.
        page = [hit["number"] for hit in results[:PAGE]]
        return Answer(page, len(results), {facet: results.groups(facet) for facet in COMPARED})


def _meaning(query: Query) -> whoosh_query.Query:
    if query.shape == "phrase":
        phrases = zip(*query.terms, strict=True)
        wanted = [_any(whoosh_query.Phrase, [list(phrase) for phrase in phrases])]
    else:
        wanted = [_any(whoosh_query.Term, terms) for terms in query.terms]
        if query.shape == "prefix":
            wanted[-1] = _any(whoosh_query.Prefix, query.terms[-1])
    for facet, values in query.filters.items():
        # A filter narrows, it does not rank.
        chosen = whoosh_query.Or([whoosh_query.Term(facet, value) for value in values])
        wanted.append(whoosh_query.ConstantScoreQuery(chosen, 0.0))
    return whoosh_query.And(wanted)


def _any(kind: type[whoosh_query.Query], texts: Iterable[object]) -> whoosh_query.Query:
    return whoosh_query.Or([kind(field, text) for text in texts for field in WEIGHTS])


ENGINE = NativeWhoosh
