"""What conditions score in the documents that meet them: BM25F over posting lists.

Occurrences in all fields of a language are weighed by field and length first and saturate
together (BM25F proper), so that a title outweighs a body which repeats the word. Several terms
(a prefix) count as one word.
"""

from collections.abc import Iterable, Sequence
from functools import cached_property, reduce
from math import log

import numpy as np

from kb.adapters.whoosh_index.arrays import Array
from kb.adapters.whoosh_index.facets import Bits, bits_of
from kb.adapters.whoosh_index.generation import Generation
from kb.adapters.whoosh_index.postings import FIELD_BITS, FIELD_MASK
from kb.adapters.whoosh_index.records import FIELDS
from kb.core.language import Locale

SATURATION = 2.0
EVERYWHERE = FIELDS
_POSITION_BITS = 32


class Scores:
    """Document -> score of one condition; immutable, shared by threads."""

    def __init__(self, documents: Array, values: Array, size: int) -> None:
        """Document numbers, ascending, the score of each, and how many numbers there are."""
        self.documents = documents
        self.values = values
        self._size = size

    @classmethod
    def none(cls, size: int) -> "Scores":
        return cls(np.empty(0, np.intp), np.empty(0, np.float32), size)

    @cached_property
    def bits(self) -> Bits:
        return bits_of(self.documents, self._size)

    def at(self, number: int) -> float:
        place = int(np.searchsorted(self.documents, number))
        found = place < len(self) and self.documents[place] == number
        return float(self.values[place]) if found else 0.0

    def items(self) -> Iterable[tuple[int, float]]:
        return zip(self.documents.tolist(), self.values.tolist(), strict=True)

    def __len__(self) -> int:
        return len(self.documents)

    @property
    def octets(self) -> int:
        """What it takes in memory."""
        return self.documents.nbytes + self.values.nbytes + self._size // 8

    def scaled(self, factor: float) -> "Scores":
        """The same documents, each with so many times the score."""
        if factor == 1.0:
            return self
        return Scores(self.documents, self.values * np.float32(factor), self._size)


def best_of(scores: Sequence[Scores], size: int) -> Scores:
    """The best of several readings of one word.

    Max, not sum: a word that both languages share is not twice as good.
    """
    some = [one for one in scores if len(one)]
    if len(some) < 2:  # noqa: PLR2004 - nothing to compare
        return some[0] if some else Scores.none(size)
    best = np.zeros(size, np.float32)
    for one in some:
        best[one.documents] = np.maximum(best[one.documents], one.values)
    # Whatever is found scores more than nothing.
    documents = np.flatnonzero(best > 0)
    return Scores(documents, best[documents], size)


def total(scores: Iterable[Scores], size: int) -> Array:
    """By document number: the sum of all scores."""
    sums = np.zeros(size, np.float64)
    for one in scores:
        sums[one.documents] += one.values
    return sums


def leading(scores: Array, documents: Array, ranks: Array, count: int) -> list[int]:
    """The best of these documents, the best first; equal ones by rank. Both are by number."""
    found = scores[documents]
    if 0 < count < len(found):
        # All that tie with the last one stay, for their ranks decide.
        last = np.partition(found, len(found) - count)[len(found) - count]
        documents = documents[found >= last]
        found = scores[documents]
    order = np.lexsort((ranks[documents], -found))[: max(0, count)]
    return [int(number) for number in documents[order]]


