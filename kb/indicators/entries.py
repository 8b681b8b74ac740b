"""The practices and decisions that are counted, as queries for numbers and lists alike."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    Subquery,
    and_,
    case,
    exists,
    func,
    not_,
    or_,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute

from kb.events.models import AuditEntry
from kb.events.types import EventType
from kb.indicators.calendar import Month
from kb.indicators.filters import Filters
from kb.indicators.periods import Period
from kb.practices.content import Visibility
from kb.practices.lifecycle import State
from kb.practices.models import Practice, Revision, VersionTag

LESSON = "lesson"
DECISIONS = (
    EventType.PRACTICE_APPROVE,
    EventType.PRACTICE_REQUEST_CHANGES,
    EventType.PRACTICE_REJECT,
)
FACETS = ("country", "region", "theme", "actor", "sdg")


def histories(*conditions: ColumnElement[bool]) -> Subquery:
    """Each practice: when it was first published, whether it is now, and the text to sort it by.

    That is the text that can be read, else the newest that was submitted.
    """
    is_now = Revision.state == State.PUBLISHED
    return (
        select(
            Revision.practice_id,
            func.min(Revision.published_at).label("published_at"),
            func.coalesce(
                func.max(case((is_now, Revision.version_id))), func.max(Revision.version_id)
            ).label("version_id"),
            func.max(case((is_now, 1), else_=0)).label("is_now"),
        )
        .where(*conditions)
        .group_by(Revision.practice_id)
        .subquery()
    )


def identified(filters: Filters) -> Subquery:
    """Entries begun in the period."""
    history = histories()
    return (
        select(history.c.practice_id, history.c.version_id, Practice.created_at.label("at"))
        .join(Practice, Practice.id == history.c.practice_id)
        .where(
            within(Practice.created_at, filters.period),
            *_about(history.c.version_id, filters),
        )
        .subquery()
    )


def submitted(filters: Filters) -> Subquery:
    """Practices first sent to the desk in the period."""
    history, first = histories(), _first_submissions()
    return (
        select(history.c.practice_id, history.c.version_id, first.c.at)
        .join(first, first.c.practice_id == history.c.practice_id)
        .where(within(first.c.at, filters.period), *_about(history.c.version_id, filters))
        .subquery()
    )


def published(filters: Filters) -> Subquery:
    """Practices first published in the period."""
    history = histories()
    return (
        select(history.c.practice_id, history.c.version_id, history.c.published_at.label("at"))
        .where(
            within(history.c.published_at, filters.period),
            *_about(history.c.version_id, filters),
        )
        .subquery()
    )


def standing(filters: Filters) -> Subquery:
    """Practices published by the end of the period that can still be read by somebody."""
    return _standing(histories(), filters)


def standing_for_all(filters: Filters) -> Subquery:
    """The same with what everybody can read, now and then: all of it is in the catalogue."""
    return _standing(histories(Revision.visibility == Visibility.PUBLIC), filters)


def months_and_standing(filters: Filters) -> Select[*tuple[Any, ...]]:
    """All of the above in one go: how many practices there are of each kind.

    By the months in the period in which they were begun, submitted and published, and by whether
    they are standing (1) or not (0).
    """
    history, first = histories(), _first_submissions()
    moments: tuple[ColumnElement[Any] | InstrumentedAttribute[Any], ...] = (
        Practice.created_at,
        first.c.at,
        history.c.published_at,
    )
    is_standing = and_(history.c.is_now == 1, history.c.published_at < filters.period.end)
    rows = (
        select(
            *(
                Month(case((within(moment, filters.period), moment))).label(f"month_{at}")
                for at, moment in enumerate(moments)
            ),
            case((is_standing, 1), else_=0).label("is_standing"),
        )
        .select_from(history)
        .join(Practice, Practice.id == history.c.practice_id)
        .outerjoin(first, first.c.practice_id == history.c.practice_id)
        .where(*_about(history.c.version_id, filters))
        .subquery()
    )
    return select(*rows.c, func.count()).group_by(*rows.c)


def having(rows: Subquery, facet: str, code: str) -> Subquery:
    """Those of the practices that have a term."""
    return (
        select(rows)
        .join(VersionTag, VersionTag.version_id == rows.c.version_id)
        .where(VersionTag.facet == facet, VersionTag.code == code)
        .subquery()
    )


def tag_counts(rows: Subquery, facets: Iterable[str] = FACETS) -> Select[str, str, int]:
    """How many of the practices have each term."""
    return (
        select(VersionTag.facet, VersionTag.code, func.count())
        .join(rows, rows.c.version_id == VersionTag.version_id)
        .where(VersionTag.facet.in_(list(facets)))
        .group_by(VersionTag.facet, VersionTag.code)
    )


def decided(filters: Filters) -> Subquery:
    """The first decision after each submission, where it fell in the period; with both times."""
    question, earlier = (AuditEntry.__table__.alias(name) for name in ("question", "earlier"))
    answer, history = _answers(filters.period), histories()
    is_first = ~exists().where(
        earlier.c.practice_id == answer.c.practice_id,
        earlier.c.revision_id == question.c.revision_id,
        earlier.c.id > answer.c.asked,
        earlier.c.id < answer.c.id,
        earlier.c.type.in_(DECISIONS),
    )
    return (
        select(
            answer.c.practice_id,
            history.c.version_id,
            question.c.at.label("submitted_at"),
            answer.c.at,
            answer.c.type,
        )
        .join(question, question.c.id == answer.c.asked)
        .join(history, history.c.practice_id == answer.c.practice_id)
        .where(is_first, *_about(history.c.version_id, filters))
        .subquery()
    )


def _answers(period: Period) -> CTE:
    """The decisions in the period, each with the number of the submission before it."""
    decision, question = AuditEntry, AuditEntry.__table__.alias("asked")
    asked = (
        select(func.max(question.c.id))
        .where(
            question.c.type == EventType.PRACTICE_SUBMIT,
            question.c.practice_id == decision.practice_id,
            question.c.revision_id == decision.revision_id,
            question.c.id < decision.id,
        )
        .scalar_subquery()
    )
    return (
        select(decision.id, decision.practice_id, decision.at, decision.type, asked.label("asked"))
        .where(decision.type.in_(DECISIONS), within(decision.at, period))
        .cte("answer")
        .prefix_with("MATERIALIZED")
    )


def within(
    moment: ColumnElement[object] | InstrumentedAttribute[object], period: Period
) -> ColumnElement[bool]:
    """Whether a moment is in the period."""
    return and_(moment >= period.start, moment < period.end)


def tagged(
    version_id: ColumnElement[Any] | InstrumentedAttribute[int | None],
    facet: str,
    codes: Iterable[str],
) -> ColumnElement[bool]:
    """Whether a version has any of the terms."""
    return version_id.in_(
        select(VersionTag.version_id).where(
            VersionTag.facet == facet, VersionTag.code.in_(list(codes))
        )
    )


def _first_submissions() -> Subquery:
    return (
        select(AuditEntry.practice_id, func.min(AuditEntry.at).label("at"))
        .where(AuditEntry.type == EventType.PRACTICE_SUBMIT)
        .group_by(AuditEntry.practice_id)
        .subquery()
    )


def _about(version_id: ColumnElement[int], filters: Filters) -> list[ColumnElement[bool]]:
    is_lesson = tagged(version_id, "kind", [LESSON])
    return [
        or_(version_id.is_(None), not_(is_lesson)),
        *(tagged(version_id, facet, codes) for facet, codes in filters.terms.items() if codes),
    ]


def _standing(history: Subquery, filters: Filters) -> Subquery:
    return (
        select(history.c.practice_id, history.c.version_id, history.c.published_at.label("at"))
        .where(
            history.c.is_now == 1,
            history.c.published_at < filters.period.end,
            *_about(history.c.version_id, filters),
        )
        .subquery()
    )
