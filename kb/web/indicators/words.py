"""Names of what the figures are split by, in the reader's language."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from flask_babel import format_decimal

from kb.accounts.models import OrganisationType
from kb.adoption.models import RecallKind
from kb.adoption.stages import STAGE_LABELS
from kb.adoption.written import Led
from kb.core.language import Locale
from kb.core.messages import Message, msg
from kb.events.types import EventType
from kb.indicators.definitions import COVERING, Key, Unit
from kb.indicators.measuring import Measured
from kb.indicators.periods import Quarter
from kb.vocabularies.catalogue import Vocabularies
from kb.web.dates import date_words
from kb.web.language import tell

LED_LABELS: dict[Led, Message] = {
    Led.YES: msg("they lead"),
    Led.NO: msg("they do not lead"),
    Led.UNKNOWN: msg("not told"),
}
DECISION_LABELS: dict[EventType, Message] = {
    EventType.PRACTICE_APPROVE: msg("approved"),
    EventType.PRACTICE_REQUEST_CHANGES: msg("changes requested"),
    EventType.PRACTICE_REJECT: msg("rejected"),
}
RECALL_LABELS: dict[RecallKind, Message] = {
    RecallKind.CORRECTED: msg("corrected"),
    RecallKind.RESTRICTED: msg("restricted"),
    RecallKind.WITHDRAWN: msg("withdrawn"),
    RecallKind.ARCHIVED: msg("archived"),
}
COLUMN_LABELS: dict[str, Message] = {
    "practice": msg("Practice"),
    "at": msg("On"),
    "submitted_at": msg("Submitted on"),
    "type": msg("Decision"),
    "days": msg("Days"),
    "adoptions": msg("Adoptions"),
    "organisation": msg("Organisation"),
    "kind_of": msg("Kind of organisation"),
    "country": msg("Country"),
    "stage": msg("Stage"),
    "month": msg("After how many months"),
    "due_on": msg("Due on"),
    "done_on": msg("Done on"),
    "kind": msg("What happened"),
    "acknowledged_at": msg("Acknowledged on"),
}


def quarter_name(quarter: Quarter) -> str:
    """As readers write it: "3rd quarter of 2026" is longer and says no more."""
    return tell(msg("Q%(number)s %(year)s", number=quarter.number, year=quarter.year))


def number_of(measured: Measured) -> str:
    """The number with what it is a number of."""
    first = str(format_decimal(measured.numerator))
    if measured.indicator.unit is Unit.COUNT:
        return first
    if not measured.denominator:
        return "–"
    whole = format_decimal(measured.denominator)
    if measured.indicator.unit is Unit.DAYS:
        return tell(msg("%(days)s days (of %(number)s)", days=first, number=whole))
    if measured.indicator.key in COVERING:
        return tell(msg("%(part)s of %(whole)s", part=first, whole=whole))
    share = tell(msg("%(share)s%%", share=measured.percent))
    return tell(msg("%(part)s of %(whole)s (%(share)s)", part=first, whole=whole, share=share))


class Names:
    """Labels of codes and cells of tables."""

    def __init__(self, vocabularies: Vocabularies, locale: Locale) -> None:
        self._vocabularies = vocabularies
        self._locale = locale

    def term(self, vocabulary: str, code: str) -> str:
        return self._vocabularies.label(vocabulary, code, self._locale)

    def organisation_type(self, code: str) -> str:
        return self.term("organisation_types", code)

    def has_part(self, key: Key, code: str) -> bool:
        """Whether rows of such a part of an indicator can be asked for."""
        if key in COVERING:
            return self._vocabularies.term(COVERING[key][1], code) is not None
        return key is Key.STAGES and code in set(OrganisationType)

    def part(self, key: Key, code: str) -> str:
        """The name of a part of an indicator that rows can be asked for."""
        if key in COVERING:
            return self.term(COVERING[key][1], code)
        return self.organisation_type(code)

    def cell(self, column: str, value: Any) -> str:  # noqa: ANN401 - whatever a row tells
        """A fact of a row in words."""
        if value is None:
            return "–"
        if column in self._told:
            return self._told[column](value)
        if isinstance(value, date | datetime):
            return date_words(value)
        return format_decimal(value) if isinstance(value, int | float) else str(value)

    @property
    def _told(self) -> Mapping[str, Callable[[Any], str]]:
        return {
            "type": lambda kind: tell(DECISION_LABELS[EventType(kind)]),
            "kind": lambda kind: tell(RECALL_LABELS[kind]),
            "stage": lambda stage: tell(STAGE_LABELS[stage]),
            "kind_of": lambda kind: self.organisation_type(kind.value),
            "country": lambda code: self.term("countries", code),
        }
