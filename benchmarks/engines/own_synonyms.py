"""A page of results with three synonyms for every word, as a thesaurus gives them."""

from dataclasses import replace
from pathlib import Path

from benchmarks.corpus import vocabulary
from benchmarks.engines.own_passages import OwnPassages
from benchmarks.queries import Query, fit
from kb.adapters.whoosh_index.analysis import fold, term
from kb.core.language import Locale
from kb.core.ports import SearchRequest, Thesaurus

# Of the vocabulary of a language; each word stands with one from every quarter.
WORDS, GROUP = 4_000, 4
SEED = 4


class OwnSynonyms(OwnPassages):
    """Searches the index of `Own`."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._thesaurus = Thesaurus(tuple(group for locale in Locale for group in _groups(locale)))

    def request(self, query: Query) -> SearchRequest:
        return replace(super().request(query), is_exact=False, thesaurus=self._thesaurus)


def _groups(locale: Locale) -> list[tuple[str, ...]]:
    # Forms of one word would bring the synonyms of each to all of them.
    known: dict[str, str] = {}
    for word in vocabulary(locale, SEED).words:
        if fit(word):
            known.setdefault(term(fold(word), locale), word)
    words = list(known.values())[:WORDS]
    distance = len(words) // GROUP
    return [tuple(words[at::distance][:GROUP]) for at in range(distance)]


ENGINE = OwnSynonyms
