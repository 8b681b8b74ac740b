"""Every indicator for a choice of filters: its number and what it is made of."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import Any

from sqlalchemy import Select, Subquery, case, func, literal, select
from sqlalchemy.orm import Session

from kb.adoption.stages import Stage
from kb.indicators import entries, register
from kb.indicators.definitions import BY_KEY, COVERING, INDICATORS, LED_BY, Indicator, Key
from kb.indicators.filters import Filters
from kb.indicators.periods import Quarter
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
    found: dict[Key, Measured] = {}
    for key, rows in (
        (Key.IDENTIFIED, entries.identified(filters)),
        (Key.SUBMITTED, entries.submitted(filters)),
        (Key.PUBLISHED, entries.published(filters)),
        (Key.RECORDED, register.recorded(filters)),
    ):
        parts = _by_quarter(session, rows, filters)
        found[key] = Measured(BY_KEY[key], sum(parts.values()), parts=parts)
    standing = entries.standing(filters)
    readable = _count(session, standing)
    found |= _coverage(session, standing, readable, vocabularies)
    found[Key.DECISION] = _days_to_decision(session, filters)
    stages = _add_adoptions(session, filters, readable, found)
    for key, rows, done in (
        (Key.FOLLOW_UPS, register.follow_ups(filters), "in_time"),
        (Key.RECALLS, register.recalls(filters), "known"),
    ):
        total, of_them = session.execute(register.counted(rows, done)).one()
        found[key] = Measured(BY_KEY[key], of_them, total)
    return Measures(filters, found, readable, stages)


def adoptions_at_the_end(session: Session, filters: Filters) -> Subquery:
    """The adoptions by the end of the period, in the way that takes the least time."""
    newest = session.scalar(register.latest_stage_day())
    return register.at_the_end(
        filters, moved_on=newest is not None and newest > filters.period.last
    )


def _count(session: Session, rows: Subquery) -> int:
    return session.scalar(select(func.count()).select_from(rows)) or 0


def _by_quarter(session: Session, rows: Subquery, filters: Filters) -> dict[str, int]:
    """How many rows there are in each quarter that the period touches."""
    quarters = filters.period.quarters()
    begins = [(rows.c.at < q.period.end, literal(number)) for number, q in enumerate(quarters)]
    number = case(*begins).label("number")
    query: Select[Any] = (
        select(number, func.count().label("rows")).select_from(rows).group_by(number)
    )
    counts = {row.number: row.rows for row in session.execute(query)}
    return {quarter.name: counts.get(at, 0) for at, quarter in enumerate(quarters)}


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
    waited = [
        days_between(asked, answered)
        for asked, answered in session.execute(select(rows.c.submitted_at, rows.c.at))
    ]
    middle = round(median(waited), 1) if waited else 0
    return Measured(BY_KEY[Key.DECISION], middle, len(waited))


def days_between(earlier: datetime, later: datetime) -> float:
    """Days and parts of days."""
    return (later - earlier).total_seconds() / SECONDS_OF_A_DAY


def _add_adoptions(
    session: Session, filters: Filters, readable: int, found: dict[Key, Measured]
) -> Mapping[str, Mapping[Stage, int]]:
    rows = adoptions_at_the_end(session, filters)
    groups = [tuple(row) for row in session.execute(register.stage_counts(rows))]
    stages: dict[str, Counter[Stage]] = {}
    for kind, stage, _, _, many in groups:
        stages.setdefault(str(kind.value), Counter())[stage] += many
    found[Key.STAGES] = Measured(
        BY_KEY[Key.STAGES],
        sum(group[-1] for group in groups),
        parts={kind: counts.total() for kind, counts in stages.items()},
    )
    adopted = _count(session, register.taken_up(rows))
    found[Key.ADOPTED] = Measured(BY_KEY[Key.ADOPTED], adopted, readable)
    going = [group for group in groups if group[1] is not Stage.ABANDONED]
    for key, at in ((Key.WOMEN_ADOPTIONS, 2), (Key.YOUTH_ADOPTIONS, 3)):
        led = sum(group[-1] for group in going if group[at] == register.Led.YES)
        found[key] = Measured(BY_KEY[key], led, sum(group[-1] for group in going))
    return stages


def quarters_and_counts(
    measures: Measures, keys: Sequence[Key]
) -> list[tuple[Quarter, tuple[int, ...]]]:
    """Some indicators side by side, a line for each quarter."""
    return [
        (quarter, tuple(measures[key].parts[quarter.name] for key in keys))
        for quarter in measures.quarters
    ]
