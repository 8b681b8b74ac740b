"""Comments on a revision with their answers, as far as whoever asks may read them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.accounts.directory import names_of
from kb.accounts.permissions import Actor, Permission, permits
from kb.practices.models import Revision, Version
from kb.reviews.models import Comment, CommentAudience
from kb.reviews.people import Around, Capacity
from kb.reviews.queries import subject


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment; the names of the desk are for the desk only."""

    id: int
    version_number: int
    who: Capacity
    name: str
    is_internal: bool
    field: str | None
    quote: str
    body: str
    at: datetime
    is_resolved: bool


@dataclass(frozen=True, slots=True)
class Thread:
    """A comment and the answers to it."""

    first: Remark
    answers: tuple[Remark, ...]


def threads(session: Session, actor: Actor, revision: Revision) -> tuple[Thread, ...]:
    """The comments on all versions of a revision, the newest thread first."""
    seen = subject(session, revision)
    is_desk = permits(actor, Permission.PRACTICE_COMMENT_INTERNALLY, seen)
    query = (
        select(Comment, Version.number)
        .join(Version, Version.id == Comment.version_id)
        .where(Version.revision_id == revision.id)
        .order_by(Comment.id)
    )
    if not is_desk:
        query = query.where(Comment.audience == CommentAudience.AUTHORS)
    rows = session.execute(query).all()
    around = Around(session, revision.id, seen.author_ids)
    known = names_of(session, {row.author_id for row, _ in rows}) if is_desk else {}
    remarks: dict[int | None, list[Remark]] = {}
    for row, number in rows:
        remark = Remark(
            id=row.id,
            version_number=number,
            who=around.capacity(row.author_id),
            name=known.get(row.author_id, ""),
            is_internal=row.audience is CommentAudience.DESK,
            field=row.field,
            quote=row.quote,
            body=row.body,
            at=row.created_at,
            is_resolved=row.resolved_at is not None,
        )
        remarks.setdefault(row.parent_id, []).append(remark)
    first = reversed(remarks.get(None, []))
    return tuple(Thread(remark, tuple(remarks.get(remark.id, ()))) for remark in first)
