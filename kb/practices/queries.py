"""Reading practices; `public_view` is the one way out of the house."""

from collections.abc import Collection, Iterable, Mapping
import logging

from markupsafe import Markup
from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from kb.core.errors import Invalid, NotFound
from kb.core.language import Locale
from kb.core.messages import msg
from kb.practices.content import SLUG, Visibility
from kb.practices.lifecycle import State
from kb.practices.models import Practice, RenderedText, Revision, Version
from kb.practices.public import Publication, PublicPractice, derive

LOG = logging.getLogger(__name__)
EVERYBODY = frozenset({Visibility.PUBLIC})


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


def public_view(
    session: Session, slug: str, audience: frozenset[Visibility] = EVERYBODY
) -> PublicPractice:
    """What this audience may read at this address; raises NotFound for all else alike."""
    views = public_views(session, [slug], audience)
    if slug not in views:
        raise NotFound(msg("There is no such page."))
    return views[slug]


def public_views(
    session: Session,
    slugs: Iterable[str] | None = None,
    audience: frozenset[Visibility] = EVERYBODY,
) -> Mapping[str, PublicPractice]:
    """The public views by slug: of all practices, or of those asked for; the rest is left out."""
    query = _published(audience)
    if slugs is not None:
        # What cannot be a slug never reaches the database: PostgreSQL refuses NUL as an error.
        query = query.where(Practice.slug.in_([s for s in slugs if SLUG.fullmatch(s)]))
    readable = public_slugs(session, audience).keys()
    found: dict[str, PublicPractice] = {}
    for revision in session.scalars(query):
        try:
            found[revision.practice.slug] = _view(revision, readable)
        except Invalid:
            # A text that today's rules refuse must not take the others down; doctor names it.
            LOG.exception("version %s cannot be read", revision.version_id)
    return found


def public_slugs(
    session: Session, audience: frozenset[Visibility] = EVERYBODY
) -> Mapping[str, int]:
    """Slug and version of everything this audience may read."""
    query = (
        select(Practice.slug, Revision.version_id)
        .join(Revision.practice)
        .where(Revision.state == State.PUBLISHED, Revision.visibility.in_(audience))
        .order_by(Practice.slug)
    )
    return {slug: version for slug, version in session.execute(query) if version is not None}


def _published(audience: frozenset[Visibility]) -> Select[Revision]:
    return (
        select(Revision)
        .join(Revision.practice)
        .options(
            joinedload(Revision.practice),
            joinedload(Revision.version).selectinload(Version.rendered),
        )
        .where(Revision.state == State.PUBLISHED, Revision.visibility.in_(audience))
        .order_by(Practice.slug)
    )


def _view(revision: Revision, readable: Collection[str]) -> PublicPractice:
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
    # The address of a practice that this audience may not read is a secret of its own.
    related = tuple(slug for slug in content.related if slug in readable)
    content = content.model_copy(update={"related": related})
    return derive(content, publication, _html(version.rendered))


def _html(rendered: Iterable[RenderedText]) -> dict[Locale, dict[str, Markup]]:
    # This HTML came out of the renderer when it was stored; it is not cleaned twice.
    return {
        row.locale: {key: Markup(html) for key, html in row.sections.items()}  # noqa: S704
        for row in rendered
    }
