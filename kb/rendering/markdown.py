"""Markdown to (still unsafe) HTML, with citations and analysis marks."""

import re
from xml.etree import ElementTree as ET

from markdown import Markdown
from markdown.extensions import Extension
from markdown.inlinepatterns import InlineProcessor
from markdown.treeprocessors import Treeprocessor

CITATION = r"\[(S[1-9][0-9]{0,2})\]"
ANALYSIS = re.compile(r"\[(analyse|analysis)\b\s*:?\s*([^\]]*)\]\s*", re.IGNORECASE)
BLOCKS = frozenset({"p", "ul", "ol", "dl", "table", "blockquote", "pre", "div"})
ITEMS = frozenset({"li", "p", "td", "th", "dd"})
WORD = re.compile(r"\w")
# Punctuation between a citation and the words that a closing mark means.
LEAD = re.compile(r"[\s;:,.!?)»–—-]*")


class _Citation(InlineProcessor):
    """`[S1]` leads to the source of that id; the template makes the anchor."""

    def handleMatch(  # type: ignore[override]  # noqa: N802 - Python-Markdown's name
        self, m: re.Match[str], data: str
    ) -> tuple[ET.Element, int, int]:
        mark = ET.Element("sup")
        link = ET.SubElement(mark, "a", {"href": f"#{m[1]}"})
        link.text = m[1]
        return mark, m.start(0), m.end(0)


class _Glue(Treeprocessor):
    """A citation stays on the line of the word before it."""

    def run(self, root: ET.Element) -> None:
        for element in root.iter():
            for slot, child in enumerate(element):
                before = _slot(element, slot)
                if child.tag == "sup" and before.rstrip() and before[-1].isspace():
                    _set_slot(element, slot, before.rstrip() + "\u00a0")


class _Analysis(Treeprocessor):
    """What follows an analysis mark, to the end of its item, is the writer's own inference."""

    def run(self, root: ET.Element) -> None:
        for element in list(root.iter()):
            if element.tag in ITEMS:
                _mark_analysis(element)


def _mark_analysis(element: ET.Element) -> None:
    for slot in range(len(element) + 1):
        match = ANALYSIS.search(_slot(element, slot))
        if match and _closes(element, slot, match):
            _wrap_before(element, slot, match)
            return
        if match:
            text = _slot(element, slot)
            _set_slot(element, slot, text[: match.start()])
            _wrap(element, slot, match, text[match.end() :])
            return


def _slot(element: ET.Element, slot: int) -> str:
    """The text before the first child (slot 0), or after the child before the slot."""
    return (element[slot - 1].tail if slot else element.text) or ""


def _set_slot(element: ET.Element, slot: int, text: str) -> None:
    if slot:
        element[slot - 1].tail = text
    else:
        element.text = text


def _closes(element: ET.Element, slot: int, match: re.Match[str]) -> bool:
    """Whether the mark stands behind the words it means: only punctuation follows it."""
    is_last = slot == len(element) or element[slot].tag in BLOCKS
    rest = match.string[match.end() :]
    return is_last and not match[2].strip() and not WORD.search(rest)


def _wrap_before(element: ET.Element, slot: int, match: re.Match[str]) -> None:
    """Mark the words before a closing mark, back to the last citation or the item's beginning."""
    start = max((n for n in range(1, slot + 1) if _bounds(element[n - 1])), default=0)
    _set_slot(element, slot, match.string[: match.start()].rstrip())
    lead = LEAD.match(_slot(element, start))
    outside = lead[0] if lead and start else ""
    inside = _slot(element, start)[len(outside) :]
    if start == slot and not inside:
        # Nothing but the citation stands before the mark: it means the whole item.
        start, outside, inside = 0, "", _slot(element, 0)
    span = ET.Element("span", {"class": "analysis"})
    label = ET.SubElement(span, "em")
    label.text, _ = _label(match)
    _set_slot(element, start, outside)
    label.tail = f" {inside}"
    for child in list(element)[start:slot]:
        element.remove(child)
        span.append(child)
    last = span[-1]
    last.tail = (last.tail or "") + match.string[match.end() :].rstrip()
    element.insert(start, span)


def _bounds(child: ET.Element) -> bool:
    """Whether what a closing mark means cannot reach back over this child."""
    return child.tag == "sup" or child.tag in BLOCKS


def _wrap(element: ET.Element, start: int, match: re.Match[str], rest: str) -> None:
    """Move everything from `start` up to the next block into a span behind a visible label."""
    span = ET.Element("span", {"class": "analysis"})
    label = ET.SubElement(span, "em")
    label.text, inference = _label(match)
    label.tail = " " + " ".join(part for part in (inference, rest) if part)
    for child in list(element)[start:]:
        if child.tag in BLOCKS:
            break
        element.remove(child)
        span.append(child)
    element.insert(start, span)


def _label(match: re.Match[str]) -> tuple[str, str]:
    """The visible label, in the typography of its language, and what the mark itself infers."""
    word, detail = match[1].capitalize(), match[2].strip()
    colon = "\u00a0:" if word == "Analyse" else ":"
    if ":" in match[0]:
        return word + colon, detail
    return f"{word} {detail}".strip() + colon, ""


class _Palabre(Extension):
    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - Python-Markdown's name
        # Before reference links (170), so that no text can define "S1" as a link elsewhere.
        md.inlinePatterns.register(_Citation(CITATION, md), "citation", 175)
        # After inline parsing (20): links and emphasis are elements by then.
        md.treeprocessors.register(_Glue(md), "glue", 16)
        md.treeprocessors.register(_Analysis(md), "analysis", 15)


def to_html(text: str) -> str:
    """HTML that still has to be sanitised. Time is unbounded: call it in a killable process."""
    converter = Markdown(extensions=["tables", "def_list", "sane_lists", _Palabre()])
    return converter.convert(text)
