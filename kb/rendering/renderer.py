"""The one door to HTML: renders in a child process that is killed when a text takes too long."""

from collections.abc import Mapping
from io import BufferedReader
import logging
from pathlib import Path
import select
import subprocess
import sys
import threading
import time
from typing import IO, cast

from markupsafe import Markup, escape

from kb.core.ports import Rendered
from kb.rendering.sanitiser import VERSION

LOG = logging.getLogger(__name__)
ROOT = Path(__file__).resolve().parents[2]
HEADER = 4
SECONDS = 2.0
START_SECONDS = 30.0
SIZE_LIMIT = 200_000
APOLOGY = Markup(
    '<p><em lang="fr">Ce texte n’a pas pu être mis en forme ; le voici tel qu’il a été écrit.</em>'
    ' <em lang="en">This text could not be formatted; here it is as it was written.</em></p>'
)


class ChildRenderer:
    """Renders Markdown safely: at most `seconds` of wall clock and 200 kB a text.

    A text that costs more comes back as its escaped source with a sentence saying so.
    """

    version = VERSION

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None

    def render(self, markdown: str) -> Markup:
        """Safe HTML of the text, or its escaped source."""
        return self.render_all({"": markdown}).html[""]

    def render_all(self, texts: Mapping[str, str]) -> Rendered:
        """Safe HTML of each text. After the first that costs too much no other is tried.

        So a whole practice, hostile from end to end, is answered in the time of one text.
        """
        html: dict[str, Markup] = {}
        complete = True
        for key, markdown in texts.items():
            request = markdown.encode("utf-8", "replace")
            answer = self._answer(request) if complete else None
            complete = complete and answer is not None
            html[key] = _as_written(request) if answer is None else answer
        return Rendered(html, complete)

    def _answer(self, request: bytes) -> Markup | None:
        if len(request) > SIZE_LIMIT:
            return None
        with self._lock:
            html = self._ask(request)
        return None if html is None else Markup(html.decode())  # noqa: S704 - the one door

    def close(self) -> None:
        """End the child; the next text starts another."""
        with self._lock:
            self._stop()

    def _ask(self, request: bytes) -> bytes | None:
        """The child's answer; None (and no child left) if it is late or dies."""
        try:
            child = self._running()
            deadline = time.monotonic() + self._seconds
            stdin = cast(IO[bytes], child.stdin)
            stdin.write(len(request).to_bytes(HEADER) + request)
            stdin.flush()
            size = int.from_bytes(self._read(child, HEADER, deadline))
            return self._read(child, size, deadline)
        except OSError as error:
            LOG.warning("a text could not be rendered: %s", type(error).__name__)
            self._stop()
            return None

    def _read(self, child: subprocess.Popen[bytes], size: int, deadline: float) -> bytes:
        stdout = cast(BufferedReader, child.stdout)
        found = b""
        while len(found) < size:
            ready, _, _ = select.select([stdout], [], [], max(0.0, deadline - time.monotonic()))
            chunk = stdout.read1(size - len(found)) if ready else b""
            if not chunk:
                raise TimeoutError
            found += chunk
        return found

    def _running(self) -> subprocess.Popen[bytes]:
        if self._child is None or self._child.poll() is not None:
            self._stop()
            self._child = subprocess.Popen(
                [sys.executable, "-m", "kb.rendering.worker"],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            # Importing is not rendering: a busy machine may take its time over the first.
            self._read(self._child, 1, time.monotonic() + START_SECONDS)
        return self._child

    def _stop(self) -> None:
        if self._child is None:
            return
        self._child.kill()
        self._child.wait()
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                pipe.close()
        self._child = None


def _as_written(request: bytes) -> Markup:
    return APOLOGY + Markup("<pre>{}</pre>").format(escape(request.decode()))
