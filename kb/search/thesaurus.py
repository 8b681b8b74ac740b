"""The thesaurus of the search: which words stand for each other, from the glossary's concepts."""

from collections.abc import Iterable, Iterator
import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.core.language import Locale
from kb.core.ports import NO_THESAURUS, Thesaurus
from kb.vocabularies.catalogue import GlossaryEntry, Term, Vocabularies
from kb.vocabularies.models import GlossaryRow, VocabularyRow
from kb.vocabularies.service import load_glossary, load_vocabularies

# Names of places, spelt in several ways. The words of the other vocabularies are broader or
# narrower than each other, and the texts that are tagged with a term are found by them already.
PLACES = ("regions",)
_REMARK = re.compile(r"\s*\(([^()]*)\)")
_ACRONYM = re.compile(r"[A-Z][A-Z0-9-]+")


def thesaurus_of(glossary: Iterable[GlossaryEntry], vocabularies: Vocabularies) -> Thesaurus:
    """One group of words for each concept, and for each place that is spelt in several ways."""
    places = (
        term
        for name in PLACES
        if name in vocabularies.by_name
        for term in vocabularies.by_name[name].terms
    )
    groups = (*map(_concept, glossary), *map(_place, places))
    return Thesaurus(tuple(group for group in groups if len(group) > 1))


class ThesaurusCache:
    """The thesaurus of a process, made again only when the database holds other words."""

    def __init__(self) -> None:
        self._digests: tuple[str, ...] | None = None
        self._thesaurus = NO_THESAURUS

    def get(self, session: Session) -> Thesaurus:
        """The thesaurus as it is in the database now: the same object as long as it is so."""
        digests = (
            *session.scalars(select(VocabularyRow.digest).order_by(VocabularyRow.position)),
            *session.scalars(
                select(GlossaryRow.digest)
                .where(GlossaryRow.is_removed.is_(False))
                .order_by(GlossaryRow.id)
            ),
        )
        if digests != self._digests:
            self._thesaurus = thesaurus_of(load_glossary(session), load_vocabularies(session))
            self._digests = digests
        return self._thesaurus


def _concept(entry: GlossaryEntry) -> tuple[str, ...]:
    written = (entry.fr, entry.en, *entry.local, *entry.synonyms)
    return tuple(dict.fromkeys(form for words in written for form in _forms(words)))


def _place(term: Term) -> tuple[str, ...]:
    # A region that was renamed or divided is not the same place under another name.
    if term.former_names or term.new_names:
        return ()
    written = (name for locale in Locale for name in (term.label[locale], *term.synonyms[locale]))
    return tuple(dict.fromkeys(written))


def _forms(words: str) -> Iterator[str]:
    """What is said in so many words: without remarks in brackets, but with acronyms in them."""
    for form in _REMARK.sub("", words).split("/"):
        if form.strip():
            yield form.strip()
    yield from (remark for remark in _REMARK.findall(words) if _ACRONYM.fullmatch(remark))
