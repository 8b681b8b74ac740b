"""The submitted texts of a practice, and what changed from one to another."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.accounts.permissions import Actor
from kb.core.errors import NotFound
from kb.core.messages import msg
from kb.practices.content import PracticeContent
from kb.practices.models import Revision, Version
from kb.practices.queries import practice_by_slug
from kb.reviews.queries import may_see, subjects


@dataclass(frozen=True, slots=True)
class Submitted:
    """A text as it was once submitted."""

    id: int
    revision_id: int
    revision_number: int
    number: int
    at: datetime
    content: PracticeContent


@dataclass(frozen=True, slots=True)
class Pair:
    """All texts of a practice that the reader may see, and the two that are compared."""

    every: tuple[Submitted, ...]
    before: Submitted
    after: Submitted


def pair(session: Session, actor: Actor, slug: str, before: int | None, after: int | None) -> Pair:
    """Two texts by the ids of their versions; without them the last one and the one before it.

    Raises NotFound where the actor may see no text of this practice, and for a text that is not
    among those they may see: exactly as for a practice that never was.
    """
    every = _submitted(session, actor, slug)
    by_id = {one.id: one for one in every}
    chosen_after = every[-1].id if after is None else after
    at = next((at for at, one in enumerate(every) if one.id == chosen_after), 0)
    chosen_before = every[max(0, at - 1)].id if before is None else before
    if chosen_before not in by_id or chosen_after not in by_id:
        raise _nothing()
    return Pair(every, by_id[chosen_before], by_id[chosen_after])


def _submitted(session: Session, actor: Actor, slug: str) -> tuple[Submitted, ...]:
    practice = practice_by_slug(session, slug)
    revisions: Sequence[Revision] = practice.revisions if practice else ()
    seen = subjects(session, revisions)
    visible = {one.id: one for one in revisions if may_see(actor, one, seen[one.id])}
    query = select(Version).where(Version.revision_id.in_(visible)).order_by(Version.id)
    found = tuple(
        Submitted(
            version.id,
            version.revision_id,
            visible[version.revision_id].number,
            version.number,
            version.created_at,
            version.parsed(),
        )
        for version in session.scalars(query)
    )
    if not found:
        raise _nothing()
    return found


def _nothing() -> NotFound:
    return NotFound(msg("There is no such page."))
