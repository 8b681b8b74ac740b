"""The one definition of a valid practice: form, API, importer and tests parse through it. Pure."""

from enum import StrEnum
import re
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from kb.core.errors import Invalid
from kb.core.language import Locale
from kb.core.messages import Message, msg
from kb.core.web_address import is_web_address
from kb.practices.template import BY_KEY, REQUIRED_SECTIONS, SECTION_KEYS

SUMMARY_LIMIT = 600
SECTION_LIMIT = 200_000
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]{0,59}$")]
SLUG_LENGTH = 100
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
Slug = Annotated[str, StringConstraints(pattern=f"^{SLUG.pattern}$", max_length=SLUG_LENGTH)]
# Inside a section headings start at "###": "##" is the template's own, also when it is written
# without a space or as a line of "---" or "===" under the words.
OWN_HEADING = re.compile(
    r"^ {0,3}#{1,2}(?!#)|^(?=[^\n]*\S)[^\n]*\n {0,3}(=+|-+)[ \t]*$", re.MULTILINE
)
# What no keyboard writes and not every file and database keeps: a NUL, an escape...
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]")
LINE_BREAK = re.compile(r"[\n\u2028\u2029]")
CITATION = re.compile(r"\[(S[1-9][0-9]{0,2})\]")
SourceId = Annotated[str, StringConstraints(pattern=r"^S[1-9][0-9]{0,2}$")]


class Visibility(StrEnum):
    """Who may read a published practice."""

    PUBLIC = "public"
    MEMBERS = "members"
    RESTRICTED = "restricted"


class LocationPrecision(StrEnum):
    """How exactly places may be told."""

    COUNTRY = "country"
    REGION = "region"
    COMMUNE = "commune"


_SENTENCES: dict[str, Message] = {
    "control_character": msg("has a control character"),
    "not_one_line": msg("is more than one line"),
    "missing": msg("is missing"),
    "extra_forbidden": msg("is not a known field"),
    "string_too_long": msg("is longer than %(max_length)s characters"),
    "string_too_short": msg("is empty"),
    "too_short": msg("needs at least one value"),
    "string_pattern_mismatch": msg("is not written as it should be"),
    "string_type": msg("is not a text"),
    "tuple_type": msg("is not a list"),
    "list_type": msg("is not a list"),
    "dict_type": msg("is not a mapping"),
    "model_type": msg("is not a mapping"),
    "bool_parsing": msg("is neither true nor false"),
    "enum": msg("is not one of %(expected)s"),
    "literal_error": msg("is not one of %(expected)s"),
    "not_a_web_address": msg("is not a web address"),
    "foreign_section": msg("not a section of the template: %(sections)s"),
    "missing_section": msg("required section missing: %(sections)s"),
    "heading_too_high": msg("headings inside a section start at ###: %(sections)s"),
    "unknown_citation": msg("cites a source that is not listed: %(sources)s"),
    "no_original_text": msg("there is no text in the original language"),
    "translations_differ": msg("the translation statuses and the texts name different languages"),
    "original_not_original": msg("the original language must have the status original"),
    "same_source_id": msg("two sources have the same id"),
    "lesson_without_caution": msg("a lesson, and only a lesson, has the caution lesson-only"),
}


def _problem(code: str, **context: str) -> PydanticCustomError:
    """One of our own findings; its sentence is in the table above."""
    return PydanticCustomError(code, "{code}", {"code": code, **context})


def _unix_lines(value: object) -> object:
    """Line ends as everywhere else, and no byte order mark in the middle of a text."""
    if not isinstance(value, str):
        return value
    return value.replace("\r\n", "\n").replace("\r", "\n").replace("\ufeff", "")


def _plain(text: str) -> str:
    if CONTROL.search(text):
        raise _problem("control_character")
    return text


def _one_line(text: str) -> str:
    if LINE_BREAK.search(text):
        raise _problem("not_one_line")
    return _plain(text)


UnixLines = BeforeValidator(_unix_lines)
Plain = AfterValidator(_plain)
OneLine = AfterValidator(_one_line)
Line = Annotated[str, StringConstraints(min_length=1, max_length=300), UnixLines, OneLine]
OptionalLine = Annotated[str, StringConstraints(max_length=300), UnixLines, OneLine]


