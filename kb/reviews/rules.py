"""Quorum and sign-off, as rules over plain values. Pure."""

from collections.abc import Iterable
from enum import StrEnum

from kb.core.errors import Invalid
from kb.core.messages import Message, msg
from kb.practices.template import SECTION_KEYS

LONGEST_REASON = 10_000
CONSENT_WITHDRAWN = msg("The consent to this text was taken back: it has to be signed off again.")
NO_REASON = msg("Please give a reason.")
# What a comment can be about, besides the text as a whole.
ANCHORS: tuple[str, ...] = ("title", "summary", *SECTION_KEYS, "sources")


class Decision(StrEnum):
    """A content reviewer's verdict."""

    ACCEPT = "accept"
    CHANGES = "changes"
    REJECT = "reject"


class Outcome(StrEnum):
    """The do-no-harm reviewer's answer."""

    PASS = "pass"  # noqa: S105 - an outcome, not a password
    PASS_COARSENED = "pass-coarsened"  # noqa: S105
    MEMBERS_ONLY = "members-only"
    REFUSE = "refuse"


def quorum_reached(decisions: Iterable[Decision], quorum: int) -> bool:
    """Whether enough reviewers accept and none asks for changes or rejects."""
    given = list(decisions)
    return given.count(Decision.ACCEPT) >= quorum and set(given) <= {Decision.ACCEPT}


def gate_open(outcome: Outcome | None) -> bool:
    """Whether a sign-off exists and does not refuse."""
    return outcome is not None and outcome is not Outcome.REFUSE


def check_reason(
    field: str, text: str, *, needed: bool = True, missing: Message = NO_REASON
) -> None:
    """Raise Invalid for a reason that is missing where one is needed, or too long."""
    if needed and not text.strip():
        raise Invalid(missing, {field: msg("is missing")})
    if len(text) > LONGEST_REASON:
        why = msg("is longer than %(max_length)s characters", max_length=LONGEST_REASON)
        raise Invalid(msg("This is too long."), {field: why})
