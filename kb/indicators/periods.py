"""Stretches of time that are counted in: from a day to a day, and quarters. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
import re

MONTHS = 3
QUARTERS = 4
NAME = re.compile(r"([0-9]{4})-q([1-4])")
# Nothing was counted before, and nothing will be after.
FIRST_YEAR, LAST_YEAR = 2020, 2999


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days in UTC, the first and the last one included."""

    first: date
    last: date

    @property
    def start(self) -> datetime:
        """The moment it begins."""
        return datetime(self.first.year, self.first.month, self.first.day, tzinfo=UTC)

    @property
    def end(self) -> datetime:
        """The moment it is over."""
        after = self.last + timedelta(days=1)
        return datetime(after.year, after.month, after.day, tzinfo=UTC)

    def quarters(self) -> tuple["Quarter", ...]:
        """The quarters that it touches, the first one first."""
        return tuple(_quarters(quarter_of(self.first), quarter_of(self.last)))


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """Three months of a year."""

    year: int
    number: int

    @property
    def name(self) -> str:
        """As in addresses: 2026-q3."""
        return f"{self.year}-q{self.number}"

    @property
    def period(self) -> Period:
        first = date(self.year, MONTHS * (self.number - 1) + 1, 1)
        following = self.next
        after = date(following.year, MONTHS * (following.number - 1) + 1, 1)
        return Period(first, after - timedelta(days=1))

    @property
    def next(self) -> "Quarter":
        return self.later(1)

    @property
    def previous(self) -> "Quarter":
        return self.later(-1)

    def later(self, quarters: int) -> "Quarter":
        """So many quarters later, or earlier."""
        year, number = divmod(self.year * QUARTERS + self.number - 1 + quarters, QUARTERS)
        return Quarter(year, number + 1)


def quarter_of(day: date) -> Quarter:
    """The quarter that a day is in."""
    return Quarter(day.year, (day.month - 1) // MONTHS + 1)


def last_closed(today: date) -> Quarter:
    """The last quarter that is over."""
    return quarter_of(today).previous


def quarter_named(name: str) -> Quarter | None:
    """The quarter with this name in addresses; None for what is no such name."""
    found = NAME.fullmatch(name)
    if found is None or not FIRST_YEAR <= int(found[1]) <= LAST_YEAR:
        return None
    return Quarter(int(found[1]), int(found[2]))


def _quarters(first: Quarter, last: Quarter) -> Iterator[Quarter]:
    while first <= last:
        yield first
        first = first.next
