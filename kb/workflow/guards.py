"""What must hold before an action, beyond state and permission."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from kb.core.errors import Conflict, Invalid
from kb.core.messages import msg
from kb.practices.lifecycle import NEEDS_REASON, Action, Withdrawal
from kb.practices.models import Revision
from kb.reviews.queries import consent_of, decisions_on, last_sign_off, reviewer_ids
from kb.reviews.rules import CONSENT_WITHDRAWN, LONGEST_REASON, gate_open, quorum_reached


@dataclass(frozen=True, slots=True)
class Attempt:
    """An action about to be done."""

    session: Session
    revision: Revision
    note: str
    quorum: int
    withdrawal: Withdrawal | None = None


Guard = Callable[[Attempt], None]


def reason_given(attempt: Attempt) -> None:
    """The server, not the form, insists on a reason."""
    if not attempt.note.strip():
        raise Invalid(msg("Please give a reason."), {"note": msg("is missing")})
    if len(attempt.note) > LONGEST_REASON:
        why = msg("is longer than %(max_length)s characters", max_length=LONGEST_REASON)
        raise Invalid(msg("This is too long."), {"note": why})


def category_given(attempt: Attempt) -> None:
    """What the tombstone tells, or that there is none, is decided with the withdrawal."""
    if attempt.withdrawal is None:
        raise Invalid(
            msg("Please choose what kind of reason it is."), {"withdrawal": msg("is missing")}
        )


def reviewer_assigned(attempt: Attempt) -> None:
    """A review needs somebody who reviews."""
    if not reviewer_ids(attempt.session, attempt.revision.id):
        raise Conflict(msg("No reviewer is assigned yet."))


def accepted_by_quorum(attempt: Attempt) -> None:
    """Enough reviewers accept this very version."""
    decisions = decisions_on(attempt.session, _version(attempt))
    if not quorum_reached(decisions, attempt.quorum):
        raise Conflict(msg("The reviewers have not accepted this version."))


def signed_off(attempt: Attempt) -> None:
    """The do-no-harm reviewer lets this very version pass."""
    signed = last_sign_off(attempt.session, _version(attempt))
    if not gate_open(signed.outcome if signed else None):
        raise Conflict(msg("The do-no-harm sign-off of this version is missing or refuses."))


def consent_holds(attempt: Attempt) -> None:
    """Nobody has taken back the consent to this very version."""
    record = consent_of(attempt.session, _version(attempt))
    if record is not None and record.withdrawn_at is not None:
        raise Conflict(CONSENT_WITHDRAWN)


def newest_once_public(attempt: Attempt) -> None:
    """What a later text has replaced, perhaps because it endangered somebody, does not return."""
    practice = attempt.revision.practice
    if any(r.published_at and r.number > attempt.revision.number for r in practice.revisions):
        raise Conflict(msg("A later revision of this practice was published."))


def _version(attempt: Attempt) -> int:
    # A CHECK constraint gives every submitted revision a version.
    return attempt.revision.version_id or 0


GUARDS: dict[Action, tuple[Guard, ...]] = {
    Action.ASSIGN: (reviewer_assigned,),
    Action.APPROVE: (accepted_by_quorum, signed_off, consent_holds),
    Action.PUBLISH: (accepted_by_quorum, signed_off, consent_holds),
    Action.RESTORE: (newest_once_public, consent_holds),
    Action.WITHDRAW: (category_given,),
}
for _action in NEEDS_REASON:
    GUARDS[_action] = (reason_given, *GUARDS.get(_action, ()))
