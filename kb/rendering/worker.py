"""The child process: reads Markdown, writes safe HTML. Its parent may kill it at any time."""

import resource
import sys
from typing import BinaryIO

from kb.rendering.markdown import to_html
from kb.rendering.sanitiser import sanitise

HEADER = 4
READY = b"!"
MEMORY_LIMIT = 1 << 30


def main(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests, each a 4-byte length and UTF-8 text, until the parent closes its end."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    answers.write(READY)
    answers.flush()
    while header := requests.read(HEADER):
        text = requests.read(int.from_bytes(header)).decode()
        html = sanitise(to_html(text)).encode()
        answers.write(len(html).to_bytes(HEADER) + html)
        answers.flush()


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer)
