"""What asks somebody to act, and that it is done once it is done."""

from dataclasses import dataclass

import pytest
from sqlalchemy import select

from kb.accounts import access_requests
from kb.accounts.access_requests import NewRequest
from kb.accounts.permissions import Actor, Role
from kb.accounts.service import decide_request
from kb.accounts.throttle import Caller
from kb.adoption.models import Adoption
from kb.adoption.service import tell
from kb.core.unit_of_work import UnitOfWork
from kb.events.models import AuditEntry
from kb.events.types import EventType
from kb.notifications.models import Notification
from kb.notifications.recipients import NOBODY, RECIPIENTS, TO_DO, Concerned
from kb.notifications.service import consume, mark_done
from kb.practices.lifecycle import Action, State
from kb.practices.models import Revision
from kb.reviews.rules import Decision, Outcome
from kb.reviews.service import assign, comment, give_verdict, sign_off, unassign
from kb.runtime import Runtime
from kb.workflow.service import perform
from tests.adopting import make_adoption, make_member
from tests.database import snapshot
from tests.make import ANSWERS, RATINGS, make_revision, make_user, make_vocabularies, take_step


@dataclass
class House:
    """One text on its way, its people, and another text with people of its own."""

    runtime: Runtime
    people: dict[str, Actor]
    revision: int

    def step(self, action: Action) -> None:
        with self.runtime.begin() as work:
            revision = work.session.get_one(Revision, self.revision)
            take_step(work, self.people, revision, action)

    def to_do(self) -> dict[str, list[str]]:
        """What each has still to do, by name; of the bystanders as well."""
        query = (
            select(Notification.user_id, AuditEntry.type)
            .join(AuditEntry, AuditEntry.id == Notification.entry_id)
            .where(Notification.to_do_as.is_not(None), Notification.done_at.is_(None))
            .order_by(Notification.id)
        )
        names = {actor.user_id: name for name, actor in self.people.items()}
        found: dict[str, list[str]] = {}
        with self.runtime.reading() as session:
            for user_id, kind in session.execute(query):
                found.setdefault(names.get(user_id, "bystander"), []).append(kind)
        return found


@pytest.fixture
def house(fresh_runtime: Runtime) -> House:
    with fresh_runtime.begin() as work:
        make_vocabularies(work)
        revision, people = make_revision(work, State.DRAFT)
        number = revision.id
    return House(fresh_runtime, people, number)


def another(house: House) -> None:
    with house.runtime.begin() as work:
        make_revision(work, State.IN_REVIEW)


def test_the_table_names_only_who_is_told():
    for kind, circle in TO_DO:
        assert circle in RECIPIENTS.get(kind, NOBODY), (kind, circle)
    assert all(TO_DO.values())


def test_each_step_asks_somebody_and_settles_what_was_asked_before(house):
    assert house.to_do() == {}
    house.step(Action.SUBMIT)
    assert house.to_do() == {"editor": ["practice.submit"]}
    house.step(Action.ASSIGN)
    assert house.to_do() == {"reviewer": ["review.assigned"], "safeguard": ["practice.assign"]}
    house.step(Action.REQUEST_CHANGES)
    assert house.to_do() == {"author": ["practice.request_changes"]}
    house.step(Action.SUBMIT)
    assert house.to_do() == {"editor": ["practice.submit"], "reviewer": ["practice.submit"]}
    with house.runtime.begin() as work:
        perform(work, house.people["editor"], house.revision, Action.ASSIGN)
    assert house.to_do() == {"reviewer": ["practice.submit"], "safeguard": ["practice.assign"]}
    with house.runtime.begin() as work:
        give_verdict(
            work, house.people["reviewer"], house.revision, Decision.ACCEPT, ratings=RATINGS
        )
    assert house.to_do() == {"editor": ["review.verdict"], "safeguard": ["practice.assign"]}
    with house.runtime.begin() as work:
        sign_off(work, house.people["safeguard"], house.revision, Outcome.PASS, ANSWERS)
    assert house.to_do() == {"editor": ["review.verdict", "review.sign_off"]}
    with house.runtime.begin() as work:
        perform(work, house.people["editor"], house.revision, Action.APPROVE)
    assert house.to_do() == {}
    house.step(Action.PUBLISH)
    assert house.to_do() == {}


def test_another_text_settles_nothing_here(house):
    house.step(Action.SUBMIT)
    before = house.to_do()
    another(house)
    found = house.to_do()
    found.pop("bystander")
    # The editor of this text is asked about the other one as well, and has it settled for them.
    assert {name: kinds[:1] for name, kinds in found.items() if name in before} == before


