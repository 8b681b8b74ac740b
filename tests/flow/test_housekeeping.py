"""The work behind the pages: one keeper at a time, everything is caught up with."""

from dataclasses import replace
from datetime import timedelta
import threading
import time

from markupsafe import Markup
import pytest
from sqlalchemy import select, text, update

from kb.core.database import make_engine
from kb.core.ports import Rendered
from kb.events.models import Lease
from kb.operations import housekeeping
from kb.operations.housekeeping import LEASE_TIME, Retry, follow, render_stale, run_pass
from kb.practices.lifecycle import State
from kb.practices.models import AuthorInvitation, AuthorRole, RenderedText, Version
from kb.practices.queries import public_view
from kb.practices.service import render_version
from kb.rendering.renderer import ChildRenderer
from kb.search.sync import difference
from tests.database import deliveries, snapshot, undelivered
from tests.make import make_revision, make_vocabularies

CLEAN = dict.fromkeys(
    (
        *("announced", "delivered", "rendered", "reindexed", "tidied", "forgotten"),
        *("reminded", "digests", "mailed"),
    ),
    0,
)


@pytest.fixture
def house(fresh_runtime):
    """Two published practices, indexed, and noise: a draft."""
    with fresh_runtime.begin() as work:
        make_vocabularies(work)
        make_revision(work, State.DRAFT)
        for _ in range(2):
            make_revision(work, State.PUBLISHED)
    run_pass(fresh_runtime)
    return fresh_runtime


def age_all(runtime, renderer_version="bleach 1.0"):
    with runtime.begin() as work:
        work.session.execute(update(RenderedText).values(renderer_version=renderer_version))


def test_a_pass_with_nothing_to_do_does_nothing(house):
    before = snapshot(house)
    assert run_pass(house) == CLEAN
    assert snapshot(house) == before


def test_a_pass_catches_up_with_everything(house):
    with undelivered(house) as work:
        make_revision(work, State.PUBLISHED)
    house.index.apply([], list(house.index.stamps()))
    age_all(house)
    assert run_pass(house) == {**CLEAN, "delivered": 10, "rendered": 3, "reindexed": 2}
    assert run_pass(house) == CLEAN


def test_what_older_rules_made_safe_is_rendered_anew(house, renderer):
    newer = replace(house, renderer=Renderer(renderer))
    with newer.reading() as session:
        slug = min(house.index.stamps())
        before = public_view(session, slug).texts["fr"].sections
    assert render_stale(newer) == 2
    with newer.reading() as session:
        after = public_view(session, slug).texts["fr"].sections
        versions = set(session.scalars(select(RenderedText.renderer_version)))
    assert versions == {"rules 2"}
    assert [section.html for section in after] == [f"{s.html}<!-- 2 -->" for s in before]
    assert render_stale(newer) == 0


class Renderer:
    """The real one, with other rules."""

    version = "rules 2"

    def __init__(self, child: ChildRenderer) -> None:
        self._child = child

    def render_all(self, texts):
        made = self._child.render_all(texts)
        marked = {key: html + Markup("<!-- 2 -->") for key, html in made.html.items()}
        return replace(made, html=marked)


class Patient:
    """The real one, for whom a text is too much until it is told otherwise."""

    def __init__(self, child: ChildRenderer) -> None:
        self.version = child.version
        self.busy = True
        self.asked = 0
        self._child = child

    def render_all(self, texts):
        self.asked += 1
        made = self._child.render_all(texts)
        if not self.busy:
            return made
        return Rendered({key: Markup("<pre></pre>") for key in texts}, complete=False)


def stored(runtime):
    with runtime.reading() as session:
        return {
            (row.renderer_version, row.sections["results"] == "<pre></pre>")
            for row in session.scalars(select(RenderedText))
        }


@pytest.fixture
def busy(house, renderer):
    """All texts are shown as they were written, because the machine had no time for them."""
    with house.begin() as work:
        work.session.execute(text("DELETE FROM rendered_texts"))
    patient = Patient(renderer)
    runtime = replace(house, renderer=patient)
    with runtime.begin() as work:
        for version in work.session.scalars(select(Version)):
            render_version(work, version)
    return runtime, patient


