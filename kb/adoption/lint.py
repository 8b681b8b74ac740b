"""Free texts of the register: what may identify somebody is refused, passage by passage. Pure."""

from collections.abc import Mapping

from kb.core.errors import Invalid
from kb.core.messages import Message, msg
from kb.practices.safety import Danger, look

LONGEST_TEXT = 2_000
_TOO_LONG = msg("is longer than %(max_length)s characters", max_length=LONGEST_TEXT)


def text_problem(text: str) -> Message | None:
    """Why this text cannot be kept, if it cannot; the first dangerous passage is named."""
    if len(text) > LONGEST_TEXT:
        return _TOO_LONG
    found = look(text)
    return _sentence(found[0].danger, found[0].text) if found else None


def text_problems(texts: Mapping[str, str]) -> dict[str, Message]:
    """The problems of several texts by field."""
    found = {field: text_problem(text) for field, text in texts.items()}
    return {field: why for field, why in found.items() if why is not None}


def refuse(problems: Mapping[str, Message]) -> None:
    """Raise Invalid if there is any problem."""
    if problems:
        raise Invalid(msg("Something is missing or not right."), problems)


def _sentence(danger: Danger, passage: str) -> Message:
    if danger is Danger.PHONE:
        return msg("“%(passage)s” looks like a phone number: leave it out.", passage=passage)
    if danger is Danger.EMAIL:
        return msg("“%(passage)s” looks like an e-mail address: leave it out.", passage=passage)
    if danger is Danger.COORDINATES:
        return msg(
            "“%(passage)s” looks like an exact position: name the region only.", passage=passage
        )
    if danger is Danger.ID_NUMBER:
        return msg(
            "“%(passage)s” looks like the number of a person or vehicle: leave it out.",
            passage=passage,
        )
    if danger is Danger.DATED_PLACE:
        return msg(
            "“%(passage)s” tells who was where on which day: write the month or the year.",
            passage=passage,
        )
    return msg("“%(passage)s” looks like a name: write the person's role only.", passage=passage)
