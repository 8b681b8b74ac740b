"""What is late at the desk, and by how much. Pure: rules over plain values."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

# A sign-off has no date of its own; the text waits for it since the review began.
SIGN_OFF_WITHIN = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A reviewer whose verdict on the present version is still to come."""

    reviewer_id: int
    name: str
    due_on: date | None
    has_accepted: bool


@dataclass(frozen=True, slots=True)
class Late:
    """What is late: the review of somebody, or without a name the sign-off."""

    name: str
    days: int


def lateness(
    waiting: Iterable[Waiting], unsigned_since: datetime | None, today: date
) -> tuple[Late, ...]:
    """What is late with a text in review today, the latest first."""
    found = [
        Late(each.name, (today - each.due_on).days)
        for each in waiting
        if each.due_on is not None and each.due_on < today
    ]
    if unsigned_since is not None:
        past = (today - (unsigned_since.date() + SIGN_OFF_WITHIN)).days
        if past > 0:
            found.append(Late("", past))
    return tuple(sorted(found, key=lambda late: (-late.days, late.name)))
