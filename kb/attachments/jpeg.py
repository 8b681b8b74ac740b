"""Photographs inside documents, rid of their notes without drawing them anew. Pure."""

from kb.attachments.refusals import Refused

START, END, SCAN = 0xD8, 0xD9, 0xDA
# Notes of programs and cameras, comments. 0xEE tells how the colours are coded: it stays.
NOTES = frozenset({*range(0xE0, 0xF0), 0xFE}) - {0xEE}
RESTARTS = frozenset(range(0xD0, 0xD8))
JPEG_2000 = b"\x00\x00\x00\x0cjP  "
NOTE_BOXES = frozenset({b"uuid", b"xml ", b"uinf"})


def without_segments(body: bytes) -> bytes:
    """A JPEG without the segments in which places, cameras and people are noted."""
    if not body.startswith(b"\xff\xd8"):
        raise Refused("pdf")
    kept, at = bytearray(b"\xff\xd8"), 2
    while at < len(body) - 1:
        if body[at] != 0xFF:  # noqa: PLR2004 - every segment begins so
            raise Refused("pdf")
        kind = body[at + 1]
        if kind == END:
            return bytes(kept + b"\xff\xd9")
        if kind == 0xFF:  # noqa: PLR2004 - it may be repeated
            at += 1
            continue
        until = at + 2 + int.from_bytes(body[at + 2 : at + 4])
        if kind == SCAN:
            until = _end_of_scan(body, until)
        if kind not in NOTES:
            kept += body[at:until]
        at = until
    # Without an end: readers of documents accept it, and so do we.
    return bytes(kept + b"\xff\xd9")


def _end_of_scan(body: bytes, at: int) -> int:
    """Where the next segment begins behind the pixels."""
    while (at := body.find(b"\xff", at)) != -1:
        following = body[at + 1] if at + 1 < len(body) else 0
        if following not in RESTARTS and following != 0:
            return at
        at += 2
    return len(body)


def without_boxes(body: bytes) -> bytes:
    """A JPEG 2000 without the boxes for notes."""
    if not body.startswith(JPEG_2000):
        return body
    kept, at = bytearray(), 0
    while at + 8 <= len(body):
        size, kind = int.from_bytes(body[at : at + 4]), body[at + 4 : at + 8]
        if size == 1:
            size = int.from_bytes(body[at + 8 : at + 16])
        size = size or len(body) - at
        if size < 8:  # noqa: PLR2004 - its own header
            raise Refused("pdf")
        if kind not in NOTE_BOXES:
            kept += body[at : at + size]
        at += size
    return bytes(kept)
