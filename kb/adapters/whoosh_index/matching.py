"""Which documents a query means, and how well: sets as bits, scores per condition.

A word is looked for in both languages; the better one counts, the other than the reader's a little
less. What the thesaurus has for a word counts less than the word itself: never more than the same
place in a text would give for the word as typed. Every document found is counted alike.

Every word must be found. When no document has them all, words that no document has are left out;
failing that, those are found that have at least half of the words (else at least one) which the
reader typed without quotes or operators. Of a whole question nobody expects all words: found is
what has a third of all that is telling in it, where a rare word tells more. Filters play no part
in these decisions, so totals, facet counts and pages speak of the same set.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import chain
from math import log
from operator import and_, or_

from kb.adapters.whoosh_index.analysis import is_stop, term
from kb.adapters.whoosh_index.conditions import (
    AllOf,
    Alternative,
    AnyOf,
    Bare,
    Joined,
    Leaf,
    Node,
    Not,
    Phrase,
    Prefix,
    Widened,
    Within,
    Word,
)
from kb.adapters.whoosh_index.facets import Bits
from kb.adapters.whoosh_index.generation import Generation
from kb.adapters.whoosh_index.lexicon import Lexicon
from kb.adapters.whoosh_index.scoring import EVERYWHERE, Scorer, Scores, best_of
from kb.core.language import Locale

MOST_EXPANSIONS = 100
OTHER_LANGUAGE = 0.9
ALTERNATIVE = 0.5
# What an alternative adds in a text that has the word itself as well.
BOTH = 0.2
# From so many words on a query is a question rather than a list of what must be there.
QUESTION = 4
THIRD, HALF = 3, 2
FINENESS = 4


@dataclass(frozen=True, slots=True)
class Matches:
    """The documents found, and what each part of the query scores in them."""

    bits: Bits
    parts: tuple[Scores, ...] = ()
    is_loosened: bool = False

    def score(self, number: int) -> float:
        return sum(part.at(number) for part in self.parts)


class Matching:
    """The meaning of queries in one generation, for readers of a language."""

    def __init__(self, generation: Generation, locale: Locale, *, is_exact: bool) -> None:
        self._is_exact = is_exact
        self._generation = generation
        self.locale = locale
        self._scorer = Scorer(generation)

    @property
    def lexicon(self) -> Lexicon:
        return self._generation.lexicon

    def find(self, node: Node | None) -> Matches:
        """What the query means, or failing that what comes near it; None finds everything."""
        if node is None:
            return Matches(self._generation.every)
        if isinstance(node, AllOf) and node.implied and not self._is_exact:
            found = self._conjunction(node)
        else:
            found = self.evaluate(node)
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
            case Widened(literal, others):
                return self._widened(literal, others)
            case Within(fields, leaf):
                scores = self._leaf(leaf, fields)
            case leaf:
                scores = self._leaf(leaf)
        return Matches(scores.bits, (scores,))

    def is_known(self, leaf: Leaf) -> bool:
        """Whether some text has it."""
        return any(self.occurs(locale, leaf) for locale in Locale)

    def occurs(self, locale: Locale, leaf: Leaf) -> bool:
        """Whether some text in this language has it."""
        if isinstance(leaf, Word):
            return self._generation.has(locale, term(leaf.folded, locale))
        return bool(self._in(locale, leaf))

    def expand(self, prefix: str, locale: Locale) -> tuple[str, ...]:
        """The terms of the words that begin like this."""
        return self.lexicon.terms_beginning(prefix, locale, MOST_EXPANSIONS)

    def _leaf(self, leaf: Leaf, fields: tuple[str, ...] = EVERYWHERE) -> Scores:
        return self._best_of(
            [self._in(locale, leaf, fields).scaled(self._share(locale)) for locale in Locale]
        )

    def _in(self, locale: Locale, leaf: Leaf, fields: tuple[str, ...] = EVERYWHERE) -> Scores:
        """A condition in the texts of one language."""
        match leaf:
            case Word(folded):
                return self._scorer.terms(locale, [term(folded, locale)], fields)
            case Prefix(folded):
                return self._scorer.terms(locale, self.expand(folded, locale), fields)
            case Phrase((Word(folded),)):
                return self._scorer.terms(locale, [term(folded, locale)], fields)
            case Phrase():
                return self._scorer.phrase(locale, leaf.terms(locale), fields)
            case Joined(whole, parts):
                return self._best_of([self._in(locale, each, fields) for each in (whole, parts)])

    def _widened(self, literal: Leaf, others: Sequence[Alternative]) -> Matches:
        own = self._leaf(literal)
        worth = self._rarity(own)
        besides = self._best_of(
            [
                self._lesser(self._in(locale, other.leaf), worth, self._share(locale))
                for other in others
                for locale in Locale
            ]
        )
        scores = self._best_of([own, besides])
        return Matches(scores.bits, (scores, besides.scaled(BOTH)))

    def _lesser(self, scores: Scores, worth: float, share: float) -> Scores:
        """An alternative: one that is rarer than the word itself counts as if it were not."""
        if not scores:
            return scores
        return scores.scaled(share * ALTERNATIVE * min(1.0, worth / self._rarity(scores)))

    def _rarity(self, scores: Scores) -> float:
        return rarity(len(scores), self._generation.size)

    def _share(self, locale: Locale) -> float:
        """What a text in this language counts for the reader."""
        return 1.0 if locale is self.locale else OTHER_LANGUAGE

    def _best_of(self, scores: Sequence[Scores]) -> Scores:
        found = [one for one in scores if one] or scores[:1]
        return found[0] if len(found) == 1 else best_of(found, self._generation.size)

    def _intersection(self, found: list[Matches]) -> Matches:
        bits = reduce(and_, (matches.bits for matches in found), self._generation.every)
        return Matches(bits, _all_parts(found))

    def _union(self, found: list[Matches]) -> Matches:
        return Matches(reduce(or_, (matches.bits for matches in found), 0), _all_parts(found))

    def _conjunction(self, node: AllOf) -> Matches:
        """All of what stands side by side, or what comes nearest to it."""
        every = [(part, self.evaluate(part)) for part in node.parts]
        strict = self._intersection([found for _, found in every])
        words = [found for part, found in every if isinstance(part, Bare)]
        if len(words) < 2 or (strict.bits and len(words) < QUESTION):  # noqa: PLR2004 - no half
            return strict
        rest = self._intersection([found for part, found in every if not isinstance(part, Bare)])
        weights, quorums = demands(
            [found.bits.bit_count() for found in words], self._generation.every.bit_count()
        )
        for quorum in quorums:
            bits = rest.bits & _at_least(quorum, [found.bits for found in words], weights)
            if bits:
                loosened = bits != strict.bits
                return Matches(bits, _all_parts([*words, rest]), is_loosened=loosened)
        return Matches(0)


def demands(having: Sequence[int], total: int) -> tuple[list[int], list[int]]:
    """What each word of a query weighs, and how much a document must have: the first that does.

    `having`: in how many of the `total` documents each word is.
    """
    if len(having) >= QUESTION:
        rarities = [rarity(count, total) if count else 0.0 for count in having]
        rarest = max(rarities) or 1.0
        weights = [round(FINENESS * each / rarest) for each in rarities]
        quorums = [-(-sum(weights) // THIRD), 1]
    else:
        weights = [1] * len(having)
        quorums = [sum(map(bool, having)), -(-len(having) // HALF), 1]
    return weights, [quorum for quorum in quorums if quorum]


def rarity(having: int, total: int) -> float:
    """How much a condition tells that so many of all documents meet (BM25)."""
    return log(1 + (total - having + 0.5) / (having + 0.5))


def _only_stop_words(node: Node) -> bool:
    match node:
        case Word(folded):
            return is_stop(folded)
        case AllOf(parts) | AnyOf(parts):
            return all(_only_stop_words(part) for part in parts)
        case _:
            return False


def _all_parts(found: Sequence[Matches]) -> tuple[Scores, ...]:
    return tuple(chain.from_iterable(matches.parts for matches in found))


def _at_least(quorum: int, sets: Sequence[Bits], weights: Sequence[int]) -> Bits:
    """The documents whose sets weigh so much together."""
    # having[k]: those that weigh at least k in the sets seen so far.
    having = [-1] + [0] * quorum
    for bits, weight in zip(sets, weights, strict=True):
        for reached in range(quorum, 0, -1) if weight else ():
            having[reached] |= having[max(0, reached - weight)] & bits
    return having[quorum]
