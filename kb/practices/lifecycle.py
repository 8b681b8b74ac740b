"""What may happen to a revision: one table that everything else reads. Pure."""

from enum import StrEnum

from kb.core.errors import Conflict
from kb.core.messages import Message, msg


class State(StrEnum):
    """Where a revision stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    IN_REVIEW = "in_review"
    CHANGES_REQUESTED = "changes_requested"
    APPROVED = "approved"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"
    ARCHIVED = "archived"
    WITHDRAWN = "withdrawn"
    REJECTED = "rejected"
    ABANDONED = "abandoned"


class Action(StrEnum):
    """What can be done to a revision."""

    SUBMIT = "submit"
    RECALL = "recall"
    ASSIGN = "assign"
    REQUEST_CHANGES = "request_changes"
    APPROVE = "approve"
    REOPEN = "reopen"
    PUBLISH = "publish"
    REJECT = "reject"
    ABANDON = "abandon"
    SUPERSEDE = "supersede"
    ARCHIVE = "archive"
    RESTORE = "restore"
    WITHDRAW = "withdraw"
    IMPORT = "import"


class Withdrawal(StrEnum):
    """Why a practice was taken back: all that its tombstone tells."""

    SAFETY = "safety"
    CONSENT = "consent"
    ERROR = "error"
    OUTDATED = "outdated"
    RIGHTS = "rights"


# Nothing may tell that it ever was there.
LEAVES_NO_TRACE = frozenset({Withdrawal.SAFETY})

TRANSITIONS: dict[tuple[State, Action], State] = {
    (State.DRAFT, Action.SUBMIT): State.SUBMITTED,
    (State.DRAFT, Action.ABANDON): State.ABANDONED,
    (State.DRAFT, Action.IMPORT): State.PUBLISHED,
    (State.SUBMITTED, Action.RECALL): State.DRAFT,
    (State.SUBMITTED, Action.ASSIGN): State.IN_REVIEW,
    (State.SUBMITTED, Action.REJECT): State.REJECTED,
    (State.IN_REVIEW, Action.REQUEST_CHANGES): State.CHANGES_REQUESTED,
    (State.IN_REVIEW, Action.APPROVE): State.APPROVED,
    (State.IN_REVIEW, Action.REJECT): State.REJECTED,
    (State.CHANGES_REQUESTED, Action.SUBMIT): State.SUBMITTED,
    (State.CHANGES_REQUESTED, Action.ABANDON): State.ABANDONED,
    (State.APPROVED, Action.PUBLISH): State.PUBLISHED,
    (State.APPROVED, Action.REOPEN): State.IN_REVIEW,
    (State.APPROVED, Action.REJECT): State.REJECTED,
    (State.PUBLISHED, Action.SUPERSEDE): State.SUPERSEDED,
    (State.PUBLISHED, Action.ARCHIVE): State.ARCHIVED,
    (State.PUBLISHED, Action.WITHDRAW): State.WITHDRAWN,
    (State.ARCHIVED, Action.RESTORE): State.PUBLISHED,
    (State.ARCHIVED, Action.WITHDRAW): State.WITHDRAWN,
}
EDITABLE = frozenset({State.DRAFT, State.CHANGES_REQUESTED})
FINAL = frozenset(State) - {state for state, _ in TRANSITIONS}
# On its way to the readers; of each practice one revision at a time.
UNDER_WAY = frozenset(State) - FINAL - {State.PUBLISHED, State.ARCHIVED}
# A revision that has been public keeps the date of it; the others never have one.
ONCE_PUBLIC = frozenset({State.PUBLISHED, State.SUPERSEDED, State.ARCHIVED, State.WITHDRAWN})
NEEDS_REASON = frozenset(
    {Action.REQUEST_CHANGES, Action.REJECT, Action.WITHDRAW, Action.ARCHIVE},
)
# Each of these makes the text of the moment an immutable version.
FREEZES = frozenset({Action.SUBMIT, Action.IMPORT})
# Only as a consequence of another action, never asked for by a person.
AUTOMATIC = frozenset({Action.SUPERSEDE})

STATE_LABELS: dict[State, Message] = {
    State.DRAFT: msg("draft"),
    State.SUBMITTED: msg("submitted"),
    State.IN_REVIEW: msg("in review"),
    State.CHANGES_REQUESTED: msg("changes requested"),
    State.APPROVED: msg("approved"),
    State.PUBLISHED: msg("published"),
    State.SUPERSEDED: msg("superseded"),
    State.ARCHIVED: msg("archived"),
    State.WITHDRAWN: msg("withdrawn"),
    State.REJECTED: msg("rejected"),
    State.ABANDONED: msg("abandoned"),
}


def advance(state: State, action: Action) -> State:
    """The state after the action; raises Conflict where the table has no such line."""
    try:
        return TRANSITIONS[state, action]
    except KeyError:
        raise Conflict(
            msg("This cannot be done with a revision in this state."),
        ) from None


def actions_in(state: State) -> tuple[Action, ...]:
    """What a person may try in this state, in the table's order."""
    return tuple(
        action for (old, action) in TRANSITIONS if old is state and action not in AUTOMATIC
    )


def diagram() -> str:
    """The table as a Mermaid state diagram, for the README."""
    lines = ["stateDiagram-v2", "    [*] --> draft"]
    lines += [f"    {old} --> {new}: {action}" for (old, action), new in TRANSITIONS.items()]
    return "\n".join(lines)
