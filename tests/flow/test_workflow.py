"""The whole workflow on both databases: every state, every action, everybody who may not."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import date, timedelta
from itertools import product

import pytest
from sqlalchemy import select

from kb.accounts.permissions import OPERATOR, Actor, Role
from kb.core.errors import Conflict, Forbidden, NotFound
from kb.core.unit_of_work import UnitOfWork
from kb.events.queries import Entry, Place, entries_after
from kb.events.types import CHANGING_WHAT_IS_PUBLIC
from kb.practices.lifecycle import Action, State, Withdrawal
from kb.practices.models import Revision, RevisionAuthor, TransitionNote, Version
from kb.practices.queries import get_revision
from kb.reviews.rules import Decision, Outcome
from kb.reviews.service import assign, give_verdict, sign_off
from kb.runtime import Runtime
from kb.workflow.service import perform
from tests.database import changes, deliveries, entries, snapshot, undelivered
from tests.lifecycle_table import EXPECTED
from tests.make import ANSWERS, RATINGS, make_next, make_revision, make_user, make_vocabularies

pytestmark = pytest.mark.usefixtures("roles_end")

People = dict[str, Actor]
EVERY_PAIR = tuple(product(State, Action))
ALLOWED_PAIRS = [pair for pair in EVERY_PAIR if EXPECTED[pair] and pair[1] is not Action.SUPERSEDE]
# Who does what where nothing else is said.
DOERS = dict.fromkeys(Action, "editor") | {
    Action.SUBMIT: "author",
    Action.RECALL: "author",
    Action.ABANDON: "author",
    Action.IMPORT: "operator",
}
TOLD_TO_THE_INDEX = {
    "practice.publish",
    "practice.supersede",
    "practice.archive",
    "practice.restore",
    "practice.withdraw",
    "practice.import",
}


TOLD_ROWS = {"notifications", "mails"}
GROWN_ALWAYS = {"revisions": 0, "audit_entries": 1, "audit_head": 0, "transition_notes": 1}
# Country, region, actor, theme, kind, origin, maturity, evidence: one term each.
FROZEN = {"versions": 1, "rendered_texts": 1, "version_tags": 8}
GROWN = {
    Action.SUBMIT: FROZEN,
    Action.IMPORT: FROZEN,
    Action.WITHDRAW: {"withdrawal_reasons": 1},
}


def ready(work: UnitOfWork, state: State) -> tuple[Revision, People]:
    """A revision in this state with all that any action could ask for besides the state."""
    if state is State.SUPERSEDED:
        revision, people = make_revision(work, State.PUBLISHED)
        make_next(work, people, revision, State.PUBLISHED)
    else:
        revision, people = make_revision(work, state)
    people["operator"] = OPERATOR
    if state is State.SUBMITTED:
        assign(work, people["editor"], revision.id, people["reviewer"].user_id, None)
    if state is State.IN_REVIEW:
        give_verdict(work, people["reviewer"], revision.id, Decision.ACCEPT, ratings=RATINGS)
        sign_off(work, people["safeguard"], revision.id, Outcome.PASS, ANSWERS)
    return revision, people


def fetch(site: Runtime, revision_id: int) -> Revision:
    with site.reading() as session:
        revision = get_revision(session, revision_id)
        session.expunge(revision)
        return revision


def last_note(site: Runtime, revision_id: int) -> TransitionNote:
    with site.reading() as session:
        return session.scalars(
            select(TransitionNote).where(TransitionNote.revision_id == revision_id)
        ).all()[-1]


def followed_since(site: Runtime, last: int) -> Sequence[Entry]:
    """What the indexes are told of after this entry."""
    with site.reading() as session:
        return entries_after(session, Place(last, ""), CHANGING_WHAT_IS_PUBLIC)


@pytest.mark.matrix
@pytest.mark.parametrize(("state", "action"), EVERY_PAIR)
def test_every_action_in_every_state(site, state, action):
    with site.begin() as work:
        revision, people = ready(work, state)
        revision_id, version_id = revision.id, revision.version_id
    before, last = snapshot(site), len(entries(site))
    actor = people[DOERS[action]]
    site.clock.advance(minutes=1)

    new = EXPECTED[state, action]
    if action is Action.SUPERSEDE or new is None:
        error = Forbidden if action is Action.SUPERSEDE else Conflict
        with pytest.raises(error), undelivered(site) as work:
            perform(work, actor, revision_id, action, "why", withdrawal=Withdrawal.ERROR)
        assert snapshot(site) == before
        return

    with undelivered(site) as work:
        perform(work, actor, revision_id, action, "why", withdrawal=Withdrawal.ERROR)

    after = fetch(site, revision_id)
    assert (after.state, after.state_since) == (new, site.clock.now())
    assert (after.version_id == version_id) is (GROWN.get(action) is not FROZEN)
    (entry,) = entries(site, after=last)
    note = last_note(site, revision_id)
    assert (note.text, note.action, note.author_id) == ("why", action, actor.user_id)
    assert (entry.type, entry.actor_id, entry.practice_id, entry.revision_id, entry.data) == (
        f"practice.{action}",
        actor.user_id,
        after.practice_id,
        revision_id,
        {
            "from": state.value,
            "to": new.value,
            "version_id": after.version_id,
            "note_id": note.id,
        },
    )
    told = [(entry.type, after.practice_id)] if entry.type in TOLD_TO_THE_INDEX else []
    assert followed_since(site, last) == told
    site.deliver()
    assert deliveries(site) == []
    # And it has written nothing else, apart from who is told of it.
    written = changes(before, snapshot(site))
    own = {table: rows for table, rows in written.items() if table not in TOLD_ROWS}
    assert own == GROWN.get(action, {}) | GROWN_ALWAYS


EVERYBODY = (
    "visitor",
    "author",
    "reviewer",
    "other reviewer",
    "safeguard",
    "editor",
    "editor-author",
    "other contributor",
    "member",
    "trainer",
    "admin",
    "operator",
)
MAY = {
    Action.SUBMIT: {"author", "editor-author"},
    Action.RECALL: {"author", "editor-author"},
    Action.ABANDON: {"author", "editor-author"},
    Action.ASSIGN: {"editor"},
    Action.REQUEST_CHANGES: {"editor", "reviewer"},
    Action.APPROVE: {"editor"},
    Action.REOPEN: {"editor"},
    Action.PUBLISH: {"editor"},
    Action.REJECT: {"editor"},
    Action.ARCHIVE: {"editor", "editor-author"},
    Action.RESTORE: {"editor"},
    Action.WITHDRAW: {"editor", "editor-author"},
    Action.IMPORT: {"operator"},
}


def add_bystanders(work: UnitOfWork, revision: Revision, people: People) -> None:
    people |= {
        "visitor": Actor(),
        "other reviewer": make_user(work, Role.REVIEWER),
        "editor-author": make_user(work, Role.EDITOR, Role.CONTRIBUTOR, Role.REVIEWER),
        "other contributor": make_user(work, Role.CONTRIBUTOR),
        "member": make_user(work, Role.MEMBER),
        "trainer": make_user(work, Role.TRAINER),
        "admin": make_user(work, Role.ADMIN),
    }
    # The editor's own text: they are its co-author.
    revision.authors.append(RevisionAuthor(user_id=people["editor-author"].user_id))
    work.session.flush()


@pytest.mark.matrix
@pytest.mark.parametrize(("state", "action"), ALLOWED_PAIRS)
def test_nobody_else_may(site, state, action):
    with site.begin() as work:
        revision, people = ready(work, state)
        add_bystanders(work, revision, people)
        revision_id = revision.id
        # Noise: each bystander is somebody in another revision.
        _, elsewhere = make_revision(work, State.IN_REVIEW)
    people["author elsewhere"] = elsewhere["author"]
    people["reviewer elsewhere"] = elsewhere["reviewer"]
    before = snapshot(site)
    assert set(people) - {"author elsewhere", "reviewer elsewhere"} == set(EVERYBODY)
    for who in {*people} - MAY[action]:
        with pytest.raises(Forbidden), site.begin() as work:
            perform(work, people[who], revision_id, action, "why", withdrawal=Withdrawal.ERROR)
    assert snapshot(site) == before
    for who in MAY[action]:
        assert state_after(site, people[who], revision_id, action) is EXPECTED[state, action]
    assert snapshot(site) == before


def state_after(site: Runtime, actor: Actor, revision_id: int, action: Action) -> State:
    """What the action would lead to; nothing is kept."""
    with suppress(ZeroDivisionError), site.begin() as work:
        state = perform(work, actor, revision_id, action, "why", withdrawal=Withdrawal.ERROR).state
        raise ZeroDivisionError
    return state


def test_a_revision_that_never_was(site):
    with pytest.raises(NotFound), site.begin() as work:
        perform(work, OPERATOR, 999_999, Action.IMPORT)


def test_the_long_way_to_the_public_and_back(site):
    """Draft to published by way of a request for changes, then archived, restored, withdrawn."""
    with site.begin() as work:
        revision, people = make_revision(work, State.CHANGES_REQUESTED)
        revision_id = revision.id
    first = fetch(site, revision_id).version_id
    with site.begin() as work:
        perform(work, people["author"], revision_id, Action.SUBMIT)
        perform(work, people["editor"], revision_id, Action.ASSIGN)
        give_verdict(work, people["reviewer"], revision_id, Decision.ACCEPT, ratings=RATINGS)
        sign_off(work, people["safeguard"], revision_id, Outcome.PASS, ANSWERS)
        perform(work, people["editor"], revision_id, Action.APPROVE)
    published_at = site.clock.now() + timedelta(days=3)
    site.clock.advance(days=3)
    with site.begin() as work:
        perform(work, people["editor"], revision_id, Action.PUBLISH)
    published = fetch(site, revision_id)
    assert published.version_id != first
    assert published.published_at == published_at
    assert published.review_due_on == date(
        published_at.year + 2, published_at.month, published_at.day
    )
    assert published.imported is False
    for action, state in (
        (Action.ARCHIVE, State.ARCHIVED),
        (Action.RESTORE, State.PUBLISHED),
        (Action.WITHDRAW, State.WITHDRAWN),
    ):
        site.clock.advance(days=1)
        with site.begin() as work:
            perform(
                work, people["editor"], revision_id, action, "why", withdrawal=Withdrawal.ERROR
            )
        now = fetch(site, revision_id)
        assert (now.state, now.published_at, now.version_id) == (
            state,
            published_at,
            published.version_id,
        )


def test_an_import_is_published_and_says_what_it_is(site):
    with site.begin() as work:
        revision, _ = make_revision(work)
        perform(work, OPERATOR, revision.id, Action.IMPORT)
        revision_id = revision.id
    after = fetch(site, revision_id)
    assert (after.state, after.imported) == (State.PUBLISHED, True)
    with site.reading() as session:
        version = session.get_one(Version, after.version_id)
        assert (version.number, version.created_by_id) == (1, None)


@pytest.mark.parametrize(
    ("published", "due"),
    [("2026-03-01", "2028-03-01"), ("2028-02-29", "2030-02-28"), ("2027-02-28", "2029-02-28")],
)
def test_when_it_is_to_be_reviewed_again(sqlite_runtime, clock, published, due):
    clock.time = clock.time.replace(
        year=int(published[:4]), month=int(published[5:7]), day=int(published[8:])
    )
    with sqlite_runtime.begin() as work:
        make_vocabularies(work)
        revision, _ = make_revision(work, State.PUBLISHED)
        assert str(revision.review_due_on) == due


def test_practices_keep_apart(site):
    """What happens to one practice touches no row of another."""
    with site.begin() as work:
        other, _ = make_revision(work, State.PUBLISHED)
        other_id = other.id
        revision, people = make_revision(work, State.PUBLISHED)
        revision_id = revision.id
    before = fetch(site, other_id).__dict__ | {"_sa_instance_state": None}
    with site.begin() as work:
        perform(
            work,
            people["editor"],
            revision_id,
            Action.WITHDRAW,
            "why",
            withdrawal=Withdrawal.ERROR,
        )
    assert fetch(site, other_id).__dict__ | {"_sa_instance_state": None} == before
