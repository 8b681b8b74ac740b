"""Do-no-harm lint: passages that may tell an armed group whom to find, and where. Pure.

It flags and explains; people decide. A text without sightings is not thereby safe: a person can be
recognised by what is told of them without a name or a number.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
import re

from kb.core.messages import Message, msg
from kb.practices import danger_words as words

_AROUND_A_DATE = 100


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
        "An exact date with a place: together they tell who was there. Write the month or the year,"
        " and the commune or the region."
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
    taken = bytearray(len(text))
    found: list[Sighting] = []
    left = text
    for danger, spans in _FINDERS:
        for start, end in spans(left):
            _take(found, taken, text, danger, start, end)
        left = _blanked(left, [(sighting.start, sighting.end) for sighting in found])
        if danger is Danger.EMAIL:  # an address inside a link is one all the same
            left = _blanked(left, (match.span() for match in words.HARMLESS.finditer(left)))
    for start, middle, end in _dated_places(left, places):
        if not _take(found, taken, text, Danger.DATED_PLACE, start, end):
            _take(found, taken, text, Danger.DATED_PLACE, start, middle)
    return tuple(sorted(found, key=lambda sighting: sighting.start))


def _take(
    found: list[Sighting], taken: bytearray, text: str, danger: Danger, start: int, end: int
) -> bool:
    if start >= end or any(taken[start:end]):
        return False
    taken[start:end] = b"\1" * (end - start)
    found.append(Sighting(danger, start, end, text[start:end]))
    return True


def _blanked(text: str, spans: Collection[tuple[int, int]] | Spans) -> str:
    """The text with these passages as spaces, so that all others keep their position."""
    pieces, position = [], 0
    for start, end in sorted(spans):
        pieces += [text[position:start], " " * (end - start)]
        position = end
    return "".join((*pieces, text[position:]))


def _matches(pattern: re.Pattern[str]) -> Callable[[str], Spans]:
    def spans(text: str) -> Spans:
        for match in pattern.finditer(text):
            group = match.lastindex or 0
            yield match.span(group)

    return spans


def _phones(text: str) -> Spans:
    yield from _matches(words.CALLED)(text)
    yield from _matches(words.PHONE)(text)


_FINDERS: tuple[tuple[Danger, Callable[[str], Spans]], ...] = (
    (Danger.EMAIL, _matches(words.EMAIL)),
    (Danger.COORDINATES, _matches(words.COORDINATES)),
    (Danger.ID_NUMBER, _matches(words.ID_NUMBER)),
    (Danger.PHONE, _phones),
    (Danger.NAMED_PERSON, _matches(words.NAMED_PERSON)),
)


def _dated_places(text: str, places: Collection[str]) -> Iterator[tuple[int, int, int]]:
    """Start and end of each exact date, and the end of the passage that reaches to a place."""
    for date in words.DATE.finditer(text):
        start, end = date.span()
        before = _last_sentence(text[max(0, start - _AROUND_A_DATE) : start])
        after = words.SENTENCE_END.split(text[end : end + _AROUND_A_DATE], maxsplit=1)[0]
        place = words.PLACE.search(after)
        if place:
            yield start, end, end + place.end()
        elif words.PLACE.search(before) or any(name in before + after for name in places):
            yield start, end, end


def _last_sentence(text: str) -> str:
    *_, last = words.SENTENCE_END.split(text)
    return str(last)
