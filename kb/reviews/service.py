"""Assigning reviewers, giving verdicts, signing off, commenting. Services never commit."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.accounts.models import User
from kb.accounts.permissions import Actor, Permission, Role, permits, require
from kb.core.errors import Conflict, Forbidden, Invalid, NotFound
from kb.core.event import Event
from kb.core.messages import msg
from kb.core.unit_of_work import UnitOfWork
from kb.events.types import EventType
from kb.practices.content import LocationPrecision
from kb.practices.lifecycle import FINAL, State
from kb.practices.models import Revision, Version
from kb.practices.queries import get_revision
from kb.practices.service import Authorship
from kb.reviews.models import Assignment, Comment, CommentAudience, SignOff, Verdict, VerdictRating
from kb.reviews.queries import open_assignment, safeguard_ids, subject, visible_revision
from kb.reviews.questionnaire import check
from kb.reviews.records import found_in, keep_records
from kb.reviews.rubric import UNRATED, Ratings
from kb.reviews.rubric import check as check_rubric
from kb.reviews.rules import ANCHORS, Decision, Outcome, check_reason

LONGEST_COMMENT = 10_000
LONGEST_QUOTE = 1_000
ASSIGNABLE = frozenset({State.SUBMITTED, State.IN_REVIEW})


def assign(
    work: UnitOfWork, actor: Actor, revision_id: int, reviewer_id: int, due_on: date | None
) -> Assignment:
    """Ask a reviewer to examine a submitted revision; refuses its authors and safeguards."""
    revision = get_revision(work.session, revision_id, lock=True)
    seen = subject(work.session, revision)
    require(actor, Permission.PRACTICE_ASSIGN, seen)
    if revision.state not in ASSIGNABLE:
        raise Conflict(msg("This cannot be done with a revision in this state."))
    if reviewer_id in seen.author_ids | seen.former_ids:
        raise Forbidden(msg("Nobody reviews their own text."))
    if reviewer_id in seen.reviewer_ids:
        raise Conflict(msg("This reviewer is already assigned."))
    reviewer = work.session.get(User, reviewer_id)
    if reviewer is None or Role.REVIEWER not in reviewer.as_actor().roles:
        raise Invalid(msg("This person does not review."), {"reviewer_id": msg("is no reviewer")})
    if reviewer_id in safeguard_ids(work.session, revision_id):
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
    _announce(work, actor, revision, EventType.REVIEWER_ASSIGNED, {"reviewer_id": reviewer_id})
    return assignment


def unassign(work: UnitOfWork, actor: Actor, revision_id: int, reviewer_id: int) -> None:
    """Take an assignment back; a verdict that was given stands, it cannot be got rid of so."""
    revision = get_revision(work.session, revision_id, lock=True)
    require(actor, Permission.PRACTICE_ASSIGN, subject(work.session, revision))
    assignment = open_assignment(work.session, revision_id, reviewer_id)
    if assignment is None:
        raise Conflict(msg("This reviewer is not assigned any more."))
    assignment.ended_at = work.clock.now()
    work.session.flush()
    _announce(work, actor, revision, EventType.REVIEWER_UNASSIGNED, {"reviewer_id": reviewer_id})


def give_verdict(
    work: UnitOfWork,
    actor: Actor,
    revision_id: int,
    decision: Decision,
    reason: str = "",
    *,
    ratings: Ratings = UNRATED,
) -> Verdict:
    """Record what an assigned reviewer thinks of the present version; the last word counts.

    It accepts the assignment as well: whoever judges has plainly taken it on, and one form less
    is one page less over a slow network.
    """
    revision = get_revision(work.session, revision_id, lock=True)
    require(actor, Permission.PRACTICE_REVIEW, subject(work.session, revision))
    if revision.state is not State.IN_REVIEW:
        raise Conflict(msg("This cannot be done with a revision in this state."))
    check_reason("reason", reason, needed=decision is not Decision.ACCEPT)
    check_rubric(ratings, is_complete=decision is Decision.ACCEPT)
    verdict = _verdict_of(work.session, revision.version_id, actor.user_id) or Verdict(
        version_id=revision.version_id, reviewer_id=actor.user_id
    )
    verdict.decision, verdict.reason = decision, reason.strip()
    verdict.decided_at = work.clock.now()
    work.session.add(verdict)
    _rate(verdict, ratings)
    assignment = open_assignment(work.session, revision_id, actor.user_id or 0)
    if assignment is not None and assignment.accepted_at is None:
        assignment.accepted_at = work.clock.now()
    work.session.flush()
    facts = {"decision": decision.value, "verdict_id": verdict.id}
    _announce(work, actor, revision, EventType.VERDICT_GIVEN, facts)
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
    if _has_judged(work.session, revision_id, actor.user_id):
        raise Forbidden(msg("Content and do no harm are judged by different people."))
    check_reason("sign_off_note", note, needed=outcome is Outcome.REFUSE)
    check(answers)
    found = found_in(answers, work.clock.now().date())
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
    keep_records(work, actor, revision, found)
    work.session.flush()
    facts = {"outcome": outcome.value, "sign_off_id": signed.id}
    _announce(work, actor, revision, EventType.SIGNED_OFF, facts)
    return signed


def comment(  # noqa: PLR0913 - what a remark consists of
    work: UnitOfWork,
    actor: Actor,
    revision_id: int,
    body: str,
    *,
    field: str | None = None,
    quote: str = "",
    parent_id: int | None = None,
    internal: bool = False,
) -> Comment:
    """A remark on the present version, for its authors or, internal, for the desk alone."""
    revision = visible_revision(work.session, actor, revision_id, lock=True)
    seen = subject(work.session, revision)
    parent = _parent(work.session, actor, revision, parent_id, seen)
    internal = internal or (parent is not None and parent.audience is CommentAudience.DESK)
    needed = Permission.PRACTICE_COMMENT_INTERNALLY if internal else Permission.PRACTICE_COMMENT
    require(actor, needed, seen)
    if revision.version_id is None or revision.state in FINAL:
        raise Conflict(msg("This cannot be done with a revision in this state."))
    _check_comment(body, quote, field)
    made = Comment(
        version_id=revision.version_id,
        author_id=actor.user_id,
        parent_id=parent.id if parent else None,
        field=field,
        audience=CommentAudience.DESK if internal else CommentAudience.AUTHORS,
        quote=quote.strip(),
        body=body.strip(),
        created_at=work.clock.now(),
    )
    work.session.add(made)
    work.session.flush()
    facts = {"comment_id": made.id, "audience": made.audience.value}
    _announce(work, actor, revision, EventType.COMMENTED, facts)
    return made


def resolve_comment(work: UnitOfWork, actor: Actor, revision_id: int, comment_id: int) -> Comment:
    """Say that a remark is dealt with; its author, the authors of the text and the desk may."""
    revision = visible_revision(work.session, actor, revision_id, lock=True)
    seen = subject(work.session, revision)
    found = _comment_on(work.session, actor, revision, comment_id, seen)
    require(actor, Permission.PRACTICE_COMMENT, seen)
    if found.resolved_at is None:
        found.resolved_at = work.clock.now()
        work.session.flush()
    return found


def _parent(
    session: Session,
    actor: Actor,
    revision: Revision,
    parent_id: int | None,
    seen: Authorship,
) -> Comment | None:
    """The first remark of a thread: answers to answers stand under it, too."""
    if parent_id is None:
        return None
    found = _comment_on(session, actor, revision, parent_id, seen)
    return session.get_one(Comment, found.parent_id) if found.parent_id else found


def _comment_on(
    session: Session, actor: Actor, revision: Revision, comment_id: int, seen: Authorship
) -> Comment:
    """A comment on this revision that the actor may know of; raises NotFound."""
    found = session.scalar(
        select(Comment)
        .join(Version, Version.id == Comment.version_id)
        .where(Comment.id == comment_id, Version.revision_id == revision.id)
    )
    internal = found is not None and found.audience is CommentAudience.DESK
    is_desk = permits(actor, Permission.PRACTICE_COMMENT_INTERNALLY, seen)
    if found is None or (internal and not is_desk):
        raise NotFound(msg("There is no such page."))
    return found


def _check_comment(body: str, quote: str, field: str | None) -> None:
    problems = {}
    if not body.strip():
        problems["comment"] = msg("is missing")
    texts = {"comment": (body, LONGEST_COMMENT), "quote": (quote, LONGEST_QUOTE)}
    for name, (text, longest) in texts.items():
        if len(text) > longest:
            problems[name] = msg("is longer than %(max_length)s characters", max_length=longest)
    if field is not None and field not in ANCHORS:
        problems["comment_field"] = msg("is not a part of the text")
    if problems:
        raise Invalid(msg("The comment cannot be kept like this."), problems)


def _verdict_of(
    session: Session, version_id: int | None, reviewer_id: int | None
) -> Verdict | None:
    return session.scalar(
        select(Verdict).where(Verdict.version_id == version_id, Verdict.reviewer_id == reviewer_id)
    )


def _rate(verdict: Verdict, ratings: Ratings) -> None:
    """What was rated before is rated anew, or not at all any more."""
    known = {row.criterion: row for row in verdict.ratings}
    for criterion, rating in ratings.items():
        row = known.pop(criterion, None)
        if row is None:
            row = VerdictRating(criterion=criterion)
            verdict.ratings.append(row)
        row.level, row.note = rating.level, rating.note.strip()
    for row in known.values():
        verdict.ratings.remove(row)


def _has_judged(session: Session, revision_id: int, user_id: int | None) -> bool:
    """Whether they gave a verdict on any version of this revision."""
    query = (
        select(Verdict.id)
        .join(Version, Version.id == Verdict.version_id)
        .where(Version.revision_id == revision_id, Verdict.reviewer_id == user_id)
        .limit(1)
    )
    return session.scalar(query) is not None


def _announce(
    work: UnitOfWork, actor: Actor, revision: Revision, event: EventType, data: dict[str, Any]
) -> None:
    facts = {"version_id": revision.version_id, **data}
    work.emit(Event(event, actor.user_id, revision.practice_id, revision.id, facts))
