"""Keeping the indexes in step with the database: consume, rebuild, reconcile."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
import hashlib
import json
import re

from markupsafe import Markup
from sqlalchemy.orm import Session

from kb.core.language import Locale
from kb.core.ports import IndexUnavailable, SearchDocument, SearchIndex, SearchText
from kb.core.unit_of_work import UnitOfWork
from kb.events.models import AuditEntry
from kb.events.types import EventType
from kb.practices.facets import FACETS, facets_of
from kb.practices.models import Practice
from kb.practices.public import PublicPractice, PublicSection, PublicText
from kb.practices.queries import public_views
from kb.practices.readers import VISITOR, Reader
from kb.vocabularies.catalogue import Vocabularies
from kb.vocabularies.service import load_vocabularies

Read = Callable[[], AbstractContextManager[Session]]
# One index for each kind of reader: whatever is counted, weighed or suggested in one of them
# comes from what its readers may read. The visitors' stands first: what is withdrawn leaves it
# even where another one is broken.
Indexes = Mapping[Reader, SearchIndex]


def consume_all(work: UnitOfWork, indexes: Indexes, entries: Iterable[AuditEntry]) -> None:
    """Bring the practices of these events up to date in every index."""
    batch = list(entries)
    for reader, index in indexes.items():
        consume(work, index, batch, reader)


def rebuild_all(read: Read, indexes: Indexes) -> None:
    """Make every index anew."""
    for reader, index in indexes.items():
        rebuild(read, index, reader)


def reconcile_all(read: Read, indexes: Indexes) -> int:
    """Repair every index; returns on how many practices they differed, all in all."""
    return sum(reconcile(read, index, reader) for reader, index in indexes.items())


def consume(
    work: UnitOfWork,
    index: SearchIndex,
    entries: Iterable[AuditEntry],
    reader: Reader = VISITOR,
) -> None:
    """Bring the practices of these events up to date; seeing an event twice does no harm."""
    batch = list(entries)

    def read() -> AbstractContextManager[Session]:
        return nullcontext(work.session)

    if any(entry.type == EventType.VOCABULARIES_REPLACED for entry in batch):
        reconcile(read, index, reader)
        return
    ids = {entry.practice_id for entry in batch if entry.practice_id is not None}
    slugs = {p.slug for i in ids if (p := work.session.get(Practice, i)) is not None}
    gone: set[str] = set()

    def fresh() -> Iterator[SearchDocument]:
        documents = _documents(work.session, slugs, reader)
        gone.update(slugs - set(documents))
        yield from documents.values()

    try:
        index.apply(fresh(), gone)
    except IndexUnavailable:
        rebuild(read, index, reader)


def rebuild(read: Read, index: SearchIndex, reader: Reader = VISITOR) -> int:
    """Make the index anew from the public views; returns how many there are."""
    count = 0

    def fresh() -> Iterator[SearchDocument]:
        nonlocal count
        with read() as session:
            documents = _documents(session, None, reader)
        count = len(documents)
        yield from documents.values()

    index.replace_all(fresh())
    return count


def reconcile(read: Read, index: SearchIndex, reader: Reader = VISITOR) -> int:
    """Compare the index with the database and repair the difference; returns its size."""
    changed, gone = 0, set[str]()

    def fresh() -> Iterator[SearchDocument]:
        nonlocal changed
        with read() as session:
            documents = _documents(session, None, reader)
        stamps = index.stamps()
        gone.update(set(stamps) - set(documents))
        differing = [d for slug, d in documents.items() if stamps.get(slug) != d.stamp]
        changed = len(differing)
        yield from differing

    try:
        index.apply(fresh(), gone)
    except IndexUnavailable:
        return rebuild(read, index, reader)
    return changed + len(gone)


def difference(read: Read, index: SearchIndex, reader: Reader = VISITOR) -> tuple[str, ...]:
    """The slugs on which index and database disagree; raises IndexUnavailable."""
    with read() as session:
        expected = {slug: d.stamp for slug, d in _documents(session, None, reader).items()}
    stamps = index.stamps()
    return tuple(
        sorted(
            slug
            for slug in expected.keys() | stamps.keys()
            if expected.get(slug) != stamps.get(slug)
        )
    )


def is_indexed(stamp: str, practice: PublicPractice) -> bool:
    """Whether a stamp was made from the version that is public now."""
    return stamp.startswith(f"{practice.version_id}.")


def _documents(
    session: Session, slugs: Iterable[str] | None, reader: Reader
) -> dict[str, SearchDocument]:
    vocabularies = load_vocabularies(session)
    views = public_views(session, slugs, reader)
    return {slug: _document(view, vocabularies) for slug, view in views.items()}


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
LOOSE_SPACE = re.compile(r" (?=[.,)])")
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
        body=f"{details}\n{body}",
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
