"""Quorum and sign-off, as rules over plain values. Pure."""

from collections.abc import Iterable
from enum import StrEnum

from kb.practices.template import SECTION_KEYS

LONGEST_REASON = 10_000
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
