"""What the checks found, as the pages show it: by part, then by what is said, then by field."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from flask import url_for

from kb.core.messages import Message, msg
from kb.practices.check_rules import Quote
from kb.practices.checks import Check, Level
from kb.practices.examined import FILES
from kb.web.contribute.fields import label_of
from kb.web.contribute.page import STEP_LABELS
from kb.web.language import current_locale, tell

LEVELS: dict[Level, Message] = {
    Level.FAILURE: msg("Must be put right"),
    Level.WARNING: msg("Please look again"),
    Level.INFO: msg("Good to know"),
}
# Stands before the parts of the form, whatever part it is in.
DANGERS = "dangers"
HEADINGS = {DANGERS: msg("What may endanger people"), **STEP_LABELS}
# More fields than this are unfolded on demand; so is what is only good to know.
SHOWN_AT_ONCE = 12
Address = Callable[[Check], str]


@dataclass(frozen=True, slots=True)
class Place:
    """A field with the passages meant, or another practice."""

    label: str
    url: str
    quotes: tuple[Quote, ...] = ()
    more: int = 0
    is_unpublished: bool = False


@dataclass(frozen=True, slots=True)
class Saying:
    """One sentence, and the fields of which it is true."""

    why: str
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class LevelFound:
    """All of one level in one part."""

    level: Level
    sayings: tuple[Saying, ...]

    @property
    def words(self) -> str:
        """How grave it is, in words: a colour alone tells nothing."""
        return tell(LEVELS[self.level])

    @property
    def number(self) -> int:
        """In how many fields."""
        return sum(len(saying.places) for saying in self.sayings)

    @property
    def is_open(self) -> bool:
        """Whether it is shown at once."""
        return self.level is not Level.INFO and self.number <= SHOWN_AT_ONCE


@dataclass(frozen=True, slots=True)
class PartFound:
    """All that was found in one part of the form, or all dangers; the gravest first."""

    code: str
    heading: str
    levels: tuple[LevelFound, ...]


def found_by_part(
    checks: Iterable[Check], address: Address, unpublished: str
) -> tuple[PartFound, ...]:
    """What was found: first what may endanger people, then the rest, part by part.

    `address` tells where a field is on this side of the house, and `unpublished` names the page
    on which whoever looks finds another text that is not published.
    """
    parts: dict[str, dict[Level, dict[str, list[Place]]]] = {}
    checks = sorted(checks, key=lambda check: not check.is_danger)
    for check in checks:
        part = DANGERS if check.is_danger else check.part
        sayings = parts.setdefault(part, {}).setdefault(check.level, {})
        sayings.setdefault(tell(check.why), []).append(_place(check, address, unpublished))
    return tuple(
        PartFound(
            part,
            tell(HEADINGS[part]),
            tuple(
                LevelFound(level, tuple(Saying(w, tuple(p)) for w, p in levels[level].items()))
                for level in Level
                if level in levels
            ),
        )
        for part, levels in parts.items()
    )


def _place(check: Check, address: Address, unpublished: str) -> Place:
    locale, near = current_locale(), check.near
    if near is not None:
        title = near.names.get(locale) or next(iter(near.names.values()), near.slug)
        if near.is_published:
            return Place(title, url_for("browse.practice", slug=near.slug))
        return Place(
            title, url_for(unpublished, revision_id=near.revision_id), is_unpublished=True
        )
    # A file is called what its author called it.
    label = check.field if check.part == FILES else tell(label_of(check.field, locale))
    if check.is_danger:
        label = f"{tell(STEP_LABELS[check.part])} – {label}"
    return Place(label, address(check), check.quotes, check.more)
