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


class _Citation(InlineProcessor):
    """`[S1]` leads to the source of that id; the template makes the anchor."""

    def handleMatch(  # type: ignore[override]  # noqa: N802 - Python-Markdown's name
        self, m: re.Match[str], data: str
    ) -> tuple[ET.Element, int, int]:
        mark = ET.Element("sup")
        link = ET.SubElement(mark, "a", {"href": f"#{m[1]}"})
        link.text = m[1]
        return mark, m.start(0), m.end(0)


class _Analysis(Treeprocessor):
    """What follows an analysis mark, to the end of its item, is the writer's own inference."""

    def run(self, root: ET.Element) -> None:
        for element in list(root.iter()):
            if element.tag in ITEMS:
                _mark_analysis(element)


def _mark_analysis(element: ET.Element) -> None:
    match = ANALYSIS.search(element.text or "")
    if match:
        before, rest = element.text[: match.start()], element.text[match.end() :]  # type: ignore[index]
        element.text = before
        _wrap(element, 0, match, rest)
        return
    for position, child in enumerate(list(element)):
        match = ANALYSIS.search(child.tail or "")
        if match:
            before, rest = child.tail[: match.start()], child.tail[match.end() :]  # type: ignore[index]
            child.tail = before
            _wrap(element, position + 1, match, rest)
            return


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
        md.treeprocessors.register(_Analysis(md), "analysis", 15)


def to_html(text: str) -> str:
    """HTML that still has to be sanitised. Time is unbounded: call it in a killable process."""
    converter = Markdown(extensions=["tables", "def_list", "sane_lists", _Palabre()])
    return converter.convert(text)