def test_what_was_too_much_once_is_tried_once_more(busy):
    runtime, patient = busy
    assert {is_raw for _, is_raw in stored(runtime)} == {True}
    patient.busy = False
    assert render_stale(runtime) == 2
    assert stored(runtime) == {(patient.version, False)}
    assert render_stale(runtime) == 0


def test_what_is_too_much_again_is_left_as_it_was_written(busy):
    runtime, patient = busy
    assert render_stale(runtime) == 2
    assert {is_raw for _, is_raw in stored(runtime)} == {True}
    asked = patient.asked
    assert render_stale(runtime) == 0
    assert patient.asked == asked
    # Until there are other rules.
    patient.version, patient.busy = "rules 2", False
    assert render_stale(runtime) == 2
    assert stored(runtime) == {("rules 2", False)}


def test_html_that_got_lost_is_made_again(house):
    before = snapshot(house)
    with house.begin() as work:
        work.session.execute(text("DELETE FROM rendered_texts"))
    assert render_stale(house) == 2
    assert snapshot(house) == before


# The lease.


def lease_of(runtime):
    with runtime.reading() as session:
        return session.scalar(select(Lease))


def take(runtime, holder):
    return housekeeping._take_lease(runtime, holder)


def test_one_keeper_at_a_time(house):
    assert take(house, "one")
    assert not take(house, "two")
    assert lease_of(house).holder == "one"
    house.clock.advance(seconds=60)
    assert take(house, "one")
    assert lease_of(house).until == house.clock.now() + LEASE_TIME


def test_a_keeper_who_is_gone_is_followed_after_the_lease(house):
    assert take(house, "one")
    house.clock.advance(seconds=LEASE_TIME.total_seconds() - 1)
    assert not take(house, "two")
    house.clock.advance(seconds=1)
    assert take(house, "two")
    assert not take(house, "one")


def test_a_keeper_who_leaves_gives_the_lease_back_and_nobody_elses(house):
    take(house, "one")
    housekeeping._give_back(house, "two")
    assert lease_of(house).holder == "one"
    housekeeping._give_back(house, "one")
    assert lease_of(house) is None
    assert take(house, "two")


def keeper(runtime, name, stop):
    # Each process has its own connections.
    own = replace(
        runtime, engine=make_engine(runtime.engine.url.render_as_string(hide_password=False))
    )

    def work():
        follow(own, name, stop)
        own.engine.dispose()

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def wait_until(condition):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def quick(monkeypatch):
    for pause in ("PAUSE_SECONDS", "FOLLOW_SECONDS"):
        monkeypatch.setattr(housekeeping, pause, 0.05)


def test_only_one_of_two_keepers_works_and_the_other_takes_over(house, quick):
    with undelivered(house) as work:
        make_revision(work, State.PUBLISHED)
    stops = {name: threading.Event() for name in ("one", "two")}
    threads = {name: keeper(house, name, stop) for name, stop in stops.items()}
    try:
        wait_until(lambda: deliveries(house) == [])
        first = lease_of(house).holder
        (second,) = {"one", "two"} - {first}
        for _ in range(5):
            time.sleep(0.05)
            assert lease_of(house).holder == first
        stops[first].set()
        threads[first].join(timeout=20)
        wait_until(lambda: lease_of(house) is not None and lease_of(house).holder == second)
        with undelivered(house) as work:
            make_revision(work, State.PUBLISHED)
        wait_until(lambda: deliveries(house) == [])
        wait_until(lambda: difference(house.reading, house.index) == ())
    finally:
        for stop in stops.values():
            stop.set()
        for thread in threads.values():
            thread.join(timeout=20)
    assert lease_of(house) is None


def test_a_keeper_begins_with_a_whole_pass(house, quick):
    house.index.apply([], list(house.index.stamps()))
    stop = threading.Event()
    thread = keeper(house, "one", stop)
    try:
        wait_until(lambda: len(house.index.stamps()) == 2)
    finally:
        stop.set()
        thread.join(timeout=20)
    assert difference(house.reading, house.index) == ()


