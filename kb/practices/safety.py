"""Do-no-harm lint: passages that may tell an armed group whom to find, and where. Pure.

It flags and explains; people decide. A text without sightings is not thereby safe: a person can be
recognised by what is told of them without a name or a number.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
import re

from kb.core.messages import Message, msg
from kb.practices import danger_patterns as patterns
from kb.practices.danger_words import NOBODY, WIDE_PLACES

_AROUND_A_DATE = 100
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)?")
Span = tuple[int, int]


class Danger(StrEnum):
    """What a passage may give away."""

    PHONE = "phone"
    EMAIL = "email"
    COORDINATES = "coordinates"
    ID_NUMBER = "id_number"
    DATED_PLACE = "dated_place"
    NAMED_PERSON = "named_person"


# What it may do, and what to write instead.
EXPLANATIONS: dict[Danger, Message] = {
    Danger.PHONE: msg(
        "Looks like a phone number. Whoever has it can threaten or locate its owner. Leave it out,"
        " or put it into the restricted notes."
    ),
    Danger.EMAIL: msg(
        "Looks like an e-mail address. It leads to a person. Leave it out, or name the"
        " organisation instead."
    ),
    Danger.COORDINATES: msg(
        "Looks like the coordinates of a place. They lead an armed group to the spot. Name the"
        " commune or the region instead."
    ),
    Danger.ID_NUMBER: msg(
        "Looks like a number of an identity card, a vehicle or a service member. It identifies one"
        " person. Leave it out."
    ),
    Danger.DATED_PLACE: msg(
        "An exact date with a place: together they tell who was there. Write the month or the"
        " year, and the commune or the region."
    ),
    Danger.NAMED_PERSON: msg(
        "Looks like the name of a person. Have they agreed to be named, and are they still safe"
        " if this is read by everybody? Otherwise write their role only."
    ),
}


@dataclass(frozen=True, slots=True)
class Sighting:
    """A passage, as `text[start:end]`, and what it may give away."""

    danger: Danger
    start: int
    end: int
    text: str


Spans = Iterator[tuple[int, int]]


def look(text: str, *, places: Collection[str] = ()) -> tuple[Sighting, ...]:
    """What may endanger somebody, in the order of the text; no two passages overlap.

    `places` are names of places that the practice tells elsewhere.
    """
    found = _Found(text)
    found.take_all(Danger.EMAIL, _matches(patterns.EMAIL, found.left))
    found.leave_out(patterns.LINKS)
    found.take_all(Danger.COORDINATES, _matches(patterns.COORDINATES, found.left))
    found.take_all(Danger.ID_NUMBER, _matches(patterns.ID_NUMBER, found.left))
    found.leave_out(patterns.NUMBERED)
    found.take_all(Danger.PHONE, _matches(patterns.CALLED, found.left))
    found.take_all(Danger.PHONE, _matches(patterns.PHONE, found.left))
    found.take_all(Danger.NAMED_PERSON, _named_persons(found.left))
    for start, middle, end in _dated_places(found.left, places):
        # Where somebody is named between the two, the date stands for both.
        found.take(Danger.DATED_PLACE, start, end) or found.take(Danger.DATED_PLACE, start, middle)
    return found.in_order()


class _Found:
    """The sightings so far, and the text without them: all else keeps its position."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._taken = bytearray(len(text))
        self._sightings: list[Sighting] = []
        self.left = text

    def take(self, danger: Danger, start: int, end: int) -> bool:
        """Keep a passage that overlaps no other one."""
        if start >= end or any(self._taken[start:end]):
            return False
        self._taken[start:end] = b"\1" * (end - start)
        self._sightings.append(Sighting(danger, start, end, self._text[start:end]))
        return True

    def take_all(self, danger: Danger, spans: Iterable[Span]) -> None:
        """Keep all of these and blank them out."""
        taken = [(start, end) for start, end in spans if self.take(danger, start, end)]
        self.left = _blanked(self.left, taken)

    def leave_out(self, harmless: re.Pattern[str]) -> None:
        """Blank out what only looks like something."""
        self.left = _blanked(self.left, (match.span() for match in harmless.finditer(self.left)))

    def in_order(self) -> tuple[Sighting, ...]:
        """All sightings as they stand in the text."""
        return tuple(sorted(self._sightings, key=lambda sighting: sighting.start))


def _blanked(text: str, spans: Iterable[Span]) -> str:
    pieces, position = [], 0
    for start, end in spans:
        pieces += [text[position:start], " " * (end - start)]
        position = end
    return "".join((*pieces, text[position:]))


def _matches(pattern: re.Pattern[str], text: str) -> Iterator[Span]:
    """Where it matches, or its group where it has one that took part."""
    for match in pattern.finditer(text):
        yield match.span(match.lastindex or 0)


def _named_persons(text: str) -> Iterator[Span]:
    for match in patterns.NAMED_PERSON.finditer(text):
        name = match[match.lastgroup or 0]
        if not any(word in NOBODY for word in _WORD.findall(name)[:2]):
            yield match.span()


def _dated_places(text: str, places: Collection[str]) -> Iterator[tuple[int, int, int]]:
    """Start and end of each exact date, and the end of the passage that reaches to a place."""
    for date in patterns.DATE.finditer(text):
        start, end = date.span()
        before = patterns.SENTENCE_END.split(text[max(0, start - _AROUND_A_DATE) : start])[-1]
        after = patterns.SENTENCE_END.split(text[end : end + _AROUND_A_DATE], maxsplit=1)[0]
        if place := _place_in(after):
            yield start, end, end + place
        elif _place_in(before) or any(name in before + after for name in places):
            yield start, end, end


def _place_in(passage: str) -> int:
    """Where the first place ends that is less than a country; 0 where there is none."""
    found = (match for match in patterns.PLACE.finditer(passage) if match[1] not in WIDE_PLACES)
    return next((match.end() for match in found), 0)
