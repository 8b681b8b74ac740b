"""Searches in vain: counted under a hash, in words only when repeated, never for ever."""

from datetime import date, timedelta
import threading

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
import pytest
from sqlalchemy import delete, insert, select

from kb.accounts.permissions import Actor, Role
from kb.core.errors import Forbidden, NotFound
from kb.core.language import Locale
from kb.operations.housekeeping import forget
from kb.search import misses
from kb.search.models import SearchMiss
from kb.search.queries import query_key
from tests.database import entries, snapshot
from tests.make import make_user

SECRET = "a key for tests only"
FR, EN = Locale.FR, Locale.EN


def seek(runtime, *texts, locale=FR, secret=SECRET):
    for text in texts:
        with runtime.begin() as work:
            misses.count_miss(work, secret, text, locale)


def rows(runtime) -> list[tuple[int, str | None]]:
    with runtime.reading() as session:
        query = select(SearchMiss.times, SearchMiss.text).order_by(SearchMiss.id)
        return [tuple(row) for row in session.execute(query)]


def reported(runtime) -> list[tuple[str | None, int, date]]:
    with runtime.reading() as session:
        return [(m.text, m.times, m.last_seen_on) for m in misses.frequent_misses(session)]


def test_words_are_kept_the_third_time_and_not_before(fresh_runtime):
    seek(fresh_runtime, "bornage", "Moussa de Tessit", "moussa de tessit")
    assert rows(fresh_runtime) == [(1, None), (2, None)]
    assert "ussa" not in repr(snapshot(fresh_runtime))
    assert reported(fresh_runtime) == []
    seek(fresh_runtime, "  Moussa   de TESSIT ! ")
    assert rows(fresh_runtime) == [(1, None), (3, "Moussa de TESSIT !")]
    seek(fresh_runtime, "moussa, de tessit")
    assert rows(fresh_runtime) == [(1, None), (4, "Moussa de TESSIT !")]


def test_the_report_has_the_most_frequent_first_with_its_last_day(fresh_runtime, clock):
    seek(fresh_runtime, *["bornage"] * 3, *["once"], *["twice"] * 2)
    clock.advance(days=2)
    seek(fresh_runtime, *["pâturage de nuit"] * 4, locale=EN)
    assert reported(fresh_runtime) == [
        ("pâturage de nuit", 4, date(2026, 3, 3)),
        ("bornage", 3, date(2026, 3, 1)),
    ]


def test_accents_capitals_and_signs_make_no_other_query(fresh_runtime):
    seek(fresh_runtime, "Pâturage d’été", "paturage d'ete", "PATURAGE, D ETE?")
    assert rows(fresh_runtime) == [(3, "PATURAGE, D ETE?")]


def test_a_row_tells_nothing_without_the_key(fresh_runtime):
    """Nobody who has the table alone can try a list of names against it."""
    seek(fresh_runtime, "mediation")
    seek(fresh_runtime, "mediation", secret="another key")
    with fresh_runtime.reading() as session:
        hashes = session.scalars(select(SearchMiss.query_hash)).all()
    assert len(set(hashes)) == 2
    assert {column.name for column in SearchMiss.__table__.columns} == {
        *("id", "query_hash", "times", "text", "locale", "last_seen_on")
    }


@pytest.mark.matrix
@pytest.mark.parametrize(
    "text",
    [
        *("awa@example.org", "écrire à awa＠example.org", "76543210", "appeler le 76 54 32 10"),
        *("+226-76.54.32.10", "٧٦٥٤٣٢", "(76) 54/32", "", "   ", "?!", "*", "😀", '""', "\u202e"),
    ],
)
def test_what_may_be_an_address_or_a_number_is_not_even_counted(fresh_runtime, text):
    seek(fresh_runtime, *[text] * 4, "loi 2012")
    assert rows(fresh_runtime) == [(1, None)]


def test_a_long_or_odd_query_is_cut_and_cleaned(fresh_runtime):
    seek(fresh_runtime, *["mot\x1b[31m\nrouge " + "é" * 900] * 3)
    ((text, _, _),) = reported(fresh_runtime)
    assert text is not None
    assert len(text) == 200
    assert text.startswith("mot[31m rouge éé")


@given(text=st.text(max_size=60))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_can_be_counted_and_is_found_again(sqlite_runtime, text):
    with sqlite_runtime.begin() as work:
        work.session.execute(delete(SearchMiss))
    seek(sqlite_runtime, *[text] * 3, f"{text} {text}")
    counted = [times for times, _ in rows(sqlite_runtime)]
    assert counted in ([], [3, 1])
    assert (counted == []) is not misses.is_countable(text)
    assert bool(query_key(text)) or not counted