FAULTS = {"send_mails": "housekeeping failed", "reconcile_all": "the index does not follow"}


@pytest.mark.parametrize("error", [OSError("disk"), RuntimeError("odd"), ValueError("x")])
@pytest.mark.parametrize("task", FAULTS)
def test_no_fault_of_a_day_ends_the_keeper(house, quick, monkeypatch, caplog, task, error):
    calls = []

    def fail(*_arguments):
        calls.append("one more")
        if len(calls) < 3:
            raise error

    monkeypatch.setattr(housekeeping, task, fail)
    stop = threading.Event()
    thread = keeper(house, "one", stop)
    try:
        wait_until(lambda: len(calls) == 3)
    finally:
        stop.set()
        thread.join(timeout=20)
    assert not thread.is_alive()
    told = [r.getMessage() for r in caplog.records if r.name == housekeeping.LOG.name]
    assert told == [FAULTS[task]] * 2


@pytest.mark.parametrize(
    "task", ["remind_and_tell", "remind_desk", "forget", "tidy_files", "gather_digests"]
)
def test_what_fails_for_good_keeps_nothing_else_from_being_done(house, quick, monkeypatch, task):
    """A saved search or a row that nobody thought of must not silence an urgent mail."""
    sent = []

    def fail(_runtime):
        raise RuntimeError("odd")

    monkeypatch.setattr(housekeeping, task, fail)
    monkeypatch.setattr(housekeeping, "send_mails", lambda _runtime: sent.append("mails"))
    stop = threading.Event()
    with undelivered(house) as work:
        make_revision(work, State.PUBLISHED)
    thread = keeper(house, "one", stop)
    try:
        wait_until(lambda: len(sent) == 2)
        wait_until(lambda: deliveries(house) == [])
    finally:
        stop.set()
        thread.join(timeout=20)


def test_a_fault_in_deleting_brings_back_nothing_that_is_gone(house, monkeypatch):
    """The first to go are addresses that people left."""
    with house.begin() as work:
        draft, people = make_revision(work, State.DRAFT)
        asked = {
            "revision_id": draft.id,
            "role": AuthorRole.WRITES,
            "invited_by_id": people["author"].user_id,
        }
        now = work.clock.now()
        for email, days in (("old@example.org", 200), ("new@example.org", 1)):
            at = now - timedelta(days=days)
            work.session.add(AuthorInvitation(email=email, invited_at=at, **asked))

    def fail(_work):
        raise RuntimeError("odd")

    monkeypatch.setattr(housekeeping.misses, "forget_old", fail)
    with pytest.raises(RuntimeError):
        housekeeping.forget(house)
    with house.reading() as session:
        assert list(session.scalars(select(AuthorInvitation.email))) == ["new@example.org"]


def test_a_slow_mail_server_holds_up_no_withdrawal(house, quick, monkeypatch):
    """The rest may take as long as it likes: the index is followed beside it."""
    release = threading.Event()
    monkeypatch.setattr(housekeeping, "send_mails", lambda _runtime: release.wait(20))
    stop = threading.Event()
    thread = keeper(house, "one", stop)
    try:
        wait_until(lambda: lease_of(house) is not None)
        with undelivered(house) as work:
            make_revision(work, State.PUBLISHED)
        wait_until(lambda: difference(house.reading, house.index) == ())
        assert not release.is_set()
    finally:
        release.set()
        stop.set()
        thread.join(timeout=20)


def test_what_the_index_refused_is_tried_later_and_later(clock):
    retry = Retry()
    assert not retry.is_due(clock.now())
    retry.note(clock.now(), is_left=True, tried=False)
    for wait in (10, 20, 40, 80):
        # Looking at it in between, without trying, changes nothing.
        clock.advance(seconds=wait - 1)
        retry.note(clock.now(), is_left=True, tried=False)
        assert not retry.is_due(clock.now())
        clock.advance(seconds=1)
        assert retry.is_due(clock.now())
        retry.note(clock.now(), is_left=True, tried=True)
    retry.note(clock.now(), is_left=False, tried=False)
    assert retry == Retry()
