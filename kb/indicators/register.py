"""The adoptions, follow-ups and recalls that are counted, as queries like those of the entries."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    CompoundSelect,
    Integer,
    Label,
    Select,
    String,
    Subquery,
    case,
    cast,
    column,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    union,
    union_all,
    values,
)
from sqlalchemy.orm import InstrumentedAttribute

from kb.accounts.models import Organisation
from kb.adoption.models import Adoption, AdoptionStage, FollowUp, Recall
from kb.adoption.stages import TAKEN_UP, Stage
from kb.adoption.written import Led
from kb.indicators.calendar import Deadline
from kb.indicators.definitions import DAYS_OF_GRACE
from kb.indicators.entries import histories, tagged, within
from kb.indicators.filters import Filters
from kb.practices.models import Practice, Revision

_Column = ColumnElement[Any] | InstrumentedAttribute[Any]


def recorded(filters: Filters) -> Subquery:
    """Adoptions told of in the period."""
    return (
        select(Adoption.id, Adoption.recorded_at.label("at"))
        .where(within(Adoption.recorded_at, filters.period), *_of(filters))
        .subquery()
    )


def recorded_by_quarter(filters: Filters) -> Select[str, int]:
    """How many of them in each quarter: a stretch of an index each, which needs no sorting."""
    period = filters.period
    quarter = (
        values(
            column("name", String),
            column("start", Adoption.recorded_at.type),
            column("stop", Adoption.recorded_at.type),
        )
        .data(
            [
                (each.name, max(each.period.start, period.start), min(each.period.end, period.end))
                for each in period.quarters()
            ]
        )
        .cte("quarters")
    )
    number = (
        select(func.count())
        .select_from(Adoption)
        .where(
            Adoption.recorded_at >= quarter.c.start,
            Adoption.recorded_at < quarter.c.stop,
            *_of(filters),
        )
        .correlate(quarter)
        .scalar_subquery()
    )
    return select(quarter.c.name, number.label("number"))


def at_the_end(filters: Filters) -> Subquery:
    """Adoptions begun by the end of the period, at the stage they had reached then."""
    return union_all(still(filters), moved_on(filters)).subquery()


def still(filters: Filters) -> Select[*tuple[Any, ...]]:
    """Those of them that have stayed at that stage since."""
    return select(Adoption.id, Adoption.stage.label("stage"), *_COLUMNS).where(
        Adoption.stage_on <= filters.period.last, *_of(filters)
    )


def moved_on(filters: Filters) -> Select[*tuple[Any, ...]]:
    """Those of them that have gone on since."""
    rows = _looked_up(filters)
    return select(rows).where(rows.c.stage.is_not(None))


def _looked_up(filters: Filters) -> CTE:
    """Adoptions that have gone on since, at the stage they had then; None of those begun since."""
    then = (
        select(AdoptionStage.stage)
        .where(AdoptionStage.adoption_id == Adoption.id)
        .where(AdoptionStage.reached_on <= filters.period.last)
        .order_by(AdoptionStage.reached_on.desc(), AdoptionStage.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(Adoption.id, then.label("stage"), *_COLUMNS)
        .where(Adoption.stage_on > filters.period.last, *_of(filters))
        .cte("looked_up")
        # Else what is looked up for a condition is looked up again for the result.
        .prefix_with("MATERIALIZED")
    )


_COLUMNS = (
    Adoption.organisation_id,
    Adoption.practice_id,
    Adoption.women_led,
    Adoption.youth_led,
)


def stage_sums(filters: Filters) -> Select[*tuple[Any, ...]]:
    """Of those that stayed, for each kind of organisation and stage: how many, and led by whom.

    First for each organisation, in the order of an index: to sort all rows for GROUP BY would
    take most of the time there is.
    """
    rows = (
        select(
            Adoption.organisation_id,
            Adoption.stage,
            *_sums(Adoption.women_led, Adoption.youth_led),
        )
        .where(Adoption.stage_on <= filters.period.last, *_of(filters))
        .group_by(Adoption.organisation_id, Adoption.stage)
        .subquery()
    )
    sums = (cast(func.sum(rows.c[name]), Integer) for name in _SUMS)
    return (
        select(Organisation.type, rows.c.stage, *sums)
        .join(rows, rows.c.organisation_id == Organisation.id)
        .group_by(Organisation.type, rows.c.stage)
    )


def moved_sums(filters: Filters) -> CompoundSelect[*tuple[Any, ...]]:
    """The same of those that have gone on since, so that each is looked up once.

    The line without a kind is the number of practices taken up, by these and the others.
    """
    rows = _looked_up(filters)
    adopted = union(
        select(Practice.id).where(_is_taken_up(filters)),
        select(rows.c.practice_id).where(rows.c.stage.in_(sorted(TAKEN_UP))),
    ).subquery()
    return union_all(
        select(Organisation.type, rows.c.stage, *_sums(rows.c.women_led, rows.c.youth_led))
        .join(rows, rows.c.organisation_id == Organisation.id)
        .where(rows.c.stage.is_not(None))
        .group_by(Organisation.type, rows.c.stage),
        select(null(), null(), func.count(), literal(0), literal(0)).select_from(adopted),
    )


_SUMS = ("number", "women", "youth")


def _sums(women: _Column, youth: _Column) -> Iterator[Label[int]]:
    led = (func.count(case((group == Led.YES, 1))) for group in (women, youth))
    return (count.label(name) for name, count in zip(_SUMS, (func.count(), *led), strict=True))


def _is_taken_up(filters: Filters) -> ColumnElement[bool]:
    """Whether somebody had made a practice its own by the end, and stayed with it."""
    return exists().where(
        Adoption.practice_id == Practice.id,
        Adoption.stage.in_(sorted(TAKEN_UP)),
        Adoption.stage_on <= filters.period.last,
        *_of(filters),
    )


def taken_up(rows: Subquery) -> Subquery:
    """The practices that any of these adoptions made its own, each once."""
    return (
        select(rows.c.practice_id, func.count().label("adoptions"))
        .where(rows.c.stage.in_(sorted(TAKEN_UP)))
        .group_by(rows.c.practice_id)
        .subquery()
    )


def of_type(rows: Subquery, kind: str) -> Subquery:
    """Those of the adoptions that are of one kind of organisation."""
    return (
        select(rows)
        .join(Organisation, Organisation.id == rows.c.organisation_id)
        .where(Organisation.type == kind)
        .subquery()
    )


def led_by(rows: Subquery, group: str) -> Subquery:
    """Those of the adoptions in which a group leads; none that was given up."""
    return select(rows).where(rows.c[f"{group}_led"] == Led.YES, _is_going(rows)).subquery()


def going(rows: Subquery) -> Subquery:
    """Those of the adoptions that were not given up."""
    return select(rows).where(_is_going(rows)).subquery()


def follow_ups(filters: Filters) -> Subquery:
    """Follow-ups whose time ended in the period, and whether each was done in time."""
    grace = timedelta(days=DAYS_OF_GRACE)
    conditions = [
        FollowUp.due_on >= filters.period.first - grace,
        FollowUp.due_on <= filters.period.last - grace,
        FollowUp.dropped_on.is_(None),
    ]
    if any(filters.terms.values()):
        conditions.append(FollowUp.adoption_id.in_(select(Adoption.id).where(*_of(filters))))
    elif not filters.with_made_up:
        made_up = select(Adoption.id).where(Adoption.is_demo)
        conditions.append(FollowUp.adoption_id.not_in(made_up))
    return (
        select(
            FollowUp.id,
            FollowUp.adoption_id,
            FollowUp.month,
            FollowUp.due_on,
            FollowUp.done_on,
            case((FollowUp.done_on <= Deadline(FollowUp.due_on), 1), else_=0).label("in_time"),
        )
        .where(*conditions)
        .subquery()
    )


def recalls(filters: Filters) -> Subquery:
    """Recalls sent in the period, and whether each is acknowledged."""
    history = histories()
    return (
        select(
            Recall.id,
            Recall.practice_id,
            Recall.kind,
            Recall.at,
            Recall.acknowledged_at,
            case((Recall.acknowledged_at.is_not(None), 1), else_=0).label("known"),
        )
        .join(history, history.c.practice_id == Recall.practice_id)
        .outerjoin(Adoption, Adoption.id == Recall.adoption_id)
        .where(
            within(Recall.at, filters.period),
            *(or_(Adoption.id.is_(None), genuine) for genuine in _genuine(filters)),
            *(
                tagged(history.c.version_id, f, codes)
                for f, codes in filters.terms.items()
                if codes
            ),
        )
        .subquery()
    )


def counted(rows: Subquery, done: str) -> Select[int, int]:
    """How many rows there are, and how many of them are done."""
    return select(func.count(), func.coalesce(func.sum(rows.c[done]), 0)).select_from(rows)


def _of(filters: Filters) -> list[ColumnElement[bool]]:
    """The filters on an adoption: its organisation's country, and what its practice is about."""
    conditions = _genuine(filters)
    for facet, codes in filters.terms.items():
        if not codes:
            continue
        if facet == "country":
            here = select(Organisation.id).where(Organisation.country.in_(codes))
            conditions.append(Adoption.organisation_id.in_(here))
        else:
            about = select(Revision.id).where(tagged(Revision.version_id, facet, codes))
            found = about.cte().prefix_with("MATERIALIZED")  # once for all quarters
            conditions.append(Adoption.revision_id.in_(select(found.c.id)))
    return conditions


def _genuine(filters: Filters) -> list[ColumnElement[bool]]:
    return [] if filters.with_made_up else [Adoption.is_demo.is_(False)]


def _is_going(rows: Subquery) -> ColumnElement[bool]:
    return rows.c.stage != Stage.ABANDONED
