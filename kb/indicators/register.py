"""The adoptions, follow-ups and recalls that are counted, as queries like those of the entries."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    Subquery,
    case,
    func,
    or_,
    select,
    union_all,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import aliased
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from kb.accounts.models import Organisation
from kb.adoption.models import Adoption, AdoptionStage, FollowUp, Led, Recall
from kb.adoption.stages import TAKEN_UP, Stage
from kb.indicators.definitions import DAYS_OF_GRACE
from kb.indicators.entries import histories, tagged, within
from kb.indicators.filters import Filters
from kb.practices.models import Revision


class Deadline(FunctionElement[date]):
    """The last day on which a follow-up is in time: databases do not agree on how to say that."""

    type = Date()
    inherit_cache = True


@compiles(Deadline, "sqlite")
def _on_sqlite(element: Deadline, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    return f"date({compiler.process(element.clauses, **options)}, '+{DAYS_OF_GRACE} days')"


@compiles(Deadline, "postgresql")
def _on_postgresql(element: Deadline, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    return f"({compiler.process(element.clauses, **options)} + {DAYS_OF_GRACE})"


def recorded(filters: Filters) -> Subquery:
    """Adoptions told of in the period."""
    return (
        select(Adoption.id, Adoption.recorded_at.label("at"))
        .where(within(Adoption.recorded_at, filters.period), *_of(filters))
        .subquery()
    )


def at_the_end(filters: Filters, *, moved_on: bool) -> Subquery:
    """Adoptions begun by the end of the period, at the stage they had reached then.

    `moved_on`: some have gone on since. Otherwise the stage they are at is the one, which takes
    much less looking up.
    """
    last = filters.period.last
    now = select(Adoption.id, Adoption.stage.label("stage"), *_COLUMNS).where(*_of(filters))
    if not moved_on:
        return now.subquery()
    later = aliased(AdoptionStage)
    newest = (
        select(later.id)
        .where(later.adoption_id == Adoption.id, later.reached_on <= last)
        .order_by(later.reached_on.desc(), later.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    then = (
        select(Adoption.id, AdoptionStage.stage.label("stage"), *_COLUMNS)
        .join(AdoptionStage, AdoptionStage.id == newest)
        .where(Adoption.stage_on > last, *_of(filters))
    )
    return union_all(now.where(Adoption.stage_on <= last), then).subquery()


_COLUMNS = (
    Adoption.organisation_id,
    Adoption.practice_id,
    Adoption.women_led,
    Adoption.youth_led,
)


def latest_stage_day() -> Select[date | None]:
    """The last day on which an adoption reached a stage."""
    return select(func.max(Adoption.stage_on))


def stage_counts(rows: Subquery) -> Select[Any]:
    """How many adoptions there are by kind of organisation, stage, and who leads."""
    columns = (Organisation.type, rows.c.stage, rows.c.women_led, rows.c.youth_led)
    return (
        select(*columns, func.count())
        .join(Organisation, Organisation.id == rows.c.organisation_id)
        .group_by(*columns)
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
    return (
        select(
            FollowUp.id,
            FollowUp.adoption_id,
            FollowUp.month,
            FollowUp.due_on,
            FollowUp.done_on,
            case((FollowUp.done_on <= Deadline(FollowUp.due_on), 1), else_=0).label("in_time"),
        )
        .join(Adoption, Adoption.id == FollowUp.adoption_id)
        .where(
            FollowUp.due_on >= filters.period.first - grace,
            FollowUp.due_on <= filters.period.last - grace,
            FollowUp.dropped_on.is_(None),
            *_of(filters),
        )
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


def counted(rows: Subquery, done: str) -> Select[tuple[int, int]]:
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
            conditions.append(Adoption.revision_id.in_(about))
    return conditions


def _genuine(filters: Filters) -> list[ColumnElement[bool]]:
    return [] if filters.with_made_up else [Adoption.is_demo.is_(False)]


def _is_going(rows: Subquery) -> ColumnElement[bool]:
    return rows.c.stage != Stage.ABANDONED
