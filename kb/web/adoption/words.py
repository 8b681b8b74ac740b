"""The register's codes in words."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from kb.adoption.models import Recall, RecallKind
from kb.adoption.stages import STAGE_LABELS, Stage
from kb.adoption.transfer import ANSWER_LABELS, Answer
from kb.adoption.written import NO, YES, Led, Shown
from kb.core.messages import Message, msg
from kb.practices.lifecycle import Withdrawal
from kb.practices.tombstones import TOMBSTONES
from kb.web.language import tell

Code = TypeVar("Code", bound=str)
STAGES: dict[Stage, Message] = {
    Stage.INTENT: msg("We intend to use it"),
    Stage.TRIAL: msg("We are trying it out"),
    Stage.ADOPTED: msg("We use it"),
    Stage.INSTITUTIONALISED: msg("It has become one of our rules"),
    Stage.ABANDONED: msg("We have given it up"),
}
SHOWN: dict[Shown, Message] = {
    Shown.AGGREGATE: msg("Only counted, never named"),
    Shown.ORGANISATION: msg("Our organisation may be named"),
}
LED: dict[Led, Message] = {
    Led.YES: msg("yes"),
    Led.NO: msg("no"),
    Led.UNKNOWN: msg("not known"),
}
RATINGS: dict[str, Message] = {
    "1": msg("it does not work"),
    "2": msg("it works a little"),
    "3": msg("it works"),
    "4": msg("it works very well"),
}
YES_NO: dict[str, Message] = {YES: msg("yes"), NO: msg("no")}
ANSWERS: Mapping[str, Mapping[Answer, Message]] = ANSWER_LABELS
LABELS: Mapping[Stage, Message] = STAGE_LABELS
RECALLS: dict[RecallKind, Message] = {
    RecallKind.CORRECTED: msg("The practice was corrected: a new revision is published."),
    RecallKind.RESTRICTED: msg("The practice was restricted: fewer people may read it now."),
    RecallKind.WITHDRAWN: msg("The practice was withdrawn."),
    RecallKind.ARCHIVED: msg("The practice was archived: it is not recommended any more."),
}
# To those who use it, unlike to a visitor, the danger must be told.
SAFETY = msg(
    "Withdrawn for the safety of people. Stop using it, do not pass it on, and destroy the copies "
    "that you have."
)
NARROWER = msg("Do not pass on the copies that you have.")


def choices(labels: Mapping[Code, Message], only: Iterable[Code] = ()) -> list[tuple[Code, str]]:
    """Codes and words of a field, all of them or some."""
    wanted = tuple(only) or tuple(labels)
    return [(code, tell(labels[code])) for code in wanted]


def reason_of(recall: Recall) -> Message | None:
    """The kind of reason, as those who use the practice are told it."""
    if recall.kind is RecallKind.RESTRICTED:
        return NARROWER
    if recall.reason is Withdrawal.SAFETY:
        return SAFETY
    return TOMBSTONES.get(recall.reason) if recall.reason is not None else None
