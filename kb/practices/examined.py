"""What the checks look at: every text that people wrote, by part and field of the form. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from kb.core.language import Locale
from kb.practices.content import CITATION
from kb.practices.draft import Fields, Part, numbered_sources, shown
from kb.practices.safety import Danger, Sighting, look
from kb.practices.template import SECTION_KEYS

FILES = "files"
# As much is looked at, in one field and in all: a hundred times a usual text. What is beyond it
# was pasted by mistake or by malice, and would take seconds.
LOOKED_AT = 60_000
LOOKED_AT_IN_ALL = 200_000
PLACES, LONGEST_PLACE = 200, 300
_WRITTEN_ABOUT = ("caution_note_fr", "caution_note_en")
_CREDIT = "author_"
# A name is what these fields are for; everything else in them is looked at.
_NAMES = ("name", "affiliation")


class Written(NamedTuple):
    """A text, and the field in which it can be changed."""

    part: str
    field: str
    text: str


class Seen(NamedTuple):
    """A passage that may endanger somebody, and where it is."""

    written: Written
    sighting: Sighting


@dataclass(frozen=True, slots=True)
class FileWords:
    """A file of the practice, and what is said about it."""

    name: str
    is_image: bool
    texts: Mapping[Locale, str]
    credit: str


@dataclass(frozen=True)
class Examined:
    """A working copy or a frozen content, with what is kept beside it.

    `stale` are the languages of which something else than the text itself tells that they are
    behind the original.
    """

    copy: Mapping[str, Any]
    change_note: str = ""
    files: tuple[FileWords, ...] = ()
    stale: frozenset[Locale] = frozenset()

    @cached_property
    def original(self) -> Locale:
        """The language it was written in."""
        chosen = self.copy.get("original_language")
        return Locale(chosen) if chosen in set(Locale) else Locale.FR

    @cached_property
    def fields(self) -> Mapping[Part, Fields]:
        """All fields of all parts, as the form shows them."""
        return {part: shown(part, self.copy) for part in Part}

    def text(self, locale: Locale) -> Fields:
        """The text in one language."""
        return self.fields[Part(locale.value)]

    def has_text(self, locale: Locale) -> bool:
        """Whether anything is written in this language."""
        values = self.text(locale).values
        return any(value for name, value in values.items() if name != "translation")

    @cached_property
    def sources(self) -> Mapping[int, Mapping[str, Any]]:
        """The sources by their numbers."""
        return numbered_sources(self.copy)

    @cached_property
    def cited(self) -> frozenset[str]:
        """The ids of the sources that the sections of any language cite."""
        return frozenset(
            cited
            for locale in Locale
            for key in SECTION_KEYS
            for cited in CITATION.findall(self.text(locale).get(key))
        )

    def written(self) -> Iterator[Written]:
        """Every text that people wrote; notes for the desk are not among them."""
        about = self.fields[Part.ABOUT].values
        for name in about:
            if name in _WRITTEN_ABOUT or (name.startswith(_CREDIT) and name.endswith(_NAMES)):
                yield Written(Part.ABOUT, name, about[name])
        yield Written(Part.ABOUT, "change_note", self.change_note)
        for part in (Part(self.original.value), Part(self.original.other.value), Part.SOURCES):
            values = self.fields[part].values.items()
            yield from (Written(part, *item) for item in values if item[0] != "translation")
        for file in self.files:
            for words in (file.name, *file.texts.values(), file.credit):
                yield Written(FILES, file.name, words)

    def portions(self) -> Iterator[tuple[Written, str]]:
        """Every text with its beginning that is looked at."""
        left = LOOKED_AT_IN_ALL
        for written in self.written():
            portion = written.text[: min(LOOKED_AT, left)]
            left -= len(portion)
            yield written, portion

    @cached_property
    def seen(self) -> tuple[Seen, ...]:
        """All that the do-no-harm lint sees, in the order of the form."""
        lines = (self.text(locale).get("places").split("\n") for locale in Locale)
        places = {place[:LONGEST_PLACE] for some in lines for place in some[:PLACES]}
        return tuple(
            Seen(written, sighting)
            for written, portion in self.portions()
            for sighting in look(portion, places=places)
            if not _is_credit(written, sighting)
        )


def _is_credit(written: Written, sighting: Sighting) -> bool:
    """Whoever is credited is named on purpose."""
    return sighting.danger is Danger.NAMED_PERSON and written.field.startswith(_CREDIT)
