"""Reading practices; `public_view` is the one way out of the house."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
import logging
from typing import TypeVar

from markupsafe import Markup
from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from kb.attachments.kinds import address_name, is_image
from kb.attachments.models import Attachment, VersionAttachment
from kb.attachments.service import frozen_with
from kb.core.errors import Invalid, NotFound
from kb.core.language import Locale
from kb.core.messages import msg
from kb.practices.content import SLUG, Visibility
from kb.practices.lifecycle import State
from kb.practices.models import (
    AuthorRole,
    Practice,
    PracticeReader,
    RenderedText,
    ReviewConfirmation,
    Revision,
    RevisionAuthor,
    Version,
)
from kb.practices.public import Publication, PublicAttachment, PublicPractice, derive
from kb.practices.readers import VISITOR, Reader
from kb.practices.tombstones import absence

LOG = logging.getLogger(__name__)
Value = TypeVar("Value")
# What a reader may be told of: the text of today, and that there were others before.
_TOLD_OF = (State.PUBLISHED, State.SUPERSEDED, State.ARCHIVED)


@dataclass(frozen=True, slots=True)
class PublicRevision:
    """That a practice was published anew, and what its author says changed; never the text."""

    number: int
    published_at: datetime
    change_note: str
    imported: bool
    is_current: bool
    # When the desk read it again and found it still right; the last time first.
    confirmed_at: tuple[datetime, ...] = ()


def get_revision(session: Session, revision_id: int, *, lock: bool = False) -> Revision:
    """The revision, locked against others on request; raises NotFound."""
    query = select(Revision).where(Revision.id == revision_id)
    if lock:
        query = query.with_for_update()
    revision = session.scalar(query)
    if revision is None:
        raise NotFound(msg("There is no such page."))
    return revision


def published_revision(session: Session, practice_id: int) -> Revision | None:
    """The one revision of a practice that is public now, if any."""
    return session.scalar(
        select(Revision).where(
            Revision.practice_id == practice_id, Revision.state == State.PUBLISHED
        )
    )


def practice_by_slug(session: Session, slug: str) -> Practice | None:
    """The practice at this permanent address, in whatever state."""
    return session.scalar(select(Practice).where(Practice.slug == slug))


def public_view(session: Session, slug: str, reader: Reader = VISITOR) -> PublicPractice:
    """What this reader finds at this address; raises NotFound for all else alike.

    Only what everybody could read and was then withdrawn is told from what never was, by Gone.
    """
    views = public_views(session, [slug], reader)
    if slug not in views:
        raise absence(session, slug)
    return views[slug]


def public_views(
    session: Session,
    slugs: Iterable[str] | None = None,
    reader: Reader = VISITOR,
) -> Mapping[str, PublicPractice]:
    """The public views by slug: of all practices, or of those asked for; the rest is left out."""
    query = _published(reader)
    if slugs is not None:
        # What cannot be a slug never reaches the database: PostgreSQL refuses NUL as an error.
        query = query.where(Practice.slug.in_([s for s in slugs if SLUG.fullmatch(s)]))
    return _views(session, query, reader)


def newest_views(
    session: Session, count: int, reader: Reader = VISITOR
) -> tuple[PublicPractice, ...]:
    """The practices that were published last, the newest first."""
    newest = (Revision.published_at.desc(), Practice.slug)
    query = _published(reader).order_by(None).order_by(*newest).limit(count)
    return tuple(_views(session, query, reader).values())


def first_views(
    session: Session, count: int, reader: Reader = VISITOR
) -> tuple[PublicPractice, ...]:
    """The first practices by their address, for lists that no index helps to make."""
    return tuple(_views(session, _published(reader).limit(count), reader).values())


def restricted_views(session: Session, reader: Reader) -> tuple[PublicPractice, ...]:
    """The restricted practices that this reader may read: no index has them."""
    query = _published(reader).where(Revision.visibility == Visibility.RESTRICTED)
    return tuple(_views(session, query, reader).values())


def public_history(
    session: Session, slug: str, reader: Reader = VISITOR
) -> tuple[PublicRevision, ...]:
    """When what this reader may read was published, the newest first; raises as `public_view`."""
    public_view(session, slug, reader)
    query = (
        select(Revision)
        .join(Revision.practice)
        .where(Practice.slug == slug, Revision.state.in_(_TOLD_OF), readable_by(reader))
        .order_by(Revision.number.desc())
    )
    return tuple(
        PublicRevision(
            number=revision.number,
            published_at=revision.published_at,
            change_note=revision.change_note,
            imported=revision.imported,
            is_current=revision.state is State.PUBLISHED,
            confirmed_at=_confirmed(session, revision),
        )
        for revision in session.scalars(query)
        if revision.published_at is not None
    )


def _confirmed(session: Session, revision: Revision) -> tuple[datetime, ...]:
    query = select(ReviewConfirmation.confirmed_at).where(
        ReviewConfirmation.revision_id == revision.id
    )
    return tuple(session.scalars(query.order_by(ReviewConfirmation.id.desc())))


def public_slugs(
    session: Session, reader: Reader = VISITOR, among: Collection[str] | None = None
) -> Mapping[str, int]:
    """Slug and version of everything this reader may read, or of what is asked for of it."""
    query = _addresses(Revision.version_id, reader)
    if among is not None:
        query = query.where(Practice.slug.in_(among))
    return {slug: version for slug, version in session.execute(query) if version is not None}


def public_dates(session: Session, reader: Reader = VISITOR) -> Mapping[str, datetime]:
    """Slug and time of publication of everything this reader may read; no text is opened."""
    query = _addresses(Revision.published_at, reader)
    return {slug: at for slug, at in session.execute(query) if at is not None}


def _addresses(column: InstrumentedAttribute[Value], reader: Reader) -> Select[str, Value]:
    return (
        select(Practice.slug, column)
        .join(Revision.practice)
        .where(Revision.state == State.PUBLISHED, readable_by(reader))
        .order_by(Practice.slug)
    )


def readable_by(reader: Reader) -> ColumnElement[bool]:
    """The one condition for who may read a revision (joined with its practice) once published."""
    for_all = Revision.visibility.in_(reader.visibilities)
    if reader.user_id is None:
        return for_all
    wrote = select(RevisionAuthor.revision_id).where(
        RevisionAuthor.user_id == reader.user_id, RevisionAuthor.role != AuthorRole.LEFT
    )
    given = select(PracticeReader.practice_id).where(PracticeReader.user_id == reader.user_id)
    return or_(
        for_all,
        Practice.owner_id == reader.user_id,
        Revision.id.in_(wrote),
        Practice.id.in_(given),
    )


def _views(session: Session, query: Select[Revision], reader: Reader) -> dict[str, PublicPractice]:
    found: dict[str, PublicPractice] = {}
    revisions = session.scalars(query).all()
    named = {slug for revision in revisions for slug in _named(revision)}
    readable = public_slugs(session, reader, named).keys() if named else frozenset()
    files = frozen_with(session, [r.version_id for r in revisions if r.version_id is not None])
    for revision in revisions:
        try:
            attached = public_attachments(files.get(revision.version_id or 0, ()))
            found[revision.practice.slug] = _view(revision, readable, attached)
        except Invalid:
            # A text that today's rules refuse must not take the others down; doctor names it.
            LOG.exception("version %s cannot be read", revision.version_id)
    return found


def _named(revision: Revision) -> tuple[str, ...]:
    """The addresses that a text names; of one that today's rules refuse perhaps none."""
    content = revision.version.content if revision.version else None
    related = content.get("related") if isinstance(content, dict) else None
    slugs = related if isinstance(related, list) else ()
    return tuple(slug for slug in slugs if isinstance(slug, str) and SLUG.fullmatch(slug))


