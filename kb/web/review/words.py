"""The desk's codes in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from kb.core.language import Locale
from kb.core.messages import Message, msg
from kb.practices.content import LocationPrecision, Visibility
from kb.practices.lifecycle import Action, Withdrawal
from kb.practices.template import BY_KEY
from kb.reviews.consent import CONSENT_TYPES, ConsentType, Standing
from kb.reviews.people import Capacity
from kb.reviews.rubric import LEVELS, RUBRIC, Criterion, Rated, level_field, note_field
from kb.reviews.rules import ANCHORS, Decision, Outcome
from kb.web.language import tell

Code = TypeVar("Code", bound=str)
DECISIONS: dict[Decision, Message] = {
    Decision.ACCEPT: msg("accept it as it is"),
    Decision.CHANGES: msg("ask for changes"),
    Decision.REJECT: msg("reject it"),
}
DECIDED: dict[Decision, Message] = {
    Decision.ACCEPT: msg("accepts it"),
    Decision.CHANGES: msg("asks for changes"),
    Decision.REJECT: msg("rejects it"),
}
OUTCOMES: dict[Outcome, Message] = {
    Outcome.PASS: msg("It may be published as it is."),
    Outcome.PASS_COARSENED: msg("It may be published with places told less exactly."),
    Outcome.MEMBERS_ONLY: msg("It may be published for members only."),
    Outcome.REFUSE: msg("It must not be published."),
}
PRECISIONS: dict[LocationPrecision, Message] = {
    LocationPrecision.COUNTRY: msg("by country only"),
    LocationPrecision.REGION: msg("by region at most"),
    LocationPrecision.COMMUNE: msg("by commune at most"),
}
VISIBILITIES: dict[Visibility, Message] = {
    Visibility.PUBLIC: msg("everybody"),
    Visibility.MEMBERS: msg("members only"),
    Visibility.RESTRICTED: msg("the desk, the authors and named readers only"),
}
WITHDRAWALS: dict[Withdrawal, Message] = {
    Withdrawal.SAFETY: msg("safety: nothing will tell that it ever was there"),
    Withdrawal.CONSENT: msg("consent was taken back"),
    Withdrawal.ERROR: msg("a serious error"),
    Withdrawal.OUTDATED: msg("out of date"),
    Withdrawal.RIGHTS: msg("rights of others"),
}
CONSENT_STANDINGS: dict[Standing, Message] = {
    Standing.WITHDRAWN: msg("consent taken back"),
    Standing.EXPIRED: msg("consent ended"),
    Standing.EXPIRING: msg("consent ends soon"),
    Standing.VALID: msg("consent holds"),
}
CAPACITIES: dict[Capacity, Message] = {
    Capacity.AUTHOR: msg("author"),
    Capacity.REVIEWER: msg("reviewer"),
    Capacity.SAFEGUARD: msg("do-no-harm reviewer"),
    Capacity.EDITOR: msg("editor"),
    Capacity.OPERATOR: msg("command line"),
}
# What the desk does with a button of its own, in the words of the button.
ACTIONS: dict[Action, Message] = {
    Action.APPROVE: msg("Approve"),
    Action.PUBLISH: msg("Publish"),
    Action.REOPEN: msg("Reopen the review"),
    Action.RESTORE: msg("Publish it again"),
    Action.REQUEST_CHANGES: msg("Ask the authors for changes"),
    Action.REJECT: msg("Reject"),
    Action.ARCHIVE: msg("Archive"),
    Action.WITHDRAW: msg("Withdraw"),
}
_ANCHORS: dict[str, Message] = {
    "title": msg("Title"),
    "summary": msg("Summary"),
    "sources": msg("Sources"),
}


def anchor(key: str, locale: Locale) -> str:
    """The part of the text that a comment is about."""
    return BY_KEY[key].heading[locale] if key in BY_KEY else tell(_ANCHORS[key])


def anchors(locale: Locale) -> list[tuple[str, str]]:
    """What a comment can be about, for a list to choose from."""
    return [(key, anchor(key, locale)) for key in ANCHORS]


@dataclass(frozen=True, slots=True)
class RubricLine:
    """A line of a filled rubric in words."""

    label: str
    level: str
    meaning: str
    note: str


def rubric_lines(ratings: Iterable[Rated]) -> tuple[RubricLine, ...]:
    """The filled rubric in words; no sum and no mean is made of it."""
    return tuple(
        RubricLine(
            label=tell(RUBRIC[each.criterion].label),
            level=tell(msg("%(level)s of 4", level=each.level)),
            meaning=tell(RUBRIC[each.criterion].levels[each.level - 1]),
            note=each.note,
        )
        for each in ratings
    )


@dataclass(frozen=True, slots=True)
class RubricField:
    """A criterion of the form."""

    level_field: str
    note_field: str
    legend: str
    label: str
    choices: list[tuple[str, str]]


def rubric_fields() -> list[RubricField]:
    """The rubric as a form asks for it."""
    return [_rubric_field(criterion) for criterion in Criterion]


def _rubric_field(criterion: Criterion) -> RubricField:
    described = RUBRIC[criterion]
    label, question = tell(described.label), tell(described.question)
    meanings = zip(LEVELS, described.levels, strict=True)
    return RubricField(
        level_field=level_field(criterion),
        note_field=note_field(criterion),
        legend=f"{label} – {question}",
        label=label,
        choices=[(str(level), f"{level} – {tell(meaning)}") for level, meaning in meanings],
    )


def consent_type(code: str) -> str:
    """How those concerned agreed."""
    return tell(CONSENT_TYPES[ConsentType(code)])


def choices(words: Mapping[Code, Message]) -> list[tuple[str, str]]:
    """Codes with their words in the language of the page."""
    return [(str(code), tell(message)) for code, message in words.items()]
