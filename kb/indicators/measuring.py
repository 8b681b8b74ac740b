"""Every indicator for a choice of filters: its number and what it is made of."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from statistics import median

from sqlalchemy import Subquery, select
from sqlalchemy.orm import Session

from kb.adoption.stages import Stage
from kb.indicators import entries, register
from kb.indicators.calendar import Seconds
from kb.indicators.definitions import BY_KEY, COVERING, INDICATORS, LED_BY, Indicator, Key
from kb.indicators.filters import Filters
from kb.indicators.periods import Quarter, quarter_of
from kb.vocabularies.catalogue import Vocabularies

SECONDS_OF_A_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Measured:
    """An indicator's number. `parts` are counts by code: of a term, a quarter or a kind.

    Of days, the numerator is the median and the denominator how many were waited for.
    """

    indicator: Indicator
    numerator: float
    denominator: int | None = None
    parts: Mapping[str, int] = field(default_factory=dict)

    @property
    def percent(self) -> int | None:
        """The share; None where there is nothing to take it of."""
        return round(100 * self.numerator / self.denominator) if self.denominator else None


@dataclass(frozen=True, slots=True)
class Measures:
    """All indicators, and the adoptions by kind of organisation and stage."""

    filters: Filters
    by_key: Mapping[Key, Measured]
    readable: int
    stages: Mapping[str, Mapping[Stage, int]]

    def __getitem__(self, key: Key) -> Measured:
        return self.by_key[key]

    @property
    def quarters(self) -> tuple[Quarter, ...]:
        return self.filters.period.quarters()

    def listed(self) -> tuple[Measured, ...]:
        """In the order of the definitions."""
        return tuple(self.by_key[indicator.key] for indicator in INDICATORS)


def measure(session: Session, filters: Filters, vocabularies: Vocabularies) -> Measures:
    """Count everything."""
    found, readable = _over_time(session, filters)
    found |= _coverage(session, entries.standing(filters), readable, vocabularies)
    found[Key.DECISION] = _days_to_decision(session, filters)
    stages = _add_adoptions(session, filters, readable, found)
    for key, rows, done in (
        (Key.FOLLOW_UPS, register.follow_ups(filters), "in_time"),
        (Key.RECALLS, register.recalls(filters), "known"),
    ):
        total, of_them = session.execute(register.counted(rows, done)).one()
        found[key] = Measured(BY_KEY[key], of_them, total)
    return Measures(filters, found, readable, stages)


def _over_time(session: Session, filters: Filters) -> tuple[dict[Key, Measured], int]:
    """What has a number for each quarter that the period touches, and how much can be read."""
    keys = (Key.IDENTIFIED, Key.SUBMITTED, Key.PUBLISHED)
    none = {quarter.name: 0 for quarter in filters.period.quarters()}
    parts = {key: dict(none) for key in keys}
    readable = 0
    for *months, is_standing, many in session.execute(entries.months_and_standing(filters)):
        for key, month in zip(keys, months, strict=True):
            if month is not None:
                parts[key][quarter_of(date.fromisoformat(f"{month}-01")).name] += many
        readable += many * is_standing
    recorded = session.execute(register.recorded_by_quarter(filters))
    parts[Key.RECORDED] = {row.name: row.number for row in recorded}
    return {
        key: Measured(BY_KEY[key], sum(counts.values()), parts=counts)
        for key, counts in parts.items()
    }, readable


def _coverage(
    session: Session, standing: Subquery, readable: int, vocabularies: Vocabularies
) -> dict[Key, Measured]:
    counts: dict[str, dict[str, int]] = {facet: {} for facet in entries.FACETS}
    for facet, code, many in session.execute(entries.tag_counts(standing)):
        counts[facet][code] = many
    found = {}
    for key, (facet, vocabulary) in COVERING.items():
        listed = vocabularies.by_name.get(vocabulary)
        terms = len(listed.terms) if listed else 0
        found[key] = Measured(BY_KEY[key], len(counts[facet]), terms, counts[facet])
    for key, code in LED_BY.items():
        found[key] = Measured(BY_KEY[key], counts["actor"].get(code, 0), readable)
    return found


def _days_to_decision(session: Session, filters: Filters) -> Measured:
    rows = entries.decided(filters)
    seconds = session.scalars(select(Seconds(rows.c.submitted_at, rows.c.at)))
    waited = [each / SECONDS_OF_A_DAY for each in seconds]
    middle = round(median(waited), 1) if waited else 0
    return Measured(BY_KEY[Key.DECISION], middle, len(waited))


def days_between(earlier: datetime, later: datetime) -> float:
    """Days and parts of days."""
    return (later - earlier).total_seconds() / SECONDS_OF_A_DAY


def _add_adoptions(
    session: Session, filters: Filters, readable: int, found: dict[Key, Measured]
) -> Mapping[str, Mapping[Stage, int]]:
    stages: dict[str, Counter[Stage]] = {}
    women = youth = adopted = 0
    for query in (register.stage_sums(filters), register.moved_sums(filters)):
        for kind, stage, many, led_by_women, led_by_youth in session.execute(query):
            if kind is None:
                adopted = many
                continue
            stages.setdefault(kind.value, Counter())[stage] += many
            if stage is not Stage.ABANDONED:
                women, youth = women + led_by_women, youth + led_by_youth
    parts = {kind: counts.total() for kind, counts in stages.items()}
    total = sum(parts.values())
    going = total - sum(counts[Stage.ABANDONED] for counts in stages.values())
    found[Key.STAGES] = Measured(BY_KEY[Key.STAGES], total, parts=parts)
    found[Key.ADOPTED] = Measured(BY_KEY[Key.ADOPTED], adopted, readable)
    found[Key.WOMEN_ADOPTIONS] = Measured(BY_KEY[Key.WOMEN_ADOPTIONS], women, going)
    found[Key.YOUTH_ADOPTIONS] = Measured(BY_KEY[Key.YOUTH_ADOPTIONS], youth, going)
    return stages


def quarters_and_counts(
    measures: Measures, keys: Sequence[Key]
) -> list[tuple[Quarter, tuple[int, ...]]]:
    """Some indicators side by side, a line for each quarter."""
    return [
        (quarter, tuple(measures[key].parts[quarter.name] for key in keys))
        for quarter in measures.quarters
    ]
