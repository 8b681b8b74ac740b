"""The rubric of content reviewers: six criteria, four levels each. Pure: rules as data.

A verdict to accept needs all six: it is what a text is published on, and whoever reads it later
must see what it rests on. One that asks for changes or rejects says why in words, and is rated
as far as its reviewer wishes. The levels are never added up: a clear text about nothing
home-grown is not half good.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from kb.core.errors import Invalid
from kb.core.messages import Message, msg

LEVELS = (1, 2, 3, 4)
LONGEST_NOTE = 2_000


class Criterion(StrEnum):
    """What a text is looked at for."""

    RELEVANCE = "relevance"
    ENDOGENOUS = "endogenous"
    EVIDENCE = "evidence"
    INCLUSIVENESS = "inclusiveness"
    REPLICABILITY = "replicability"
    CLARITY = "clarity"


@dataclass(frozen=True, slots=True)
class Description:
    """A criterion in words: its name, its question, and what each level means, lowest first."""

    label: Message
    question: Message
    levels: tuple[Message, Message, Message, Message]


@dataclass(frozen=True, slots=True)
class Rating:
    """A level and what was noted to it."""

    level: int
    note: str = ""


class _Row(Protocol):
    criterion: Any
    level: Any
    note: Any


@dataclass(frozen=True, slots=True)
class Rated:
    """One line of a filled rubric."""

    criterion: Criterion
    level: int
    note: str


Ratings = Mapping[Criterion, Rating]
UNRATED: Ratings = {}
UNCHOSEN = msg("choose a level from 1 to 4")

RUBRIC: dict[Criterion, Description] = {
    Criterion.RELEVANCE: Description(
        msg("Relevance"),
        msg("Does it deal with a conflict that people here have to manage?"),
        (
            msg("No conflict can be made out."),
            msg("A conflict is named, but what it is about stays vague."),
            msg("The conflict and those concerned are clear."),
            msg("The conflict is clear, and so is what the practice changes about it."),
        ),
    ),
    Criterion.ENDOGENOUS: Description(
        msg("Home-grown origin"),
        msg("Do people here carry it, of their own?"),
        (
            msg("It was brought in and ends with its project."),
            msg("It was brought in, and people here take part."),
            msg("People here carry it, with help from outside."),
            msg("People here made it and keep it going themselves."),
        ),
    ),
    Criterion.EVIDENCE: Description(
        msg("Evidence"),
        msg("What do its results rest on?"),
        (
            msg("Nothing that could be looked up."),
            msg("One source, or those who carry it alone."),
            msg("Several sources, or figures with where they come from."),
            msg("Independent sources that agree, figures and limits included."),
        ),
    ),
    Criterion.INCLUSIVENESS: Description(
        msg("Inclusiveness"),
        msg("Who takes part: women, young people, every group concerned?"),
        (
            msg("Some of those concerned are shut out, and the text does not say so."),
            msg("Some are shut out, and the text says so."),
            msg("All groups are heard; a few decide."),
            msg("All groups take part in deciding, women and young people among them."),
        ),
    ),
    Criterion.REPLICABILITY: Description(
        msg("Replicability"),
        msg("Could others take it up from what is written?"),
        (
            msg("The steps are missing."),
            msg("The steps are there, what they need is not."),
            msg("Steps and conditions are there."),
            msg("Steps, conditions and what must not be copied are there."),
        ),
    ),
    Criterion.CLARITY: Description(
        msg("Clarity"),
        msg("Is it understood at the first reading by somebody who was not there?"),
        (
            msg("It is hard to follow."),
            msg("Parts have to be read twice."),
            msg("It is clear."),
            msg("It is clear, short, and in plain words."),
        ),
    ),
}


def level_field(criterion: Criterion) -> str:
    """The name of its field in a form."""
    return f"rubric_{criterion}"


def note_field(criterion: Criterion) -> str:
    """The name of the field of its note."""
    return f"rubric_{criterion}_note"


FIELDS: tuple[str, ...] = tuple(
    name for criterion in Criterion for name in (level_field(criterion), note_field(criterion))
)


def rated(rows: Iterable[_Row]) -> tuple[Rated, ...]:
    """Stored ratings in the order of the rubric."""
    order = list(Criterion)
    found = (Rated(row.criterion, row.level, row.note) for row in rows)
    return tuple(sorted(found, key=lambda each: order.index(each.criterion)))


def parse(form: Mapping[str, str]) -> Ratings:
    """The ratings of a form; what was neither rated nor noted is left out. Raises Invalid."""
    found: dict[Criterion, Rating] = {}
    for criterion in Criterion:
        level = form.get(level_field(criterion), "").strip()
        note = form.get(note_field(criterion), "").strip()
        if level or note:
            found[criterion] = Rating(_number(level), note)
    check(found, is_complete=False)
    return found


def check(ratings: Ratings, *, is_complete: bool) -> None:
    """Raise Invalid unless each level is one of the four and, if asked for, all are there."""
    problems: dict[str, Message] = {}
    for criterion in Criterion:
        rating = ratings.get(criterion)
        if rating is None:
            if is_complete:
                problems[level_field(criterion)] = UNCHOSEN
            continue
        if rating.level not in LEVELS:
            problems[level_field(criterion)] = UNCHOSEN
        if len(rating.note) > LONGEST_NOTE:
            problems[note_field(criterion)] = msg(
                "is longer than %(max_length)s characters", max_length=LONGEST_NOTE
            )
    if problems:
        why = msg("Please complete the rubric: whoever accepts a text says what it rests on.")
        raise Invalid(why if is_complete else msg("Please look at the rubric again."), problems)


def _number(text: str) -> int:
    """The level, or 0, which is none."""
    return int(text) if text in {str(level) for level in LEVELS} else 0