class _Value(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Source(_Value):
    """A published source, cited in the text by its id."""

    id: SourceId
    title: Annotated[str, StringConstraints(min_length=1, max_length=500), UnixLines, OneLine]
    publisher: OptionalLine = ""
    year: OptionalLine = ""
    url: Annotated[str, StringConstraints(max_length=2000), OneLine] = ""
    note: Annotated[str, StringConstraints(max_length=1000), UnixLines, Plain] = ""

    @field_validator("url")
    @classmethod
    def _only_web_addresses(cls, url: str) -> str:
        if url and not is_web_address(url):
            raise _problem("not_a_web_address")
        return url


class Credit(_Value):
    """A person or body credited in public, apart from the accounts that clicked."""

    name: Line
    affiliation: OptionalLine = ""
    orcid: Annotated[str, StringConstraints(pattern=r"^(\d{4}-\d{4}-\d{4}-\d{3}[\dX])?$")] = ""


class PracticeText(_Value):
    """A practice in one language."""

    title: Line
    summary: Annotated[
        str, StringConstraints(min_length=1, max_length=SUMMARY_LIMIT), UnixLines, Plain
    ]
    local_name: OptionalLine = ""
    places: tuple[Line, ...] = ()
    period: OptionalLine = ""
    communities: tuple[Line, ...] = ()
    practice_type: OptionalLine = ""
    sections: dict[
        str,
        Annotated[
            str, StringConstraints(min_length=1, max_length=SECTION_LIMIT), UnixLines, Plain
        ],
    ]

    @field_validator("sections")
    @classmethod
    def _template_sections(cls, sections: dict[str, str]) -> dict[str, str]:
        foreign = [key for key in sections if key not in BY_KEY]
        if foreign:
            raise _problem("foreign_section", sections=", ".join(foreign))
        missing = [key for key in REQUIRED_SECTIONS if key not in sections]
        if missing:
            raise _problem("missing_section", sections=", ".join(missing))
        headed = [key for key, markdown in sections.items() if OWN_HEADING.search(markdown)]
        if headed:
            raise _problem("heading_too_high", sections=", ".join(headed))
        return {key: sections[key] for key in SECTION_KEYS if key in sections}

    def citations(self) -> frozenset[str]:
        """The ids of the sources that the sections cite."""
        return frozenset(c for text in self.sections.values() for c in CITATION.findall(text))


TranslationStatus = Literal["original", "up-to-date", "stale"]


class PracticeContent(_Value):
    """Everything an author says about a practice: metadata, sources, and a text per language."""

    slug: Slug
    kind: Literal["practice", "lesson"] = "practice"
    countries: Annotated[tuple[Code, ...], Field(min_length=1)]
    regions: tuple[Code, ...] = ()
    actor_types: Annotated[tuple[Code, ...], Field(min_length=1)]
    themes: Annotated[tuple[Code, ...], Field(min_length=1)]
    origin: Code = "unknown"
    maturity: Code = "unknown"
    evidence: Code
    method: Code
    caution: Literal["none", "do-no-harm", "lesson-only"] = "none"
    caution_note: dict[Locale, Line] = Field(default_factory=dict)
    zone: Code = "core"
    cross_border: bool = False
    visibility: Visibility = Visibility.PUBLIC
    location_precision: LocationPrecision = LocationPrecision.COMMUNE
    licence: Code = "CC-BY-SA-4.0"
    sdg_targets: tuple[Code, ...] = ()
    original_language: Locale = Locale.FR
    translations: dict[Locale, TranslationStatus]
    credited_authors: tuple[Credit, ...] = ()
    credited_reviewers: tuple[Credit, ...] = ()
    related: tuple[Slug, ...] = ()
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]
    texts: dict[Locale, PracticeText]

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        if self.original_language not in self.texts:
            raise _problem("no_original_text")
        if set(self.translations) != set(self.texts):
            raise _problem("translations_differ")
        if self.translations[self.original_language] != "original":
            raise _problem("original_not_original")
        ids = [source.id for source in self.sources]
        if len(set(ids)) != len(ids):
            raise _problem("same_source_id")
        cited = {c for text in self.texts.values() for c in text.citations()}
        if cited - set(ids):
            raise _problem("unknown_citation", sources=", ".join(sorted(cited - set(ids))))
        if (self.kind == "lesson") != (self.caution == "lesson-only"):
            raise _problem("lesson_without_caution")
        return self

    @classmethod
    def parse(cls, mapping: object) -> "PracticeContent":
        """The valid content, or Invalid with a reason per field."""
        try:
            return cls.model_validate(mapping)
        except ValidationError as error:
            raise Invalid(msg("The practice is not valid."), _problems(error)) from None

    def coarsened(self, precision: LocationPrecision) -> "PracticeContent":
        """The same content without the places (and regions) that may not be told."""
        if precision is LocationPrecision.COMMUNE:
            return self
        texts = {
            locale: text.model_copy(update={"places": ()}) for locale, text in self.texts.items()
        }
        update: dict[str, object] = {"texts": texts, "location_precision": precision}
        if precision is LocationPrecision.COUNTRY:
            update["regions"] = ()
        return self.model_copy(update=update)

    def to_json(self) -> dict[str, Any]:
        """Plain data that `parse` takes back."""
        return self.model_dump(mode="json")


def _problems(error: ValidationError) -> dict[str, Message]:
    """Pydantic's findings as one sentence per field."""
    found: dict[str, Message] = {}
    items = error.errors(include_url=False, include_input=False)
    parents = {item["loc"][:length] for item in items for length in range(len(item["loc"]))}
    for item in items:
        if item["type"] == "too_short" and item["loc"] in parents:
            # Pydantic counts only the valid values; the invalid ones are told already.
            continue
        where = ".".join(str(part) for part in item["loc"]) or "practice"
        context = item.get("ctx", {})
        template = _SENTENCES.get(item["type"])
        if template is None:
            template = msg("%(reason)s", reason=item["msg"])
        else:
            template = msg(template.text, **{key: str(value) for key, value in context.items()})
        found.setdefault(where, template)
    return found
