"""What the checks found, as the pages show it: by part, then by what is said, then by field."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from flask import url_for

from kb.core.messages import Message, msg
from kb.practices.check_rules import Quote
from kb.practices.checks import Check, Level
from kb.practices.examined import FILES
from kb.practices.similarity import Near
from kb.web.contribute.fields import label_of
from kb.web.contribute.page import STEP_LABELS
from kb.web.language import current_locale, tell

LEVELS: dict[Level, Message] = {
    Level.FAILURE: msg("Must be put right"),
    Level.WARNING: msg("Please look again"),
    Level.INFO: msg("Good to know"),
}
# More than this in one part is unfolded on demand.
SHOWN_AT_ONCE = 3
Address = Callable[[Check], str]


@dataclass(frozen=True, slots=True)
class Place:
    """A field with the passages meant, and the other practice if it is about one."""

    label: str
    url: str
    quotes: tuple[Quote, ...]
    more: int
    near_title: str = ""
    near_url: str = ""
    near_is_published: bool = True


@dataclass(frozen=True, slots=True)
class Saying:
    """One sentence, and the fields of which it is true."""

    level: Level
    why: str
    places: tuple[Place, ...]

    @property
    def level_words(self) -> str:
        """How grave it is, in words."""
        return tell(LEVELS[self.level])


@dataclass(frozen=True, slots=True)
class PartFound:
    """All that was found in one part of the form."""

    code: str
    heading: str
    sayings: tuple[Saying, ...]

    @property
    def is_short(self) -> bool:
        """Whether it is shown at once."""
        return len(self.sayings) <= SHOWN_AT_ONCE

    @property
    def tally(self) -> tuple[tuple[str, int], ...]:
        """How many fields there are of each level, the gravest first."""
        found = []
        for level in Level:
            number = sum(len(each.places) for each in self.sayings if each.level is level)
            if number:
                found.append((tell(LEVELS[level]), number))
        return tuple(found)


def found_by_part(checks: Iterable[Check], address: Address) -> tuple[PartFound, ...]:
    """What was found, part by part; `address` tells where a field is on this side of the house."""
    parts: dict[str, dict[tuple[Level, str], list[Place]]] = {}
    for check in checks:
        sayings = parts.setdefault(check.part, {})
        key = (check.level, tell(check.why))
        sayings.setdefault(key, []).append(_place(check, address))
    return tuple(
        PartFound(
            part,
            tell(STEP_LABELS[part]),
            tuple(Saying(level, why, tuple(places)) for (level, why), places in sayings.items()),
        )
        for part, sayings in parts.items()
    )


def _place(check: Check, address: Address) -> Place:
    locale = current_locale()
    # A file is called what its author called it.
    label = check.field if check.part == FILES else tell(label_of(check.field, locale))
    near = check.near
    if near is None:
        return Place(label, address(check), check.quotes, check.more)
    title = near.names.get(locale) or next(iter(near.names.values()), near.slug)
    return Place(
        *(label, address(check), (), 0),
        near_title=title,
        near_url=_near_address(near),
        near_is_published=near.is_published,
    )


def _near_address(near: Near) -> str:
    if near.is_published:
        return url_for("browse.practice", slug=near.slug)
    return url_for("review.revision", revision_id=near.revision_id)
