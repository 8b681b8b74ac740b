"""What somebody wrote about an adoption or a follow-up, made into facts or refused. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kb.adoption.lint import refuse, text_problem, text_problems
from kb.adoption.stages import FIRST, HIGHEST_RATING, LOWEST_RATING, Stage
from kb.core.days import parse_day
from kb.core.messages import Message, msg

DIGITS = 6
# The register is about what is done now: nothing in it is older than this.
EARLIEST = date(1990, 1, 1)
LONGEST_PLACE = 200
YES, NO = "yes", "no"
_NUMBER = msg("Write a whole number, 0 or more.")
_WHICH_DAY = msg("Write the day as 31/12/2026 or 2026-12-31.")
_MORE_THAN_ALL = msg("This is more than all who take part.")


class Shown(StrEnum):
    """Whether an adoption is only counted, or the organisation may be named, too."""

    AGGREGATE = "aggregate"
    ORGANISATION = "organisation"


class Led(StrEnum):
    """Whether women, or young people, lead what is done."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Written:
    """An adoption as it is typed; everything is a text, and most may be left empty."""

    stage: str = ""
    reached_on: str = ""
    region: str = ""
    place: str = ""
    people_involved: str = ""
    women_involved: str = ""
    youth_involved: str = ""
    women_led: str = ""
    youth_led: str = ""
    women_leaders: str = ""
    youth_leaders: str = ""
    roles: str = ""
    adaptations: str = ""
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """An adoption that can be kept."""

    stage: Stage
    reached_on: date
    region: str | None
    place: str
    people_involved: int | None
    women_involved: int | None
    youth_involved: int | None
    women_led: Led
    youth_led: Led
    women_leaders: int | None
    youth_leaders: int | None
    roles: str
    adaptations: str
    shown: Shown


@dataclass(frozen=True, slots=True)
class WrittenFollowUp:
    """The answers of a follow-up as they are typed."""

    done_on: str = ""
    what_changed: str = ""
    evidence: str = ""
    unintended: str = ""
    rating: str = ""
    still_in_use: str = ""


@dataclass(frozen=True, slots=True)
class FollowUpFacts:
    """A follow-up that can be kept."""

    done_on: date
    what_changed: str
    evidence: str
    unintended: str
    rating: int
    still_in_use: bool


def read(written: Written, today: date, regions: Mapping[str, str]) -> Facts:
    """The facts, with `regions` (code by code) to choose the place from; raises Invalid."""
    problems: dict[str, Message] = {}
    if written.stage not in FIRST:
        problems["stage"] = msg("Choose how far you are.")
    day, problem = read_day(written.reached_on, today)
    if problem is not None:
        problems["reached_on"] = problem
    if written.region and written.region not in regions:
        problems["region"] = msg("Choose a region from the list.")
    if written.shown not in set(Shown):
        problems["shown"] = msg("Choose who may see it.")
    counts = _counts(written, problems)
    problems |= _texts(written)
    refuse(problems)
    return Facts(
        stage=Stage(written.stage),
        reached_on=day,
        region=written.region or None,
        place=written.place,
        people_involved=counts["people_involved"],
        women_involved=counts["women_involved"],
        youth_involved=counts["youth_involved"],
        women_led=Led(written.women_led or Led.UNKNOWN),
        youth_led=Led(written.youth_led or Led.UNKNOWN),
        women_leaders=counts["women_leaders"],
        youth_leaders=counts["youth_leaders"],
        roles=written.roles,
        adaptations=written.adaptations,
        shown=Shown(written.shown),
    )


def read_follow_up(written: WrittenFollowUp, today: date, since: date) -> FollowUpFacts:
    """The answers, given on a day after `since`, the day the use began; raises Invalid."""
    problems = text_problems(
        {name: getattr(written, name) for name in ("what_changed", "evidence", "unintended")}
    )
    if not written.what_changed:
        problems["what_changed"] = msg("Write what changed, even if it is nothing.")
    day, problem = read_day(written.done_on, today, since)
    if problem is not None:
        problems["done_on"] = problem
    marks = {str(mark) for mark in range(LOWEST_RATING, HIGHEST_RATING + 1)}
    if written.rating not in marks:
        problems["rating"] = msg("Choose how well it works.")
    if written.still_in_use not in {YES, NO}:
        problems["still_in_use"] = msg("Say whether it is still in use.")
    refuse(problems)
    return FollowUpFacts(
        done_on=day,
        what_changed=written.what_changed,
        evidence=written.evidence,
        unintended=written.unintended,
        rating=int(written.rating),
        still_in_use=written.still_in_use == YES,
    )


def read_day(text: str, today: date, since: date = EARLIEST) -> tuple[date, Message | None]:
    """A day that has come, not before `since`; or the problem with it."""
    day = parse_day(text)
    if day is None:
        return EARLIEST, _WHICH_DAY
    if day > today:
        return day, msg("This day is still to come.")
    if day < since:
        return day, msg("This is too early: it cannot be before %(day)s.", day=since.isoformat())
    return day, None


def read_number(text: str) -> tuple[int | None, Message | None]:
    """A whole number from 0 on, nothing for nothing; or the problem with it."""
    if not text:
        return None, None
    if not (text.isascii() and text.isdigit() and len(text) <= DIGITS):
        return None, _NUMBER
    return int(text), None


def _counts(written: Written, problems: dict[str, Message]) -> dict[str, int | None]:
    found: dict[str, int | None] = {}
    for name in ("people_involved", "women_involved", "youth_involved"):
        found[name], problem = read_number(getattr(written, name))
        if problem is not None:
            problems[name] = problem
        elif _is_more(found[name], found["people_involved"]):
            problems[name] = _MORE_THAN_ALL
    for group in ("women", "youth"):
        found[f"{group}_leaders"] = _leaders(written, group, found, problems)
    return found


def _leaders(
    written: Written,
    group: str,
    counts: Mapping[str, int | None],
    problems: dict[str, Message],
) -> int | None:
    led, name = getattr(written, f"{group}_led"), f"{group}_leaders"
    if led not in {"", *Led}:
        problems[f"{group}_led"] = msg("Choose one of the answers.")
    number, problem = read_number(getattr(written, name))
    if problem is None and number and led != Led.YES:
        problem = msg("There is a number of leaders, but the answer is not yes.")
    if problem is None and _is_more(number, counts[f"{group}_involved"]):
        problem = msg("There are more leaders than people of this group.")
    if problem is not None:
        problems[name] = problem
    return number or None


def _is_more(part: int | None, whole: int | None) -> bool:
    return part is not None and whole is not None and part > whole


def _texts(written: Written) -> dict[str, Message]:
    problems = text_problems({name: getattr(written, name) for name in ("roles", "adaptations")})
    place = text_problem(written.place)
    if place is not None:
        problems["place"] = place
    elif len(written.place) > LONGEST_PLACE:
        problems["place"] = msg(
            "is longer than %(max_length)s characters", max_length=LONGEST_PLACE
        )
    return problems
