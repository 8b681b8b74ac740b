"""A practice as files: metadata in YAML, one Markdown text per language, notes apart."""

from collections.abc import Mapping
from dataclasses import dataclass
import re
from typing import Any

from kb.core.errors import Invalid
from kb.core.language import Locale
from kb.core.messages import Message, msg
from kb.core.yaml_files import read_yaml, write_yaml
from kb.practices.cautions import warning
from kb.practices.content import PracticeContent, Source
from kb.practices.public import PublicPractice
from kb.practices.template import BY_KEY, TEMPLATE
from kb.vocabularies.catalogue import Vocabularies

METADATA_FILE = "practice.yaml"
NOTES_FILE = "notes.yaml"
TEXT_KEYS = ("title", "summary", "local_name", "places", "period", "communities", "practice_type")
HEADING = re.compile(r"##(?!#)(.*)")
OPTIONAL = frozenset({"caution_note", "publisher", "year", "url", "note", "affiliation", "orcid"})


@dataclass(frozen=True, slots=True)
class Note:
    """A restricted note of the content folder, in one or both languages."""

    origin: str
    text: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PracticeFiles:
    """A practice and its restricted notes, as one folder holds them."""

    content: PracticeContent
    notes: tuple[Note, ...] = ()


def load(files: Mapping[str, str], folder: str) -> PracticeFiles:
    """The practice in these files (name -> text) of `folder`.

    Raises Invalid with `file`, `file:line` or `file: key` as the place of each problem.
    """
    foreign = set(files) - {METADATA_FILE, NOTES_FILE} - {f"{locale}.md" for locale in Locale}
    if foreign:
        raise _invalid(
            {f"{folder}/{name}": msg("is not a file of a practice") for name in foreign}
        )
    if METADATA_FILE not in files:
        raise _invalid({f"{folder}/{METADATA_FILE}": msg("is missing")})
    metadata = read_yaml(files[METADATA_FILE], f"{folder}/{METADATA_FILE}")
    if not isinstance(metadata, dict) or "texts" in metadata:
        raise _invalid({f"{folder}/{METADATA_FILE}": msg("is not a mapping")})
    texts = {
        locale.value: parse_text(files[f"{locale}.md"], locale, f"{folder}/{locale}.md")
        for locale in Locale
        if f"{locale}.md" in files
    }
    try:
        content = PracticeContent.parse({**metadata, "texts": texts})
    except Invalid as error:
        raise _invalid(_placed(error.problems, folder)) from None
    if content.slug != folder:
        raise _invalid({f"{folder}/{METADATA_FILE}: slug": msg("differs from the folder's name")})
    return PracticeFiles(content, _notes(files.get(NOTES_FILE), f"{folder}/{NOTES_FILE}"))


def dump(practice: PracticeFiles) -> dict[str, str]:
    """The files (name -> text) from which `load` makes the same practice."""
    data = practice.content.to_json()
    texts = data.pop("texts")
    files = {METADATA_FILE: write_yaml(_tidy(data))}
    for locale in Locale:
        if locale.value in texts:
            text = texts[locale.value]
            front = {key: text[key] for key in TEXT_KEYS if text[key]}
            files[f"{locale}.md"] = _markdown(front, text["sections"], locale)
    if practice.notes:
        notes = [{"text": dict(note.text), "origin": note.origin} for note in practice.notes]
        files[NOTES_FILE] = write_yaml({"notes": notes})
    return files


def parse_text(text: str, locale: Locale, name: str) -> dict[str, Any]:
    """A Markdown file as a mapping: front matter and sections by key; raises Invalid."""
    lines = text.replace("\r\n", "\n").split("\n")
    if lines[0] != "---" or "---" not in lines[1:]:
        raise _invalid(
            {f"{name}:1": msg("does not begin with front matter between two --- lines")}
        )
    end = lines.index("---", 1)
    front = read_yaml("\n".join(["", *lines[1:end]]), name)
    if not isinstance(front, dict):
        raise _invalid({f"{name}:1": msg("has no front matter")})
    return {**front, "sections": _sections(lines[end + 1 :], end + 2, locale, name)}


