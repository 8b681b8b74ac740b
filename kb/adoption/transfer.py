"""The conditions of success and the limits of a practice as a checklist. Pure.

Verbatim, and without any score: whether it fits is for those to say who know their place.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
import re

from kb.adoption.lint import refuse, text_problems
from kb.core.messages import Message, msg
from kb.practices.content import CITATION
from kb.practices.public import PublicText

SECTIONS = ("conditions", "limits_risks")
LONGEST_LIST = 60
_ITEM = re.compile(r"^(?:[-*+]|\d{1,3}[.)])[ \t]+")
_MARKS = re.compile(r"[*_`]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}")
_SOURCES = re.compile(rf" ?{CITATION.pattern}")
# As in the text itself: what the authors conclude is told from what the sources say.
_ANALYSIS = re.compile(r"\[(analyse|analysis)\b ?:? ?([^\[\]]*)\] ?", re.IGNORECASE)
_SAID = {"analyse": "Analyse\N{NO-BREAK SPACE}:", "analysis": "Analysis:"}
_LINK = re.compile(r"\[([^\[\]]+)\]\([^)\[]*\)")


class Answer(StrEnum):
    """What somebody found when they held a condition against their own place."""

    MET = "met"
    NOT_MET = "not-met"
    UNKNOWN = "unknown"


# A condition is met; a limit or a risk can be dealt with.
ANSWER_LABELS: dict[str, dict[Answer, Message]] = {
    "conditions": {
        Answer.MET: msg("met"),
        Answer.NOT_MET: msg("not met"),
        Answer.UNKNOWN: msg("not known"),
    },
    "limits_risks": {
        Answer.MET: msg("we can deal with it"),
        Answer.NOT_MET: msg("we cannot deal with it"),
        Answer.UNKNOWN: msg("not known"),
    },
}


@dataclass(frozen=True, slots=True)
class Item:
    """A condition or a limit, in the words of the practice."""

    key: str
    section: str
    text: str


def items_of(text: PublicText) -> tuple[Item, ...]:
    """The list: each point of the two sections, else each of their paragraphs."""
    found: list[Item] = []
    for section in text.sections:
        if section.key in SECTIONS:
            points = _points(section.markdown)
            found += [
                Item(f"{section.key}-{number}", section.key, words)
                for number, words in enumerate(points, 1)
            ]
    return tuple(found[:LONGEST_LIST])


def section_of(key: str) -> str:
    """The section that a point is of."""
    return key.rpartition("-")[0]


def read_answers(keys: tuple[str, ...], form: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Answers and notes by key, those that say something; raises Invalid for bad ones."""
    problems = text_problems({f"note-{key}": form.get(f"note-{key}", "") for key in keys})
    found: dict[str, dict[str, str]] = {}
    for key in keys:
        answer, note = form.get(f"answer-{key}", ""), form.get(f"note-{key}", "")
        if answer not in {"", *Answer}:
            problems[f"answer-{key}"] = msg("Choose one of the answers.")
        if answer or note:
            found[key] = {"answer": answer or Answer.UNKNOWN.value, "note": note}
    refuse(problems)
    return found


def _points(markdown: str) -> list[str]:
    """Top-level points with what is indented below them; headings are not points."""
    points: list[str] = []
    is_new = True
    for line in markdown.splitlines():
        if not line.strip() or line.startswith("#"):
            is_new = True
            continue
        item = _ITEM.match(line)
        if item or (is_new and not line.startswith((" ", "\t"))):
            points.append(line[item.end() if item else 0 :].strip())
        elif points:
            points[-1] += " " + line.strip()
        is_new = False
    return [_plain(point) for point in points]


def _plain(markdown: str) -> str:
    """The words without Markdown's signs and without the marks of sources.

    No pattern passes over a bracket or over blanks again: a public page waits for this.
    """
    words = _SOURCES.sub("", _LINK.sub(r"\1", " ".join(markdown.split())))
    return _ANALYSIS.sub(_label, " ".join(_MARKS.sub("", words).split()))


def _label(mark: re.Match[str]) -> str:
    behind = mark.string[mark.end() :]
    if not mark[2] and not behind.strip(".;,"):  # it stands behind what it means
        return f"({mark[1].lower()})"
    return " ".join(filter(None, (_SAID[mark[1].lower()], mark[2]))) + " "
