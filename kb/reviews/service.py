"""Assigning reviewers, giving verdicts, signing off. Services never commit."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.accounts.models import User
from kb.accounts.permissions import Actor, Permission, Role, require
from kb.core.errors import Conflict, Forbidden, Invalid
from kb.core.event import Event
from kb.core.messages import msg
from kb.core.unit_of_work import UnitOfWork
from kb.events.types import EventType
from kb.practices.content import LocationPrecision
from kb.practices.lifecycle import State
from kb.practices.models import Revision, Version
from kb.practices.queries import get_revision
from kb.practices.service import Authorship, authorship
from kb.reviews.models import Assignment, SignOff, Verdict
from kb.reviews.rules import Decision, Outcome

ASSIGNABLE = frozenset({State.SUBMITTED, State.IN_REVIEW})


def reviewer_ids(session: Session, revision_id: int) -> frozenset[int]:
    """The reviewers assigned to a revision now."""
    query = select(Assignment.reviewer_id).where(
        Assignment.revision_id == revision_id, Assignment.ended_at.is_(None)
    )
    return frozenset(session.scalars(query))


def subject(session: Session, revision: Revision) -> Authorship:
    """The revision as the permission rules see it."""
    return authorship(revision, reviewer_ids(session, revision.id))


def assign(
    work: UnitOfWork, actor: Actor, revision_id: int, reviewer_id: int, due_on: date | None
) -> Assignment:
    """Ask a reviewer to examine a submitted revision; refuses its authors and safeguards."""
    revision = get_revision(work.session, revision_id, lock=True)
    seen = subject(work.session, revision)
    require(actor, Permission.PRACTICE_ASSIGN, seen)
    if revision.state not in ASSIGNABLE:
        raise Conflict(msg("This cannot be done with a revision in this state."))
    if reviewer_id in seen.author_ids:
        raise Forbidden(msg("Nobody reviews their own text."))
    if reviewer_id in seen.reviewer_ids:
        raise Conflict(msg("This reviewer is already assigned."))
    reviewer = work.session.get(User, reviewer_id)
    if reviewer is None or Role.REVIEWER not in reviewer.as_actor().roles:
        raise Invalid(msg("This person does not review."), {"reviewer": msg("is no reviewer")})
    if _has_signed_off(work.session, revision_id, reviewer_id):
        raise Forbidden(msg("Content and do no harm are judged by different people."))
    assignment = Assignment(
        revision_id=revision_id,
        reviewer_id=reviewer_id,
        assigned_by_id=actor.user_id,
        assigned_at=work.clock.now(),
        due_on=due_on,
    )
    work.session.add(assignment)
    work.session.flush()
    return assignment


def give_verdict(
    work: UnitOfWork, actor: Actor, revision_id: int, decision: Decision, reason: str = ""
) -> Verdict:
    """Record what an assigned reviewer thinks of the present version; the last word counts."""
    revision = get_revision(work.session, revision_id, lock=True)
    require(actor, Permission.PRACTICE_REVIEW, subject(work.session, revision))
    if revision.state is not State.IN_REVIEW:
        raise Conflict(msg("This cannot be done with a revision in this state."))
    if decision is not Decision.ACCEPT and not reason.strip():
        raise Invalid(msg("Please give a reason."), {"reason": msg("is missing")})
    verdict = _verdict_of(work.session, revision.version_id, actor.user_id) or Verdict(
        version_id=revision.version_id, reviewer_id=actor.user_id
    )
    verdict.decision, verdict.reason = decision, reason.strip()
    verdict.decided_at = work.clock.now()
    work.session.add(verdict)
    work.session.flush()
    _announce(work, actor, revision, EventType.VERDICT_GIVEN, {"decision": decision.value})
    return verdict


def sign_off(  # noqa: PLR0913 - the questionnaire's parts
    work: UnitOfWork,
    actor: Actor,
    revision_id: int,
    outcome: Outcome,
    answers: Mapping[str, Any],
    note: str = "",
    *,
    location_precision: LocationPrecision | None = None,
) -> SignOff:
    """Record the do-no-harm answer for the present version."""
    revision = get_revision(work.session, revision_id, lock=True)
    require(actor, Permission.PRACTICE_SIGN_OFF, subject(work.session, revision))
    if revision.state is not State.IN_REVIEW:
        raise Conflict(msg("This cannot be done with a revision in this state."))
    if _verdict_of(work.session, revision.version_id, actor.user_id) is not None:
        raise Forbidden(msg("Content and do no harm are judged by different people."))
    if outcome is Outcome.REFUSE and not note.strip():
        raise Invalid(msg("Please give a reason."), {"note": msg("is missing")})
    if (outcome is Outcome.PASS_COARSENED) != (location_precision is not None):
        raise Invalid(
            msg("Please say how exactly places may be told."),
            {"location_precision": msg("is missing")},
        )
    signed = SignOff(
        version_id=revision.version_id,
        safeguard_id=actor.user_id,
        outcome=outcome,
        location_precision=location_precision,
        answers=dict(answers),
        note=note.strip(),
        signed_at=work.clock.now(),
    )
    work.session.add(signed)
    work.session.flush()
    _announce(work, actor, revision, EventType.SIGNED_OFF, {"outcome": outcome.value})
    return signed


def decisions_on(session: Session, version_id: int) -> tuple[Decision, ...]:
    """The verdicts on one version."""
    query = select(Verdict.decision).where(Verdict.version_id == version_id)
    return tuple(session.scalars(query))


def last_sign_off(session: Session, version_id: int) -> SignOff | None:
    """The do-no-harm answer that counts for one version."""
    return session.scalar(
        select(SignOff)
        .where(SignOff.version_id == version_id)
        .order_by(SignOff.id.desc())
        .limit(1)
    )


def _verdict_of(
    session: Session, version_id: int | None, reviewer_id: int | None
) -> Verdict | None:
    return session.scalar(
        select(Verdict).where(Verdict.version_id == version_id, Verdict.reviewer_id == reviewer_id)
    )


def _has_signed_off(session: Session, revision_id: int, user_id: int) -> bool:
    query = (
        select(SignOff.id)
        .join(Version, Version.id == SignOff.version_id)
        .where(Version.revision_id == revision_id, SignOff.safeguard_id == user_id)
        .limit(1)
    )
    return session.scalar(query) is not None


def _announce(
    work: UnitOfWork, actor: Actor, revision: Revision, event: EventType, data: dict[str, Any]
) -> None:
    facts = {"version_id": revision.version_id, **data}
    work.emit(Event(event, actor.user_id, revision.practice_id, revision.id, facts))