def public_markdown(
    practice: PublicPractice, locale: Locale, vocabularies: Vocabularies, address: str
) -> str:
    """The public text in one language as a Markdown file that can stand alone.

    What a reader must know before reusing it - caution, documentation, method - comes along.
    """
    text = practice.text_for(locale)
    front = {
        key: list(value) if isinstance(value, tuple) else value
        for key in TEXT_KEYS
        if (value := getattr(text, key))
    }
    front |= {
        "kind": vocabularies.label("kinds", practice.kind, text.locale),
        "evidence": vocabularies.label("evidence", practice.evidence, text.locale),
        "method": vocabularies.label("methods", practice.method, text.locale),
        "authors": [credit.name for credit in practice.credited_authors],
        "licence": practice.licence,
        "published": practice.published_at.date().isoformat(),
        "revision": practice.revision_number,
        "address": address,
    }
    body = _markdown(
        front,
        {s.key: s.markdown for s in text.sections},
        text.locale,
        _warning(practice, text.locale, vocabularies),
    )
    return f"{body}\n## Sources\n\n" + "".join(_source_line(s) for s in practice.sources)


def _warning(practice: PublicPractice, locale: Locale, vocabularies: Vocabularies) -> str:
    """The caution as a quotation above the text; empty where there is none."""
    name, sentences = warning(practice, locale, vocabularies)
    return f"> **{name}.** {sentences}\n" if name else ""


def _source_line(source: Source) -> str:
    parts = [source.title, source.publisher, source.year, source.url, source.note]
    return f"- [{source.id}] {'. '.join(part for part in parts if part)}\n"


def _markdown(
    front: Mapping[str, Any], sections: Mapping[str, str], locale: Locale, preface: str = ""
) -> str:
    blocks = [f"---\n{write_yaml(dict(front))}---\n"]
    if preface:
        blocks.append(preface)
    for key, markdown in sections.items():
        blocks.append(f"## {BY_KEY[key].heading[locale]}\n\n{markdown}\n")
    return "\n".join(blocks)


def _sections(lines: list[str], first: int, locale: Locale, name: str) -> dict[str, str]:
    """The sections by key; each `##` line must be the template's, once and in its order."""
    keys = {section.heading[locale]: section.key for section in TEMPLATE}
    order = list(keys.values())
    found: dict[str, list[str]] = {}
    current: list[str] | None = None
    for number, line in enumerate(lines, first):
        heading = HEADING.match(line)
        if heading is None:
            if current is not None:
                current.append(line)
            elif line.strip():
                raise _invalid({f"{name}:{number}": msg("text before the first section")})
            continue
        said = heading[1].strip()
        key = keys.get(said)
        if key is None:
            raise _invalid(
                {f"{name}:{number}": msg("not a heading of the template: %(it)s", it=said)}
            )
        if key in found or any(order.index(key) < order.index(k) for k in found):
            raise _invalid(
                {f"{name}:{number}": msg("heading out of order or there twice: %(it)s", it=said)}
            )
        current = found[key] = []
    return {key: "\n".join(text).strip() for key, text in found.items()}


def _notes(text: str | None, name: str) -> tuple[Note, ...]:
    if text is None:
        return ()
    data = read_yaml(text, name)
    notes = data.get("notes") if isinstance(data, dict) else None
    if not isinstance(notes, list) or not all(_is_note(note) for note in notes):
        raise _invalid({name: msg("is not a list of notes with text and origin")})
    return tuple(Note(note["origin"], note["text"]) for note in notes)


def _is_note(note: object) -> bool:
    return (
        isinstance(note, dict)
        and set(note) == {"text", "origin"}
        and isinstance(note["origin"], str)
        and isinstance(note["text"], dict)
        and bool(note["text"])
        and set(note["text"]) <= {locale.value for locale in Locale}
        and all(isinstance(words, str) for words in note["text"].values())
    )


def _tidy(data: Any) -> Any:  # noqa: ANN401 - plain JSON data
    """Without the optional keys that are empty."""
    if isinstance(data, dict):
        return {k: _tidy(v) for k, v in data.items() if v or k not in OPTIONAL}
    return [_tidy(item) for item in data] if isinstance(data, list) else data


def _placed(problems: Mapping[str, Message], folder: str) -> dict[str, Message]:
    """Problems of the content, each with the file it comes from."""
    placed = {}
    for field, why in problems.items():
        parts = field.split(".")
        if parts[0] == "texts" and len(parts) > 1:
            placed[f"{folder}/{parts[1]}.md: {'.'.join(parts[2:]) or 'text'}"] = why
        else:
            placed[f"{folder}/{METADATA_FILE}: {field}"] = why
    return placed


def _invalid(problems: Mapping[str, Message]) -> Invalid:
    return Invalid(msg("The content is not valid."), problems)
