"""What is missing or wrong in a working copy, each thing at the field that puts it right. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kb.core.errors import Invalid
from kb.core.language import Locale
from kb.core.messages import Message, msg
from kb.practices.content import CITATION, OWN_HEADING, PracticeContent
from kb.practices.draft import Part, numbered_sources, shown
from kb.practices.template import REQUIRED_SECTIONS, SECTION_KEYS

MISSING = msg("is missing")
ABOUT_COUNTED = ("countries", "actor_types", "themes", "evidence", "method", "regions")
TEXT_COUNTED = ("title", "summary", *SECTION_KEYS)
# Always there in a working copy of ours: nobody has to fill them in.
_GIVEN = frozenset({"slug", "translations"})


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to put right, and where."""

    part: Part
    field: str
    why: Message


@dataclass(frozen=True, slots=True)
class Progress:
    """How many fields of a part have something in them."""

    filled: int
    total: int

    def __add__(self, other: "Progress") -> "Progress":
        return Progress(self.filled + other.filled, self.total + other.total)


def findings(
    working_copy: Mapping[str, Any], others: Mapping[str, Message] | None = None
) -> tuple[Finding, ...]:
    """All that keeps this from being submitted, in the order of the form.

    `others` are problems found elsewhere, named as `PracticeContent.parse` names them.
    """
    found: dict[tuple[Part, str], Finding] = {}
    parsed = _parsed(working_copy)
    placed = [
        _placed(where, why, working_copy)
        for where, why in {**parsed, **(others or {})}.items()
        if not _is_told(where)
    ]
    for finding in (*_own(working_copy), *placed):
        found.setdefault((finding.part, finding.field), finding)
    if parsed and not found:  # what nobody can put into a form: told all the same
        return tuple(Finding(Part.ABOUT, "kind", why) for why in parsed.values())
    original = _original(working_copy)
    order = [Part.ABOUT, Part(original.value), Part(original.other.value), Part.SOURCES]
    return tuple(sorted(found.values(), key=lambda finding: order.index(finding.part)))


def progress(part: Part, working_copy: Mapping[str, Any]) -> Progress:
    """How far a part has come."""
    fields = shown(part, working_copy)
    if part is Part.SOURCES:
        has_title = any(name.endswith("_title") and value for name, value in fields.values.items())
        return Progress(int(has_title), 1)
    names = ABOUT_COUNTED if part is Part.ABOUT else TEXT_COUNTED
    has = [bool(fields.get(name) or fields.lists.get(name)) for name in names]
    return Progress(sum(has), len(has))


def completeness(working_copy: Mapping[str, Any]) -> Progress:
    """How far the practice has come in its original language; the other is encouraged."""
    parts = (Part.ABOUT, Part(_original(working_copy).value), Part.SOURCES)
    total = Progress(0, 0)
    for part in parts:
        total += progress(part, working_copy)
    return total


def _original(working_copy: Mapping[str, Any]) -> Locale:
    chosen = working_copy.get("original_language")
    return Locale(chosen) if chosen in set(Locale) else Locale.FR


def _own(working_copy: Mapping[str, Any]) -> Iterator[Finding]:
    """What `parse` tells of the practice as a whole, or only when all the rest is right."""
    original = _original(working_copy)
    for locale in Locale:
        part = Part(locale.value)
        if any(shown(part, {**working_copy, "translations": {}}).values.values()):
            yield from _sections(part, working_copy)
        elif locale is original:
            names = ("title", "summary", *REQUIRED_SECTIONS)
            yield from (Finding(part, name, MISSING) for name in names)
    if (working_copy.get("kind") == "lesson") != (working_copy.get("caution") == "lesson-only"):
        why = msg("a lesson, and only a lesson, has the caution of lessons")
        yield Finding(Part.ABOUT, "caution", why)


def _sections(part: Part, working_copy: Mapping[str, Any]) -> Iterator[Finding]:
    fields = shown(part, working_copy)
    known = {f"S{number}" for number in numbered_sources(working_copy)}
    yield from (Finding(part, n, MISSING) for n in ("title", "summary") if not fields.get(n))
    for key in SECTION_KEYS:
        markdown = fields.get(key)
        unknown = [cited for cited in CITATION.findall(markdown) if cited not in known]
        if key in REQUIRED_SECTIONS and not markdown:
            yield Finding(part, key, MISSING)
        elif OWN_HEADING.search(markdown):
            yield Finding(part, key, msg("has a heading above ###: begin headings with ###"))
        elif unknown:
            sources = ", ".join(dict.fromkeys(unknown))
            why = msg("cites a source that is not listed: %(sources)s", sources=sources)
            yield Finding(part, key, why)


def _parsed(working_copy: Mapping[str, Any]) -> Mapping[str, Message]:
    try:
        PracticeContent.parse(dict(working_copy))
    except Invalid as error:
        return error.problems
    return {}


def _is_told(where: str) -> bool:
    """Whether our own findings say the same field by field."""
    return where in _GIVEN | {"practice", "texts"} or where.endswith(".sections")


def _placed(where: str, why: Message, working_copy: Mapping[str, Any]) -> Finding:
    """A problem by its path in the content as one by its field in the form."""
    first, *rest = where.split(".")
    if first == "texts" and rest and rest[0] in set(Locale):
        inner = [name for name in rest[1:] if name != "sections" and not name.isdigit()]
        return Finding(Part(rest[0]), inner[0] if inner else "title", why)
    if first == "sources":
        numbers = list(numbered_sources(working_copy))
        position = int(rest[0]) if rest and rest[0].isdigit() else 0
        number = numbers[position] if position < len(numbers) else 1
        field = rest[1] if len(rest) > 1 and rest[1] != "id" else "title"
        return Finding(Part.SOURCES, f"source_{number}_{field}", why)
    if first == "credited_authors" and len(rest) > 1:
        return Finding(Part.ABOUT, f"author_{int(rest[0]) + 1}_{rest[1]}", why)
    if first == "caution_note" and rest:
        return Finding(Part.ABOUT, f"caution_note_{rest[0]}", why)
    return Finding(Part.ABOUT, "address" if first == "slug" else first, why)
