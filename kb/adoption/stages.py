"""How far an adoption has come: one table that everything else reads. Pure."""

from datetime import date
from enum import StrEnum

from kb.core.errors import Conflict
from kb.core.messages import Message, msg


class Stage(StrEnum):
    """How far somebody is with using a practice."""

    INTENT = "intent"
    TRIAL = "trial"
    ADOPTED = "adopted"
    INSTITUTIONALISED = "institutionalised"
    ABANDONED = "abandoned"


TRANSITIONS: dict[Stage, tuple[Stage, ...]] = {
    Stage.INTENT: (Stage.TRIAL, Stage.ADOPTED, Stage.ABANDONED),
    Stage.TRIAL: (Stage.ADOPTED, Stage.ABANDONED),
    Stage.ADOPTED: (Stage.INSTITUTIONALISED, Stage.ABANDONED),
    Stage.INSTITUTIONALISED: (Stage.ABANDONED,),
    Stage.ABANDONED: (),
}
# Whoever writes it down late may begin with what is true by then.
FIRST = tuple(stage for stage in Stage if stage is not Stage.ABANDONED)
# From the first of these on, it is asked what came of it.
IN_USE = frozenset({Stage.TRIAL, Stage.ADOPTED, Stage.INSTITUTIONALISED})
# What counts as adopted where somebody counts.
TAKEN_UP = frozenset({Stage.ADOPTED, Stage.INSTITUTIONALISED})
FOLLOW_UP_MONTHS = (3, 6, 12)
LOWEST_RATING, HIGHEST_RATING = 1, 4

STAGE_LABELS: dict[Stage, Message] = {
    Stage.INTENT: msg("intended"),
    Stage.TRIAL: msg("on trial"),
    Stage.ADOPTED: msg("adopted"),
    Stage.INSTITUTIONALISED: msg("part of the rules"),
    Stage.ABANDONED: msg("given up"),
}
_DECEMBER = 12


def advance(stage: Stage, wanted: Stage) -> Stage:
    """The wanted stage; raises Conflict where the table has no such step."""
    if wanted not in TRANSITIONS[stage]:
        raise Conflict(msg("An adoption at this stage cannot go to that one."))
    return wanted


def months_later(day: date, months: int) -> date:
    """The same day so many months later, or the last day of a month that is too short."""
    year, month = divmod(day.month - 1 + months, _DECEMBER)
    year, month = day.year + year, month + 1
    after = date(year + month // _DECEMBER, month % _DECEMBER + 1, 1)
    last = date.fromordinal(after.toordinal() - 1).day
    return date(year, month, min(day.day, last))
