"""The page for everybody: what can be read, and the adoptions of one closed quarter."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import repeat

from sqlalchemy import ColumnElement, String, and_, case, func, select, type_coerce
from sqlalchemy.orm import Session

from kb.accounts.models import Organisation, OrganisationType
from kb.adoption.models import Adoption, AdoptionStage, FollowUp
from kb.adoption.stages import Stage
from kb.adoption.written import Led
from kb.indicators import entries
from kb.indicators.calendar import Deadline
from kb.indicators.definitions import COVERING, DAYS_OF_GRACE, LED_BY, Key
from kb.indicators.entries import within
from kb.indicators.filters import Filters
from kb.indicators.periods import Period, Quarter, last_closed, quarter_of
from kb.indicators.public_tables import Answered, Figure, Step, answers_of, tables_of
from kb.practices.content import Visibility
from kb.practices.lifecycle import State
from kb.practices.models import Revision
from kb.vocabularies.catalogue import Vocabularies

Figures = Mapping[Hashable, Figure]
# How far back the page goes.
MOST_QUARTERS = 12
# Organisations of all other countries together: a line that comes and goes would tell of one.
ELSEWHERE = "other"


@dataclass(frozen=True, slots=True)
class PublicFigures:
    """What everybody may know about a quarter.

    Practices are those that everybody can read, and count for themselves. `adoptions` and
    `follow_ups` are None where nothing can be shown of them.
    """

    quarter: Quarter
    practices: int
    coverage: Mapping[Key, Mapping[str, int]]
    adoptions: Figures | None
    follow_ups: Figures | None


def public_figures(
    session: Session, quarter: Quarter, vocabularies: Vocabularies, *, with_made_up: bool
) -> PublicFigures:
    """The fixed tables of a quarter that is over."""
    standing = entries.standing_for_all(Filters(quarter.period))
    counts: dict[str, dict[str, int]] = {facet: {} for facet in entries.FACETS}
    for facet, code, many in session.execute(entries.tag_counts(standing)):
        counts[facet][code] = many
    coverage: dict[Key, Mapping[str, int]] = {
        key: counts[facet] for key, (facet, _) in COVERING.items()
    }
    coverage |= {key: {code: counts["actor"].get(code, 0)} for key, code in LED_BY.items()}
    countries = vocabularies.by_name.get("countries")
    known = [term.code for term in countries.terms] if countries else []
    return PublicFigures(
        quarter,
        session.scalar(select(func.count()).select_from(standing)) or 0,
        coverage,
        _adoptions(session, quarter.period, known, with_made_up=with_made_up),
        _follow_ups(session, quarter.period, with_made_up=with_made_up),
    )


def closed_quarters(session: Session, today: date) -> tuple[Quarter, ...]:
    """The quarters there are tables of: those that are over, the newest first."""
    newest = last_closed(today)
    first_stage = session.scalar(select(func.min(AdoptionStage.recorded_at)))
    first_text = session.scalar(
        select(func.min(Revision.published_at)).where(
            Revision.visibility == Visibility.PUBLIC, Revision.state == State.PUBLISHED
        )
    )
    moments = [moment.date() for moment in (first_stage, first_text) if moment is not None]
    first = max(quarter_of(min(moments, default=today)), newest.later(1 - MOST_QUARTERS))
    return tuple(reversed(Period(first.period.first, newest.period.last).quarters()))


def _adoptions(
    session: Session, period: Period, countries: Sequence[str], *, with_made_up: bool
) -> Figures | None:
    """Adoptions of which a stage was told in the quarter, at the last one told in it."""
    # As they are written: to make thousands of values of them takes long.
    words = (AdoptionStage.stage, Adoption.women_led, Adoption.youth_led)
    query = (
        select(
            AdoptionStage.adoption_id,
            Adoption.organisation_id,
            *(type_coerce(word, String) for word in words),
        )
        .join(Adoption, Adoption.id == AdoptionStage.adoption_id)
        .where(within(AdoptionStage.recorded_at, period), *_genuine(with_made_up=with_made_up))
        .order_by(AdoptionStage.id)
    )
    last = {adoption: step for adoption, *step in session.execute(query)}
    houses = {
        number: (kind.value, country if country in countries else ELSEWHERE)
        for number, kind, country in session.execute(
            select(Organisation.id, Organisation.type, Organisation.country)
        )
    }
    led = [value.value for value in Led]
    lines = {
        "type": [kind.value for kind in OrganisationType],
        "stage": [stage.value for stage in Stage],
        "country": [*countries, ELSEWHERE],
        "women": led,
        "youth": led,
    }
    return tables_of(
        (
            Step(organisation, *houses[organisation], stage, women, youth)
            for organisation, stage, women, youth in last.values()
        ),
        lines,
    )


def _follow_ups(session: Session, period: Period, *, with_made_up: bool) -> Figures | None:
    """Follow-ups whose time ended in the quarter; what is told after it changes nothing."""
    grace = timedelta(days=DAYS_OF_GRACE)
    done = case(
        (
            and_(
                FollowUp.done_on <= Deadline(FollowUp.due_on),
                FollowUp.recorded_at < period.end,
            ),
            1,
        ),
        else_=0,
    ).label("done")
    query = (
        select(Adoption.organisation_id, done, func.count())
        .join(Adoption, Adoption.id == FollowUp.adoption_id)
        .where(
            FollowUp.due_on.between(period.first - grace, period.last - grace),
            FollowUp.dropped_on.is_(None),
            *_genuine(with_made_up=with_made_up),
        )
        .group_by(Adoption.organisation_id, done)
    )
    return answers_of(
        answer
        for organisation, is_done, many in session.execute(query)
        for answer in repeat(Answered(organisation, done=bool(is_done)), many)
    )


def _genuine(*, with_made_up: bool) -> list[ColumnElement[bool]]:
    return [] if with_made_up else [Adoption.is_demo.is_(False)]
