"""Who is told of what, once each, in the site and by mail; and who is not."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
import threading

import pytest
from sqlalchemy import select, update

from kb.accounts.models import LinkPurpose, OneTimeLink, User
from kb.accounts.permissions import OPERATOR, Actor, Role
from kb.accounts.service import NewAccount, disable, enable, grant_role, invite
from kb.accounts.sessions import token_hash
from kb.core.database import make_engine
from kb.core.event import Event
from kb.core.language import Locale
from kb.core.ports import Letter
from kb.events.models import AuditEntry
from kb.events.types import SUBSCRIPTIONS, Consumer, EventType
from kb.notifications import sending
from kb.notifications.models import Mail, MailKind, Notification
from kb.notifications.queries import unread_count
from kb.notifications.recipients import RECIPIENTS, Concerned
from kb.notifications.sending import BATCH, Post, send_due
from kb.notifications.service import LETTERS, consume, forget_old, mark_read
from kb.notifications.words import SENTENCES
from kb.operations.housekeeping import run_pass
from kb.practices.lifecycle import Action, State
from kb.practices.models import Revision, RevisionAuthor
from kb.reviews.rules import Decision, Outcome
from kb.reviews.service import assign, comment, give_verdict, sign_off, unassign
from kb.runtime import Runtime
from tests.database import entries, snapshot
from tests.fakes import MemoryMailer
from tests.make import ANSWERS, make_revision, make_user, make_vocabularies, take_step

TOLD = {kind for kind, circles in RECIPIENTS.items() if circles}


@pytest.fixture
def house(fresh_runtime: Runtime) -> Runtime:
    runtime = replace(fresh_runtime, mailer=MemoryMailer(fresh_runtime.clock))
    with runtime.begin() as work:
        make_vocabularies(work)
    return runtime


def letters(runtime: Runtime) -> list[Letter]:
    assert isinstance(runtime.mailer, MemoryMailer)
    return runtime.mailer.letters


def post(runtime: Runtime, mailer: object = None) -> Post:
    chosen = mailer or runtime.mailer
    return Post(runtime.begin, chosen, runtime.clock, "https://palabre.example")  # type: ignore[arg-type]


def mails(runtime: Runtime) -> list[Mail]:
    with runtime.reading() as session:
        return list(session.scalars(select(Mail).order_by(Mail.id)))


def told(runtime: Runtime, kind: str | None = None) -> set[int]:
    query = select(Notification.user_id).join(AuditEntry, AuditEntry.id == Notification.entry_id)
    with runtime.reading() as session:
        return set(session.scalars(query.where(AuditEntry.type == kind) if kind else query))


# The tables.


def test_every_event_is_decided_about():
    assert set(RECIPIENTS) == set(EventType)
    assert {circle for circles in RECIPIENTS.values() for circle in circles} == set(Concerned)
    assert set(SENTENCES) == TOLD
    assert SUBSCRIPTIONS[Consumer.NOTIFICATIONS] == TOLD | set(LETTERS)
    assert not TOLD & set(LETTERS)


@dataclass
class Cast:
    """Everybody around one text in review, and many who have nothing to do with it."""

    people: dict[str, Actor] = field(default_factory=dict)
    revision: int = 0
    practice: int = 0
    version: int = 0

    def id(self, name: str) -> int:
        number = self.people[name].user_id
        assert number is not None
        return number

    def names(self, numbers: set[int]) -> set[str]:
        known = {actor.user_id: name for name, actor in self.people.items()}
        return {known[number] for number in numbers}


@pytest.fixture
def cast(house: Runtime) -> Cast:
    made = Cast()
    with house.begin() as work:
        revision, people = make_revision(work, State.SUBMITTED)
        every = (Role.CONTRIBUTOR, Role.REVIEWER, Role.SAFEGUARD, Role.EDITOR)
        made.people = people | {
            "second editor": make_user(work, Role.EDITOR),
            "second safeguard": make_user(work, Role.SAFEGUARD),
            "other reviewer": make_user(work, Role.REVIEWER),
            "released reviewer": make_user(work, Role.REVIEWER),
            "other contributor": make_user(work, Role.CONTRIBUTOR),
            "member": make_user(work, Role.MEMBER),
            "admin": make_user(work, Role.ADMIN),
            "author of the desk": make_user(work, *every),
            "disabled editor": make_user(work, Role.EDITOR, Role.SAFEGUARD, Role.ADMIN),
        }
        revision.authors.append(RevisionAuthor(user_id=made.id("author of the desk")))
        assign(work, people["editor"], revision.id, made.id("released reviewer"), None)
        take_step(work, people, revision, Action.ASSIGN)
        for name in ("released reviewer", "editor"):
            comment(work, made.people[name], revision.id, "a remark", internal=True)
        give_verdict(work, people["reviewer"], revision.id, Decision.ACCEPT)
        give_verdict(work, made.people["released reviewer"], revision.id, Decision.ACCEPT)
        sign_off(work, people["safeguard"], revision.id, Outcome.PASS, ANSWERS)
        unassign(work, people["editor"], revision.id, made.id("released reviewer"))
        work.session.get_one(User, made.id("disabled editor")).disabled_at = work.clock.now()
        made.revision, made.practice = revision.id, revision.practice_id
        made.version = revision.version_id or 0
    with house.begin() as work:
        for row in work.session.scalars(select(Notification)):
            work.session.delete(row)
        for mail in work.session.scalars(select(Mail)):
            work.session.delete(mail)
    return made


def emit(runtime: Runtime, cast: Cast, kind: EventType, actor: str = "", **data: object) -> int:
    with runtime.begin() as work:
        number = cast.id(actor) if actor else None
        work.emit(Event(kind, number, cast.practice, cast.revision, data))
    return len(entries(runtime))


AUTHORS = {"author", "author of the desk"}
EDITORS = {"editor", "second editor"}
MEMBER = {"member"}
EXPECTED: dict[EventType, set[str]] = {kind: set() for kind in EventType} | {
    EventType.PRACTICE_CREATED: AUTHORS,
    EventType.PRACTICE_SUBMIT: EDITORS | {"reviewer"},
    EventType.PRACTICE_ASSIGN: {"safeguard", "second safeguard"},
    EventType.PRACTICE_REQUEST_CHANGES: AUTHORS,
    EventType.PRACTICE_APPROVE: AUTHORS,
    EventType.PRACTICE_REOPEN: AUTHORS,
    EventType.PRACTICE_PUBLISH: AUTHORS | {"reviewer"},
    EventType.PRACTICE_REJECT: AUTHORS,
    EventType.PRACTICE_ARCHIVE: AUTHORS,
    EventType.PRACTICE_RESTORE: AUTHORS,
    EventType.PRACTICE_WITHDRAW: AUTHORS,
    EventType.VERDICT_GIVEN: EDITORS,
    EventType.SIGNED_OFF: EDITORS,
    EventType.REVIEWER_ASSIGNED: {"reviewer"},
    EventType.COMMENTED: AUTHORS | {"reviewer", "safeguard", "editor"},
    EventType.PRACTICE_SHARED: MEMBER,
    EventType.ACCESS_REQUESTED: EDITORS | {"admin", "author of the desk"},
    EventType.ACCOUNT_CHANGED: MEMBER,
    EventType.ACCOUNT_ENABLED: MEMBER,
    EventType.PASSWORD_CHANGED: MEMBER,
    EventType.SECOND_FACTOR_SET: MEMBER,
    EventType.SECOND_FACTOR_REMOVED: MEMBER,
    EventType.ROLE_GRANTED: MEMBER,
    EventType.ROLE_REVOKED: MEMBER,
    EventType.SESSIONS_ENDED: MEMBER,
    EventType.NEWS_GATHERED: MEMBER,
    EventType.KEY_MADE: MEMBER,
}


def test_those_concerned_are_told_and_nobody_else(house, cast):
    data = {
        "user_id": cast.id("member"),
        "reviewer_id": cast.id("reviewer"),
        "version_id": cast.version,
        "audience": "authors",
    }
    for kind in EventType:
        emit(house, cast, kind, **data)
    assert {kind: cast.names(told(house, kind)) for kind in EventType} == EXPECTED


@pytest.mark.parametrize("audience", [{"audience": "desk"}, {}, {"audience": ["authors"]}])
def test_what_is_said_at_the_desk_stays_there(house, cast, audience):
    emit(house, cast, EventType.COMMENTED, **audience)
    assert cast.names(told(house)) == {"reviewer", "safeguard", "editor"}


def test_nobody_is_told_what_they_did_themselves(house, cast):
    emit(house, cast, EventType.VERDICT_GIVEN, "editor")
    assert cast.names(told(house)) == {"second editor"}
    emit(house, cast, EventType.SESSIONS_ENDED, "member", user_id=cast.id("member"))
    emit(house, cast, EventType.ACCOUNT_CHANGED, "member", user_id=cast.id("member"))
    assert cast.names(told(house)) == {"second editor"}


@pytest.mark.parametrize(
    "kind", ["PASSWORD_CHANGED", "SECOND_FACTOR_SET", "SECOND_FACTOR_REMOVED"]
)
def test_who_holds_a_foreign_phone_is_noticed(house, cast, kind):
    emit(house, cast, EventType[kind], "member", user_id=cast.id("member"))
    assert cast.names(told(house)) == {"member"}


def test_a_reviewer_who_is_named_but_was_released_is_not_told(house, cast):
    emit(house, cast, EventType.REVIEWER_ASSIGNED, reviewer_id=cast.id("released reviewer"))
    assert told(house) == set()


def test_an_event_that_names_nobody_known_tells_nobody(house, cast):
    emit(house, cast, EventType.ROLE_GRANTED)
    emit(house, cast, EventType.ROLE_GRANTED, user_id="member")
    emit(house, cast, EventType.ROLE_GRANTED, user_id=987654)
    emit(house, cast, EventType.REVIEWER_ASSIGNED, reviewer_id=None)
    with house.begin() as work:
        work.emit(Event(EventType.PRACTICE_SUBMIT, revision_id=987654))
    assert told(house) == set()


def test_seeing_an_event_twice_does_nothing(house, cast):
    give_passwords(house)
    emit(house, cast, EventType.VERDICT_GIVEN)
    emit(house, cast, EventType.PASSWORD_RESET_ASKED, user_id=cast.id("member"))
    before = snapshot(house)
    assert len(before["notifications"]) == 2
    assert len(before["mails"]) == 3
    with house.begin() as work:
        consume(work, work.session.scalars(select(AuditEntry)).all()[-2:])
    after = snapshot(house)
    assert after == before


def test_a_text_on_its_way_tells_one_after_the_other(house):
    """With the events as the services themselves write them."""
    with house.begin() as work:
        revision, people = make_revision(work, State.SUBMITTED)
        number, ids = revision.id, {name: actor.user_id for name, actor in people.items()}
    steps: list[tuple[Action, str, set[str]]] = [
        (Action.ASSIGN, "practice.assign", {"safeguard"}),
        (Action.REQUEST_CHANGES, "practice.request_changes", {"author"}),
        (Action.SUBMIT, "practice.submit", {"editor", "reviewer"}),
    ]
    for action, kind, expected in steps:
        with house.begin() as work:
            take_step(work, people, work.session.get_one(Revision, number), action)
        assert told(house, kind) == {ids[name] for name in expected}
    assert told(house, "review.assigned") == {ids["reviewer"]}
    with house.begin() as work:
        comment(work, people["author"], number, "an answer")
    assert told(house, "review.comment") == {ids["reviewer"]}
    with house.begin() as work:
        comment(work, people["reviewer"], number, "for the desk", internal=True)
    assert told(house, "review.comment") == {ids["reviewer"]}


def test_an_import_tells_nobody(house, cast):
    for kind in (EventType.PRACTICE_IMPORT, EventType.PRACTICE_SUPERSEDE):
        emit(house, cast, kind)
    assert told(house) == set()


# Reading.


def test_what_was_shown_is_read_and_what_came_since_is_not(house, cast):
    for _ in range(3):
        emit(house, cast, EventType.VERDICT_GIVEN)
    editor, second = cast.id("editor"), cast.id("second editor")
    with house.reading() as session:
        mine = session.scalars(
            select(Notification.id).where(Notification.user_id == editor).order_by(Notification.id)
        ).all()
        assert (unread_count(session, editor), unread_count(session, second)) == (3, 3)
        assert unread_count(session, cast.id("member")) == 0
    with house.begin() as work:
        assert mark_read(work, editor, mine[1]) == 2
        assert mark_read(work, editor, mine[1]) == 0
    with house.reading() as session:
        assert (unread_count(session, editor), unread_count(session, second)) == (1, 3)


def test_what_was_read_long_ago_is_forgotten(house, cast, clock):
    emit(house, cast, EventType.VERDICT_GIVEN)
    with house.begin() as work:
        mark_read(work, cast.id("editor"), 1 << 30)
    clock.advance(days=180)
    with house.begin() as work:
        assert forget_old(work) == 0
    clock.advance(seconds=1)
    with house.begin() as work:
        assert forget_old(work) == 1
    assert cast.names(told(house)) == {"second editor"}


# Mail.


def give_passwords(runtime: Runtime) -> None:
    with runtime.begin() as work:
        work.session.execute(update(User).values(password_hash="x"))


@pytest.fixture
def due(house: Runtime, cast: Cast) -> Cast:
    """Two mails to be sent: to the editors, one of whom reads English."""
    give_passwords(house)
    with house.begin() as work:
        work.session.get_one(User, cast.id("second editor")).locale = Locale.EN
    emit(house, cast, EventType.VERDICT_GIVEN)
    assert [mail.attempts for mail in mails(house)] == [0, 0]
    return cast


def test_a_use_case_sends_nothing_and_the_housekeeping_does(house, due):
    assert letters(house) == []
    assert run_pass(house)["mailed"] == 2
    assert len({letter.to for letter in letters(house)}) == 2
    assert run_pass(house)["mailed"] == 0
    assert len(letters(house)) == 2
    assert {(mail.sent_at, mail.last_error) for mail in mails(house)} == {(house.clock.now(), "")}


def test_a_mail_says_in_general_what_happened_and_where_to_look(house, due):
    assert send_due(post(house)) == 2
    (english,) = (letter for letter in letters(house) if letter.locale is Locale.EN)
    assert english.subject == "Palabre: news for you"
    assert english.body == (
        "A reviewer has given a verdict.\n\n"
        "See it here:\nhttps://palabre.example/en/notifications\n\n"
        "On purpose, this mail names no practice and nobody. Delete it once read.\n\n"
        "Language and account:\nhttps://palabre.example/en/account\n"
    )
    (french,) = (letter for letter in letters(house) if letter.locale is Locale.FR)
    assert "https://palabre.example/fr/notifications" in french.body


def test_who_has_not_come_in_yet_gets_the_invitation_only(house):
    new = NewAccount("new@example.org", "New", Locale.FR, frozenset({Role.EDITOR}))
    with house.begin() as work:
        admin = make_user(work, Role.ADMIN)
        user, shown = invite(work, admin, new)
        number = user.id
    with house.begin() as work:
        grant_role(work, admin, number, Role.MEMBER)
    assert told(house, "account.role_granted") == {number}
    assert [(mail.user_id, mail.kind) for mail in mails(house)] == [(number, MailKind.INVITATION)]
    assert send_due(post(house)) == 1
    (letter,) = letters(house)
    assert letter.to == "new@example.org"
    token = link_in(letter)
    assert token != shown
    with house.reading() as session:
        links = {link.token_hash: link.purpose for link in session.scalars(select(OneTimeLink))}
    assert links == dict.fromkeys((token_hash(shown), token_hash(token)), LinkPurpose.INVITATION)
    # What opens an account is nowhere in the database.
    assert token not in str(snapshot(house))


def link_in(letter: Letter) -> str:
    (line,) = (one for one in letter.body.splitlines() if "/password/" in one)
    start = f"https://palabre.example/{letter.locale}/password/"
    assert line.startswith(start)
    return line.removeprefix(start)


def test_an_invitation_that_was_used_meanwhile_is_not_sent(house):
    new = NewAccount("new@example.org", "New", Locale.EN, frozenset({Role.MEMBER}))
    with house.begin() as work:
        invite(work, OPERATOR, new)
    give_passwords(house)
    assert send_due(post(house)) == 0
    assert mails(house) == []


def test_a_new_password_is_a_mail_of_its_own(house, cast):
    give_passwords(house)
    emit(house, cast, EventType.PASSWORD_RESET_ASKED, user_id=cast.id("member"))
    emit(house, cast, EventType.PASSWORD_RESET_ASKED, user_id=cast.id("disabled editor"))
    assert [mail.user_id for mail in mails(house)] == [cast.id("member")]
    assert told(house) == set()
    assert send_due(post(house)) == 1
    assert "https://palabre.example/fr/password/" in letters(house)[0].body
    with house.reading() as session:
        (link,) = session.scalars(select(OneTimeLink))
    assert (link.purpose, link.user_id) == (LinkPurpose.PASSWORD_RESET, cast.id("member"))
    assert link.token_hash == token_hash(link_in(letters(house)[0]))


def test_who_was_disabled_meanwhile_gets_nothing(house, due):
    with house.begin() as work:
        disable(work, OPERATOR, due.id("editor"))
    assert send_due(post(house)) == 1
    assert [letter.locale for letter in letters(house)] == [Locale.EN]
    with house.begin() as work:
        enable(work, OPERATOR, due.id("editor"))
    sent = [mail.user_id for mail in mails(house) if mail.sent_at]
    assert sent == [due.id("second editor")]


WAITS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360]


def test_what_is_not_accepted_is_tried_later_and_later_and_goes_once(house, due, clock):
    house.mailer.down = True
    for attempt, minutes in enumerate(WAITS, 1):
        assert send_due(post(house)) == 0
        states = {(m.attempts, m.last_error, m.sent_at, m.claimed_at) for m in mails(house)}
        assert states == {(attempt, "ConnectionRefusedError", None, None)}
        assert {mail.due_at for mail in mails(house)} == {clock.now() + timedelta(minutes=minutes)}
        clock.advance(minutes=minutes, seconds=-1)
        assert send_due(post(house)) == 0
        assert {mail.attempts for mail in mails(house)} == {attempt}
        clock.advance(seconds=1)
    house.mailer.down = False
    assert send_due(post(house)) == 2
    clock.advance(days=1)
    assert send_due(post(house)) == 0
    assert len(letters(house)) == 2


def test_one_whom_the_server_refuses_holds_up_nobody(house, due):
    class Choosy(MemoryMailer):
        def send(self, letter: Letter) -> None:
            self.down = letter.locale is Locale.FR
            super().send(letter)

    choosy = Choosy(house.clock)
    assert send_due(post(house, choosy)) == 1
    assert [letter.locale for letter in choosy.letters] == [Locale.EN]


@dataclass
class Failing:
    """Takes the letter, and then something happens."""

    error: BaseException
    taken: list[Letter] = field(default_factory=list)

    def send(self, letter: Letter) -> None:
        self.taken.append(letter)
        raise self.error


def test_what_may_have_been_taken_is_not_sent_again(house, due, clock, caplog):
    failing = Failing(OSError("<someone@example.org> gone"))
    assert send_due(post(house, failing)) == 0
    assert {(mail.sent_at, mail.last_error) for mail in mails(house)} == {(clock.now(), "unknown")}
    assert "someone@" not in caplog.text
    assert "OSError" in caplog.text
    clock.advance(days=1)
    assert send_due(post(house)) == 0
    assert len(failing.taken) == 2
    assert letters(house) == []


def test_a_sender_who_dies_leaves_no_mail_that_goes_twice(house, due, clock):
    dying = Failing(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        send_due(post(house, dying))
    # The next one goes on with the others and leaves this one alone.
    assert send_due(post(house)) == 1
    clock.advance(minutes=10, seconds=-1)
    assert send_due(post(house)) == 0
    assert [mail.last_error for mail in mails(house) if mail.sent_at is None] == [""]
    clock.advance(seconds=1)
    assert send_due(post(house)) == 0
    assert [(mail.sent_at is None, mail.last_error) for mail in mails(house)] == [
        (False, "unknown"),
        (False, ""),
    ]
    clock.advance(days=1)
    assert send_due(post(house)) == 0
    sent = [letter.key for letter in (*dying.taken, *letters(house))]
    assert len(sent) == len(set(sent)) == 2


def test_two_senders_at_once_send_each_mail_once(house, cast):
    give_passwords(house)
    for _ in range(8):
        emit(house, cast, EventType.VERDICT_GIVEN)
    assert len(mails(house)) == 16
    began = threading.Barrier(2)

    def work_off() -> None:
        url = house.engine.url.render_as_string(hide_password=False)
        own = replace(house, engine=make_engine(url))
        began.wait(10)
        send_due(post(own))
        own.engine.dispose()

    threads = [threading.Thread(target=work_off) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    keys = [letter.key for letter in letters(house)]
    assert len(keys) == len(set(keys)) == 16
    assert all(mail.sent_at and not mail.last_error for mail in mails(house))


def test_no_transaction_is_open_while_a_server_takes_its_time(house, due):
    written = []

    class Slow:
        def send(self, letter: Letter) -> None:
            # On SQLite this would wait for the write lock, and give up.
            with house.begin() as work:
                written.append(make_user(work, Role.MEMBER).user_id)

    assert send_due(post(house, Slow())) == 2
    assert len(written) == 2


def test_one_pass_takes_so_many_and_so_long_and_no_more(house, cast, clock):
    give_passwords(house)
    for _ in range(BATCH // 2 + 5):
        emit(house, cast, EventType.VERDICT_GIVEN)
    assert send_due(post(house)) == BATCH

    class Slow(MemoryMailer):
        def send(self, letter: Letter) -> None:
            clock.advance(seconds=20)
            super().send(letter)

    assert send_due(post(house, Slow(clock))) == 2
    assert timedelta(seconds=30) == sending.PASS_TIME


def test_a_mail_server_that_is_away_stops_nothing_else(house, due):
    """The broken index is caught up with in the same pass."""
    with house.begin() as work:
        make_revision(work, State.PUBLISHED)
    house.index.apply([], list(house.index.stamps()))
    for mailer in (Failing(RuntimeError("odd")), None):
        runtime = replace(house, mailer=mailer)
        done = run_pass(runtime)
        assert done["mailed"] == 0
    assert len(house.index.stamps()) == 1


@pytest.mark.parametrize(
    ("sent", "kept"), [(True, timedelta(days=30)), (False, timedelta(days=14))]
)
def test_mails_are_forgotten(house, due, clock, sent, kept):
    house.mailer.down = not sent
    send_due(post(house))
    clock.time = datetime(2026, 3, 1, 9, 0, tzinfo=UTC) + kept
    with house.begin() as work:
        assert forget_old(work) == 0
    clock.advance(seconds=1)
    with house.begin() as work:
        assert forget_old(work) == 2
    assert mails(house) == []
    assert len(told(house)) == 2
