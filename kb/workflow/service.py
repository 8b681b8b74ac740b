"""`perform`: the one verb that changes a revision's state."""

from datetime import date

from kb.accounts.permissions import Actor, Permission, require
from kb.core.errors import Forbidden
from kb.core.event import Event
from kb.core.messages import msg
from kb.core.unit_of_work import UnitOfWork
from kb.events.types import EventType
from kb.practices.content import LocationPrecision, Visibility
from kb.practices.lifecycle import FREEZES, Action, State, Withdrawal, advance
from kb.practices.models import Revision, TransitionNote, WithdrawalReason
from kb.practices.queries import get_revision, published_revision
from kb.practices.service import freeze
from kb.reviews.queries import last_sign_off, subject
from kb.reviews.rules import Outcome
from kb.vocabularies.service import load_vocabularies
from kb.workflow.guards import GUARDS, Attempt

REVIEW_AGAIN_AFTER_YEARS = 2

# Supersede is missing on purpose: it only follows from publishing the next revision.
NEEDS: dict[Action, Permission] = {
    Action.SUBMIT: Permission.PRACTICE_SUBMIT,
    Action.RECALL: Permission.PRACTICE_SUBMIT,
    Action.ASSIGN: Permission.PRACTICE_ASSIGN,
    Action.REQUEST_CHANGES: Permission.PRACTICE_REQUEST_CHANGES,
    Action.APPROVE: Permission.PRACTICE_DECIDE,
    Action.REOPEN: Permission.PRACTICE_DECIDE,
    Action.PUBLISH: Permission.PRACTICE_DECIDE,
    Action.REJECT: Permission.PRACTICE_DECIDE,
    Action.ABANDON: Permission.PRACTICE_ABANDON,
    Action.ARCHIVE: Permission.PRACTICE_ARCHIVE,
    Action.RESTORE: Permission.PRACTICE_DECIDE,
    Action.WITHDRAW: Permission.PRACTICE_ARCHIVE,
    Action.IMPORT: Permission.PRACTICE_IMPORT,
}


def perform(
    work: UnitOfWork,
    actor: Actor,
    revision_id: int,
    action: Action,
    note: str = "",
    *,
    withdrawal: Withdrawal | None = None,
) -> Revision:
    """Do the action: permission, state, guards, change, event - in that order.

    `withdrawal` is the kind of reason that a withdrawal needs; nothing else asks for it. Raises
    NotFound, Forbidden, Conflict or Invalid, and then has changed nothing.
    """
    revision = get_revision(work.session, revision_id, lock=True)
    if action not in NEEDS:
        raise Forbidden(msg("You may not do this."))
    require(actor, NEEDS[action], subject(work.session, revision))
    new = advance(revision.state, action)
    for guard in GUARDS.get(action, ()):
        guard(Attempt(work.session, revision, note, work.review_quorum, withdrawal))
    if action in FREEZES:
        freeze(work, actor, revision, load_vocabularies(work.session))
    if action is Action.APPROVE:
        _apply_sign_off(work, revision)
    if action is Action.WITHDRAW and withdrawal is not None:
        revision.withdrawal = WithdrawalReason(reason=withdrawal)
    if new is State.PUBLISHED and revision.published_at is None:
        revision.imported = action is Action.IMPORT
        _supersede_published(work, actor, revision)
        revision.published_at = work.clock.now()
        revision.review_due_on = _years_later(work.clock.now().date())
    _move(work, actor, revision, action, new, note)
    return revision


def _move(
    work: UnitOfWork, actor: Actor, revision: Revision, action: Action, new: State, note: str
) -> None:
    old = revision.state
    revision.state, revision.state_since = new, work.clock.now()
    work.session.flush()
    data = {"from": old.value, "to": new.value, "version_id": revision.version_id}
    if note.strip():
        data["note_id"] = _keep_note(work, actor, revision, action, note.strip())
    event = EventType(f"practice.{action}")
    work.emit(Event(event, actor.user_id, revision.practice_id, revision.id, data))


def _keep_note(
    work: UnitOfWork, actor: Actor, revision: Revision, action: Action, text: str
) -> int:
    note = TransitionNote(
        revision_id=revision.id,
        action=action,
        author_id=actor.user_id,
        text=text,
        created_at=work.clock.now(),
    )
    work.session.add(note)
    work.session.flush()
    return note.id


def _supersede_published(work: UnitOfWork, actor: Actor, successor: Revision) -> None:
    published = published_revision(work.session, successor.practice_id)
    if published is not None:
        new = advance(published.state, Action.SUPERSEDE)
        _move(work, actor, published, Action.SUPERSEDE, new, "")
        if successor.imported:
            _keep_narrow(published, successor)


def _apply_sign_off(work: UnitOfWork, revision: Revision) -> None:
    """Let the do-no-harm outcome narrow what readers get; it never widens it."""
    signed = last_sign_off(work.session, revision.version_id or 0)
    if signed is None:  # refused by the guard before
        return
    if signed.outcome is Outcome.MEMBERS_ONLY and revision.visibility is Visibility.PUBLIC:
        revision.visibility = Visibility.MEMBERS
    if signed.location_precision is not None:
        wished = LocationPrecision(signed.location_precision)
        revision.location_precision = _coarser(wished, revision.location_precision)


def _keep_narrow(published: Revision, successor: Revision) -> None:
    """An import passes no sign-off: it may not show more than was decided for the text before."""
    order = [Visibility.RESTRICTED, Visibility.MEMBERS, Visibility.PUBLIC]
    successor.visibility = min(published.visibility, successor.visibility, key=order.index)
    successor.location_precision = _coarser(
        published.location_precision, successor.location_precision
    )


def _coarser(one: LocationPrecision, other: LocationPrecision) -> LocationPrecision:
    order = list(LocationPrecision)
    return min(one, other, key=order.index)


def _years_later(day: date) -> date:
    leap_day = (2, 29)
    if (day.month, day.day) == leap_day:
        day = day.replace(day=28)
    return day.replace(year=day.year + REVIEW_AGAIN_AFTER_YEARS)
