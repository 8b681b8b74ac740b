"""The adoptions, follow-ups and recalls that are counted, as queries like those of the entries."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    Subquery,
    and_,
    case,
    exists,
    func,
    or_,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import aliased

from kb.accounts.models import Organisation, OrganisationType
from kb.adoption.models import Adoption, AdoptionStage, FollowUp, Recall
from kb.adoption.stages import TAKEN_UP, Stage
from kb.adoption.written import Led
from kb.indicators.calendar import Deadline
from kb.indicators.definitions import DAYS_OF_GRACE
from kb.indicators.entries import histories, tagged, within
from kb.indicators.filters import Filters
from kb.practices.models import Revision


def recorded(filters: Filters) -> Subquery:
    """Adoptions told of in the period."""
    return (
        select(Adoption.id, Adoption.recorded_at.label("at"))
        .where(within(Adoption.recorded_at, filters.period), *_of(filters))
        .subquery()
    )


def at_the_end(filters: Filters) -> Subquery:
    """Adoptions begun by the end of the period, at the stage they had reached then."""
    return union_all(still(filters), moved_on(filters)).subquery()


def still(filters: Filters) -> Select[*tuple[Any, ...]]:
    """Those of them that have stayed at that stage since."""
    return select(Adoption.id, Adoption.stage.label("stage"), *_COLUMNS).where(
        Adoption.stage_on <= filters.period.last, *_of(filters)
    )


def moved_on(filters: Filters) -> Select[*tuple[Any, ...]]:
    """Those of them that have gone on since: what they were at then is looked up one by one."""
    last = filters.period.last
    later = aliased(AdoptionStage)
    newest = (
        select(later.id)
        .where(later.adoption_id == Adoption.id, later.reached_on <= last)
        .order_by(later.reached_on.desc(), later.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(Adoption.id, AdoptionStage.stage.label("stage"), *_COLUMNS)
        .join(AdoptionStage, AdoptionStage.id == newest)
        .where(Adoption.stage_on > last, *_of(filters))
    )


def moved_on_as_written(filters: Filters) -> Select[*tuple[Any, ...]]:
    """The same with words instead of values: to make thousands of values takes long."""
    rows = moved_on(filters).subquery()
    words = (type_coerce(rows.c[n], String).label(n) for n in ("stage", "women_led", "youth_led"))
    return select(rows.c.organisation_id, rows.c.practice_id, *words)


_COLUMNS = (
    Adoption.organisation_id,
    Adoption.practice_id,
    Adoption.women_led,
    Adoption.youth_led,
)


def stage_sums(filters: Filters) -> Select[*tuple[Any, ...]]:
    """Of those that stayed, for each organisation: the number at each stage, then led by whom.

    Sums over the rows in the order of an index: to sort them for GROUP BY would take most of the
    time there is.
    """

    def number_of(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.sum(case((condition, 1), else_=0))

    return (
        select(
            Adoption.organisation_id,
            *(number_of(Adoption.stage == stage) for stage in Stage),
            *(
                number_of(and_(column == Led.YES, Adoption.stage != Stage.ABANDONED))
                for column in (Adoption.women_led, Adoption.youth_led)
            ),
        )
        .where(Adoption.stage_on <= filters.period.last, *_of(filters))
        .group_by(Adoption.organisation_id)
    )


def adopted_and_still(filters: Filters) -> Select[int]:
    """The practices that somebody had made their own by the end, and stayed with."""
    return (
        select(Adoption.practice_id)
        .distinct()
        .where(
            Adoption.stage.in_(sorted(TAKEN_UP)),
            Adoption.stage_on <= filters.period.last,
            *_of(filters),
        )
    )


def has_moved(last: date) -> Select[bool]:
    """Whether any adoption has gone on after a day."""
    return select(exists().where(Adoption.stage_on > last))


def kinds() -> Select[int, OrganisationType]:
    """Which kind each organisation is of."""
    return select(Organisation.id, Organisation.type)


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
            conditions.append(Adoption.revision_id.in_(about))
    return conditions


def _genuine(filters: Filters) -> list[ColumnElement[bool]]:
    return [] if filters.with_made_up else [Adoption.is_demo.is_(False)]


def _is_going(rows: Subquery) -> ColumnElement[bool]:
    return rows.c.stage != Stage.ABANDONED
