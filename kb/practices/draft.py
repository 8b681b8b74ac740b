"""A working copy as the parts of a form, and back. It need not be a valid practice yet. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
import re
from typing import Any, NamedTuple

from kb.core.language import Locale
from kb.core.messages import Message, msg
from kb.practices.content import CITATION, CONTROL, LINE_BREAK, SECTION_LIMIT, PracticeContent
from kb.practices.template import BY_KEY, SECTION_KEYS

# More than any field but a section can need; what is longer was pasted by mistake.
FIELD_LIMIT = 10_000
LARGEST_SOURCE = 999


class Part(StrEnum):
    """The parts of the form that change the working copy, each a page of its own."""

    ABOUT = "about"
    FR = "fr"
    EN = "en"
    SOURCES = "sources"

    @property
    def locale(self) -> Locale | None:
        """The language of a part that holds a text."""
        return Locale(self.value) if self.value in set(Locale) else None


class Fields(NamedTuple):
    """A part as it is sent: fields with one value, and fields that may have several."""

    values: Mapping[str, str]
    lists: Mapping[str, tuple[str, ...]]

    def get(self, name: str) -> str:
        """The value, or nothing."""
        return self.values.get(name, "")


CHOICES = (
    *("kind", "origin", "maturity", "evidence", "method", "caution", "zone", "visibility"),
    *("location_precision", "licence", "original_language"),
)
LISTS = ("countries", "regions", "actor_types", "themes", "sdg_targets")
TEXT_LINES = ("title", "local_name", "period", "practice_type")
TEXT_LISTS = ("places", "communities")
SOURCE_FIELDS = ("title", "publisher", "year", "url", "note")
CREDIT_FIELDS = ("name", "affiliation", "orcid")
MANY_LINES = frozenset({"summary", "related", *TEXT_LISTS, *SECTION_KEYS})
STATUSES = ("original", "up-to-date", "stale")
DEFAULTS: dict[str, str] = {
    name: str(field.default)
    for name, field in PracticeContent.model_fields.items()
    if name in CHOICES and not field.is_required()
}
ROW = {
    Part.ABOUT: re.compile(r"author_(\d{1,3})_(?:name|affiliation|orcid)"),
    Part.SOURCES: re.compile(r"source_(\d{1,3})_(?:title|publisher|year|url|note)"),
}


def begun(title: str, locale: Locale, kind: str) -> dict[str, Any]:
    """The working copy of a practice of which only these are known."""
    return settled(
        {
            "kind": kind,
            "caution": "lesson-only" if kind == "lesson" else "none",
            "original_language": locale.value,
            "texts": {locale.value: {"title": title, "sections": {}}},
        }
    )


def names_of(part: Part, sent: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The fields of a part with one value (rows as far as they were sent), and with several."""
    rows = tuple(dict.fromkeys(name for name in sent if part in ROW and ROW[part].fullmatch(name)))
    if part is Part.ABOUT:
        notes = (f"caution_note_{locale}" for locale in Locale)
        singles = (*CHOICES, "related", "address", "change_note", *notes, *rows)
        return singles, (*LISTS, "cross_border")
    if part is Part.SOURCES:
        return rows, ()
    return (*TEXT_LINES, "summary", *TEXT_LISTS, *SECTION_KEYS, "translation"), ()


def shown(part: Part, working_copy: Mapping[str, Any]) -> Fields:
    """The part of the working copy as the form shows it."""
    if part is Part.ABOUT:
        return _about_shown(working_copy)
    if part is Part.SOURCES:
        rows = numbered_sources(working_copy)
        return Fields(
            {
                f"source_{number}_{name}": _text(source.get(name))
                for number, source in rows.items()
                for name in SOURCE_FIELDS
            },
            {},
        )
    return _text_shown(part.value, working_copy)


def filled(part: Part, working_copy: Mapping[str, Any], fields: Fields) -> dict[str, Any]:
    """The working copy with this part as it was sent, and everything else as it was."""
    data = dict(working_copy)
    if part is Part.ABOUT:
        data |= _about_filled(fields)
        for name in ("evidence", "method"):  # without a default: missing until chosen
            if not data[name]:
                del data[name]
        if data["original_language"] != working_copy.get("original_language"):
            # What was the original is a translation from now on.
            data["translations"] = {}
    elif part is Part.SOURCES:
        data["sources"] = [
            {"id": f"S{number}", **row}
            for number, row in _rows(Part.SOURCES, fields, "source", SOURCE_FIELDS)
        ]
    else:
        _fill_text(part.value, data, fields)
    return settled(data)


def settled(data: dict[str, Any]) -> dict[str, Any]:
    """With one translation status for each text there is, and the caution that a lesson has."""
    texts, before = _mapping(data.get("texts")), _mapping(data.get("translations"))
    original = data.get("original_language")
    data["texts"] = texts
    data["translations"] = {
        locale: "original"
        if locale == original
        else (before[locale] if before.get(locale) in STATUSES else "up-to-date")
        for locale in texts
    }
    if data.get("kind") == "lesson":
        data["caution"] = "lesson-only"
    return data


def too_long(fields: Fields) -> dict[str, Message]:
    """The fields that cannot be kept, each with a sentence."""
    lists = {name: "\n".join(values) for name, values in fields.lists.items()}
    return {
        name: msg("is longer than %(max_length)s characters", max_length=limit)
        for name, value in {**fields.values, **lists}.items()
        if len(value) > (limit := SECTION_LIMIT if name in BY_KEY else FIELD_LIMIT)
    }


