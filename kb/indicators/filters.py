"""What is counted: when, where, about what and by whom. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from kb.core.errors import Invalid
from kb.core.messages import Message, msg
from kb.indicators.periods import FIRST_YEAR, LAST_YEAR, Period, quarter_of
from kb.vocabularies.catalogue import Vocabularies

# Parameter -> vocabulary that its values are from.
TERMS = {"country": "countries", "theme": "themes", "actor": "actor_types"}
DATES = ("from", "to")
# What a chart has room for.
MOST_YEARS = 10
QUARTERS_AT_FIRST = 8


@dataclass(frozen=True, slots=True)
class Filters:
    """A period, and terms of which any will do within a vocabulary; none narrows nothing."""

    period: Period
    terms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    # Made-up adoptions count in a demonstration, and nowhere else.
    with_made_up: bool = False

    @property
    def parameters(self) -> dict[str, list[str]]:
        """The same in an address."""
        return {
            "from": [self.period.first.isoformat()],
            "to": [self.period.last.isoformat()],
            **{name: list(codes) for name, codes in self.terms.items() if codes},
        }


def usual_period(today: date) -> Period:
    """The last two years, by whole quarters, until today."""
    first = quarter_of(today).later(1 - QUARTERS_AT_FIRST)
    return Period(first.period.first, today)


def parse_filters(
    parameters: Mapping[str, Sequence[str]],
    today: date,
    vocabularies: Vocabularies,
    *,
    with_made_up: bool = False,
) -> Filters:
    """The filters of an address or a command; raises Invalid, with a sentence for each mistake."""
    problems: dict[str, Message] = {}
    usual = usual_period(today)
    last = _day(parameters, "to", problems) or usual.last
    first = _day(parameters, "from", problems) or min(
        usual.first, quarter_of(last).later(1 - QUARTERS_AT_FIRST).period.first
    )
    if not problems and first > last:
        problems["to"] = msg("is before the first day")
    if not problems and last.year - first.year > MOST_YEARS:
        problems["from"] = msg("is more than ten years before the last day")
    terms = {}
    for name, vocabulary in TERMS.items():
        codes = tuple(dict.fromkeys(code for code in parameters.get(name, ()) if code))
        if any(vocabularies.term(vocabulary, code) is None for code in codes):
            problems[name] = msg("is not in the list")
        terms[name] = codes
    if problems:
        raise Invalid(msg("These figures cannot be made."), problems)
    return Filters(Period(first, last), terms, with_made_up)


def _day(
    parameters: Mapping[str, Sequence[str]], name: str, problems: dict[str, Message]
) -> date | None:
    written = [value.strip() for value in parameters.get(name, ()) if value.strip()]
    if not written:
        return None
    try:
        day = date.fromisoformat(written[0])
    except ValueError:
        day = None
    if day is None or len(written) > 1 or len(written[0]) != len("2026-03-31"):
        problems[name] = msg("is not a date like 2026-03-31")
        return None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        problems[name] = msg(
            "is not between %(first)s and %(last)s", first=FIRST_YEAR, last=LAST_YEAR
        )
        return None
    return day
