"""Cleaning in a process of its own: hostile bytes can only take down that."""

from collections.abc import Mapping
from dataclasses import dataclass
import json
import logging
from pathlib import Path
import subprocess
import sys
from typing import Any

from kb.attachments.cleaning import REFUSALS, Clean
from kb.attachments.kinds import WORD
from kb.attachments.refusals import Refused
from kb.core.messages import Message, msg

LOG = logging.getLogger(__name__)
ROOT = Path(__file__).resolve().parents[2]
SECONDS = 20.0
# Why a Word file is not read.
UNREAD: dict[str, Message] = {
    "effort": REFUSALS["effort"],
    "word": msg("cannot be read as a Word file (.docx); it may be damaged or be something else"),
    "old-word": msg(
        "is an old Word file or is protected by a password; save it as .docx without one"
    ),
    "macro": msg("has macros in it; save it as .docx without macros"),
    "unpacked": msg("unpacks to more than a text can have"),
}


@dataclass(frozen=True, slots=True)
class Words:
    """The text of a Word file as Markdown, and how many images were left out."""

    markdown: str
    images: int


def clean_apart(media_type: str, body: bytes, seconds: float = SECONDS) -> Clean:
    """`cleaning.clean`, bounded in time and memory; raises Refused."""
    facts, cleaned = _apart(media_type, body, seconds)
    return Clean(media_type, cleaned, facts["width"], facts["height"])


def read_apart(body: bytes, seconds: float = SECONDS) -> Words:
    """The words of a Word file, read in the same bounds; raises Refused."""
    facts, text = _apart(WORD, body, seconds)
    return Words(text.decode(errors="replace"), facts["images"])


def _apart(media_type: str, body: bytes, seconds: float) -> tuple[Mapping[str, Any], bytes]:
    try:
        done = subprocess.run(
            [sys.executable, "-m", "kb.attachments.worker"],
            cwd=ROOT,
            input=media_type.encode() + b"\n" + body,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            check=True,
        )
    except (subprocess.SubprocessError, OSError) as error:
        LOG.warning("an upload could not be examined: %s", type(error).__name__)
        raise Refused("effort") from None
    head, _, cleaned = done.stdout.partition(b"\n")
    facts = json.loads(head)
    if "refused" in facts:
        raise Refused(facts["refused"])
    return facts, cleaned
