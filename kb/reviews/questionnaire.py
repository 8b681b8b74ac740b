"""The do-no-harm questions, and how answers to them are read. Pure: rules as data."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from kb.core.days import parse_day
from kb.core.errors import Invalid
from kb.core.messages import Message, msg
from kb.reviews.consent import CONSENT_TYPES

LONGEST = 2_000


class Answer(StrEnum):
    """What can be answered to each question."""

    YES = "yes"
    NO = "no"
    NOT_APPLICABLE = "na"


ANSWER_LABELS: dict[Answer, Message] = {
    Answer.YES: msg("Yes"),
    Answer.NO: msg("No"),
    Answer.NOT_APPLICABLE: msg("Not applicable"),
}


@dataclass(frozen=True, slots=True)
class Detail:
    """A further field of a question, asked for where the answer is yes."""

    key: str
    label: Message
    needed: bool = False
    choices: Mapping[str, Message] | None = None
    is_day: bool = False
    help: Message | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """A question; with some answers a note is needed: it says what was done about it."""

    key: str
    text: Message
    explain: frozenset[Answer]
    help: Message
    details: tuple[Detail, ...] = ()

    @property
    def field(self) -> str:
        """The name of its field in a form."""
        return f"q_{self.key}"

    @property
    def note_field(self) -> str:
        return f"q_{self.key}_note"

    def detail_field(self, detail: Detail) -> str:
        return f"q_{self.key}_{detail.key}"


RISK = frozenset({Answer.YES})
LACK = frozenset({Answer.NO})
_WHAT_WAS_DONE = msg("If yes: what was done about it?")
_TYPES = {str(code): words for code, words in CONSENT_TYPES.items()}
_EXPIRY_HELP = msg("The desk is told two months before. Leave it empty if it does not end.")
_CONTACT_HELP = msg("Only editors and do-no-harm reviewers ever read this.")
QUESTIONS: tuple[Question, ...] = (
    Question(
        "identified",
        msg("Can anyone be identified who did not agree to it?"),
        RISK,
        _WHAT_WAS_DONE,
    ),
    Question(
        "retaliation",
        msg("Could publication bring retaliation on a person, a family or a village?"),
        RISK,
        _WHAT_WAS_DONE,
    ),
    Question(
        "armed_groups",
        msg("Could an armed group use places, routes or times that the text tells?"),
        RISK,
        _WHAT_WAS_DONE,
    ),
    Question(
        "one_sided",
        msg("Does the text side with one party, or put a label on a community?"),
        RISK,
        _WHAT_WAS_DONE,
    ),
    Question(
        "children",
        msg("Are children concerned?"),
        RISK,
        msg("If yes: how are they protected?"),
    ),
    Question(
        "consent",
        msg("Is the consent of those concerned recorded?"),
        LACK,
        msg("If not: why can the text be published all the same?"),
        (
            Detail("type", msg("Type of consent"), needed=True, choices=_TYPES),
            Detail("scope", msg("What it covers")),
            Detail("date", msg("When it was given"), is_day=True),
            Detail("expiry", msg("When it ends"), is_day=True, help=_EXPIRY_HELP),
            Detail("contact", msg("Whom to tell when it is taken back"), help=_CONTACT_HELP),
        ),
    ),
    Question(
        "validated",
        msg("Was the text validated by people of the community?"),
        frozenset(),
        msg("Anything else about it"),
        (
            Detail("role", msg("By whom (their role, no name)"), needed=True),
            Detail("date", msg("When"), is_day=True),
            Detail("language", msg("In which language")),
        ),
    ),
    Question(
        "withheld",
        msg("Is anything withheld from the text?"),
        frozenset(),
        msg("Anything else about it"),
        (
            Detail("what", msg("What is withheld"), needed=True),
            Detail("why", msg("Why"), needed=True),
        ),
    ),
)
FIELDS: tuple[str, ...] = tuple(
    name
    for question in QUESTIONS
    for name in (
        question.field,
        question.note_field,
        *(question.detail_field(detail) for detail in question.details),
    )
)
Answers = dict[str, dict[str, str]]


def parse(form: Mapping[str, str]) -> Answers:
    """The answers of a form (`q_...` fields), or Invalid with a reason per field."""
    answers = {
        question.key: {
            "answer": form.get(question.field, ""),
            "note": form.get(question.note_field, "").strip(),
            **{
                detail.key: form.get(question.detail_field(detail), "").strip()
                for detail in question.details
            },
        }
        for question in QUESTIONS
    }
    check(answers)
    return answers


def without_contact(answers: Mapping[str, Any]) -> Mapping[str, Any]:
    """The answers as all of the desk reads them; the contact is for those who keep consents."""
    consent = {key: said for key, said in answers.get("consent", {}).items() if key != "contact"}
    return {**answers, "consent": consent} if consent else answers


def check(answers: Mapping[str, Any]) -> None:
    """Raise Invalid unless every question is answered as it asks to be."""
    problems: dict[str, Message] = {}
    for number, question in enumerate(QUESTIONS, start=1):
        given = answers.get(question.key)
        problems |= _problems(number, question, given if isinstance(given, Mapping) else {})
    if problems:
        raise Invalid(msg("Please answer every question."), problems)


def _problems(number: int, question: Question, given: Mapping[str, Any]) -> dict[str, Message]:
    answer = given.get("answer")
    if answer not in set(Answer):
        why = msg("Question %(number)s: please answer yes, no or not applicable.", number=number)
        return {question.field: why}
    problems: dict[str, Message] = {}
    note = str(given.get("note", ""))
    if answer in question.explain and not note:
        why = msg("Question %(number)s: please explain this answer.", number=number)
        problems[question.note_field] = why
    problems |= _too_long(number, question.note_field, note)
    for detail in question.details:
        value, name = str(given.get(detail.key, "")), question.detail_field(detail)
        lacks = answer == Answer.YES and detail.needed and not value
        if lacks or (value and detail.choices is not None and value not in detail.choices):
            why = msg("Question %(number)s: please complete this answer.", number=number)
            problems[name] = why
        if value and detail.is_day and parse_day(value) is None:
            problems[name] = msg(
                "Question %(number)s: please write the day as 31/12/2026 or 2026-12-31.",
                number=number,
            )
        problems |= _too_long(number, name, value)
    return problems


def _too_long(number: int, name: str, value: str) -> dict[str, Message]:
    if len(value) <= LONGEST:
        return {}
    why = msg(
        "Question %(number)s: this is longer than %(max_length)s characters.",
        number=number,
        max_length=LONGEST,
    )
    return {name: why}
