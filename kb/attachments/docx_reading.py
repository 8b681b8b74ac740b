"""A Word file as Markdown: its words, headings, lists, tables, bold and italic. Pure.

Only ever called in the child process: see `isolation`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
import io
import re
from typing import Any
import zipfile

import docx
from docx.document import Document
from docx.table import Table
from docx.text.paragraph import Paragraph

from kb.attachments.refusals import Refused

MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
OLD_WORD = b"\xd0\xcf\x11\xe0"
MOST_ENTRIES = 2000
LARGEST_UNPACKED = 40_000_000
DEEPEST = 8
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_HEADING = re.compile(r"(?:heading|titre) ([1-9])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class WordText:
    """The words of a file, and how many images it has, which are not taken."""

    markdown: str
    images: int


def read_docx(body: bytes) -> WordText:
    """The text of a Word file; raises Refused for what is none or is more than a text."""
    if body.startswith(OLD_WORD):
        raise Refused("old-word")
    _examine(body)
    try:
        document = docx.Document(io.BytesIO(body))
        blocks = list(_blocks(document))
        images = len(document.element.body.findall(f".//{_W}drawing"))
        images += len(document.element.body.findall(f".//{_W}pict"))
    except Exception:  # noqa: BLE001 - whatever the library stumbles over, it is no Word file
        raise Refused("word") from None
    return WordText(_joined(blocks), images)


def _examine(body: bytes) -> None:
    """Refuse what unpacks to too much, is two files in one, or carries more than a text."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            names = _names(archive)
            types = archive.read("[Content_Types].xml")
            if b"macroEnabled" in types:
                raise Refused("macro")
            parts = [name for name in names if name.endswith((".xml", ".rels"))]
            if MAIN.encode() not in types or any(_declares(archive.read(n)) for n in parts):
                raise Refused("word")
    except (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError, OSError, EOFError):
        raise Refused("word") from None


def _names(archive: zipfile.ZipFile) -> list[str]:
    entries = archive.infolist()
    names = [entry.filename for entry in entries]
    is_odd = len(set(names)) != len(names) or any(".." in name for name in names)
    if is_odd or len(entries) > MOST_ENTRIES:
        raise Refused("word")
    if sum(entry.file_size for entry in entries) > LARGEST_UNPACKED:
        raise Refused("unpacked")
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise Refused("macro")
    return names


def _declares(xml: bytes) -> bool:
    """Whether an XML file declares entities; in UTF-16 there is a zero between the letters."""
    plain = xml.replace(b"\0", b"")
    return b"<!DOCTYPE" in plain or b"<!ENTITY" in plain


def _blocks(document: Document) -> Iterator[tuple[str, bool]]:
    """Each block as Markdown, and whether it is an item of a list."""
    for item in document.iter_inner_content():
        if isinstance(item, Table):
            yield _table(item), False
        else:
            yield _paragraph(item)


def _joined(blocks: list[tuple[str, bool]]) -> str:
    text, was_item = "", False
    for words, is_item in blocks:
        if words.strip():
            text += ("\n" if is_item and was_item else "\n\n") + words if text else words
            was_item = is_item
    return text


def _paragraph(paragraph: Paragraph) -> tuple[str, bool]:
    words = "".join(_run(run) for run in _runs(paragraph))
    style = (paragraph.style.name or "") if paragraph.style is not None else ""
    heading = _HEADING.fullmatch(style)
    if heading:
        line = " ".join(paragraph.text.split())
        return (f"{'#' * (int(heading[1]) + 1)} {line}" if line else ""), False
    if style.lower() in {"title", "titre"}:
        return f"# {' '.join(paragraph.text.split())}", False
    numbering = paragraph._p.find(f"{_W}pPr/{_W}numPr")  # noqa: SLF001 - the library has no name for it
    is_list = style.lower().startswith("list") and "paragraph" not in style.lower()
    if numbering is None and not is_list:
        return words, False
    depth = numbering.find(f"{_W}ilvl") if numbering is not None else None
    level = min(int(depth.get(f"{_W}val", "0")) if depth is not None else 0, DEEPEST)
    mark = "1." if "number" in style.lower() else "-"
    return f"{'    ' * level}{mark} {words.strip()}", True


def _runs(paragraph: Paragraph) -> Iterator[Any]:
    for item in paragraph.iter_inner_content():
        yield from getattr(item, "runs", [item])


def _run(run: Any) -> str:  # noqa: ANN401 - a run, or what stands for one
    words: str = run.text
    inner = words.strip()
    if not inner or "\n" in inner:
        return words
    for is_set, mark in ((run.bold, "**"), (run.italic, "*")):
        if is_set and not inner.startswith(mark):
            words = words.replace(inner, f"{mark}{inner}{mark}", 1)
            inner = f"{mark}{inner}{mark}"
    return words


def _table(table: Table) -> str:
    rows = [
        [" ".join(cell.text.split()).replace("|", "\\|") for cell in row.cells]
        for row in table.rows
    ]
    lines = [f"| {' | '.join(row)} |" for row in rows]
    if lines:
        lines.insert(1, f"|{' --- |' * len(rows[0])}")
    return "\n".join(lines)
