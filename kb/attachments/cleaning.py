"""Files made harmless: what an upload shows is kept, what it tells besides is not. Pure.

An image is drawn anew, a document is written anew; nothing of the original is copied whole.
"""

from collections.abc import Callable
from dataclasses import dataclass
import re
import unicodedata

from kb.attachments.images import clean_image
from kb.attachments.kinds import BY_EXTENSION, EXTENSIONS, SYNONYMS, UNDECLARED, is_image
from kb.attachments.pdf import clean_pdf
from kb.attachments.refusals import Refused
from kb.core.messages import Message, msg

NAME_LENGTH = 100
MAGIC: dict[str, Callable[[bytes], bool]] = {
    "image/jpeg": lambda body: body.startswith(b"\xff\xd8\xff"),
    "image/png": lambda body: body.startswith(b"\x89PNG\r\n\x1a\n"),
    "image/webp": lambda body: body.startswith(b"RIFF") and body[8:12] == b"WEBP",
    "application/pdf": lambda body: body.startswith(b"%PDF-"),
}
ACCEPTED = "JPEG, PNG, WebP, PDF"
# Not in a file name on every system, or not in an address.
UNUSUAL = re.compile(r'[<>:"|?*;%#&`$\'{}\[\]\\/]+')
REFUSALS: dict[str, Message] = {
    "empty": msg("is empty"),
    "kind": msg("is not one of the accepted kinds: %(kinds)s", kinds=ACCEPTED),
    "disagree": msg(
        "is not what its name or type says; save it again as %(kinds)s", kinds=ACCEPTED
    ),
    "pixels": msg("has too many pixels; make it smaller (at most 40 million)"),
    "image": msg("cannot be read as an image; it may be damaged"),
    "pdf": msg("cannot be read as a PDF; it may be damaged"),
    "encrypted": msg("is protected by a password; save it without"),
    "pages": msg("has too many pages (at most 300)"),
    "effort": msg("takes too long to examine; make it smaller or simpler"),
}


@dataclass(frozen=True, slots=True)
class Clean:
    """A file as it will be kept; an image knows its size in pixels."""

    media_type: str
    body: bytes
    width: int | None = None
    height: int | None = None


def recognise(name: str, declared: str, body: bytes) -> str:
    """The media type on which name, declaration and content agree; raises Refused."""
    if not body:
        raise Refused("empty")
    media_type = BY_EXTENSION.get(name.rpartition(".")[2].lower() if "." in name else "")
    if media_type is None:
        raise Refused("kind")
    declared = declared.partition(";")[0].strip().lower()
    declared = SYNONYMS.get(declared, declared)
    if declared not in {media_type, *UNDECLARED} or not MAGIC[media_type](body):
        raise Refused("disagree")
    return media_type


def clean(media_type: str, body: bytes) -> Clean:
    """The file drawn or written anew; raises Refused where that cannot be done."""
    if not is_image(media_type):
        return Clean(media_type, clean_pdf(body))
    drawn, (width, height) = clean_image(media_type, body)
    return Clean(media_type, drawn, width, height)


def clean_name(name: str, media_type: str) -> str:
    """The file's own name without folders, invisible characters and surprising ends."""
    name = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    name = "".join(c for c in name if unicodedata.category(c)[0] != "C" or c in "\t\n")
    stem = UNUSUAL.sub(" ", name.rpartition(".")[0])
    stem = " ".join(stem.replace(".", " ").split())[:NAME_LENGTH].strip()
    fallback = "image" if is_image(media_type) else "document"
    return f"{stem or fallback}.{EXTENSIONS[media_type]}"