@pytest.mark.parametrize("action", [Action.RECALL, Action.REJECT])
def test_what_is_taken_back_or_refused_is_not_to_be_done(house, action):
    house.step(Action.SUBMIT)
    house.step(action)
    assert house.to_do() == {}


def test_one_verdict_settles_nothing_for_the_other_reviewer(house):
    with house.runtime.begin() as work:
        house.people["second"] = make_user(work, Role.REVIEWER)
    house.step(Action.SUBMIT)
    house.step(Action.ASSIGN)
    editor, second = house.people["editor"], house.people["second"].user_id or 0
    with house.runtime.begin() as work:
        assign(work, editor, house.revision, second, None)
    with house.runtime.begin() as work:
        give_verdict(
            work, house.people["reviewer"], house.revision, Decision.ACCEPT, ratings=RATINGS
        )
    asked = house.to_do()
    assert asked.get("second") == ["review.assigned"]
    assert "reviewer" not in asked
    with house.runtime.begin() as work:
        unassign(work, editor, house.revision, second)
    assert "second" not in house.to_do()


def test_a_comment_is_news(house):
    house.step(Action.SUBMIT)
    with house.runtime.begin() as work:
        comment(work, house.people["editor"], house.revision, "a remark")
    assert house.to_do() == {"editor": ["practice.submit"]}


def ask(work: UnitOfWork, email: str) -> None:
    new = NewRequest(email, "N", "O", "ML", "P", "fr")
    access_requests.ask_for_access(work, Caller("", "192.0.2.1"), new)


def test_an_answered_request_is_done_and_the_others_wait(house):
    with house.runtime.begin() as work:
        ask(work, "a@example.org")
    with house.runtime.begin() as work:
        ask(work, "b@example.org")
    assert house.to_do() == {"editor": ["account.access_requested"] * 2}
    with house.runtime.begin() as work:
        decide_request(work, house.people["editor"], 1, None)
    assert house.to_do() == {"editor": ["account.access_requested"]}


def test_settling_twice_or_late_changes_nothing(house):
    house.step(Action.SUBMIT)
    house.step(Action.ASSIGN)
    house.step(Action.REQUEST_CHANGES)
    before = snapshot(house.runtime)
    with house.runtime.begin() as work:
        last = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(3)
        consume(work, work.session.scalars(last).all())
    assert snapshot(house.runtime) == before


def test_somebody_marks_their_own_as_done_and_no_other(house, clock):
    house.step(Action.SUBMIT)
    with house.runtime.reading() as session:
        (number,) = session.scalars(
            select(Notification.id).where(Notification.to_do_as.is_not(None))
        ).all()
    editor, author = (house.people[who].user_id or 0 for who in ("editor", "author"))
    with house.runtime.begin() as work:
        assert not mark_done(work, author, number)
        assert not mark_done(work, editor, 987654)
    assert house.to_do() == {"editor": ["practice.submit"]}
    with house.runtime.begin() as work:
        assert mark_done(work, editor, number)
        assert not mark_done(work, editor, number)
    assert house.to_do() == {}
    with house.runtime.reading() as session:
        row = session.get_one(Notification, number)
    assert (row.done_at, row.read_at) == (clock.now(), clock.now())


def test_news_cannot_be_done(house):
    house.step(Action.SUBMIT)
    house.step(Action.REJECT)
    author = house.people["author"].user_id or 0
    with house.runtime.reading() as session:
        kinds = select(Notification.id).where(Notification.user_id == author)
        (number,) = session.scalars(kinds).all()
    with house.runtime.begin() as work:
        assert not mark_done(work, author, number)
    assert EventType.PRACTICE_REJECT not in {kind for kind, _ in TO_DO}


def test_what_came_of_it_after_three_months_says_nothing_of_the_sixth(house):
    with house.runtime.begin() as work:
        published, _ = make_revision(work, State.PUBLISHED)
        member = make_member(work)
        adoption = make_adoption(work, member, published.practice.slug)
        for month in (3, 6):
            tell(work, EventType.FOLLOW_UP_DUE, Actor(), adoption, month=month)
        number = adoption.id
    with house.runtime.begin() as work:
        adoption = work.session.get_one(Adoption, number)
        tell(work, EventType.FOLLOW_UP_DONE, member, adoption, month=3)
    waiting = (
        select(AuditEntry)
        .join(Notification, Notification.entry_id == AuditEntry.id)
        .where(Notification.done_at.is_(None), Notification.to_do_as == Concerned.ADOPTERS)
    )
    with house.runtime.reading() as session:
        assert [entry.data["month"] for entry in session.scalars(waiting)] == [6]
