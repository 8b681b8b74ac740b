"""Which documents a query means, and how well: sets as bits, scores per condition.

A word is looked for in both languages; the better one counts.

Every word must be found. When no document has them all, those are found that have at least half
of the words (else at least one) which the reader typed without quotes or operators: a trainer who
types a whole question gets the practices nearest to it. Filters play no part in that decision, so
totals, facet counts and pages speak of the same set.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_

from kb.adapters.whoosh_index.analysis import is_stop, term
from kb.adapters.whoosh_index.facets import Bits
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
from kb.adapters.whoosh_index.scoring import Scorer, Scores, best_of
from kb.core.language import Locale

MOST_EXPANSIONS = 100


@dataclass(frozen=True, slots=True)
class Matches:
    """The documents found, and what each part of the query scores in them."""

    bits: Bits
    parts: tuple[Scores, ...] = ()
    is_loosened: bool = False

    def score(self, number: int) -> float:
        return sum(part.at(number) for part in self.parts)


class Matching:
    """The meaning of queries in one generation."""

    def __init__(self, generation: Generation) -> None:
        self._generation = generation
        self._scorer = Scorer(generation)

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
                return Matches(scores.bits, (scores,))

    def _leaf(self, leaf: Leaf) -> Scores:
        match leaf:
            case Word(folded):
                return self._best(
                    [self._scorer.terms(locale, [term(folded, locale)]) for locale in Locale]
                )
            case Prefix(folded):
                return self._best(
                    [self._scorer.terms(locale, self.expand(folded, locale)) for locale in Locale]
                )
            case Phrase():
                return self._best(
                    [self._scorer.phrase(locale, leaf.terms(locale)) for locale in Locale]
                )
            case Joined(whole, parts):
                return self._best([self._leaf(whole), self._leaf(parts)])

    def expand(self, prefix: str, locale: Locale) -> tuple[str, ...]:
        """The terms of the words that begin like this."""
        words = self.lexicon.beginning(prefix, locale, MOST_EXPANSIONS)
        terms = dict.fromkeys(term(word, locale) for word in words)
        return tuple(stem for stem in terms if stem)

    def _best(self, scores: Sequence[Scores]) -> Scores:
        return best_of(scores, self._generation.size)

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
