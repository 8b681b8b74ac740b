"""Promise 20: many writers at once; nobody gets an error, nothing is lost, the trail holds.

What two people type into the same field is in `tests/web/test_contribute.py`: 409 with both texts.
"""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import func, select

from kb.core.event import Event
from kb.events.audit import first_broken_entry
from kb.events.models import AuditEntry
from kb.operations.models import SiteFact
from kb.practices.lifecycle import Action, State, Withdrawal
from kb.practices.models import Practice
from kb.practices.queries import get_revision
from kb.practices.service import save_working_copy
from kb.workflow.service import perform
from tests.database import entries, undelivered
from tests.make import make_content, make_revision, make_vocabularies

WRITERS, TRANSACTIONS = 8, 200


def test_eight_writers_read_then_write(sqlite_runtime):
    """With SQLite's own deferred BEGIN more than half of these would fail."""
    with undelivered(sqlite_runtime) as work:
        work.session.add(SiteFact(name="counter", value="0"))

    def count(_writer: int) -> None:
        for _ in range(TRANSACTIONS):
            with undelivered(sqlite_runtime) as work:
                fact = work.session.get_one(SiteFact, "counter")
                fact.value = str(int(fact.value) + 1)

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(count, range(WRITERS)))
    with sqlite_runtime.reading() as session:
        assert session.get_one(SiteFact, "counter").value == str(WRITERS * TRANSACTIONS)


def test_eight_authors_save_two_hundred_times_each(sqlite_runtime):
    """Nobody is refused, and each draft holds its author's last words."""
    with undelivered(sqlite_runtime) as work:
        drafts = [make_revision(work)[::-1] for _ in range(WRITERS)]
        drafts = [(people["author"], revision.id) for people, revision in drafts]

    def write(writer: int) -> None:
        author, revision_id = drafts[writer]
        for number in range(1, TRANSACTIONS + 1):
            with undelivered(sqlite_runtime) as work:
                words = {"texts": {"fr": {"title": f"{writer} {number}"}}}
                save_working_copy(work, author, revision_id, number, words)

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))
    with sqlite_runtime.reading() as session:
        for writer, (_author, revision_id) in enumerate(drafts):
            revision = get_revision(session, revision_id)
            assert revision.lock_number == TRANSACTIONS + 1
            assert revision.working_copy["texts"]["fr"]["title"] == f"{writer} {TRANSACTIONS}"


def test_the_trail_of_many_writers_is_one_chain(fresh_runtime):
    def write(writer: int) -> None:
        for number in range(15):
            with undelivered(fresh_runtime) as work:
                work.emit(Event("practice.created", actor_id=writer, data={"n": number}))
                work.emit(Event("practice.archive", actor_id=writer, data={"n": number}))

    write(99)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    with fresh_runtime.reading() as session:
        assert session.scalar(select(func.count()).select_from(AuditEntry)) == 150
        assert first_broken_entry(session) is None
    for writer in range(4):
        own = [entry.data["n"] for entry in entries(fresh_runtime) if entry.actor_id == writer]
        assert own == [n for n in range(15) for _ in "ab"]


def test_two_editors_who_decide_at_once_decide_once(fresh_runtime):
    """One publishes, one rejects: exactly one of them, and the other is told."""
    with fresh_runtime.begin() as work:
        make_vocabularies(work)
    for _ in range(4):
        with fresh_runtime.begin() as work:
            revision, people = make_revision(work, State.APPROVED)
            revision_id = revision.id
        outcomes = both(fresh_runtime, people["editor"], revision_id)
        done = [outcome for outcome in outcomes if isinstance(outcome, State)]
        assert len(done) == 1
        with fresh_runtime.reading() as session:
            assert get_revision(session, revision_id).state is done[0]


def both(runtime, editor, revision_id):
    def act(action):
        try:
            with undelivered(runtime) as work:
                done = perform(
                    work, editor, revision_id, action, "why", withdrawal=Withdrawal.ERROR
                )
                return done.state
        except Exception as error:  # noqa: BLE001 - the test looks at it
            return type(error).__name__

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(act, (Action.PUBLISH, Action.REJECT)))
    assert [o for o in outcomes if not isinstance(o, State)] == ["Conflict"]
    return outcomes


def test_readers_are_not_kept_waiting_by_a_writer(sqlite_runtime):
    with sqlite_runtime.begin() as work:
        make_vocabularies(work)
        make_revision(work, State.PUBLISHED)
    with undelivered(sqlite_runtime) as work:
        make_revision(work, State.PUBLISHED, make_content())
        with sqlite_runtime.reading() as session:
            assert session.scalar(select(func.count()).select_from(Practice)) == 1
