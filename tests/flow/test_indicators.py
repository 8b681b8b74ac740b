"""Indicators: every number is that of its rows, and of a recount without SQL."""

from collections import Counter
from collections.abc import Iterator
from datetime import date

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from kb.accounts.models import OrganisationType
from kb.adoption.stages import Stage
from kb.adoption.written import Led
from kb.core.database import Base
from kb.core.paging import Paging
from kb.indicators.definitions import COVERING, Key
from kb.indicators.filters import Filters
from kb.indicators.measuring import measure
from kb.indicators.periods import Period
from kb.indicators.rows import rows_behind
from kb.practices.content import Visibility
from kb.runtime import Runtime
from tests.flow.histories import (
    ACTORS,
    COUNTRIES,
    DAYS,
    THEMES,
    VOCABULARIES,
    Entry,
    History,
    Recount,
    Told,
    Use,
    day_of,
    histories,
    write,
)

periods = st.tuples(st.integers(0, DAYS), st.integers(0, DAYS)).map(
    lambda ends: Period(day_of(min(ends)), day_of(max(ends)))
)
filters = st.builds(
    Filters,
    period=periods,
    terms=st.fixed_dictionaries(
        {
            name: st.just(()) | st.lists(st.sampled_from(codes), max_size=2).map(tuple)
            for name, codes in (("country", COUNTRIES), ("theme", THEMES), ("actor", ACTORS))
        }
    ),
    with_made_up=st.booleans(),
)
everything = Filters(Period(date(2023, 1, 1), date(2030, 1, 1)))


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """Empty tables; each history is written and rolled back."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
@given(histories(), filters)
def test_every_number_is_that_of_a_recount(
    engine: Engine, history: History, chosen: Filters
) -> None:
    with Session(engine) as session:
        write(session, history)
        for wanted in (chosen, everything):
            recount = Recount(history, wanted)
            found = measure(session, wanted, VOCABULARIES)
            numbers = {
                one.indicator.key: (one.numerator, one.denominator) for one in found.listed()
            }
            assert numbers == recount.numbers()
            _compare_parts(recount, found.stages)
            _compare_rows(session, wanted, recount)


def _compare_parts(recount: Recount, stages: object) -> None:
    expected: dict[str, Counter[object]] = {}
    for use, stage in recount.at_the_end():
        kind = recount.history.organisations[use.organisation][0].value
        expected.setdefault(kind, Counter())[stage] += 1
    assert stages == expected


def _compare_rows(session: Session, wanted: Filters, recount: Recount) -> None:
    readable = [
        entry
        for entry in recount.history.entries
        if recount._is_about(entry) and recount._can_be_read(entry)
    ]
    paging = Paging(per_page=100)
    for key, (numerator, denominator) in recount.numbers().items():
        page = rows_behind(session, key, wanted, paging)
        assert len(page.rows) == page.total
        if key in COVERING:
            facet, _ = COVERING[key]
            assert page.total == len(readable)
            for code, many in recount.covered(readable, facet).items():
                assert rows_behind(session, key, wanted, paging, code).total == many
        elif key in {Key.DECISION, Key.FOLLOW_UPS, Key.RECALLS}:
            assert page.total == denominator
        else:
            assert page.total == numerator


def _of(*lives: str, **tags: list[str]) -> Entry:
    wanted = {facet: frozenset(tags.get(facet, [])) for facet in ("country", "theme", "actor")}
    return Entry(
        lesson=False,
        visibility=Visibility.PUBLIC,
        lives=lives,
        gaps=tuple(range(3, 63, 3)),
        tags={**wanted, "sdg": frozenset(["16.1"]), "region": frozenset(["ML-1"])},
        created=90,
    )


def _use(
    *stages: tuple[Stage, int], house: int, done: int | None, dropped: int | None = None
) -> Use:
    return Use(
        entry=house,
        organisation=house,
        stages=stages,
        recorded=stages[0][1],
        women=Led.YES,
        youth=Led.NO,
        is_demo=False,
        follow_ups=((3, 300, done, dropped),),
    )


def test_both_databases_count_the_same(fresh_runtime: Runtime) -> None:
    history = History(
        [
            _of("published", "rejected", country=["ML"], actor=["women-leaders"]),
            _of("imported", "published", country=["NE"], theme=["peace"]),
            _of("archived", country=["BF"]),
            _of("waiting"),
        ],
        [(OrganisationType.POLICE, "ML"), (OrganisationType.MUNICIPALITY, "NE")],
        [
            _use((Stage.TRIAL, 200), (Stage.ADOPTED, 400), house=0, done=330),
            _use((Stage.ADOPTED, 210), (Stage.ABANDONED, 500), house=1, done=331),
            _use((Stage.INTENT, 450), house=1, done=None, dropped=460),
        ],
        [Told(entry=0, use=0, at=350, known=360), Told(entry=2, use=None, at=351, known=None)],
    )
    with fresh_runtime.reading() as session:
        write(session, history)
        for last in (150, 329, 331, 420, DAYS):
            for terms in ({}, {"country": ("ML",)}, {"theme": ("peace",), "actor": ()}):
                wanted = Filters(Period(day_of(0), day_of(last)), terms)
                found = measure(session, wanted, VOCABULARIES)
                numbers = {
                    one.indicator.key: (one.numerator, one.denominator) for one in found.listed()
                }
                recount = Recount(history, wanted)
                assert numbers == recount.numbers()
                _compare_parts(recount, found.stages)
                _compare_rows(session, wanted, recount)
