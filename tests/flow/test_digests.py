"""Mails as their receivers want them: what asks them to act, once a day, or none at all."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
import itertools
import threading

import pytest
from sqlalchemy import select, update

from kb.accounts.models import User
from kb.accounts.permissions import Role
from kb.core.database import make_engine
from kb.core.errors import Invalid
from kb.core.event import Event
from kb.core.language import Locale
from kb.core.ports import Letter
from kb.events.types import EventType
from kb.notifications import digests
from kb.notifications.models import Mail, MailKind, MailPreference, Notification
from kb.notifications.preferences import choose, wish_of
from kb.notifications.recipients import RECIPIENTS
from kb.notifications.service import mark_read
from kb.notifications.wishes import ALWAYS_AT_ONCE, MailLevel, MailRhythm, Way, Wish, way
from kb.notifications.words import digest
from kb.operations.housekeeping import gather_digests, run_pass, send_mails
from kb.practices.lifecycle import State
from kb.runtime import Runtime
from tests.conftest import FrozenClock
from tests.database import snapshot
from tests.fakes import MemoryMailer
from tests.make import make_account, make_revision, make_vocabularies

DAY = date(2026, 3, 2)
ROLE, COMMENT = EventType.ROLE_GRANTED, EventType.PRACTICE_SHARED


@dataclass
class House:
    """A site with one person who wants a digest, and others who want something else."""

    runtime: Runtime
    people: dict[str, int]

    def tell(self, who: str, kind: EventType = COMMENT, **data: object) -> None:
        with self.runtime.begin() as work:
            work.emit(Event(kind, data={"user_id": self.people[who], **data}))

    def choose(self, who: str, level: str, rhythm: str) -> None:
        with self.runtime.begin() as work:
            choose(work, self.people[who], level, rhythm)

    @property
    def letters(self) -> list[Letter]:
        mailer = self.runtime.mailer
        assert isinstance(mailer, MemoryMailer)
        return mailer.letters

    def addressed(self) -> Counter[str]:
        return Counter(letter.to.split("@")[0] for letter in self.letters)

    def mails(self) -> list[Mail]:
        with self.runtime.reading() as session:
            return list(session.scalars(select(Mail).order_by(Mail.id)))


@pytest.fixture
def house(fresh_runtime: Runtime) -> House:
    runtime = replace(fresh_runtime, mailer=MemoryMailer(fresh_runtime.clock))
    with runtime.begin() as work:
        make_vocabularies(work)
        names = ("daily", "other", "at-once", "none", "todo")
        people = {
            name: make_account(work, Role.MEMBER, email=f"{name}@example.org").id for name in names
        }
    made = House(runtime, people)
    made.choose("daily", "all", "daily")
    made.choose("other", "all", "daily")
    made.choose("none", "none", "at-once")
    made.choose("todo", "to-do", "at-once")
    return made


def at(hour: int, minute: int = 0, day: int = 2) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


# What somebody chose.


def test_whoever_chose_nothing_misses_nothing_and_waits_for_nothing(house):
    with house.runtime.reading() as session:
        assert wish_of(session, house.people["at-once"]) == Wish(MailLevel.ALL, MailRhythm.AT_ONCE)
        rows = session.scalars(select(MailPreference.user_id)).all()
    assert house.people["at-once"] not in rows


@pytest.mark.parametrize(
    ("level", "rhythm", "wrong"),
    [("some", "daily", {"level"}), ("all", "", {"rhythm"}), ("", "x", {"level", "rhythm"})],
)
def test_an_unknown_choice_changes_nothing(house, level, rhythm, wrong):
    before = snapshot(house.runtime)
    with pytest.raises(Invalid) as refusal:
        house.choose("daily", level, rhythm)
    assert set(refusal.value.problems) == wrong
    assert snapshot(house.runtime) == before


WAYS = {
    # level, rhythm: news, to-do
    ("all", "at-once"): (Way.MAIL, Way.MAIL),
    ("all", "daily"): (Way.DIGEST, Way.DIGEST),
    ("to-do", "at-once"): (Way.NEITHER, Way.MAIL),
    ("to-do", "daily"): (Way.NEITHER, Way.DIGEST),
    ("none", "at-once"): (Way.NEITHER, Way.NEITHER),
    ("none", "daily"): (Way.NEITHER, Way.NEITHER),
}


def test_every_choice_about_every_event():
    assert set(WAYS) == set(itertools.product(MailLevel, MailRhythm))
    for (level, rhythm), expected in WAYS.items():
        wish = Wish(MailLevel(level), MailRhythm(rhythm))
        for kind in EventType:
            found = tuple(way(kind, wish, is_to_do=is_to_do) for is_to_do in (False, True))
            if kind in ALWAYS_AT_ONCE:
                wanted: tuple[Way, ...] = (Way.MAIL, Way.MAIL)
            elif kind in {EventType.REVIEW_DUE_SOON, EventType.REVIEW_DUE}:
                wanted = tuple(Way.DIGEST if w is Way.MAIL else w for w in expected)
            else:
                wanted = expected
            assert found == wanted, (kind, wish)
    # Whatever is about the safety of one's account.
    about_accounts = {k for k in EventType if k.startswith("account.") and RECIPIENTS[k]}
    assert about_accounts - {EventType.ACCESS_REQUESTED} < ALWAYS_AT_ONCE


def test_each_gets_what_they_chose_and_the_list_has_everything(house):
    for who in house.people:
        house.tell(who)
    run_pass(house.runtime)
    assert house.addressed() == {"at-once": 1}
    with house.runtime.reading() as session:
        listed = select(Notification.user_id).order_by(Notification.user_id)
        assert session.scalars(listed).all() == sorted(house.people.values())


def test_letters_about_the_safety_of_an_account_ask_nobody_what_they_chose(house):
    for who in house.people:
        house.tell(who, ROLE)
    run_pass(house.runtime)
    assert house.addressed() == dict.fromkeys(house.people, 1)


# The day.


def test_one_mail_in_the_morning_counts_what_came(house, clock):
    house.tell("daily")
    house.tell("daily")
    house.tell("other")
    assert run_pass(house.runtime)["digests"] == 0
    clock.time = at(5, 59)
    assert run_pass(house.runtime)["digests"] == 0
    clock.time = at(6)
    done = run_pass(house.runtime)
    assert (done["digests"], done["mailed"]) == (2, 2)
    (letter,) = [each for each in house.letters if each.to.startswith("daily")]
    assert letter.subject == "Palabre\u00a0: votre résumé du jour"
    assert letter.body == (
        "Pour information\u00a0:\n- Pratiques que l’on vous a ouvertes\u00a0: 2\n\n"
        "À voir ici\u00a0:\nhttps://palabre.example/fr/notifications\n\n"
        "À dessein, ce courriel ne nomme aucune pratique ni personne. "
        "Supprimez-le après l’avoir lu.\n\n"
        "Moins de courriels, un seul par jour, une autre langue\u00a0:\n"
        "https://palabre.example/fr/account\n"
    )
    assert {(mail.kind, mail.digest_on) for mail in house.mails()} == {(MailKind.DIGEST, DAY)}


def test_nothing_new_is_no_mail(house, clock):
    house.tell("daily")
    clock.time = at(6)
    run_pass(house.runtime)
    for day in range(3, 8):
        clock.time = at(6, day=day)
        assert run_pass(house.runtime) == dict.fromkeys(run_pass(house.runtime), 0)
    assert house.addressed() == {"daily": 1}


def test_what_comes_after_the_hour_waits_for_the_next_day(house, clock):
    house.tell("daily")
    clock.time = at(6)
    run_pass(house.runtime)
    clock.time = at(6, 1)
    house.tell("daily")
    for hour in (7, 12, 23):
        clock.time = at(hour)
        assert run_pass(house.runtime)["digests"] == 0
    clock.time = at(6, day=3)
    assert run_pass(house.runtime)["digests"] == 1
    assert [mail.digest_on.day for mail in house.mails()] == [2, 3]


def test_days_that_were_missed_are_one_mail(house, clock):
    for day in range(2, 6):
        clock.time = at(12, day=day)
        house.tell("daily")
    # Nobody did the housekeeping for four days.
    clock.time = at(10, day=6)
    house.tell("daily")  # after the hour of this day
    assert run_pass(house.runtime)["mailed"] == 1
    assert house.letters[0].body.count("\u00a0: 4\n") == 1
    assert run_pass(house.runtime)["mailed"] == 0
    clock.time = at(6, day=7)
    assert run_pass(house.runtime)["mailed"] == 1
    assert house.letters[1].body.count("\u00a0: 1\n") == 1


def test_what_was_read_meanwhile_is_not_told_again(house, clock):
    house.tell("daily")
    house.tell("other")
    with house.runtime.begin() as work:
        mark_read(work, house.people["daily"], 1 << 30)
    clock.time = at(6)
    assert run_pass(house.runtime)["digests"] == 1
    assert house.addressed() == {"other": 1}


def test_read_between_the_making_and_the_sending_it_is_not_sent(house, clock):
    house.tell("daily")
    clock.time = at(6)
    assert gather_digests(house.runtime) == 1
    with house.runtime.begin() as work:
        mark_read(work, house.people["daily"], 1 << 30)
    assert send_mails(house.runtime) == 0
    assert house.mails() == []


def test_who_changes_their_mind_gets_what_waits_or_nothing(house, clock):
    house.tell("daily")
    house.tell("other")
    house.choose("daily", "none", "daily")
    house.choose("other", "all", "at-once")
    clock.time = at(6)
    assert run_pass(house.runtime)["digests"] == 1
    assert house.addressed() == {"other": 1}
    house.tell("other")
    assert run_pass(house.runtime)["mailed"] == 1
    house.choose("daily", "all", "daily")
    clock.time = at(6, day=3)
    assert run_pass(house.runtime)["digests"] == 0


def test_who_was_disabled_or_never_came_in_gets_none(house, clock):
    house.tell("daily")
    with house.runtime.begin() as work:
        new = work.session.get_one(User, house.people["other"])
        new.password_hash = None
    house.tell("other")
    with house.runtime.begin() as work:
        work.session.get_one(User, house.people["daily"]).disabled_at = clock.now()
    clock.time = at(6)
    run_pass(house.runtime)
    assert house.letters == []


# Once.


def test_a_mail_server_that_is_dead_for_days_gets_one_for_each_day(house, clock):
    mailer = house.runtime.mailer
    mailer.down = True
    for day in (2, 3, 4):
        house.tell("daily")
        clock.time = at(6, day=day)
        done = run_pass(house.runtime)
        assert (done["digests"], done["mailed"]) == (1, 0)
    mailer.down = False
    clock.advance(hours=6)
    run_pass(house.runtime)
    assert house.addressed() == {"daily": 3}
    clock.advance(hours=1)
    assert run_pass(house.runtime)["mailed"] == 0
    assert {mail.last_error for mail in house.mails()} == {""}


def test_power_that_fails_while_they_are_made_leaves_all_or_nothing(house, clock, monkeypatch):
    for who in ("daily", "other"):
        house.tell(who)
    clock.time = at(6)
    before = snapshot(house.runtime)
    made = digests._make
    calls = itertools.count()

    def fails_at_the_second(*arguments: object) -> int:
        if next(calls):
            raise KeyboardInterrupt
        return made(*arguments)

    monkeypatch.setattr(digests, "_make", fails_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        gather_digests(house.runtime)
    assert snapshot(house.runtime) == before
    monkeypatch.undo()
    assert run_pass(house.runtime)["mailed"] == 2
    assert run_pass(house.runtime)["mailed"] == 0


def test_two_keepers_at_once_make_and_send_one(house, clock):
    for who in ("daily", "other"):
        house.tell(who)
    clock.time = at(6)
    began = threading.Barrier(2)

    def keep() -> None:
        url = house.runtime.engine.url.render_as_string(hide_password=False)
        own = replace(house.runtime, engine=make_engine(url))
        began.wait(10)
        gather_digests(own)
        send_mails(own)
        own.engine.dispose()

    threads = [threading.Thread(target=keep) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    send_mails(house.runtime)
    assert house.addressed() == {"daily": 1, "other": 1}


def test_what_is_to_be_read_again_never_comes_at_once(house, clock):
    """Those who are told of it are the desk; many texts are due on the same day."""
    with house.runtime.begin() as work:
        revision, people = make_revision(work, State.PUBLISHED)
        work.session.execute(update(User).values(password_hash="x"))
        number, practice = revision.id, revision.practice_id
    while run_pass(house.runtime)["mailed"]:
        pass
    house.letters.clear()
    with house.runtime.begin() as work:
        work.emit(Event(EventType.REVIEW_DUE, None, practice, number))
    assert run_pass(house.runtime)["mailed"] == 0
    clock.time = at(6)
    run_pass(house.runtime)
    assert len(house.letters) == 2
    assert all("À faire\u00a0:\n- Textes publiés à relire" in each.body for each in house.letters)
    assert people["author"].user_id


# Counting.


@pytest.mark.parametrize(
    ("hour", "minute", "day"), [(0, 0, 1), (5, 59, 1), (6, 0, 2), (23, 59, 2)]
)
def test_the_day_turns_at_its_hour(hour, minute, day):
    assert digests.day_of(at(hour, minute)).day == day


@pytest.mark.parametrize("seed", range(5))
def test_everything_is_counted_in_exactly_one_digest(sqlite_runtime, seed):
    """Whatever the order of events, passes and failures: each line is told once."""
    clock = FrozenClock()
    runtime = replace(sqlite_runtime, mailer=MemoryMailer(clock), clock=clock)
    with runtime.begin() as work:
        person = make_account(work, Role.MEMBER, email="daily@example.org").id
    site = House(runtime, {"daily": person})
    site.choose("daily", "all", "daily")
    told = 0
    for step in range(60):
        number = (step * 7919 + seed * 104729) % 11
        if number < 4:
            site.tell("daily")
            told += 1
        elif number < 8:
            clock.advance(hours=number * 2)
        elif number == 8:
            runtime.mailer.down = not runtime.mailer.down
        else:
            run_pass(runtime)
    runtime.mailer.down = False
    clock.advance(days=2)
    run_pass(runtime)
    lines = [line for letter in site.letters for line in letter.body.splitlines()]
    counted = [int(line.rsplit(" ", 1)[1]) for line in lines if line.startswith("- ")]
    assert sum(counted) == told
    days = [mail.digest_on for mail in site.mails()]
    assert len(days) == len(set(days)) == len(site.letters)


def test_to_dos_come_first_and_what_is_done_is_news():
    lines = [("practice.submit", True, 2), ("review.comment", False, 3), ("gone.kind", False, 1)]
    words = digest(Locale.EN, lines, "https://palabre.example")
    assert words.subject == "Palabre: your daily summary"
    assert words.body.startswith(
        "To do:\n- Texts submitted, waiting for the desk: 2\n\n"
        "For your information:\n- Comments on texts: 3\n- Other news: 1\n\n"
        "See it here:\nhttps://palabre.example/en/notifications\n"
    )


def test_one_line_for_each_kind(house, clock):
    house.tell("daily")
    house.tell("daily")
    with house.runtime.begin() as work:
        digests.gather(work)
    with house.runtime.begin() as work:
        work.session.execute(update(Notification).values(awaits_digest=False, digest_on=DAY))
    with house.runtime.reading() as session:
        counted = digests.lines_of(session, house.people["daily"], DAY)
        others = digests.lines_of(session, house.people["daily"], DAY + timedelta(days=1))
    assert list(counted) == [digests.Line("practice.shared", is_to_do=False, count=2)]
    assert list(others) == []
