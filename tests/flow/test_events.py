"""The audit trail and the outbox: written as one, tamper-evident, delivered at least once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
import logging

import pytest
from sqlalchemy import text

from kb.core.event import Event
from kb.events.audit import GENESIS, chained_hash, first_broken_entry
from kb.events.dispatcher import BATCH, deliver_batch
from kb.events.types import SUBSCRIPTIONS, Consumer, EventType
from kb.practices.lifecycle import Action, State, Withdrawal
from kb.runtime import Runtime
from kb.workflow.service import perform
from tests.database import deliveries, entries, snapshot, undelivered
from tests.lifecycle_table import EXPECTED
from tests.make import make_content, make_revision, make_vocabularies


def emit(runtime: Runtime, *types: str, **facts: object) -> None:
    with undelivered(runtime) as work:
        for number, kind in enumerate(types):
            work.emit(Event(kind, actor_id=number, data={"n": number, **facts}))


# The trail.


def test_there_is_an_event_type_for_every_action_and_no_typo(site):
    actions = {f"practice.{action}" for _, action in EXPECTED}
    others = {
        kind.value
        for kind in EventType
        if not kind.startswith("practice.")
        or kind in {"practice.created", "practice.shared", "practice.unshared"}
        or kind == "practice.note_added"
    }
    assert set(EventType) == actions | others
    assert not actions & others
    before = snapshot(site)
    with pytest.raises(ValueError, match=r"practice\.invented"):
        emit(site, "practice.archive", "practice.invented")
    assert snapshot(site) == before


def test_the_chain_is_numbered_and_linked(fresh_runtime):
    assert entries(fresh_runtime) == []
    with fresh_runtime.reading() as session:
        assert first_broken_entry(session) is None
    emit(fresh_runtime, "practice.created", "practice.submit")
    emit(fresh_runtime, "practice.archive")
    found = entries(fresh_runtime)
    assert [entry.id for entry in found] == [1, 2, 3]
    assert [entry.previous_hash for entry in found] == [GENESIS, found[0].hash, found[1].hash]
    assert [chained_hash(entry) for entry in found] == [entry.hash for entry in found]
    assert {entry.at for entry in found} == {fresh_runtime.clock.now()}
    with fresh_runtime.reading() as session:
        assert first_broken_entry(session) is None


def unlock(runtime: Runtime) -> str:
    """What an attacker with the database in hand would do first."""
    if runtime.engine.dialect.name == "sqlite":
        return "DROP TRIGGER audit_entries_no_UPDATE; DROP TRIGGER audit_entries_no_DELETE"
    return "DROP TRIGGER audit_entries_append_only ON audit_entries"


CHANGE = "UPDATE audit_entries SET {} WHERE id = 3"
INSERT = (
    "INSERT INTO audit_entries (id, at, type, data, previous_hash, hash) "
    "SELECT {}, at, type, data, {}, 'forged' FROM audit_entries WHERE id = 6"
)
TAMPERING: dict[str, tuple[str, int]] = {
    "actor changed": (CHANGE.format("actor_id = 77"), 3),
    "actor blotted out": (CHANGE.format("actor_id = NULL"), 3),
    "type changed": (CHANGE.format("type = 'practice.publish'"), 3),
    "practice changed": (CHANGE.format("practice_id = 5"), 3),
    "revision changed": (CHANGE.format("revision_id = 5"), 3),
    "time changed": (CHANGE.format("at = '2020-01-01 00:00:00+00:00'"), 3),
    "data changed": (CHANGE.format("""data = '{"n": 99}'"""), 3),
    "hash changed": (CHANGE.format(f"hash = '{'0' * 63}1'"), 3),
    "previous hash changed": (CHANGE.format(f"previous_hash = '{'0' * 63}1'"), 3),
    "one deleted in the middle": ("DELETE FROM audit_entries WHERE id = 3", 4),
    "the first deleted": ("DELETE FROM audit_entries WHERE id = 1", 2),
    "the tail deleted": ("DELETE FROM audit_entries WHERE id >= 5", 5),
    "all deleted": ("DELETE FROM audit_entries", 1),
    "renumbered": ("UPDATE audit_entries SET id = 60 WHERE id = 6", 60),
    "one appended": (INSERT.format(7, "hash"), 7),
    "one inserted before the first": (INSERT.format(0, f"'{'e' * 64}'"), 0),
    "two exchanged": (
        "UPDATE audit_entries SET actor_id = 3 - actor_id WHERE actor_id IN (1, 2)",
        3,
    ),
    "the head set back": ("UPDATE audit_head SET entries = 5", 7),
    "the head forged": ("UPDATE audit_head SET hash = 'forged'", 7),
    "the head gone": ("DELETE FROM audit_head", 7),
}


@pytest.mark.parametrize("case", TAMPERING)
def test_tampering_is_found_where_it_was_done(site, case):
    """In a transaction that is rolled back, so that each case begins with a whole trail."""
    if len(entries(site)) < 6:
        emit(site, *["practice.archive"] * (6 - len(entries(site))))
    with site.reading() as session:
        keep_only_six(session)
        assert first_broken_entry(session) is None
        statement, found = TAMPERING[case]
        for part in (*unlock(site).split(";"), statement):
            session.execute(text(part.replace(":", r"\:")))
        assert first_broken_entry(session) == found


def keep_only_six(session) -> None:
    """Make the first six entries the whole trail, for this transaction."""
    session.execute(text("DELETE FROM deliveries"))
    dialect = session.bind.dialect.name
    if dialect == "sqlite":
        create = session.scalar(
            text("SELECT sql FROM sqlite_master WHERE name = 'audit_entries_no_DELETE'")
        )
        session.execute(text("DROP TRIGGER audit_entries_no_DELETE"))
    else:
        session.execute(text("ALTER TABLE audit_entries DISABLE TRIGGER USER"))
    session.execute(text("DELETE FROM audit_entries WHERE id > 6"))
    session.execute(
        text(
            "UPDATE audit_head SET entries = 6, "
            "hash = (SELECT hash FROM audit_entries WHERE id = 6)"
        )
    )
    if dialect == "sqlite":
        session.execute(text(create.replace(":", r"\:")))
    else:
        session.execute(text("ALTER TABLE audit_entries ENABLE TRIGGER USER"))


def test_a_use_case_that_fails_leaves_no_trace(site):
    with site.begin() as work:
        revision, people = make_revision(work, State.PUBLISHED)
        revision_id = revision.id
    before = snapshot(site)

    def fail():
        with site.begin() as work:
            make_revision(work, State.PUBLISHED)
            perform(
                work,
                people["editor"],
                revision_id,
                Action.WITHDRAW,
                "why",
                withdrawal=Withdrawal.ERROR,
            )
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert snapshot(site) == before
    assert deliveries(site) == []


def test_events_hold_ids_and_codes_and_never_words(site):
    canary = "Zacanari"
    content = make_content()
    content["texts"]["fr"]["title"] = canary
    content["texts"]["fr"]["sections"]["results"] = canary
    last = len(entries(site))
    with site.begin() as work:
        revision, people = make_revision(work, State.PUBLISHED, content)
        perform(
            work,
            people["editor"],
            revision.id,
            Action.WITHDRAW,
            canary,
            withdrawal=Withdrawal.ERROR,
        )
    told = [str(entry.data) for entry in entries(site, after=last)]
    assert len(told) == 9
    assert [data for data in told if canary in data or content["slug"] in data] == []


# The outbox.

NEWS = Consumer.NOTIFICATIONS


def test_who_is_told_what(fresh_runtime):
    emit(fresh_runtime, *EventType)
    told = {e.id: e.type for e in entries(fresh_runtime)}
    queued = {
        consumer: {told[delivery.entry_id] for delivery in deliveries(fresh_runtime, consumer)}
        for consumer in Consumer
    }
    # Whom each of these concerns is told in the table of recipients.
    assert queued == SUBSCRIPTIONS
    assert set(SUBSCRIPTIONS) == set(Consumer)


def handler_of(seen: list[list[int]], fail: Callable[[], bool] = lambda: False):
    def handle(_work, batch):
        seen.append([entry.id for entry in batch])
        if fail():
            raise RuntimeError("the words of a text")

    return handle


def test_what_is_due_is_handed_over_in_order_and_forgotten(fresh_runtime):
    emit(fresh_runtime, "practice.publish", "practice.supersede", "practice.archive")
    emit(fresh_runtime, "practice.restore")
    seen: list[list[int]] = []
    runtime = replace(fresh_runtime, handlers={NEWS: handler_of(seen)})
    assert runtime.deliver() == 3
    assert seen == [[1, 3, 4]]
    assert deliveries(runtime) == []
    assert runtime.deliver() == 0
    assert seen == [[1, 3, 4]]


def test_many_are_handed_over_in_batches(fresh_runtime):
    emit(fresh_runtime, *["practice.archive"] * (BATCH + 5))
    seen: list[list[int]] = []
    assert replace(fresh_runtime, handlers={NEWS: handler_of(seen)}).deliver() == BATCH + 5
    assert [len(batch) for batch in seen] == [BATCH, 5]


WAITS = [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600]


def test_a_failing_consumer_is_tried_again_later_and_later(fresh_runtime, caplog):
    emit(fresh_runtime, "practice.publish")
    seen: list[list[int]] = []
    runtime = replace(fresh_runtime, handlers={NEWS: handler_of(seen, lambda: True)})
    for attempt, wait in enumerate(WAITS, 1):
        runtime.deliver()
        (delivery,) = deliveries(runtime)
        assert (delivery.attempts, delivery.last_error) == (attempt, "RuntimeError")
        assert delivery.due_at == runtime.clock.now() + timedelta(seconds=wait)
        runtime.clock.advance(seconds=wait - 1)
        runtime.deliver()
        assert len(seen) == attempt
        runtime.clock.advance(seconds=1)
    errors = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert [record.getMessage() for record in errors] == ["consumer notifications failed"] * len(
        WAITS
    )


def test_what_a_failing_consumer_wrote_is_undone_and_it_gets_the_batch_again(fresh_runtime):
    failing = [True]
    seen: list[list[int]] = []

    def handle(work, batch):
        make_vocabularies(work)
        work.events.clear()
        handler_of(seen, lambda: failing[0])(work, batch)

    emit(fresh_runtime, "practice.publish", "practice.archive")
    runtime = replace(fresh_runtime, handlers={NEWS: handle})
    runtime.deliver()
    assert snapshot(runtime)["vocabularies"] == []
    failing[0] = False
    runtime.clock.advance(seconds=10)
    runtime.deliver()
    assert snapshot(runtime)["vocabularies"] != []
    assert seen == [[1, 2], [1, 2]]


def test_one_failing_consumer_stops_nobody_else(fresh_runtime, monkeypatch):
    monkeypatch.setattr(
        "kb.events.audit.SUBSCRIPTIONS",
        {"sms": {EventType.PRACTICE_PUBLISH}, "mail": {EventType.PRACTICE_PUBLISH}},
    )
    emit(fresh_runtime, "practice.publish")
    taken: list[list[int]] = []
    handlers = {"sms": handler_of([], lambda: True), "mail": handler_of(taken)}
    runtime = replace(fresh_runtime, handlers=handlers)
    runtime.deliver()
    assert taken == [[1]]
    assert [(d.consumer, d.attempts) for d in deliveries(runtime, "sms")] == [("sms", 1)]


def test_new_events_do_not_wait_for_the_failing_ones(fresh_runtime):
    seen: list[list[int]] = []
    runtime = replace(fresh_runtime, handlers={NEWS: handler_of(seen, lambda: len(seen) == 1)})
    emit(runtime, "practice.publish")
    runtime.deliver()
    emit(runtime, "practice.archive")
    runtime.deliver()
    assert seen == [[1], [2]]


def test_losing_the_nudge_loses_nothing(fresh_runtime):
    """The process dies between commit and delivery: another one delivers."""
    with undelivered(fresh_runtime) as work:
        make_vocabularies(work)
        revision, _ = make_revision(work, State.PUBLISHED)
        slug = revision.practice.slug
    queued = deliveries(fresh_runtime)
    assert queued
    assert {d.attempts for d in queued} == {0}
    fresh_runtime.deliver()
    assert set(fresh_runtime.index.stamps()) == {slug}
    assert deliveries(fresh_runtime) == []


def test_a_nudge_that_fails_does_not_fail_the_use_case(fresh_runtime, caplog):
    def handle(_work, _batch):
        raise KeyboardInterrupt

    runtime = replace(fresh_runtime, handlers={NEWS: handler_of([], lambda: True)})
    with runtime.begin() as work:
        work.emit(Event("practice.archive"))
    assert [d.attempts for d in deliveries(runtime)] == [1]
    assert len(entries(runtime)) == 1
    # A delivery that is cut off, by a kill or a break, is still there for the next.
    runtime = replace(fresh_runtime, handlers={NEWS: handle})
    runtime.clock.advance(seconds=10)
    with pytest.raises(KeyboardInterrupt):
        runtime.deliver()
    assert [d.attempts for d in deliveries(runtime)] == [1]


@pytest.mark.parametrize(
    "fresh_runtime",
    [pytest.param("postgresql", marks=pytest.mark.postgresql)],
    indirect=True,
)
def test_two_dispatchers_do_not_share_a_batch(fresh_runtime):
    """PostgreSQL lets two in at once; on SQLite the second would wait for the first."""
    emit(fresh_runtime, "practice.publish", "practice.archive")
    first: list[list[int]] = []
    second: list[list[int]] = []
    with undelivered(fresh_runtime) as one, undelivered(fresh_runtime) as other:
        assert deliver_batch(one, NEWS, handler_of(first)) == 2
        assert deliver_batch(other, NEWS, handler_of(second)) == 0
    assert (first, second) == ([[1, 2]], [])