def _published(reader: Reader) -> Select[Revision]:
    return (
        select(Revision)
        .join(Revision.practice)
        .options(
            joinedload(Revision.practice),
            joinedload(Revision.version).selectinload(Version.rendered),
        )
        .where(Revision.state == State.PUBLISHED, readable_by(reader))
        .order_by(Practice.slug)
    )


def _view(
    revision: Revision, readable: Collection[str], attached: tuple[PublicAttachment, ...]
) -> PublicPractice:
    version, published_at = revision.version, revision.published_at
    if version is None or published_at is None:  # refused by CHECK constraints
        raise NotFound(msg("There is no such page."))
    publication = Publication(
        revision_number=revision.number,
        version_id=version.id,
        visibility=revision.visibility,
        location_precision=revision.location_precision,
        published_at=published_at,
        review_due_on=revision.review_due_on,
        imported=revision.imported,
    )
    content = version.parsed()
    # The address of a practice that this reader may not read is a secret of its own.
    related = tuple(slug for slug in content.related if slug in readable)
    content = content.model_copy(update={"related": related})
    return derive(content, publication, safe_html(version.rendered), attached)


def public_attachments(
    rows: Iterable[Attachment | VersionAttachment],
) -> tuple[PublicAttachment, ...]:
    """Files as readers get to know of them: not who put them there, nor when."""
    return tuple(
        PublicAttachment(
            content_hash=row.content_hash,
            media_type=row.media_type,
            # A camera or a person named it; of an image nobody needs that.
            name=address_name(row.content_hash, row.media_type)
            if is_image(row.media_type)
            else row.file_name,
            size=row.size,
            width=row.width,
            height=row.height,
            alternative_texts={
                locale: text
                for locale, text in (
                    (Locale.FR, row.alternative_text_fr),
                    (Locale.EN, row.alternative_text_en),
                )
                if text
            },
            credit=row.credit,
            licence=row.licence,
        )
        for row in rows
    )


def safe_html(rendered: Iterable[RenderedText]) -> dict[Locale, dict[str, Markup]]:
    """The stored HTML of a version, by language and section."""
    # This HTML came out of the renderer when it was stored; it is not cleaned twice.
    return {
        row.locale: {key: Markup(html) for key, html in row.sections.items()}  # noqa: S704
        for row in rendered
    }
