"""What conditions score in the documents that meet them: BM25F over posting lists.

Occurrences in all fields of a language are weighed by field and length first and saturate
together (BM25F proper), so that a title outweighs a body which repeats the word. Several terms
(a prefix) count as one word.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from math import log

from kb.adapters.whoosh_index.facets import Bits, bits_of
from kb.adapters.whoosh_index.generation import Generation
from kb.adapters.whoosh_index.schema import WEIGHTS, field_name
from kb.core.language import Locale

SATURATION = 2.0
EVERYWHERE = tuple(WEIGHTS)


class Scores:
    """Document -> score of one condition; immutable, shared by threads."""

    def __init__(self, values: Mapping[int, float], size: int) -> None:
        """`size`: how many document numbers there are."""
        self._values = values
        self._size = size

    @cached_property
    def bits(self) -> Bits:
        return bits_of(self._values, self._size)

    def at(self, number: int) -> float:
        return self._values.get(number, 0.0)

    def items(self) -> Iterable[tuple[int, float]]:
        return self._values.items()

    def __len__(self) -> int:
        return len(self._values)

    def scaled(self, factor: float) -> "Scores":
        return Scores({number: factor * v for number, v in self._values.items()}, self._size)


def best_of(scores: Sequence[Scores], size: int) -> Scores:
    """The best of several readings of one word.

    Max, not sum: a word that both languages share is not twice as good.
    """
    best: dict[int, float] = {}
    for one in scores:
        for number, value in one.items():
            best[number] = max(best.get(number, 0.0), value)
    return Scores(best, size)


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
            return Scores({}, self._generation.size)
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
            return Scores({}, self._generation.size)
        candidates = [{n for n, _ in self.terms(locale, [s], fields).items()} for _, s in terms]
        among = frozenset(set.intersection(*candidates))
        weighed: defaultdict[int, float] = defaultdict(float)
        for field in fields if among else ():
            norms = self._generation.norms(field, locale)
            name = field_name(field, locale)
            places = [
                (offset, self._generation.positions(name, stem, among)) for offset, stem in terms
            ]
            for number in among:
                beginnings = (
                    {position - offset for position in found.get(number, ())}
                    for offset, found in places
                )
                times = len(set.intersection(*beginnings))
                if times:
                    weighed[number] += times * norms[number]
        return self._saturated(weighed)

    def _bm25f(self, locale: Locale, terms: Sequence[str], fields: tuple[str, ...]) -> Scores:
        weighed: defaultdict[int, float] = defaultdict(float)
        for field in fields:
            norms = self._generation.norms(field, locale)
            for stem in terms:
                postings = self._generation.postings(field_name(field, locale), stem)
                for number, frequency in postings:
                    weighed[number] += frequency * norms[number]
        return self._saturated(weighed)

    def _saturated(self, weighed: Mapping[int, float]) -> Scores:
        total, having = len(self._generation.cards), len(weighed)
        rarity = log(1 + (total - having + 0.5) / (having + 0.5))
        return Scores(
            {
                number: rarity * weight * (1 + SATURATION) / (weight + SATURATION)
                for number, weight in weighed.items()
            },
            self._generation.size,
        )
