"""Practices like a practice: the same themes and actors, the same rare words."""

from collections import defaultdict
from collections.abc import Mapping
from math import log

from kb.adapters.whoosh_index.analysis import occurrences
from kb.adapters.whoosh_index.facets import documents_of
from kb.adapters.whoosh_index.generation import Generation
from kb.adapters.whoosh_index.scoring import Scorer
from kb.core.language import Locale

# What makes two practices alike, among the facets and in all.
SHARED = {"theme": 3.0, "actor": 2.0, "region": 1.0, "country": 0.5}
OTHER_KIND = 0.7
# Chosen terms tell more than the words that happen to be used.
WORDS, TERMS = 0.5, 1.0
KEY_TERMS = 15
MOST_RELATED = 20


def related(generation: Generation, slug: str, limit: int) -> tuple[str, ...]:
    """The slugs of the nearest practices, the nearest first; nothing for an unknown one."""
    number = generation.documents.get(slug)
    if number is None:
        return ()
    ranked = generation.remembered_related(slug, lambda: _ranked(generation, number))
    return ranked[: max(0, limit)]


def _ranked(generation: Generation, number: int) -> tuple[str, ...]:
    likeness: defaultdict[int, float] = defaultdict(float)
    for alike in (_by_facets(generation, number), _by_words(generation, number)):
        for other, score in alike.items():
            likeness[other] += score
    likeness.pop(number, None)
    kinds = set(generation.cards[number].facets.get("kind", ()))
    for other in likeness:
        if kinds.isdisjoint(generation.cards[other].facets.get("kind", ())):
            likeness[other] *= OTHER_KIND
    slugs = {other: generation.cards[other].slug for other, score in likeness.items() if score > 0}
    ordered = sorted(slugs, key=lambda other: (-likeness[other], slugs[other]))
    return tuple(slugs[other] for other in ordered[:MOST_RELATED])


def _by_facets(generation: Generation, number: int) -> dict[int, float]:
    scores: defaultdict[int, float] = defaultdict(float)
    for facet, weight in SHARED.items():
        for value in generation.cards[number].facets.get(facet, ()):
            having = generation.facets.having(facet, value)
            rarity = log(1 + len(generation.cards) / having.bit_count())
            for other in documents_of(having):
                scores[other] += weight * rarity
    return _as_shares(TERMS, scores, scores.get(number, 0.0))


def _by_words(generation: Generation, number: int) -> dict[int, float]:
    scorer = Scorer(generation)
    found = [scorer.terms(locale, [term]) for locale, term in _terms(generation, number)]
    # A word of its own alone says nothing about others, but it does about how different it is.
    telling = [of_term for of_term in found if len(of_term) > 1]
    scores: defaultdict[int, float] = defaultdict(float)
    for of_term in sorted(telling, key=lambda of_term: -of_term.at(number))[:KEY_TERMS]:
        for other, score in of_term.items():
            scores[other] += score
    return _as_shares(WORDS, scores, sum(of_term.at(number) for of_term in found))


def _as_shares(weight: float, scores: Mapping[int, float], own: float) -> dict[int, float]:
    """Likeness as a share of how much the practice is like itself."""
    return {other: weight * score / own for other, score in scores.items()} if own else {}


def _terms(generation: Generation, number: int) -> list[tuple[Locale, str]]:
    """The words of title, local name, summary and tags in one language: every text has both."""
    texts = generation.texts(number)
    for locale in Locale:
        if text := texts.get(locale):
            short = f"{text.title}. {text.local_name}. {text.summary}. {text.tags}"
            return [(locale, term) for term in occurrences(short, locale)]
    return []
