"""Letters over SMTP, encrypted on the way unless the server is this machine."""

from contextlib import suppress
from dataclasses import dataclass, field
import ipaddress
import re
import smtplib
import ssl
from urllib.parse import parse_qs, unquote, urlsplit

from kb.adapters.letters import ADDRESS, message_of
from kb.core.ports import Clock, Letter, MailNotAccepted

TIMEOUT_SECONDS = 20.0
GO_AHEAD = 354
DONE = 250
WILL_FORWARD = 251
PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where letters are handed over, and in whose name."""

    host: str
    port: int
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)
    tls_at_once: bool = False
    starttls: bool = True


def mail_server(url: str, default_sender: str) -> MailServer:
    """`smtp://user:password@host:port?from=...&starttls=yes|no`; raises ValueError.

    Between machines STARTTLS is asked for unless it says no, and then no password is sent.
    """
    parts = urlsplit(url)
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    try:
        port = parts.port
    except ValueError:
        raise ValueError("the port in KB_MAIL_URL is not a number") from None
    if parts.scheme not in PORTS or not parts.hostname:
        raise ValueError("KB_MAIL_URL must look like smtp://host:port")
    sender = options.pop("from", default_sender)
    if not ADDRESS.fullmatch(sender):
        raise ValueError("from= in KB_MAIL_URL is not a mail address")
    at_once = parts.scheme == "smtps"
    asked = options.pop("starttls", "no" if at_once or _is_here(parts.hostname) else "yes")
    if asked not in {"yes", "no"} or options:
        raise ValueError("KB_MAIL_URL takes from= and starttls=yes or no")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if user and not at_once and asked == "no" and not _is_here(parts.hostname):
        raise ValueError("KB_MAIL_URL would send the password unencrypted: leave starttls=no out")
    port = port or PORTS[parts.scheme]
    return MailServer(parts.hostname, port, sender, user, password, at_once, asked == "yes")


class SmtpMailer:
    """Hands one letter over per connection.

    Until the server was given the text, every fault means that it was not taken. From then on
    only the server's own answer says so; without one nobody knows, and the fault is raised as
    it is.
    """

    def __init__(
        self,
        server: MailServer,
        clock: Clock,
        *,
        timeout: float = TIMEOUT_SECONDS,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._server, self._clock, self._timeout = server, clock, timeout
        self._tls = tls or ssl.create_default_context()

    def send(self, letter: Letter) -> None:
        """Hand it over; raises MailNotAccepted where it certainly was not taken."""
        message = message_of(letter, self._server.sender, self._clock.now())
        try:
            connection = self._connect()
        except (OSError, ValueError) as error:
            raise MailNotAccepted("the mail server cannot be reached") from error
        try:
            try:
                self._announce(connection, letter.to)
            except (OSError, ValueError) as error:
                raise MailNotAccepted("the mail server does not want it") from error
            self._hand_over(connection, message.as_bytes())
            with suppress(OSError):  # it has the letter: how it says goodbye does not matter
                connection.quit()
        finally:
            connection.close()

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        # The name of this machine is nobody's business: the sender's domain stands in.
        _, _, name = server.sender.rpartition("@")
        if server.tls_at_once:
            return smtplib.SMTP_SSL(
                server.host,
                server.port,
                local_hostname=name,
                timeout=self._timeout,
                context=self._tls,
            )
        return smtplib.SMTP(server.host, server.port, local_hostname=name, timeout=self._timeout)

    def _announce(self, connection: smtplib.SMTP, to: str) -> None:
        """Everything before the text: nothing of it can count as a mail."""
        connection.ehlo_or_helo_if_needed()
        if self._server.starttls:
            connection.starttls(context=self._tls)
            connection.ehlo()
        if self._server.user:
            connection.login(self._server.user, self._server.password)
        _expect(connection.mail(self._server.sender), DONE)
        _expect(connection.rcpt(to), DONE, WILL_FORWARD)
        _expect(connection.docmd("DATA"), GO_AHEAD)

    def _hand_over(self, connection: smtplib.SMTP, text: bytes) -> None:
        # A line that is a dot alone would end the text.
        connection.send(re.sub(rb"(?m)^\.", b"..", text) + b".\r\n")
        code, words = connection.getreply()
        if code != DONE:
            raise MailNotAccepted("the mail server refuses it") from smtplib.SMTPDataError(
                code, words
            )


def _expect(answer: tuple[int, bytes], *codes: int) -> None:
    if answer[0] not in codes:
        raise smtplib.SMTPResponseException(*answer)


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
