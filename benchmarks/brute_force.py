"""What every query must find, counted one document after the other with plain Python sets.

Only folding and stemming are those of the application. A prefix has two meanings: ours is every
word that begins like this in all its forms, the other engines' every stem that begins like this.
Facets have two as well: ours are counted with the filters of the other facets, those of the other
engines with all filters.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import Any, Self

from benchmarks.corpus import Document, words_of
from benchmarks.engines.engine import GAP, PAGE, Answer
from benchmarks.queries import COMPARED, Query, beginning, token
from kb.adapters.whoosh_index.analysis import fold, term
from kb.core.language import Locale


@dataclass(frozen=True, slots=True)
class Expected:
    """How many documents a query finds, how many per facet value, and which, as bits."""

    total: int
    facets: Mapping[str, Mapping[str, int]]
    documents: int

    @classmethod
    def load(cls, raw: Mapping[str, Any]) -> Self:
        return cls(raw["total"], raw["facets"], int(raw["documents"], 16))

    def dump(self) -> dict[str, object]:
        return {
            "total": self.total,
            "facets": self.facets,
            "documents": f"{self.documents:x}",
        }


class BruteForce:
    """The documents that have the terms of some queries, and the facets of all documents."""

    def __init__(self, documents: Iterable[Document], asked: Sequence[Query], seed: int) -> None:
        """Reads the documents once."""
        self._seed = seed
        self._tokens: dict[Locale, dict[str, str]] = {locale: {} for locale in Locale}
        self._begins = tuple(
            begins for query in asked if query.shape == "prefix" for begins in query.terms[-1]
        )
        self._phrases = {query.terms for query in asked if query.shape == "phrase"}
        self._holders: dict[str, set[int]] = {stem: set() for stem in _wanted(asked, seed)}
        self._in_phrase: defaultdict[object, set[int]] = defaultdict(set)
        self._facets: list[Mapping[str, Sequence[str]]] = []
        for document in documents:
            self._facets.append(document.facets)
            self._read(document)

    def expected(self, query: Query, *, own: bool) -> Expected:
        """What ours must find, or else what the others must find."""
        found = self._found(query, own=own)
        counts = {}
        for facet in sorted(self._facets[0]) if own else COMPARED:
            applied = {
                name: values for name, values in query.filters.items() if not own or name != facet
            }
            among = self._narrowed(found, applied)
            counts[facet] = dict(
                Counter(value for number in among for value in self._facets[number][facet])
            )
        left = self._narrowed(found, query.filters)
        return Expected(len(left), counts, _bits(left, len(self._facets)))

    def _read(self, document: Document) -> None:
        known = self._tokens[document.locale]
        for field in document.texts.values():
            words = words_of(field)
            tokens = [known.get(word) or self._learn(word, document.locale) for word in words]
            present = set(tokens)
            for stem in present & self._holders.keys():
                self._holders[stem].add(document.number)
            for terms in self._phrases:
                for sought in zip(*terms, strict=True):
                    if present.issuperset(sought) and _follow(tokens, sought):
                        self._in_phrase[terms].add(document.number)

    def _found(self, query: Query, *, own: bool) -> set[int]:
        if query.shape == "phrase":
            return self._in_phrase[query.terms]
        sets = [self._any(terms) for terms in query.terms]
        if query.shape == "prefix" and own:
            sets[-1] = self._any(
                known[word]
                for locale, known in self._tokens.items()
                for word in beginning(fold(query.words[-1]), locale, self._seed)
                if known.get(word, GAP) != GAP
            )
        elif query.shape == "prefix":
            sets[-1] = self._any(self._stems(query))
        return reduce(and_, sets)

    def _any(self, terms: Iterable[str]) -> set[int]:
        return set().union(*(self._holders[stem] for stem in terms))

    def _learn(self, word: str, locale: Locale) -> str:
        """What a word is indexed as, when it is seen for the first time."""
        stem = self._tokens[locale][word] = _indexed(word, locale)
        if stem.startswith(self._begins):
            self._holders.setdefault(stem, set())
        return stem

    def _stems(self, query: Query) -> Iterator[str]:
        """The stems that begin like the last one of the query."""
        return (stem for stem in self._holders if stem.startswith(query.terms[-1]))

    def _narrowed(self, found: set[int], filters: Mapping[str, Sequence[str]]) -> set[int]:
        return {
            number
            for number in found
            if all(
                not set(values).isdisjoint(self._facets[number][facet])
                for facet, values in filters.items()
            )
        }


def differences(query: Query, answer: Answer, expected: Expected) -> list[str]:
    """In what an answer is wrong; nothing when it is right."""
    found = []
    if answer.total != expected.total:
        found.append(f"{query.text!r}: total {answer.total}, expected {expected.total}")
    for facet, counts in expected.facets.items():
        counted = {value: count for value, count in answer.facets[facet].items() if count}
        if counted != counts:
            found.append(f"{query.text!r}: {facet} {counted}, expected {counts}")
    strangers = [number for number in answer.page if not expected.documents >> number & 1]
    if strangers or len(set(answer.page)) != min(PAGE, expected.total):
        found.append(f"{query.text!r}: page {answer.page}, among them strangers: {strangers}")
    return found


def _wanted(asked: Sequence[Query], seed: int) -> Iterator[str]:
    """The terms of the queries, and those of the words that begin like their prefixes."""
    for query in asked:
        for terms in query.terms:
            yield from terms
        if query.shape == "prefix":
            for locale in Locale:
                for word in beginning(fold(query.words[-1]), locale, seed):
                    yield _indexed(word, locale)


def _indexed(word: str, locale: Locale) -> str:
    """The token of a word; that of a stop word is no other's."""
    stem = term(fold(word), locale)
    return token(locale, stem) if stem else GAP


def _follow(tokens: list[str], sought: tuple[str, ...]) -> bool:
    """Whether the tokens stand in the text one after the other."""
    return any(
        tuple(tokens[at : at + len(sought)]) == sought
        for at, stem in enumerate(tokens)
        if stem == sought[0]
    )


def _bits(numbers: Iterable[int], size: int) -> int:
    octets = bytearray(size // 8 + 1)
    for number in numbers:
        octets[number // 8] |= 1 << number % 8
    return int.from_bytes(octets, "little")
