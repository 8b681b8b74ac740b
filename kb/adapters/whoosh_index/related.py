"""Practices like a practice: the same themes and actors, the same rare words."""

from math import log

import numpy as np

from kb.adapters.whoosh_index.analysis import occurrences
from kb.adapters.whoosh_index.arrays import Array
from kb.adapters.whoosh_index.facets import documents_of
from kb.adapters.whoosh_index.generation import Generation
from kb.adapters.whoosh_index.scoring import Scorer, leading, total
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
    likeness = _by_facets(generation, number) + _by_words(generation, number)
    alike = np.zeros(generation.size, np.bool)
    for kind in generation.facets.chosen_by(number, "kind"):
        alike[documents_of(generation.facets.having("kind", kind), generation.size)] = True
    likeness[~alike] *= OTHER_KIND
    likeness[number] = 0.0
    ordered = leading(likeness, np.flatnonzero(likeness), generation.slug_ranks, MOST_RELATED)
    return tuple(generation.slugs[other] for other in ordered)


def _by_facets(generation: Generation, number: int) -> Array:
    scores = np.zeros(generation.size)
    for facet, weight in SHARED.items():
        for value in generation.facets.chosen_by(number, facet):
            having = documents_of(generation.facets.having(facet, value), generation.size)
            scores[having] += weight * log(1 + generation.size / len(having))
    return _as_shares(TERMS, scores, scores[number])


def _by_words(generation: Generation, number: int) -> Array:
    scorer = Scorer(generation)
    found = [scorer.terms(locale, [term]) for locale, term in _terms(generation, number)]
    # A word of its own alone says nothing about others, but it does about how different it is.
    telling = [of_term for of_term in found if len(of_term) > 1]
    key_terms = sorted(telling, key=lambda of_term: -of_term.at(number))[:KEY_TERMS]
    scores = total(key_terms, generation.size)
    return _as_shares(WORDS, scores, sum(of_term.at(number) for of_term in found))


def _as_shares(weight: float, scores: Array, own: float) -> Array:
    """Likeness as a share of how much the practice is like itself."""
    return weight * scores / own if own else np.zeros(len(scores))


def _terms(generation: Generation, number: int) -> list[tuple[Locale, str]]:
    """The words of title, local name, summary and tags in one language: every text has both."""
    texts = generation.texts(number)
    for locale in Locale:
        if text := texts.get(locale):
            short = f"{text.title}. {text.local_name}. {text.summary}. {text.tags}"
            return [(locale, term) for term in occurrences(short, locale)]
    return []
