"""What a reviewer answers to an assignment, and its due date. Services never commit."""

from datetime import date

from sqlalchemy import select

from kb.accounts.permissions import Actor, Permission, require
from kb.core.errors import Conflict
from kb.core.event import Event
from kb.core.messages import msg
from kb.core.unit_of_work import UnitOfWork
from kb.events.types import EventType
from kb.practices.lifecycle import State
from kb.practices.models import Revision
from kb.practices.queries import get_revision
from kb.reviews.models import Assignment, CommentAudience, Verdict
from kb.reviews.queries import open_assignment, subject
from kb.reviews.rules import check_reason

ANSWERABLE = frozenset({State.SUBMITTED, State.IN_REVIEW, State.CHANGES_REQUESTED})


def accept_assignment(work: UnitOfWork, actor: Actor, revision_id: int) -> Assignment:
    """Take the review on; doing it twice changes nothing."""
    revision, assignment = _asked(work, actor, revision_id)
    if assignment.accepted_at is None:
        assignment.accepted_at = work.clock.now()
        work.session.flush()
        _announce(work, actor, revision, EventType.ASSIGNMENT_ACCEPTED, {})
    return assignment


def decline_assignment(
    work: UnitOfWork, actor: Actor, revision_id: int, reason: str
) -> Assignment:
    """Give the review back, with a reason for the editors alone; possible until one has judged."""
    revision, assignment = _asked(work, actor, revision_id)
    check_reason("decline_reason", reason)
    judged = select(Verdict.id).where(
        Verdict.version_id == revision.version_id, Verdict.reviewer_id == actor.user_id
    )
    if work.session.scalar(judged) is not None:
        raise Conflict(msg("You have given your verdict on this version already."))
    now = work.clock.now()
    assignment.declined_at, assignment.ended_at = now, now
    assignment.decline_reason = reason.strip()
    work.session.flush()
    facts = {"assignment_id": assignment.id, "audience": CommentAudience.DESK.value}
    _announce(work, actor, revision, EventType.ASSIGNMENT_DECLINED, facts)
    return assignment


def set_due_date(work: UnitOfWork, actor: Actor, revision_id: int, due_on: date | None) -> None:
    """A new date, or none, for all who are assigned: that of an earlier round is past."""
    revision = get_revision(work.session, revision_id, lock=True)
    require(actor, Permission.PRACTICE_ASSIGN, subject(work.session, revision))
    query = select(Assignment).where(
        Assignment.revision_id == revision_id, Assignment.ended_at.is_(None)
    )
    for assignment in work.session.scalars(query):
        assignment.due_on = due_on
        assignment.reminded_at = assignment.overdue_told_at = None
    work.session.flush()


def _asked(work: UnitOfWork, actor: Actor, revision_id: int) -> tuple[Revision, Assignment]:
    revision = get_revision(work.session, revision_id, lock=True)
    require(actor, Permission.PRACTICE_REVIEW, subject(work.session, revision))
    if revision.state not in ANSWERABLE:
        raise Conflict(msg("This cannot be done with a revision in this state."))
    assignment = open_assignment(work.session, revision_id, actor.user_id or 0)
    if assignment is None:
        raise Conflict(msg("This reviewer is not assigned any more."))
    return revision, assignment


def _announce(
    work: UnitOfWork, actor: Actor, revision: Revision, event: EventType, data: dict[str, object]
) -> None:
    facts = {"version_id": revision.version_id, "reviewer_id": actor.user_id, **data}
    work.emit(Event(event, actor.user_id, revision.practice_id, revision.id, facts))
