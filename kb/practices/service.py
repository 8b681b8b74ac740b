"""Writing practices: drafts, working copies, frozen versions. Services never commit."""

from collections.abc import Mapping
import hashlib
import json
from typing import Any

from sqlalchemy import func, select

from kb.accounts.models import User
from kb.accounts.permissions import Actor, Permission, Role, require
from kb.attachments import service as attachments
from kb.core.errors import Conflict, Invalid
from kb.core.event import Event
from kb.core.messages import msg
from kb.core.unit_of_work import UnitOfWork
from kb.events.types import EventType
from kb.practices.content import (
    SLUG,
    SLUG_LENGTH,
    LocationPrecision,
    PracticeContent,
    Visibility,
)
from kb.practices.lifecycle import EDITABLE, UNDER_WAY, State
from kb.practices.models import (
    Practice,
    RenderedText,
    Revision,
    RevisionAuthor,
    Version,
    VersionTag,
)
from kb.practices.queries import get_revision, practice_by_slug, published_revision
from kb.vocabularies.catalogue import Vocabularies

# Which fields of a practice hold terms of which vocabulary.
TERM_FIELDS: dict[str, str] = {
    "countries": "countries",
    "regions": "regions",
    "actor_types": "actor_types",
    "themes": "themes",
    "kind": "kinds",
    "origin": "origins",
    "maturity": "maturities",
    "evidence": "evidence",
    "method": "methods",
    "caution": "cautions",
    "zone": "zones",
    "licence": "licences",
    "sdg_targets": "sdg_targets",
}
# Marks, behind the renderer's version, what is shown as it was written.
AS_WRITTEN = ", as written"
# What SQL counts and lists by.
TAG_FIELDS = {
    "country": "countries",
    "region": "regions",
    "actor": "actor_types",
    "theme": "themes",
    "kind": "kind",
    "origin": "origin",
    "maturity": "maturity",
    "evidence": "evidence",
    "sdg": "sdg_targets",
}


def create_practice(
    work: UnitOfWork, actor: Actor, slug: str, working_copy: Mapping[str, Any]
) -> Revision:
    """A new practice with its first draft; raises Conflict where the address is taken."""
    require(actor, Permission.PRACTICE_CREATE)
    if len(slug) > SLUG_LENGTH or not SLUG.fullmatch(slug):
        raise Invalid(
            msg("The practice is not valid."), {"slug": msg("is not written as it should be")}
        )
    if practice_by_slug(work.session, slug) is not None:
        raise Conflict(msg("There is already a practice at this address."))
    practice = Practice(slug=slug, owner_id=actor.user_id, created_at=work.clock.now())
    work.session.add(practice)
    work.session.flush()
    return _add_draft(work, actor, practice, working_copy)


def start_revision(
    work: UnitOfWork,
    actor: Actor,
    practice: Practice,
    working_copy: Mapping[str, Any],
    *,
    author_id: int | None = None,
) -> Revision:
    """Another way through the workflow for a practice; raises Conflict if one is under way.

    An editor starts it for a contributor, who becomes its author.
    """
    seen = practice_authorship(practice)
    require(actor, Permission.PRACTICE_REVISE, seen)
    if author_id is not None:
        _require_contributor(work, author_id)
    elif not actor.is_operator and actor.user_id not in seen.author_ids:
        raise Invalid(
            msg("Please choose who writes the revision."), {"author_id": msg("is missing")}
        )
    under_way = work.session.scalar(
        select(Revision.id).where(
            Revision.practice_id == practice.id, Revision.state.in_(UNDER_WAY)
        )
    )
    if under_way is not None:
        raise Conflict(msg("A revision of this practice is already under way."))
    draft = _add_draft(work, actor, practice, working_copy, author_id)
    shown = published_revision(work.session, practice.id)
    if shown is not None:
        attachments.carry_over(work, shown.id, draft.id)
    return draft


def save_working_copy(
    work: UnitOfWork,
    actor: Actor,
    revision_id: int,
    lock_number: int,
    working_copy: Mapping[str, Any],
) -> Revision:
    """Keep the author's text as it stands; raises Conflict if somebody saved in between."""
    revision = get_revision(work.session, revision_id, lock=True)
    require(actor, Permission.PRACTICE_EDIT, authorship(revision))
    if revision.state not in EDITABLE:
        raise Conflict(msg("This revision cannot be edited in its present state."))
    if revision.lock_number != lock_number:
        raise Conflict(msg("Somebody else changed this at the same time."))
    revision.working_copy = dict(working_copy)
    work.session.flush()
    return revision


