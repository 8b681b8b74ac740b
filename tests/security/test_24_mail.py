"""Promise 24: mail server down, slow or refusing: nothing else stops, each mail goes once, later.

And what no mail may hold: a phone is taken at a checkpoint, and mails are not encrypted.
"""

from collections.abc import Iterator
from dataclasses import replace
import os
from pathlib import Path
import signal
import subprocess
import sys
import time

import pytest
from sqlalchemy import delete, select

from kb.accounts.models import User
from kb.accounts.permissions import OPERATOR, Role
from kb.accounts.service import NewAccount, invite
from kb.adapters.smtp_mailer import MailServer as Address
from kb.adapters.smtp_mailer import SmtpMailer
from kb.app import create_app
from kb.core.event import Event
from kb.core.language import Locale
from kb.events.types import EventType
from kb.notifications.models import Mail, Notification
from kb.notifications.preferences import choose
from kb.operations.housekeeping import gather_digests, run_pass
from kb.operations.schema import upgrade
from kb.practices.lifecycle import Action, State
from kb.practices.models import Practice, Revision
from kb.reviews.service import comment
from kb.runtime import Runtime
from kb.wiring import build_runtime
from kb.workflow.service import perform
from tests.conftest import make_settings
from tests.fakes import MemoryMailer
from tests.mail_server import MailServer, mail_server
from tests.make import (
    PASSWORD,
    make_account,
    make_content,
    make_revision,
    make_text,
    make_vocabularies,
)

ROOT = Path(__file__).resolve().parents[2]
CANARY = "zacanari"
# Stands where a name would, and tries to write headers of its own.
NAME = f"Aïssa {CANARY}\r\nBcc: {CANARY}@example.org"


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


@pytest.fixture
def house(fresh_runtime: Runtime, server: MailServer) -> Runtime:
    """A site that mails through the server, and three people who are to get one mail each."""
    here = Address("127.0.0.1", server.port, "palabre@palabre.example", starttls=False)
    mailer = SmtpMailer(here, fresh_runtime.clock, timeout=0.3)
    runtime = replace(fresh_runtime, mailer=mailer)
    with runtime.begin() as work:
        make_vocabularies(work)
        for number in range(3):
            user = make_account(work, Role.MEMBER, email=f"person{number}@example.org", name=NAME)
            work.emit(Event(EventType.ROLE_GRANTED, data={"user_id": user.id}))
    return runtime


RECEIVERS = [f"person{number}@example.org" for number in range(3)]
FAULTS = [
    "EHLO 421",
    "MAIL 451",
    "RCPT 450",
    "RCPT 550",
    "DATA 451",
    "END 451",
    "END 554",
    "silent",
    "dies after DATA",
]


def goes_on(runtime: Runtime) -> None:
    """Writing, publishing, finding and reading, with whatever is wrong with the mail."""
    with runtime.begin() as work:
        revision, people = make_revision(work, State.APPROVED)
        number, slug = revision.id, revision.practice.slug
    with runtime.begin() as work:
        perform(work, people["editor"], number, Action.PUBLISH)
    client = create_app(runtime).test_client()
    assert client.get(f"/fr/practices/{slug}").status_code == 200
    assert slug in client.get("/fr/practices?sort=newest").text
    with runtime.reading() as session:
        told = select(Notification.user_id).where(Notification.user_id == people["author"].user_id)
        assert session.scalars(told).all()


@pytest.mark.parametrize("fault", FAULTS)
def test_nothing_else_stops_and_each_mail_goes_once(house, server, clock, fault):
    if fault == "EHLO 421":  # no greeting, old or new
        server.mood = "MAIL 421"
    else:
        server.mood = fault
    began = time.monotonic()
    goes_on(house)
    run_pass(house)
    assert time.monotonic() - began < 15
    server.mood = ""
    for _ in range(4):
        clock.advance(minutes=5)
        run_pass(house)
    assert sorted(to for to, _ in server.taken) == RECEIVERS
    clock.advance(days=1)
    run_pass(house)
    assert len(server.taken) == 3


