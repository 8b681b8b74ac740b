"""What a search engine must do to be measured, and the text that the others are given.

Engines differ in how they stem. To find exactly the same, the others get the terms of ours instead
of words, each marked with its language, and look for either of the two terms of a word.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from benchmarks.corpus import FIELDS, Document, words_of
from benchmarks.queries import Query, token
from kb.adapters.whoosh_index.analysis import fold, term
from kb.core.language import Locale

PAGE = 20
# Stands where a stop word stood, and between fields: no phrase reaches across it.
GAP = "x"
WEIGHTS = {"title": 10.0, "local_name": 10.0, "summary": 4.0, "tags": 2.5, "body": 1.0}


@dataclass(frozen=True, slots=True)
class Answer:
    """The first 20 documents, how many there are, and how many per facet value."""

    page: Sequence[int]
    total: int
    facets: Mapping[str, Mapping[str, int]]


class Engine(Protocol):
    """An index in a folder of its own: built once, opened in another process and asked there."""

    def build(self, documents: Iterable[Document]) -> None: ...

    def open(self) -> None: ...

    def answer(self, query: Query) -> Answer: ...


class Analysed:
    """The fields of documents as terms."""

    def __init__(self) -> None:
        self._known: dict[Locale, dict[str, str]] = {locale: {} for locale in Locale}

    def fields(self, document: Document) -> dict[str, str]:
        known = self._known[document.locale]
        fields = {}
        for field in FIELDS:
            words = words_of(document.texts[field])
            for word in words:
                if word not in known:
                    stem = term(fold(word), document.locale)
                    known[word] = token(document.locale, stem) if stem else GAP
            fields[field] = " ".join([*(known[word] for word in words), GAP])
        return fields