def test_the_table_stays_small_and_keeps_what_is_sought_most(fresh_runtime, clock):
    seek(fresh_runtime, *["often"] * 3, "old one")
    day = clock.now().date() + timedelta(days=1)
    junk = [
        {"query_hash": f"{number:064x}", "times": 1, "locale": FR, "last_seen_on": day}
        for number in range(misses.ROWS_LIMIT - 3)
    ]
    with fresh_runtime.begin() as work:
        work.session.execute(insert(SearchMiss), junk)
    clock.advance(days=1)
    seek(fresh_runtime, "twice", "twice")
    assert len(rows(fresh_runtime)) == misses.ROWS_LIMIT
    # Beyond the limit the least sought go, of them the oldest: never the repeated ones.
    seek(fresh_runtime, "flood one", "flood two", "flood three")
    assert len(rows(fresh_runtime)) == misses.ROWS_LIMIT
    assert [row for row in rows(fresh_runtime) if row[0] > 1] == [(3, "often"), (2, None)]
    seek(fresh_runtime, "old one", "old one", "flood three")
    assert [row for row in rows(fresh_runtime) if row[0] > 1] == [
        *((3, "often"), (2, None), (2, None), (2, None))
    ]


def test_what_nobody_seeks_any_more_is_forgotten(fresh_runtime, clock):
    seek(fresh_runtime, *["bornage"] * 3, "once")
    clock.advance(days=40)
    seek(fresh_runtime, "kept")
    clock.advance(days=50)
    assert forget(fresh_runtime) == 0
    clock.advance(days=1)
    assert forget(fresh_runtime) == 2
    assert rows(fresh_runtime) == [(1, None)]


def test_editors_forget_a_query_and_the_trail_does_not_have_it(fresh_runtime):
    with fresh_runtime.begin() as work:
        editor = make_user(work, Role.EDITOR)
    seek(fresh_runtime, *["un nom"] * 3, *["bornage"] * 3, "rare")
    with fresh_runtime.reading() as session:
        named = session.scalars(select(SearchMiss.id).where(SearchMiss.text == "un nom")).one()
        rare = session.scalars(select(SearchMiss.id).where(SearchMiss.times == 1)).one()
    with fresh_runtime.begin() as work:
        misses.forget_miss(work, editor, named)
    assert [text for text, *_ in reported(fresh_runtime)] == ["bornage"]
    trail = entries(fresh_runtime)[-1]
    assert (trail.type, trail.actor_id, trail.data) == (
        "search.miss_forgotten",
        editor.user_id,
        {},
    )
    # What is not in the report cannot be asked for by its number.
    for missing in (named, rare, 10**9):
        with pytest.raises(NotFound), fresh_runtime.begin() as work:
            misses.forget_miss(work, editor, missing)
    seek(fresh_runtime, "un nom")
    assert [text for text, *_ in reported(fresh_runtime)] == ["bornage"]


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.EDITOR])
def test_nobody_else_forgets_anything(sqlite_runtime, role):
    seek(sqlite_runtime, *["bornage"] * 3)
    for actor in (Actor(), Actor(1, frozenset({role}))):
        with pytest.raises(Forbidden), sqlite_runtime.begin() as work:
            misses.forget_miss(work, actor, 1)
    assert [text for text, *_ in reported(sqlite_runtime)] == ["bornage"]


def test_a_note_does_not_wait_for_another_writer(sqlite_runtime):
    """A busy database costs a count, and no reader any time."""

    def write(work):
        misses.count_miss(work, SECRET, "bornage", FR)

    started, done = threading.Event(), threading.Event()

    def hold():
        with sqlite_runtime.begin() as work:
            work.session.execute(delete(SearchMiss))
            started.set()
            done.wait(30)

    holder = threading.Thread(target=hold)
    holder.start()
    started.wait(30)
    # The other writer goes on only after this one has given up: waiting would never end here.
    assert sqlite_runtime.note(write) is False
    done.set()
    holder.join()
    assert rows(sqlite_runtime) == []
    assert sqlite_runtime.note(write) is True
    assert rows(sqlite_runtime) == [(1, None)]
    # The connection waits for others again in all that must not be lost.
    with sqlite_runtime.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 30_000


def test_a_note_does_not_wait_for_the_same_row(fresh_runtime):
    seek(fresh_runtime, "bornage")

    def write(work):
        misses.count_miss(work, SECRET, "bornage", FR)

    with fresh_runtime.begin() as work:
        misses.count_miss(work, SECRET, "bornage", FR)
        work.session.flush()
        assert fresh_runtime.note(write) is False
    assert rows(fresh_runtime) == [(2, None)]


def test_a_note_that_fails_disturbs_nobody(fresh_runtime, caplog):
    def write(_work):
        raise ZeroDivisionError("a secret word")

    assert fresh_runtime.note(write) is False
    assert "a note could not be written" in caplog.text
