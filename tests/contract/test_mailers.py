"""Every mailer hands a letter over once, or says that it certainly was not taken."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
import os
from pathlib import Path
import smtplib
import stat
import time

import pytest

from kb.adapters.file_mailer import FileMailer
from kb.adapters.letters import message_of
from kb.adapters.smtp_mailer import MailServer as Address
from kb.adapters.smtp_mailer import SmtpMailer
from kb.adapters.smtp_mailer import mail_server as parse_url
from kb.core.language import Locale
from kb.core.ports import Letter, Mailer, MailNotAccepted
from kb.core.settings import Settings
from kb.wiring import build_runtime
from tests.conftest import FrozenClock, make_settings
from tests.fakes import MemoryMailer
from tests.mail_server import MailServer, mail_server

SENDER = "palabre@palabre.example"
LETTER = Letter(
    key="7-0123456789abcdef",
    to="someone@example.org",
    subject="Palabre : une réponse",
    body=(
        "Élève : « été »\n\n.\n.a line that begins with a dot\n"
        "https://palabre.example/fr/password/" + "x" * 60 + "\n"
    ),
    locale=Locale.FR,
)
# What would begin another header, another command or another receiver.
HOSTILE = [
    "a@example.org\r\nBcc: b@example.org",
    "a@example.org\nRCPT TO:<b@example.org>",
    "a@example.org, b@example.org",
    "A <a@example.org>",
    "a@example.org>",
    "a b@example.org",
    "",
    "nobody",
    "é@example.org",
]


@dataclass
class Place:
    """A mailer and how to look at what it has handed over."""

    mailer: Mailer
    kind: str
    directory: Path
    server: MailServer

    def messages(self) -> list[EmailMessage]:
        """In the order of their keys."""
        if self.kind == "file":
            files = sorted(self.directory.glob("*"))
            found = [message_from_bytes(f.read_bytes(), policy=policy.default) for f in files]
            return [message for message in found if isinstance(message, EmailMessage)]
        if self.kind == "smtp":
            return self.server.mails()
        assert isinstance(self.mailer, MemoryMailer)
        letters = self.mailer.letters
        return [message_of(letter, SENDER, FrozenClock().now()) for letter in letters]


def said(message: EmailMessage) -> str:
    """The text, whichever line ends it came with."""
    return str(message.get_content()).replace("\r\n", "\n")


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


def smtp(server: MailServer, timeout: float = 5) -> SmtpMailer:
    here = Address("127.0.0.1", server.port, SENDER, starttls=False)
    return SmtpMailer(here, FrozenClock(), timeout=timeout)


@pytest.fixture(params=["memory", "file", "smtp"])
def place(request: pytest.FixtureRequest, tmp_path: Path, server: MailServer) -> Place:
    directory = tmp_path / "deep" / "mail"
    mailers: dict[str, Mailer] = {
        "memory": MemoryMailer(FrozenClock()),
        "file": FileMailer(directory, SENDER, FrozenClock()),
        "smtp": smtp(server),
    }
    return Place(mailers[request.param], request.param, directory, server)


def test_a_letter_arrives_once_and_whole(place: Place):
    place.mailer.send(LETTER)
    (message,) = place.messages()
    assert dict(message.items()) == {
        "From": f"Palabre <{SENDER}>",
        "To": "someone@example.org",
        "Subject": "Palabre : une réponse",
        "Date": "Sun, 01 Mar 2026 09:00:00 +0000",
        "Message-ID": "<7-0123456789abcdef@palabre.example>",
        "Content-Language": "fr",
        "Auto-Submitted": "auto-generated",
        "MIME-Version": "1.0",
        "Content-Type": 'text/plain; charset="utf-8"',
        "Content-Transfer-Encoding": message["Content-Transfer-Encoding"],
    }
    assert said(message) == LETTER.body


def test_each_letter_is_one_of_its_own(place: Place):
    place.mailer.send(LETTER)
    place.mailer.send(replace(LETTER, key="8-0", to="other@example.org", locale=Locale.EN))
    assert [(m["To"], m["Content-Language"]) for m in place.messages()] == [
        ("someone@example.org", "fr"),
        ("other@example.org", "en"),
    ]


def test_a_line_break_in_the_subject_begins_no_header(place: Place):
    subject = "Palabre\r\nBcc: b@example.org\r\n\r\nother words"
    place.mailer.send(replace(LETTER, subject=subject))
    (message,) = place.messages()
    assert message["Subject"] == "Palabre Bcc: b@example.org other words"
    assert message["Bcc"] is None
    assert said(message) == LETTER.body


@pytest.mark.parametrize("to", HOSTILE)
def test_what_is_no_address_is_not_accepted(place: Place, to: str):
    with pytest.raises(MailNotAccepted):
        place.mailer.send(replace(LETTER, to=to))
    assert place.messages() == []


@pytest.mark.parametrize("key", ["../7", "7/8", "7\r\nX: y", "", ".", "é"])
def test_what_is_no_key_is_not_accepted(place: Place, key: str):
    with pytest.raises(MailNotAccepted):
        place.mailer.send(replace(LETTER, key=key))
    assert place.messages() == []


# Files.


def test_letters_as_files_are_for_their_owner_only(tmp_path: Path):
    before = os.umask(0)
    try:
        FileMailer(tmp_path / "mail", SENDER, FrozenClock()).send(LETTER)
    finally:
        os.umask(before)
    (file,) = (tmp_path / "mail").iterdir()
    assert file.name == "7-0123456789abcdef.eml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "mail").stat().st_mode) == 0o700
    # Whoever opens it can copy the link as it stands.
    assert LETTER.body.splitlines()[-1].encode() in file.read_bytes().splitlines()


def test_a_letter_written_again_replaces_itself(tmp_path: Path):
    mailer = FileMailer(tmp_path, SENDER, FrozenClock())
    (tmp_path / f".{LETTER.key}.part").write_text("half of it, before a power cut")
    mailer.send(LETTER)
    mailer.send(LETTER)
    assert [file.name for file in tmp_path.iterdir()] == ["7-0123456789abcdef.eml"]


def test_a_folder_that_cannot_be_written_takes_nothing(tmp_path: Path):
    (tmp_path / "mail").write_text("a file where the folder should be")
    with pytest.raises(MailNotAccepted) as refused:
        FileMailer(tmp_path / "mail", SENDER, FrozenClock()).send(LETTER)
    assert isinstance(refused.value.__cause__, OSError)


# A mail server that is away, refuses, is slow or dies.

REFUSING = [
    "MAIL 451",
    "MAIL 550",
    "RCPT 450",
    "RCPT 550",
    "DATA 421",
    "DATA 554",
    "END 451",
    "END 554",
]


@pytest.mark.parametrize("mood", REFUSING)
def test_what_is_refused_is_certainly_not_taken_and_goes_later(server: MailServer, mood: str):
    server.mood = mood
    with pytest.raises(MailNotAccepted) as refused:
        smtp(server).send(LETTER)
    assert isinstance(refused.value.__cause__, smtplib.SMTPException)
    assert server.taken == []
    server.mood = ""
    smtp(server).send(LETTER)
    assert [to for to, _ in server.taken] == ["someone@example.org"]


def test_a_server_that_is_away_takes_nothing(server: MailServer):
    mailer = smtp(server)
    server.shutdown()
    server.server_close()
    with pytest.raises(MailNotAccepted) as refused:
        mailer.send(LETTER)
    assert isinstance(refused.value.__cause__, ConnectionRefusedError)


def test_a_silent_server_is_waited_for_so_long_and_no_longer(server: MailServer):
    server.mood = "silent"
    began = time.monotonic()
    with pytest.raises(MailNotAccepted) as refused:
        smtp(server, timeout=0.3).send(LETTER)
    assert isinstance(refused.value.__cause__, OSError)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("mood", ["dies after DATA", "cut in DATA"])
def test_without_an_answer_to_the_text_nobody_knows(server: MailServer, mood: str):
    """It may have been taken: the fault is told as it is, and is no "not accepted"."""
    server.mood = mood
    with pytest.raises(smtplib.SMTPServerDisconnected):
        smtp(server).send(LETTER)
    assert len(server.taken) == (mood == "dies after DATA")


def test_the_server_is_told_no_name_of_this_machine(server: MailServer):
    smtp(server).send(LETTER)
    assert server.greeted_by == ["palabre.example"]


def test_encryption_that_was_asked_for_is_not_gone_without(server: MailServer):
    """The server offers none: nothing is sent rather than sent in the open."""
    here = Address("127.0.0.1", server.port, SENDER, user="u", password="zasecret", starttls=True)
    with pytest.raises(MailNotAccepted):
        SmtpMailer(here, FrozenClock(), timeout=5).send(LETTER)
    assert server.taken == []


# The setting.


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example.org", Address("mail.example.org", 587, SENDER)),
        (
            "smtps://mail.example.org",
            Address("mail.example.org", 465, SENDER, tls_at_once=True, starttls=False),
        ),
        ("smtp://localhost:25", Address("localhost", 25, SENDER, starttls=False)),
        ("smtp://127.0.0.1:25?starttls=yes", Address("127.0.0.1", 25, SENDER)),
        ("smtp://relay:25?starttls=no", Address("relay", 25, SENDER, starttls=False)),
        (
            "smtp://u%40x:p%2Fq@mail.example.org:2525?from=desk@example.org&starttls=yes",
            Address("mail.example.org", 2525, "desk@example.org", "u@x", "p/q"),
        ),
    ],
)
def test_the_setting_names_server_sender_and_encryption(url: str, server: Address):
    assert parse_url(url, SENDER) == server


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("smtp://", "must look like"),
        ("smtp://host:port", "port"),
        ("smtp://host:99999", "port"),
        ("smtp://host?from=nobody", "from="),
        ("smtp://host?starttls=maybe", "starttls"),
        ("smtp://host?unknown=1", "starttls"),
        ("smtp://u:zasecret@host?starttls=no", "unencrypted"),
    ],
)
def test_a_setting_that_cannot_be_used_is_refused_without_telling_the_password(url: str, why: str):
    with pytest.raises(ValueError, match=why) as refused:
        parse_url(url, SENDER)
    assert "zasecret" not in str(refused.value)
    assert "zasecret" not in repr(parse_url("smtp://u:zasecret@host", SENDER))


def test_the_wiring_chooses_by_the_setting(tmp_path: Path):
    def mailer(**changes: str) -> Mailer:
        settings: Settings = replace(make_settings(tmp_path), **changes)  # type: ignore[arg-type]
        runtime = build_runtime(settings, clock=FrozenClock())
        runtime.close()
        return runtime.mailer

    mailer().send(LETTER)
    mailer(mail_url=f"file:{tmp_path / 'one'}").send(LETTER)
    mailer(mail_url=f"file://{tmp_path / 'two'}", base_url="http://127.0.0.1:8000").send(LETTER)
    name = "7-0123456789abcdef.eml"
    written = {folder: (tmp_path / folder / name).read_text() for folder in ("mail", "one", "two")}
    assert "palabre@palabre.example" in written["mail"]
    assert "palabre@palabre.example" in written["one"]
    assert "palabre@localhost" in written["two"]
    assert isinstance(mailer(mail_url="smtp://mail.example.org"), SmtpMailer)