def test_a_server_that_is_away_for_days_gets_everything_when_it_is_back(house, server, clock):
    here = house.mailer
    away = Address("127.0.0.1", 1, "palabre@palabre.example", starttls=False)
    dead = replace(house, mailer=SmtpMailer(away, clock, timeout=0.3))
    for _ in range(3):
        assert run_pass(dead)["mailed"] == 0
        clock.advance(days=1)
    goes_on(dead)
    assert run_pass(replace(house, mailer=here))["mailed"] == 3
    assert sorted(to for to, _ in server.taken) == RECEIVERS


SENDER = """
from pathlib import Path
import os, signal, sys

from kb.adapters.file_mailer import FileMailer
from kb.notifications.sending import Post, send_due
from kb.wiring import build_runtime
from tests.conftest import FrozenClock, make_settings

runtime = build_runtime(make_settings(Path(sys.argv[1])), clock=FrozenClock())
left = int(sys.argv[2])


class Killed:
    def send(self, letter):
        global left
        if left == 0 and sys.argv[3] == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        runtime.mailer.send(letter)
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1


send_due(Post(runtime.begin, Killed(), runtime.clock, "https://palabre.example"))
"""


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_sender_who_is_killed_makes_no_mail_go_twice(sqlite_runtime, clock, moment):
    """At the worst moments: the mail is claimed; it has just been handed over or not quite."""
    runtime = replace(sqlite_runtime, mailer=MemoryMailer(clock))
    with runtime.begin() as work:
        for number in range(3):
            user = make_account(work, Role.MEMBER, email=f"person{number}@example.org")
            work.emit(Event(EventType.ROLE_GRANTED, data={"user_id": user.id}))
    folder = runtime.settings.data_dir
    ended = subprocess.run(
        [sys.executable, "-c", SENDER, folder, "1", moment],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    gone = {path.stem for path in (folder / "mail").glob("*.eml")}
    assert len(gone) == (1 if moment == "before" else 2)
    for _ in range(4):
        run_pass(runtime)
        clock.advance(minutes=10)
    assert isinstance(runtime.mailer, MemoryMailer)
    later = [letter.key for letter in runtime.mailer.letters]
    # The one that was under way is not sent again, for it may have been taken.
    assert len(later) == 1
    assert not gone & set(later)
    with runtime.reading() as session:
        found = session.scalars(select(Mail.last_error).order_by(Mail.id)).all()
    assert found == ["", "unknown", ""]


# The same for digests.


@pytest.fixture
def mornings(house: Runtime, server: MailServer) -> Runtime:
    """The three are to get one digest each, of two things; nobody a mail at once."""
    with house.begin() as work:
        people = work.session.scalars(select(User.id)).all()
        for user_id in people:
            choose(work, user_id, "all", "daily")
            work.session.execute(delete(Mail).where(Mail.user_id == user_id))
        for user_id in [*people, *people]:
            work.emit(Event(EventType.PRACTICE_SHARED, data={"user_id": user_id}))
    return house


@pytest.mark.parametrize("fault", ["EHLO 421", "RCPT 450", "END 451", "silent", "dies after DATA"])
def test_each_digest_goes_once_whatever_is_wrong_with_the_server(mornings, server, clock, fault):
    server.mood = "MAIL 421" if fault == "EHLO 421" else fault
    clock.advance(days=1)
    began = time.monotonic()
    goes_on(mornings)
    run_pass(mornings)
    assert time.monotonic() - began < 15
    server.mood = ""
    for _ in range(4):
        clock.advance(minutes=5)
        run_pass(mornings)
    assert sorted(to for to, _ in server.taken) == RECEIVERS
    clock.advance(days=1)
    run_pass(mornings)
    assert len(server.taken) == 3


@pytest.mark.parametrize("moment", ["before", "after"])
def test_power_that_fails_makes_no_digest_go_twice(sqlite_runtime, clock, moment):
    """The sender dies with one claimed; what was not yet claimed goes later, all else never."""
    runtime = replace(sqlite_runtime, mailer=MemoryMailer(clock))
    with runtime.begin() as work:
        for number in range(3):
            user = make_account(work, Role.MEMBER, email=f"person{number}@example.org")
            choose(work, user.id, "all", "daily")
            work.emit(Event(EventType.PRACTICE_SHARED, data={"user_id": user.id}))
    clock.advance(days=1)
    assert gather_digests(runtime) == 3
    folder = runtime.settings.data_dir
    code = SENDER.replace("clock=FrozenClock()", "clock=LATER").replace(
        "runtime = build", "LATER = FrozenClock()\nLATER.advance(days=1)\nruntime = build"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, folder, "1", moment],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    gone = {path.stem for path in (folder / "mail").glob("*.eml")}
    assert len(gone) == (1 if moment == "before" else 2)
    for _ in range(4):
        done = run_pass(runtime)
        assert done["digests"] == 0
        clock.advance(minutes=10)
    assert isinstance(runtime.mailer, MemoryMailer)
    later = [letter.key for letter in runtime.mailer.letters]
    assert len(later) == 1
    assert not gone & set(later)
    with runtime.reading() as session:
        found = session.scalars(select(Mail.last_error).order_by(Mail.id)).all()
    assert found == ["", "unknown", ""]


# What is in them.


@pytest.fixture
def posted(tmp_path, clock, renderer) -> Iterator[tuple[Runtime, list[str]]]:
    """Everything that a text full of canaries makes the site mail, as files."""
    runtime = build_runtime(make_settings(tmp_path), clock=clock, renderer=renderer)
    upgrade(runtime.engine)
    with runtime.begin() as work:
        make_vocabularies(work)
        text = make_text("x", title=f"Titre {CANARY}", summary=CANARY, places=[CANARY])
        content = make_content(f"slug-{CANARY}", texts={"fr": text})
        revision, people = make_revision(work, State.DRAFT, content)
        number = revision.id
        for user in work.session.scalars(select(User)):
            user.name, user.password_hash = NAME, "x"
    with runtime.begin() as work:
        perform(work, people["author"], number, Action.SUBMIT)
    with runtime.begin() as work:
        comment(work, people["editor"], number, f"A remark about {CANARY}")
        perform(work, people["editor"], number, Action.REJECT, f"because of {CANARY}")
    with runtime.begin() as work:
        new = NewAccount("new@example.org", f"Name {CANARY}", Locale.EN, frozenset({Role.EDITOR}))
        invite(work, OPERATOR, new)
    with runtime.begin() as work:
        slug = work.session.get_one(Practice, work.session.get_one(Revision, number).practice_id)
        assert CANARY in slug.slug
    while run_pass(runtime)["mailed"]:
        pass
    yield runtime, [path.read_text() for path in sorted((tmp_path / "mail").glob("*.eml"))]
    runtime.close()


def test_no_mail_names_a_text_a_person_or_a_place(posted):
    _, written = posted
    assert len(written) == 4
    for mail in written:
        assert CANARY not in mail
        assert "Aïssa" not in mail
        assert "Bcc" not in mail


def test_each_is_in_the_language_of_its_receiver(posted):
    _, written = posted
    french = [mail for mail in written if "Content-Language: fr" in mail]
    (english,) = (mail for mail in written if "Content-Language: en" in mail)
    assert len(french) == 3
    for mail in french:
        assert "Un texte" in mail or "Un de vos textes" in mail
        assert "https://palabre.example/fr/notifications" in mail
    assert "You have been invited to Palabre." in english
    assert "https://palabre.example/en/password/" in english


def test_the_link_of_an_invitation_opens_the_account(posted):
    runtime, written = posted
    (mail,) = (mail for mail in written if "/password/" in mail)
    (link,) = (line for line in mail.splitlines() if "/password/" in line)
    client = create_app(runtime).test_client()
    address = link.removeprefix("https://palabre.example")
    assert client.get(address).status_code == 200
    data = {"password": PASSWORD, "repeated": PASSWORD}
    answer = client.post(address, data=data)
    assert answer.status_code in {302, 303}, answer.text
    with runtime.reading() as session:
        user = session.scalar(select(User).where(User.email == "new@example.org"))
    assert user.password_hash is not None


def test_neither_words_nor_links_wait_in_the_database(posted):
    runtime, _ = posted
    columns = {column.name for column in Mail.__table__.columns}
    assert columns == {
        "id", "user_id", "kind", "entry_id", "created_at", "due_at", "claimed_at", "sent_at",
        "attempts", "last_error", "digest_on",
    }  # fmt: skip
    with runtime.reading() as session:
        assert {mail.last_error for mail in session.scalars(select(Mail))} == {""}
