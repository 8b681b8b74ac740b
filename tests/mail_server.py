"""A mail server of our own, on this machine, that fails on request."""

from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
import socketserver
import threading
from typing import Any

FINE = ""


class MailServer(socketserver.ThreadingTCPServer):
    """Takes mails; `mood` is where it fails, `taken` what it has accepted as a whole.

    A mood is FINE, a command ("RCPT 450": the answer to it), "silent" (it accepts and says
    nothing), "dies after DATA" (it has the text and does not say so), "cut in DATA" (it leaves
    before it has the text) or "END 554": the answer to the text.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.mood = FINE
        self.taken: list[tuple[str, bytes]] = []
        self.greeted_by: list[str] = []
        self.leaving = threading.Event()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def mails(self) -> list[EmailMessage]:
        """What was accepted, as a reader's program shows it."""
        return [_parsed(text) for _, text in self.taken]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is none of the test's business."""


class _Conversation(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        if self.server.mood == "silent":
            self.server.leaving.wait(10)
            return
        self._say("220 ready")
        to = ""
        while line := self.rfile.readline():
            command, _, rest = line.decode("ascii").strip().partition(" ")
            if self.server.mood.partition(" ")[0] == command.upper():
                self._say(f"{self.server.mood.partition(' ')[2]} no")
                continue
            if command.upper() == "EHLO":
                self.server.greeted_by.append(rest)
            if command.upper() == "RCPT":
                to = rest.partition("<")[2].partition(">")[0]
            if command.upper() != "DATA":
                self._say("250 fine")
            elif not self._take(to):
                return

    def _take(self, to: str) -> bool:
        self._say("354 go on")
        if self.server.mood == "cut in DATA":
            return False
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return False
            lines.append(line.removeprefix(b"."))
        mood, _, answer = self.server.mood.partition(" ")
        if mood == "END":
            self._say(f"{answer} no")
            return True
        self.server.taken.append((to, b"".join(lines)))
        if self.server.mood == "dies after DATA":
            return False
        self._say("250 taken")
        return True

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


def _parsed(text: bytes) -> EmailMessage:
    message = message_from_bytes(text, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


@contextmanager
def mail_server() -> Iterator[MailServer]:
    with MailServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.leaving.set()
            server.shutdown()
            thread.join()
