"""What a change of the thesaurus would do to searches, before it is saved."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from kb.core.language import Locale
from kb.core.paging import Paging
from kb.core.ports import SearchIndex, Thesaurus
from kb.practices.public import PublicPractice
from kb.search import service
from kb.search.queries import query_key
from kb.search.service import Query
from kb.vocabularies.catalogue import GlossaryEntry, Vocabularies

QUERIES_LIMIT = 12
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Side:
    """How much is found with one thesaurus, and what comes first; for what if corrected."""

    total: int
    first: tuple[PublicPractice, ...]
    corrected: str | None


@dataclass(frozen=True, slots=True)
class Effect:
    """A query with the thesaurus as it is and as it would be."""

    text: str
    before: Side
    after: Side

    @property
    def is_same(self) -> bool:
        """Whether nothing would change on the first page."""
        return self.before == self.after

    def is_new(self, practice: PublicPractice) -> bool:
        """Whether it would come up among the first, where it does not now."""
        return practice.slug not in {other.slug for other in self.before.first}


@dataclass(frozen=True, slots=True)
class Comparison:
    """Searches as any visitor makes them: what is not public is neither counted nor shown."""

    session: Session
    index: SearchIndex
    vocabularies: Vocabularies
    locale: Locale

    def effects(
        self, texts: Iterable[str], before: Thesaurus, after: Thesaurus
    ) -> tuple[Effect, ...]:
        """The effect on each of these queries; raises IndexUnavailable without an index."""
        return tuple(
            Effect(text, self._side(text, before), self._side(text, after)) for text in texts
        )

    def _side(self, text: str, thesaurus: Thesaurus) -> Side:
        query = Query(text=text, locale=self.locale, paging=Paging(per_page=SHOWN))
        results = service.search(
            self.session, self.index, self.vocabularies, query, thesaurus=thesaurus
        )
        first = tuple(found.practice for found in results.found)
        return Side(results.total, first, results.corrected)


def queries_of(entry: GlossaryEntry, typed: str = "") -> tuple[str, ...]:
    """What to try: a query of the editor's own, then the words of the entry, each once."""
    texts = (typed, entry.fr, entry.en, *entry.local, *entry.synonyms)
    by_key = {query_key(text): text for text in reversed(texts) if query_key(text)}
    wanted = dict.fromkeys(query_key(text) for text in texts if query_key(text))
    return tuple(by_key[key] for key in list(wanted)[:QUERIES_LIMIT])