class Scorer:
    """Scores of terms and phrases in one generation."""

    def __init__(self, generation: Generation) -> None:
        self._generation = generation

    def terms(
        self, locale: Locale, terms: Iterable[str], fields: tuple[str, ...] = EVERYWHERE
    ) -> Scores:
        """Some terms, taken as one word, in these fields of the texts of a language."""
        wanted = tuple(filter(None, terms))
        if not wanted:
            return Scores.none(self._generation.size)
        return self._generation.remembered(
            (locale, fields, wanted), lambda: self._bm25f(locale, wanted, fields)
        )

    def phrase(
        self,
        locale: Locale,
        terms: Sequence[tuple[int, str]],
        fields: tuple[str, ...] = EVERYWHERE,
    ) -> Scores:
        """Terms that stand at these distances from each other."""
        if not terms:
            return Scores.none(self._generation.size)
        return self._generation.remembered(
            (locale, fields, tuple(terms)), lambda: self._phrase(locale, terms, fields)
        )

    def _bm25f(self, locale: Locale, terms: Sequence[str], fields: tuple[str, ...]) -> Scores:
        places, times = self._generation.entries(locale, terms)
        if not len(places):
            return Scores.none(self._generation.size)
        if fields != EVERYWHERE:
            inside = _inside(places, fields)
            places, times = places[inside], times[inside]
        weights = times.astype(np.float32) * self._generation.norms(locale)[places]
        if len(terms) == 1:
            return self._saturated(*_by_document(places, weights))
        documents = (places >> FIELD_BITS).astype(np.int64)
        sums = np.bincount(documents, weights).astype(np.float32)
        having = np.flatnonzero(sums > 0)
        return self._saturated(having, sums[having])

    def _phrase(
        self, locale: Locale, terms: Sequence[tuple[int, str]], fields: tuple[str, ...]
    ) -> Scores:
        size = self._generation.size
        having = np.zeros(size, np.int64)
        for _, stem in terms:
            having[self.terms(locale, [stem], fields).documents] += 1
        among = having == len(terms)
        if not among.any():
            return Scores.none(size)
        beginnings = reduce(
            _common,
            [self._beginnings(locale, stem, offset, fields, among) for offset, stem in terms],
        )
        places, times = np.unique(beginnings >> _POSITION_BITS, return_counts=True)
        weights = times.astype(np.float32) * self._generation.norms(locale)[places]
        return self._saturated(*_by_document(places, weights))

    def _beginnings(
        self, locale: Locale, stem: str, offset: int, fields: tuple[str, ...], among: Array
    ) -> Array:
        """Where a phrase begins if this term of it is there: place and position in one number."""
        places, times, positions = self._generation.occurrences(locale, stem)
        inside = among[places >> FIELD_BITS]
        if fields != EVERYWHERE:
            inside &= _inside(places, fields)
        positions = positions[np.repeat(inside, times)].astype(np.int64) - offset
        places = np.repeat(places[inside], times[inside]).astype(np.int64)
        beginnings: Array = (places << _POSITION_BITS | positions)[positions >= 0]
        # A hyphenated word and its first part may be the same term in the same place.
        return beginnings[_begins(beginnings)]

    def _saturated(self, documents: Array, weights: Array) -> Scores:
        total, having = self._generation.size, len(documents)
        rarity = log(1 + (total - having + 0.5) / (having + 0.5))
        factor = np.float32(rarity * (1 + SATURATION))
        values = factor * weights / (weights + np.float32(SATURATION))
        # Numbers as numpy indexes with them: others it would convert each time they are used.
        return Scores(documents.astype(np.intp), values, total)


def _by_document(places: Array, weights: Array) -> tuple[Array, Array]:
    """Document numbers and the sum of the weights in each, given ascending places."""
    documents = places >> FIELD_BITS
    begins = _begins(documents)
    if begins.all():
        return documents, weights
    firsts = np.flatnonzero(begins)
    return documents[firsts], np.add.reduceat(weights, firsts)


def _begins(ascending: Array) -> Array:
    """Whether each is another than the one before."""
    begins = np.ones(len(ascending), np.bool)
    begins[1:] = ascending[1:] != ascending[:-1]
    return begins


def _common(first: Array, second: Array) -> Array:
    """What is in both, each ascending and without doubles."""
    both: Array = np.concatenate([first, second])
    # Two ascending runs: merged rather than sorted.
    both.sort(kind="stable")
    common: Array = both[1:][both[1:] == both[:-1]]
    return common


def _inside(places: Array, fields: tuple[str, ...]) -> Array:
    return np.isin(places & FIELD_MASK, [FIELDS.index(field) for field in fields])
