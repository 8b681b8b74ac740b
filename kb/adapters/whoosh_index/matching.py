"""Which documents a query means, and how well: sets as bits, scores by BM25F.

A word is looked for in both languages; the better one counts. Occurrences in all fields of a
language are weighed by field and length first and saturate together (BM25F proper), so that a
title outweighs a body which repeats the word. Several terms (a prefix) count as one word.

Every word must be found. When no document has them all, those are found that have at least half
of the words (else at least one) which the reader typed without quotes or operators: a trainer who
types a whole question gets the practices nearest to it. Filters play no part in that decision, so
totals, facet counts and pages speak of the same set.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from math import log
from operator import and_, or_

from kb.adapters.whoosh_index.analysis import is_stop, term
from kb.adapters.whoosh_index.facets import Bits, bits_of
from kb.adapters.whoosh_index.generation import Generation
from kb.adapters.whoosh_index.lexicon import Lexicon
from kb.adapters.whoosh_index.query import (
    AllOf,
    AnyOf,
    Joined,
    Leaf,
    Node,
    Not,
    Phrase,
    Prefix,
    Word,
)
from kb.adapters.whoosh_index.schema import WEIGHTS, field_name
from kb.core.language import Locale

SATURATION = 2.0
MOST_EXPANSIONS = 100

Scores = Mapping[int, float]


@dataclass(frozen=True, slots=True)
class Matches:
    """The documents found, and what each part of the query scores in them."""

    bits: Bits
    parts: tuple[Scores, ...] = ()
    is_loosened: bool = False

    def score(self, number: int) -> float:
        return sum(part.get(number, 0.0) for part in self.parts)


class Matching:
    """The meaning of queries in one generation."""

    def __init__(self, generation: Generation) -> None:
        self._generation = generation

    @property
    def lexicon(self) -> Lexicon:
        return self._generation.lexicon

    def find(self, node: Node | None) -> Matches:
        """What the query means, or failing that what comes near it; None finds everything."""
        if node is None:
            return Matches(self._generation.every)
        found = self.evaluate(node)
        if not found.bits and isinstance(node, AllOf) and node.implied:
            found = self._nearest(node)
        if not found.bits and _only_stop_words(node):
            return Matches(self._generation.every)
        return found

    def evaluate(self, node: Node) -> Matches:
        """Exactly what the query says."""
        match node:
            case AllOf(parts):
                return self._intersection([self.evaluate(part) for part in parts])
            case AnyOf(parts):
                return self._union([self.evaluate(part) for part in parts])
            case Not(part):
                return Matches(self._generation.every & ~self.evaluate(part).bits)
            case leaf:
                scores = self._leaf(leaf)
                return Matches(bits_of(scores, self._generation.size), (scores,))

    def _leaf(self, leaf: Leaf) -> Scores:
        match leaf:
            case Word(folded):
                return _better(*(self.scores(locale, term(folded, locale)) for locale in Locale))
            case Prefix(folded):
                return _better(
                    *(self.scores(locale, *self.expand(folded, locale)) for locale in Locale)
                )
            case Phrase():
                return _better(*(self._phrase(leaf, locale) for locale in Locale))
            case Joined(whole, parts):
                return _better(self._leaf(whole), self._leaf(parts))

    def expand(self, prefix: str, locale: Locale) -> tuple[str, ...]:
        """The terms of the words that begin like this."""
        words = self.lexicon.beginning(prefix, locale, MOST_EXPANSIONS)
        terms = dict.fromkeys(term(word, locale) for word in words)
        return tuple(stem for stem in terms if stem)

    def scores(self, locale: Locale, *terms: str) -> Scores:
        """BM25F of some terms, taken as one word, in the texts of a language."""
        terms = tuple(filter(None, terms))
        if not terms:
            return {}
        key = (locale, *terms)
        return self._generation.remembered(key, lambda: self._bm25f(locale, terms))

    def _bm25f(self, locale: Locale, terms: Sequence[str]) -> Scores:
        weighed: defaultdict[int, float] = defaultdict(float)
        for field in WEIGHTS:
            norms = self._generation.norms(field, locale)
            for stem in terms:
                for number, frequency in self._generation.postings(
                    field_name(field, locale), stem
                ):
                    weighed[number] += frequency * norms[number]
        return self._saturated(weighed)

    def _phrase(self, phrase: Phrase, locale: Locale) -> Scores:
        terms = phrase.terms(locale)
        if not terms:
            return {}
        candidates = [set(self.scores(locale, stem)) for _, stem in terms]
        among = frozenset(set.intersection(*candidates))
        weighed: defaultdict[int, float] = defaultdict(float)
        for field in WEIGHTS if among else ():
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

    def _saturated(self, weighed: Mapping[int, float]) -> Scores:
        total, having = len(self._generation.cards), len(weighed)
        rarity = log(1 + (total - having + 0.5) / (having + 0.5))
        return {
            number: rarity * weight * (1 + SATURATION) / (weight + SATURATION)
            for number, weight in weighed.items()
        }

    def _intersection(self, found: list[Matches]) -> Matches:
        bits = reduce(and_, (matches.bits for matches in found), self._generation.every)
        return Matches(bits, _all_parts(found))

    def _union(self, found: list[Matches]) -> Matches:
        return Matches(reduce(or_, (matches.bits for matches in found), 0), _all_parts(found))

    def _nearest(self, node: AllOf) -> Matches:
        bare = [part for part in node.parts if isinstance(part, Word | Joined)]
        if len(bare) < 2:  # noqa: PLR2004 - a single word has no half
            return Matches(0)
        words = [self.evaluate(part) for part in bare]
        rest = self._intersection([self.evaluate(part) for part in node.parts if part not in bare])
        for quorum in (-(-len(words) // 2), 1):
            bits = rest.bits & _at_least(quorum, [matches.bits for matches in words])
            if bits:
                return Matches(bits, _all_parts([*words, rest]), is_loosened=True)
        return Matches(0)


def _only_stop_words(node: Node) -> bool:
    match node:
        case Word(folded):
            return is_stop(folded)
        case AllOf(parts) | AnyOf(parts):
            return all(_only_stop_words(part) for part in parts)
        case _:
            return False


def _better(first: Scores, second: Scores) -> Scores:
    # Max, not sum: a word that both languages share is not twice as good.
    if not (first and second):
        return first or second
    return {
        number: max(first.get(number, 0.0), second.get(number, 0.0))
        for number in {**first, **second}
    }


def _all_parts(found: Sequence[Matches]) -> tuple[Scores, ...]:
    return tuple(part for matches in found for part in matches.parts)


def _at_least(quorum: int, sets: Sequence[Bits]) -> Bits:
    """The documents that are in so many of the sets."""
    # having[k]: in at least k of the sets seen so far.
    having = [-1] + [0] * quorum
    for bits in sets:
        for count in range(quorum, 0, -1):
            having[count] |= having[count - 1] & bits
    return having[quorum]