def freeze(
    work: UnitOfWork, actor: Actor, revision: Revision, vocabularies: Vocabularies
) -> Version:
    """Make the working copy an immutable, rendered version; raises Invalid if incomplete."""
    content = PracticeContent.parse(revision.working_copy)
    if content.slug != revision.practice.slug:
        raise Invalid(
            msg("The practice is not valid."), {"slug": msg("differs from the permanent address")}
        )
    check_terms(content, vocabularies)
    latest = select(func.max(Version.number)).where(Version.revision_id == revision.id)
    data = content.to_json()
    version = Version(
        revision_id=revision.id,
        number=(work.session.scalar(latest) or 0) + 1,
        content=data,
        content_hash=content_hash(data),
        created_at=work.clock.now(),
        created_by_id=actor.user_id,
        tags=_tags(content),
    )
    work.session.add(version)
    work.session.flush()
    attachments.freeze(work, revision.id, version.id, content.original_language)
    render_version(work, version)
    revision.version = version
    revision.visibility = content.visibility
    revision.location_precision = content.location_precision
    return version


def render_version(work: UnitOfWork, version: Version, *, last_try: bool = False) -> None:
    """Store the safe HTML of each text of a version.

    What could not be rendered is stored as it was written, and tried once more by the
    housekeeping (`last_try`): perhaps the machine was only busy.
    """
    parsed = version.parsed()
    texts = {
        f"{locale} {key}": markdown
        for locale, text in parsed.texts.items()
        for key, markdown in text.sections.items()
    }
    rendered = work.renderer.render_all(texts)
    made_by = work.renderer.version
    if not rendered.complete:
        made_by = f"{made_by}{AS_WRITTEN}" if last_try else AS_WRITTEN
    for locale, text in parsed.texts.items():
        sections = {key: str(rendered.html[f"{locale} {key}"]) for key in text.sections}
        work.session.merge(
            RenderedText(
                version_id=version.id,
                locale=locale,
                renderer_version=made_by,
                sections=sections,
            )
        )
    work.session.flush()


def check_terms(content: PracticeContent, vocabularies: Vocabularies) -> None:
    """Raise Invalid unless every term is in its vocabulary."""
    problems = {}
    for field, vocabulary in TERM_FIELDS.items():
        value = getattr(content, field)
        unknown = vocabularies.unknown(vocabulary, (value,) if isinstance(value, str) else value)
        if unknown:
            problems[field] = msg("unknown term: %(terms)s", terms=", ".join(unknown))
    if problems:
        raise Invalid(msg("The practice is not valid."), problems)


def content_hash(data: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON."""
    text = json.dumps(data, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


class Authorship:
    """A revision as the permission rules see it before there are reviews."""

    def __init__(self, author_ids: frozenset[int], reviewer_ids: frozenset[int]) -> None:
        self.author_ids = author_ids
        self.reviewer_ids = reviewer_ids


def authorship(revision: Revision, reviewer_ids: frozenset[int] = frozenset()) -> Authorship:
    """Who wrote (the owner included) and who reviews a revision."""
    authors = {author.user_id for author in revision.authors}
    if revision.practice.owner_id is not None:
        authors.add(revision.practice.owner_id)
    return Authorship(frozenset(authors), reviewer_ids)


def practice_authorship(practice: Practice) -> Authorship:
    """A practice as the permission rules see it: whoever wrote any of it, or owns it."""
    authors = {author.user_id for revision in practice.revisions for author in revision.authors}
    if practice.owner_id is not None:
        authors.add(practice.owner_id)
    return Authorship(frozenset(authors), frozenset())


def _require_contributor(work: UnitOfWork, user_id: int) -> None:
    user = work.session.get(User, user_id)
    if user is None or Role.CONTRIBUTOR not in user.as_actor().roles:
        raise Invalid(msg("This person does not write."), {"author_id": msg("is no contributor")})


def _add_draft(
    work: UnitOfWork,
    actor: Actor,
    practice: Practice,
    working_copy: Mapping[str, Any],
    author_id: int | None = None,
) -> Revision:
    author_id = actor.user_id if author_id is None else author_id
    latest = select(func.max(Revision.number)).where(Revision.practice_id == practice.id)
    now = work.clock.now()
    revision = Revision(
        practice=practice,
        number=(work.session.scalar(latest) or 0) + 1,
        state=State.DRAFT,
        working_copy=dict(working_copy),
        visibility=Visibility.PUBLIC,
        location_precision=LocationPrecision.COMMUNE,
        created_at=now,
        state_since=now,
    )
    if author_id is not None:
        revision.authors.append(RevisionAuthor(user_id=author_id))
    work.session.add(revision)
    work.session.flush()
    work.emit(Event(EventType.PRACTICE_CREATED, actor.user_id, practice.id, revision.id))
    return revision


def _tags(content: PracticeContent) -> list[VersionTag]:
    tags = []
    for facet, name in TAG_FIELDS.items():
        value = getattr(content, name)
        codes = (value,) if isinstance(value, str) else value
        tags += [VersionTag(facet=facet, code=code) for code in dict.fromkeys(codes)]
    return tags
