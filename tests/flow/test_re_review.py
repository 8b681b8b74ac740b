"""Published texts are read again after a time: who hears of it, and how often."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from kb.accounts.permissions import Role
from kb.core.errors import Conflict, Forbidden, Invalid
from kb.events.models import AuditEntry
from kb.notifications.models import Notification
from kb.operations.housekeeping import run_pass
from kb.practices.lifecycle import Action, State
from kb.practices.models import ReviewConfirmation, Revision, RevisionAuthor
from kb.practices.queries import public_history, public_view
from kb.practices.re_review import confirm, due_texts, remind
from kb.reviews.timeline import timeline
from kb.runtime import Runtime
from kb.workflow.service import perform
from tests.fakes import MemoryMailer
from tests.make import make_next, make_revision, make_user, make_vocabularies

# Published on 1 March 2026, it is due two years later.
DUE = date(2028, 3, 1)


class House:
    def __init__(self, runtime: Runtime, clock) -> None:
        self.runtime, self.clock = replace(runtime, mailer=MemoryMailer(clock)), clock
        with self.runtime.begin() as work:
            make_vocabularies(work)
            revision, self.people = make_revision(work, State.PUBLISHED)
            self.number, self.practice = revision.id, revision.practice_id
            self.slug = revision.practice.slug
            # Noise: what is no longer public is not read again.
            make_revision(work, State.ARCHIVED)
            make_revision(work, State.WITHDRAWN)
            make_revision(work, State.IN_REVIEW)

    def on(self, day: date) -> int:
        self.clock.time = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
        return run_pass(self.runtime)["reminded"]

    def events(self) -> list[str]:
        query = select(AuditEntry.type).where(AuditEntry.type.like("review.%"))
        query = query.where(AuditEntry.practice_id == self.practice).order_by(AuditEntry.id)
        known = {"review.due_soon", "review.due", "review.confirmed"}
        with self.runtime.reading() as session:
            return [kind for kind in session.scalars(query) if kind in known]

    def told(self, kind: str) -> set[str]:
        query = (
            select(Notification.user_id)
            .join(AuditEntry, AuditEntry.id == Notification.entry_id)
            .where(AuditEntry.type == kind)
        )
        names = {actor.user_id: name for name, actor in self.people.items()}
        with self.runtime.reading() as session:
            return {names.get(user_id, "other editor") for user_id in session.scalars(query)}

    def confirm(self, who: str = "editor", due_on: date | None = None, note: str = "Yes.") -> None:
        with self.runtime.begin() as work:
            confirm(work, self.people[who], self.number, due_on, note)


@pytest.fixture
def house(fresh_runtime, clock) -> House:
    return House(fresh_runtime, clock)


def test_the_desk_and_the_owner_hear_of_it_a_month_before_and_on_the_day_once_each(house):
    assert house.on(DUE - timedelta(days=31)) == 0
    assert [house.on(DUE - timedelta(days=30)), house.on(DUE - timedelta(days=29))] == [1, 0]
    assert house.events() == ["review.due_soon"]
    assert house.told("review.due_soon") == {"editor", "author", "other editor"}
    assert [house.on(DUE - timedelta(days=1)), house.on(DUE), house.on(DUE)] == [0, 1, 0]
    assert [house.on(DUE + timedelta(days=days)) for days in (1, 30, 400)] == [0, 0, 0]
    assert house.events() == ["review.due_soon", "review.due"]
    assert house.told("review.due") == {"editor", "author", "other editor"}


def test_what_was_missed_is_told_as_due_and_not_as_coming(house):
    assert house.on(DUE + timedelta(days=10)) == 1
    assert house.events() == ["review.due"]
    # A clock that was put back makes nobody hear less urgent news after it.
    assert house.on(DUE - timedelta(days=5)) == 0
    assert house.events() == ["review.due"]


def test_two_keepers_tell_it_once(house):
    house.clock.time = datetime(2028, 3, 1, 9, tzinfo=UTC)
    with house.runtime.begin() as work:
        assert remind(work) == 1
        assert remind(work) == 0
    assert house.events() == ["review.due"]


def test_still_right_it_is_due_again_later_and_told_again(house):
    house.on(DUE)
    again = DUE + timedelta(days=365)
    house.confirm(due_on=again, note="  Asked the elders. ")
    assert house.events() == ["review.due", "review.confirmed"]
    assert house.told("review.confirmed") == {"author"}
    with house.runtime.reading() as session:
        (row,) = session.scalars(select(ReviewConfirmation)).all()
        assert (row.was_due_on, row.due_on, row.note) == (DUE, again, "Asked the elders.")
        assert row.confirmed_by_id == house.people["editor"].user_id
        assert public_view(session, house.slug).review_due_on == again
        entry = timeline(session, house.people["author"], house.practice)[-1]
        # Of the desk the author learns the capacity, and the reason.
        assert (entry.kind, entry.text, entry.name) == (
            "review.confirmed",
            "Asked the elders.",
            "",
        )
        assert due_texts(session, DUE).total == 0
    assert house.on(again - timedelta(days=30)) == 1
    assert house.on(again) == 1
    assert house.events()[2:] == ["review.due_soon", "review.due"]


def test_the_to_do_is_done_when_it_is_confirmed_or_not_public_any_more(house):
    def waiting() -> int:
        with house.runtime.reading() as session:
            query = select(Notification).join(AuditEntry, AuditEntry.id == Notification.entry_id)
            rows = session.scalars(query.where(AuditEntry.type == "review.due")).all()
        assert {row.to_do_as for row in rows} == {"editors", "authors"}
        return len([row for row in rows if row.done_at is None])

    house.on(DUE)
    assert waiting() > 2
    house.confirm(due_on=DUE + timedelta(days=100))
    assert waiting() == 0
    house.on(DUE + timedelta(days=100))
    assert waiting() > 2
    with house.runtime.begin() as work:
        perform(work, house.people["editor"], house.number, Action.ARCHIVE, "x")
    assert waiting() == 0


def test_a_new_revision_has_a_date_of_its_own(house):
    house.on(DUE)
    with house.runtime.begin() as work:
        before = work.session.get_one(Revision, house.number)
        make_next(work, house.people, before, State.PUBLISHED)
    assert house.on(DUE + timedelta(days=1)) == 0
    with house.runtime.reading() as session:
        assert due_texts(session, DUE + timedelta(days=1)).total == 0
        assert public_view(session, house.slug).review_due_on == date(2030, 3, 1)


WRONG_DATES = [None, DUE, DUE - timedelta(days=1), DUE + timedelta(days=5 * 366 + 1)]


@pytest.mark.parametrize("due_on", WRONG_DATES)
def test_the_next_date_is_later_and_not_too_far(house, due_on):
    house.on(DUE)
    with pytest.raises(Invalid) as refusal:
        house.confirm(due_on=due_on)
    assert set(refusal.value.problems) == {"due_again_on"}
    assert house.events() == ["review.due"]


@pytest.mark.parametrize("note", ["", " \n", "x" * 2001])
def test_a_reason_is_needed(house, note):
    house.on(DUE)
    with pytest.raises(Invalid) as refusal:
        house.confirm(due_on=DUE + timedelta(days=9), note=note)
    assert set(refusal.value.problems) == {"confirm_note"}


def test_only_an_editor_who_did_not_write_it_confirms(house):
    with house.runtime.begin() as work:
        wrote = make_user(work, Role.EDITOR)
        revision = work.session.get_one(Revision, house.number)
        revision.authors.append(RevisionAuthor(user_id=wrote.user_id))
        house.people |= {"wrote": wrote, "admin": make_user(work, Role.ADMIN)}
    for who in ("author", "reviewer", "safeguard", "wrote", "admin"):
        with pytest.raises(Forbidden):
            house.confirm(who, DUE + timedelta(days=9))
    assert house.events() == []


def test_what_is_not_published_is_not_confirmed(house):
    with house.runtime.begin() as work:
        perform(work, house.people["editor"], house.number, Action.ARCHIVE, "x")
    with pytest.raises(Conflict):
        house.confirm(due_on=DUE + timedelta(days=9))


def test_the_list_of_the_desk_has_the_longest_waiting_first(house):
    with house.runtime.begin() as work:
        for days in (40, 20, -3):
            revision, _ = make_revision(work, State.PUBLISHED)
            revision.review_due_on = DUE + timedelta(days=days)
    with house.runtime.reading() as session:
        found = due_texts(session, DUE)
        assert [(each.due_on - DUE).days for each in found.shown] == [-3, 0, 20]
        assert found.total == 3
        assert due_texts(session, DUE - timedelta(days=90)).total == 0
        assert len(public_history(session, house.slug)) == 1
