"""The timeline of a practice in words."""

from dataclasses import dataclass
from datetime import datetime

from kb.core.messages import Message, msg
from kb.events.types import EventType
from kb.reviews.people import Capacity
from kb.reviews.rules import Decision, Outcome
from kb.reviews.timeline import Entry, timeline
from kb.web.current import runtime
from kb.web.language import tell
from kb.web.review.words import CAPACITIES, DECIDED, OUTCOMES, RubricLine, rubric_lines
from kb.web.sessions import current_actor

HEADINGS: dict[EventType, Message] = {
    EventType.PRACTICE_CREATED: msg("Draft begun"),
    EventType.PRACTICE_SUBMIT: msg("Submitted"),
    EventType.PRACTICE_RECALL: msg("Taken back by its author"),
    EventType.PRACTICE_ASSIGN: msg("Review started"),
    EventType.PRACTICE_REQUEST_CHANGES: msg("Changes requested"),
    EventType.PRACTICE_APPROVE: msg("Approved"),
    EventType.PRACTICE_REOPEN: msg("Review reopened"),
    EventType.PRACTICE_PUBLISH: msg("Published"),
    EventType.PRACTICE_REJECT: msg("Rejected"),
    EventType.PRACTICE_ABANDON: msg("Given up"),
    EventType.PRACTICE_SUPERSEDE: msg("Replaced by the next revision"),
    EventType.PRACTICE_ARCHIVE: msg("Archived"),
    EventType.PRACTICE_RESTORE: msg("Published again"),
    EventType.PRACTICE_WITHDRAW: msg("Withdrawn"),
    EventType.PRACTICE_IMPORT: msg("Imported"),
    EventType.VERDICT_GIVEN: msg("Verdict of a reviewer"),
    EventType.SIGNED_OFF: msg("Do-no-harm sign-off"),
    EventType.REVIEWER_ASSIGNED: msg("Reviewer asked"),
    EventType.REVIEWER_UNASSIGNED: msg("Reviewer released"),
    EventType.ASSIGNMENT_ACCEPTED: msg("Review taken on"),
    EventType.ASSIGNMENT_DECLINED: msg("Review declined"),
    EventType.ASSIGNMENT_DUE_SOON: msg("Reviewer reminded"),
    EventType.ASSIGNMENT_OVERDUE: msg("Review overdue: reviewer and editors told"),
    EventType.CONSENT_EXPIRING: msg("The consent ends soon: the desk is told"),
    EventType.CONSENT_EXPIRED: msg("The consent has ended: the desk is told"),
    EventType.CONSENT_WITHDRAWN: msg("Consent taken back"),
    EventType.COMMENTED: msg("Comment"),
    EventType.PRACTICE_SHARED: msg("Named reader added"),
    EventType.PRACTICE_UNSHARED: msg("Named reader removed"),
    EventType.AUTHOR_INVITED: msg("Co-author invited"),
    EventType.AUTHOR_UNINVITED: msg("Invitation taken back"),
    EventType.AUTHOR_JOINED: msg("Co-author joined"),
    EventType.AUTHOR_DECLINED: msg("Invitation declined"),
    EventType.AUTHOR_REMOVED: msg("Co-author removed"),
    EventType.NOTE_ADDED: msg("Restricted note added"),
    EventType.REVIEW_DUE_SOON: msg("To be read again within a month"),
    EventType.REVIEW_DUE: msg("To be read again"),
    EventType.REVIEW_CONFIRMED: msg("Read again and still right"),
}
# What the house itself notices on a day: nobody did it.
BY_ITSELF = frozenset(
    {
        EventType.REVIEW_DUE_SOON,
        EventType.REVIEW_DUE,
        EventType.ASSIGNMENT_DUE_SOON,
        EventType.ASSIGNMENT_OVERDUE,
        EventType.CONSENT_EXPIRING,
        EventType.CONSENT_EXPIRED,
    }
)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the timeline, ready to be shown."""

    at: datetime
    heading: str
    who: str
    revision_number: int | None
    detail: str
    text: str
    is_internal: bool
    ratings: tuple[RubricLine, ...] = ()


def entries(practice_id: int) -> tuple[Line, ...]:
    """What whoever is signed in may know of a practice's way, the newest first.

    `review/_timeline.html` shows it as `lines`.
    """
    with runtime().reading() as session:
        found = timeline(session, current_actor(), practice_id)
    return tuple(_line(entry) for entry in reversed(found) if entry.kind in HEADINGS)


def _line(entry: Entry) -> Line:
    return Line(
        at=entry.at,
        heading=tell(HEADINGS[entry.kind]),
        who="" if entry.kind in BY_ITSELF else who(entry.who, entry.name),
        revision_number=entry.revision_number,
        detail=_detail(entry),
        text=entry.text,
        is_internal=entry.is_internal,
        ratings=rubric_lines(entry.ratings),
    )


def who(capacity: Capacity, name: str) -> str:
    """A name with its capacity, or the capacity alone for those who may not know the name."""
    words = tell(CAPACITIES[capacity])
    return f"{name} ({words})" if name else words


def _detail(entry: Entry) -> str:
    if entry.kind is EventType.VERDICT_GIVEN:
        return tell(DECIDED[Decision(entry.code)])
    if entry.kind is EventType.SIGNED_OFF:
        return tell(OUTCOMES[Outcome(entry.code)])
    return entry.about