def numbered_sources(working_copy: Mapping[str, Any]) -> dict[int, Mapping[str, Any]]:
    """The sources by their S-number, in their order; one without a number of its own gets one."""
    sources = [s for s in _sequence(working_copy.get("sources")) if isinstance(s, Mapping)]
    found: dict[int, Mapping[str, Any]] = {}
    strays: list[Mapping[str, Any]] = []
    for source in sources:
        number = _number(source.get("id"))
        if number is None or number in found:
            strays.append(source)
        else:
            found[number] = source
    for source in strays:
        found[max(found, default=0) + 1] = source
    return found


def next_source(working_copy: Mapping[str, Any]) -> int | None:
    """The number of a new source: one that no source has and no text cites."""
    taken = set(numbered_sources(working_copy)) | cited_sources(working_copy)
    following = max(taken, default=0) + 1
    free = (number for number in range(1, LARGEST_SOURCE + 1) if number not in taken)
    return following if following <= LARGEST_SOURCE else next(free, None)


def cited_sources(working_copy: Mapping[str, Any]) -> set[int]:
    """The numbers that the texts cite, whether or not there are such sources."""
    return {
        int(cited[1:])
        for text in _mapping(working_copy.get("texts")).values()
        for markdown in _mapping(_mapping(text).get("sections")).values()
        for cited in CITATION.findall(_text(markdown))
    }


def tidy(value: str, *, many_lines: bool) -> str:
    """Text without what no keyboard writes; in a line, breaks are blanks."""
    value = value.replace("\r\n", "\n").replace("\r", "\n").replace("\x0b", "\n")
    value = CONTROL.sub("", value.replace("\ufeff", ""))
    return (value if many_lines else LINE_BREAK.sub(" ", value)).strip()


def _about_shown(working_copy: Mapping[str, Any]) -> Fields:
    notes = _mapping(working_copy.get("caution_note"))
    values = {name: _text(working_copy.get(name)) or DEFAULTS.get(name, "") for name in CHOICES}
    values |= {f"caution_note_{locale}": _text(notes.get(locale.value)) for locale in Locale}
    values["related"] = "\n".join(_texts(working_copy.get("related")))
    for number, credit in enumerate(_sequence(working_copy.get("credited_authors")), 1):
        values |= {
            f"author_{number}_{name}": _text(_mapping(credit).get(name)) for name in CREDIT_FIELDS
        }
    lists = {name: _texts(working_copy.get(name)) for name in LISTS}
    lists["cross_border"] = ("yes",) if working_copy.get("cross_border") is True else ()
    return Fields(values, lists)


def _about_filled(fields: Fields) -> dict[str, Any]:
    data: dict[str, Any] = {name: fields.get(name) or DEFAULTS.get(name, "") for name in CHOICES}
    data |= {name: list(fields.lists.get(name, ())) for name in LISTS}
    notes = {
        locale.value: tidy(fields.get(f"caution_note_{locale}"), many_lines=False)
        for locale in Locale
    }
    data["caution_note"] = {locale: note for locale, note in notes.items() if note}
    data["cross_border"] = "yes" in fields.lists.get("cross_border", ())
    data["related"] = _split(fields.get("related"))
    data["credited_authors"] = [
        row for _, row in _rows(Part.ABOUT, fields, "author", CREDIT_FIELDS)
    ]
    return data


def _text_shown(locale: str, working_copy: Mapping[str, Any]) -> Fields:
    text = _mapping(_mapping(working_copy.get("texts")).get(locale))
    sections = _mapping(text.get("sections"))
    values = {name: _text(text.get(name)) for name in (*TEXT_LINES, "summary")}
    values |= {name: "\n".join(_texts(text.get(name))) for name in TEXT_LISTS}
    values |= {key: _text(sections.get(key)) for key in SECTION_KEYS}
    values["translation"] = _text(_mapping(working_copy.get("translations")).get(locale))
    return Fields(values, {})


def _fill_text(locale: str, data: dict[str, Any], fields: Fields) -> None:
    """Put one text into the data; a language without a word in it is left out."""
    text: dict[str, Any] = {
        name: tidy(fields.get(name), many_lines=name in MANY_LINES)
        for name in (*TEXT_LINES, "summary")
    }
    text |= {name: _split(fields.get(name)) for name in TEXT_LISTS}
    sections = {key: tidy(fields.get(key), many_lines=True) for key in SECTION_KEYS}
    text["sections"] = {key: markdown for key, markdown in sections.items() if markdown}
    texts = dict(_mapping(data.get("texts")))
    texts.pop(locale, None)
    if any(text.values()):
        texts[locale] = text
    data["texts"] = {known: texts[known] for known in Locale if known in texts}
    status = fields.get("translation")
    if status in STATUSES:
        data["translations"] = {**_mapping(data.get("translations")), locale: status}


def _rows(
    part: Part, fields: Fields, prefix: str, names: Sequence[str]
) -> list[tuple[int, dict[str, str]]]:
    """The rows of a repeated group that have a word in them, in the order of the form."""
    numbers = [int(found[1]) for name in fields.values if (found := ROW[part].fullmatch(name))]
    rows = []
    for number in dict.fromkeys(n for n in numbers if n):
        row = {
            name: tidy(fields.get(f"{prefix}_{number}_{name}"), many_lines=name == "note")
            for name in names
        }
        if any(row.values()):
            rows.append((number, row))
    return rows


def _split(lines: str) -> list[str]:
    tidied = (tidy(line, many_lines=False) for line in lines.replace("\r", "\n").split("\n"))
    return [line for line in tidied if line]


def _number(source_id: object) -> int | None:
    found = CITATION.fullmatch(f"[{source_id}]")
    return int(found[1][1:]) if found else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: object) -> tuple[str, ...]:
    return tuple(item for item in _sequence(value) if isinstance(item, str))


def _sequence(value: object) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else ()


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
