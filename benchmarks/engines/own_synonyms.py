"""The search of the application with three synonyms for every word, as a thesaurus gives them."""

from pathlib import Path

from benchmarks.corpus import vocabulary
from benchmarks.engines.own import Own
from benchmarks.queries import Query, fit
from kb.core.language import Locale
from kb.core.ports import SearchRequest, Thesaurus

# Of the vocabulary of a language; each word stands with one from every quarter.
WORDS, GROUP = 4_000, 4
SEED = 4


class OwnSynonyms(Own):
    """Searches the index of `Own`."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._thesaurus = Thesaurus(
            tuple(group for locale in Locale for group in _groups(vocabulary(locale, SEED).words))
        )

    def request(self, query: Query) -> SearchRequest:
        filters = {facet: frozenset(values) for facet, values in query.filters.items()}
        return SearchRequest(query.text, query.locale, filters, thesaurus=self._thesaurus)


def _groups(words: tuple[str, ...]) -> list[tuple[str, ...]]:
    known = [word for word in words if fit(word)][:WORDS]
    distance = len(known) // GROUP
    return [tuple(known[at::distance][:GROUP]) for at in range(distance)]


ENGINE = OwnSynonyms
