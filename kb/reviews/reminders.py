"""What the desk is reminded of: reviews that are due, consents that end. Each is told once."""

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, or_, select

from kb.core.event import Event
from kb.core.unit_of_work import UnitOfWork
from kb.events.types import EventType
from kb.practices.lifecycle import State
from kb.practices.models import Revision
from kb.reviews.consent import TOLD_BEFORE, Standing, standing
from kb.reviews.models import Assignment, CommentAudience, ConsentRecord
from kb.reviews.queries import not_judged

REMINDED_BEFORE = timedelta(days=3)
# Where a consent matters: the text is read, may be read again, or is about to be.
CONSENT_MATTERS = (State.IN_REVIEW, State.APPROVED, State.PUBLISHED, State.ARCHIVED)


class Due(StrEnum):
    """How a review stands to its date."""

    LATER = "later"
    SOON = "soon"
    OVERDUE = "overdue"


def how_due(due_on: date | None, asked_on: date, today: date) -> Due:
    """Whether to remind of it; whoever was asked in the last days before needs no reminder."""
    if due_on is None:
        return Due.LATER
    if today > due_on:
        return Due.OVERDUE
    first = due_on - REMINDED_BEFORE
    return Due.SOON if today >= first > asked_on else Due.LATER


def remind(work: UnitOfWork) -> int:
    """Announce what has come due since the last time; returns how much."""
    return _remind_reviewers(work) + _tell_of_consents(work)


def _remind_reviewers(work: UnitOfWork) -> int:
    now = work.clock.now()
    told = 0
    for assignment, revision in work.session.execute(_waiting_reviews(now.date())).all():
        due = how_due(assignment.due_on, assignment.assigned_at.date(), now.date())
        if due is Due.OVERDUE:
            assignment.overdue_told_at = now
            event = EventType.ASSIGNMENT_OVERDUE
        elif due is Due.SOON and assignment.reminded_at is None:
            assignment.reminded_at = now
            event = EventType.ASSIGNMENT_DUE_SOON
        else:
            continue
        _announce(work, event, revision, {"reviewer_id": assignment.reviewer_id})
        told += 1
    work.session.flush()
    return told


def _waiting_reviews(today: date) -> Select[Assignment, Revision]:
    """Open assignments near or past their date whose reviewer has not judged what lies there."""
    return (
        select(Assignment, Revision)
        .join(Revision, Revision.id == Assignment.revision_id)
        .where(
            Assignment.ended_at.is_(None),
            Assignment.overdue_told_at.is_(None),
            Assignment.due_on <= today + REMINDED_BEFORE,
            Revision.state == State.IN_REVIEW,
            not_judged(),
        )
        .order_by(Assignment.id)
        .with_for_update(of=Assignment)
    )


def _tell_of_consents(work: UnitOfWork) -> int:
    now = work.clock.now()
    told = 0
    for record, revision in work.session.execute(_ending_consents(now.date())).all():
        if standing(record.expires_on, now.date()) is Standing.EXPIRED:
            record.expired_told_at = now
            event = EventType.CONSENT_EXPIRED
        elif record.expiry_told_at is None:
            record.expiry_told_at = now
            event = EventType.CONSENT_EXPIRING
        else:
            continue
        _announce(work, event, revision, {})
        told += 1
    work.session.flush()
    return told


def _ending_consents(today: date) -> Select[ConsentRecord, Revision]:
    return (
        select(ConsentRecord, Revision)
        .join(Revision, Revision.version_id == ConsentRecord.version_id)
        .where(
            ConsentRecord.ended_at.is_(None),
            ConsentRecord.withdrawn_at.is_(None),
            ConsentRecord.expired_told_at.is_(None),
            ConsentRecord.expires_on <= today + TOLD_BEFORE,
            or_(ConsentRecord.expires_on < today, ConsentRecord.expiry_told_at.is_(None)),
            Revision.state.in_(CONSENT_MATTERS),
        )
        .order_by(ConsentRecord.id)
        .with_for_update(of=ConsentRecord)
    )


def _announce(
    work: UnitOfWork, event: EventType, revision: Revision, data: Mapping[str, Any]
) -> None:
    facts = {
        "version_id": revision.version_id,
        "audience": CommentAudience.DESK.value,
        **data,
    }
    work.emit(Event(event, None, revision.practice_id, revision.id, facts))
