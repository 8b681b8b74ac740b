"""The child process: one file in, a clean one out. Its parent may kill it at any time."""

import json
import resource
import sys
from typing import BinaryIO

from kb.attachments.cleaning import clean
from kb.attachments.docx_reading import read_docx
from kb.attachments.kinds import WORD
from kb.attachments.refusals import Refused

MEMORY_LIMIT = 1 << 30


def main(request: BinaryIO, answer: BinaryIO) -> None:
    """A line with the media type and the file, answered by a line of JSON and the clean file."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    # It has nothing to write but its answer.
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    media_type = request.readline().decode().strip()
    try:
        if media_type == WORD:
            text = read_docx(request.read())
            images = json.dumps({"images": text.images})
            answer.write(images.encode() + b"\n" + text.markdown.encode())
            return
        found = clean(media_type, request.read())
    except Refused as refused:
        answer.write(json.dumps({"refused": refused.code}).encode() + b"\n")
        return
    head = {"width": found.width, "height": found.height}
    answer.write(json.dumps(head).encode() + b"\n" + found.body)


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer)
