"""What a practice is to the index: its public view, as words, facets and a stamp."""

from collections.abc import Collection, Iterable
import hashlib
import json
import re

from markupsafe import Markup
from sqlalchemy.orm import Session

from kb.core.language import Locale
from kb.core.ports import NotIndexable, SearchDocument, SearchText
from kb.practices.facets import FACETS, facets_of
from kb.practices.public import PublicPractice, PublicSection, PublicText
from kb.practices.queries import public_views
from kb.practices.readers import Reader
from kb.vocabularies.catalogue import Vocabularies
from kb.vocabularies.service import load_vocabularies


def documents_of(
    session: Session,
    slugs: Iterable[str] | None,
    reader: Reader,
    but: Collection[str] = (),
) -> dict[str, SearchDocument]:
    """By slug what this reader may read: of all practices, or of those asked for, but for some.

    Raises NotIndexable for what cannot be made a document.
    """
    vocabularies = load_vocabularies(session)
    views = public_views(session, slugs, reader)
    return {slug: _made(view, vocabularies) for slug, view in views.items() if slug not in but}


def _made(practice: PublicPractice, vocabularies: Vocabularies) -> SearchDocument:
    try:
        return _document(practice, vocabularies)
    except Exception as error:
        raise NotIndexable(practice.slug) from error


def is_indexed(stamp: str, practice: PublicPractice) -> bool:
    """Whether a stamp was made from the version that is public now."""
    return stamp.startswith(f"{practice.version_id}.")


def _document(practice: PublicPractice, vocabularies: Vocabularies) -> SearchDocument:
    facets = {
        facet: vocabularies.with_ancestors(FACETS[facet], codes)
        for facet, codes in facets_of(practice).items()
    }
    texts = {
        locale: _text(text, _tags(facets, vocabularies, locale))
        for locale, text in practice.texts.items()
    }
    return SearchDocument(
        slug=practice.slug,
        stamp=_stamp(practice, texts, facets),
        published_at=practice.published_at,
        texts=texts,
        facets=facets,
    )


CITATION = re.compile(r'<sup><a href="#S[0-9]{1,3}">S[0-9]{1,3}</a></sup>')
# What a citation leaves behind when it is taken out.
LOOSE_SPACE = re.compile(r"[ \u00a0](?=[.,)])")
# Values such as "solid" or "unknown" are filters, not words a reader would search for.
_TAG_FACETS = ("country", "region", "actor", "theme")


def _tags(facets: dict[str, tuple[str, ...]], vocabularies: Vocabularies, locale: Locale) -> str:
    """The labels of the practice's terms and their synonyms, as words to be found by."""
    words: list[str] = []
    for facet in _TAG_FACETS:
        for code in facets[facet]:
            term = vocabularies.term(FACETS[facet], code)
            if term:
                words += [term.label[locale], *term.synonyms[locale]]
    return " · ".join(words)


def _text(text: PublicText, tags: str) -> SearchText:
    body = "\n".join(_words(section) for section in text.sections)
    details = " · ".join([*text.places, *text.communities, text.practice_type])
    return SearchText(
        title=text.title,
        local_name=text.local_name,
        summary=text.summary,
        body=f"{details} · {body}",
        tags=tags,
    )


def _words(section: PublicSection) -> str:
    """The text of a section without its citation marks."""
    text = Markup(CITATION.sub("", section.html)).striptags()  # noqa: S704 - made plain at once
    return LOOSE_SPACE.sub("", text)


def _stamp(
    practice: PublicPractice,
    texts: dict[Locale, SearchText],
    facets: dict[str, tuple[str, ...]],
) -> str:
    facts = [
        practice.slug,
        practice.version_id,
        practice.published_at.isoformat(),
        {
            locale.value: [t.title, t.local_name, t.summary, t.body, t.tags]
            for locale, t in texts.items()
        },
        facets,
    ]
    text = json.dumps(facts, ensure_ascii=True, sort_keys=True)
    return f"{practice.version_id}.{hashlib.sha256(text.encode()).hexdigest()[:32]}"
