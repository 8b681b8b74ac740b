"""The template of a practice as a file to fill in, and a filled one back. Pure.

Each field is a `##` heading with its help below; what is written under the headings comes back as
it was. What has no heading of the template is handed back by name: nothing is lost.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
import re

from kb.core.language import Locale
from kb.practices.draft import LARGEST_SOURCE, SOURCE_FIELDS, tidy

MARK = "##"
SOURCE = re.compile(r"(?:[-*]\s+)?\[S([1-9][0-9]{0,2})\]\s*(.*)")
BAR = re.compile(r"(?<!\\)\|")
# What word processors write on their own.
_ALIKE = str.maketrans({"’": "'", "\u00a0": " ", "\u202f": " ", "–": "-"})


@dataclass(frozen=True, slots=True)
class Slot:
    """A field of the template in one language."""

    name: str
    heading: str
    help: str


@dataclass(frozen=True, slots=True)
class Filled:
    """What a file holds: texts by field, and what has no place among them, by heading."""

    locale: Locale
    texts: Mapping[str, str]
    strays: tuple[tuple[str, str], ...]
    headings: Mapping[str, str]


def written(title: str, slots: Sequence[Slot], texts: Mapping[str, str]) -> str:
    """The template as a Markdown file, with what is there already."""
    blocks = [f"# {title}"]
    for slot in slots:
        blocks.append(f"## {slot.heading}")
        if slot.help:
            blocks.append(comment(slot.help))
        if texts.get(slot.name):
            blocks.append(texts[slot.name])
    return "\n\n".join(blocks) + "\n"


def comment(help_text: str) -> str:
    """A help text as it stands in a Markdown file, where no reader sees it."""
    return f"<!-- {help_text.replace('--', '–')} -->"


def read(
    text: str, titles: Mapping[Locale, str], slots: Mapping[Locale, Sequence[Slot]]
) -> Filled:
    """A filled template; its headings tell its language."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\ufeff", "").split("\n")
    blocks = list(_blocks(lines))
    locale = max(slots, key=lambda one: _known(blocks, slots[one]))
    names = {_plain(slot.heading): slot for slot in slots[locale]}
    texts: dict[str, str] = {}
    strays: list[tuple[str, str]] = []
    for heading, body in blocks:
        slot = names.get(_plain(heading))
        ours = {_alike(slot.help), _alike(comment(slot.help))} if slot and slot.help else set()
        kept = tidy("\n".join(line for line in body if _alike(line) not in ours), many_lines=True)
        if slot is not None and slot.name not in texts:
            texts[slot.name] = kept
        elif not heading:
            rest = kept.removeprefix(f"# {titles[locale]}").strip()
            strays += [("", rest)] if rest else []
        else:
            strays.append((heading, kept))
    written_in = {name: words for name, words in texts.items() if words}
    return Filled(locale, written_in, tuple(strays), {s.name: s.heading for s in slots[locale]})


def has_headings(text: str, slots: Mapping[Locale, Sequence[Slot]]) -> bool:
    """Whether this is a filled template at all."""
    blocks = list(_blocks(text.split("\n")))
    return any(_known(blocks, each) for each in slots.values())


def source_lines(rows: Mapping[int, Mapping[str, str]]) -> str:
    """Sources, one on a line: `[S1] title | publisher | year | address | note`."""
    lines = []
    for number, row in rows.items():
        cells = [
            row.get(name, "").replace("\n", " ").replace("\\", "\\\\").replace("|", "\\|")
            for name in SOURCE_FIELDS
        ]
        while cells and not cells[-1]:
            cells.pop()
        lines.append(f"[S{number}] {' | '.join(cells)}")
    return "\n".join(lines)


def source_rows(text: str) -> tuple[dict[int, dict[str, str]], list[str]]:
    """The sources by their number, and the lines that are none."""
    rows: dict[int, dict[str, str]] = {}
    strays = []
    for line in filter(str.strip, text.split("\n")):
        found = SOURCE.fullmatch(line.strip())
        cells = [_cell(cell) for cell in _cells(found[2])] if found else []
        if found is None or int(found[1]) in rows or len(cells) > len(SOURCE_FIELDS):
            strays.append(line.strip())
        else:
            rows[int(found[1])] = dict(zip(SOURCE_FIELDS, cells, strict=False))
    return {number: row for number, row in rows.items() if number <= LARGEST_SOURCE}, strays


def chosen_terms(text: str, terms: Mapping[str, str]) -> tuple[tuple[str, ...], list[str]]:
    """The codes of the terms that are named, one on a line; and the lines that name none."""
    codes = {_plain(words): code for words, code in terms.items()}
    codes |= {_plain(code): code for code in terms.values()}
    found, strays = [], []
    for line in text.split("\n"):
        words = _plain(line.strip().removeprefix("- "))
        if words in codes:
            found.append(codes[words])
        elif words:
            strays.append(line.strip())
    return tuple(dict.fromkeys(found)), strays


def _cells(text: str) -> list[str]:
    """The parts between bars; a bar or a backslash of the text itself has one before it."""
    cells, current, is_escaped = [], "", False
    for character in text:
        if is_escaped:
            current += character
            is_escaped = False
        elif character == "\\":
            is_escaped = True
        elif character == "|":
            cells.append(current)
            current = ""
        else:
            current += character
    return [*cells, current + ("\\" if is_escaped else "")]


def _cell(text: str) -> str:
    return tidy(text, many_lines=False)


def _blocks(lines: Iterable[str]) -> Iterable[tuple[str, list[str]]]:
    """Headings with what stands below each; first what stands above all of them."""
    heading, body = "", list[str]()
    for line in lines:
        found = _heading(line)
        if found is None:
            body.append(line)
            continue
        yield heading, body
        heading, body = found, []
    yield heading, body


def _heading(line: str) -> str | None:
    """The words of a heading, by means that take no longer for a line that is made to."""
    if not line.startswith(MARK) or line.startswith(f"{MARK}#"):
        return None
    return line.removeprefix(MARK).rstrip("#").strip()


def _known(blocks: Iterable[tuple[str, list[str]]], slots: Iterable[Slot]) -> int:
    names = {_plain(slot.heading) for slot in slots}
    return len({_plain(heading) for heading, _ in blocks} & names)


def _alike(words: str) -> str:
    return " ".join(words.translate(_ALIKE).split())


def _plain(words: str) -> str:
    return _alike(words).casefold()
