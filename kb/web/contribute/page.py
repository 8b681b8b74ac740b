"""What the page of one part of the form shows: its fields, what is stored, and the way on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from flask import current_app, url_for
from flask_babel import gettext as _

from kb.core.language import Locale
from kb.core.messages import Message, msg
from kb.practices.content import LocationPrecision, Visibility
from kb.practices.diff import Piece
from kb.practices.draft import (
    CREDIT_FIELDS,
    ROW,
    SOURCE_FIELDS,
    Fields,
    Part,
    cited_sources,
    next_source,
)
from kb.practices.draft_check import Progress, progress
from kb.practices.draft_service import is_unpublished, may_save
from kb.practices.merging import marks
from kb.practices.models import Revision
from kb.practices.translating import MISSING, changed_since, original_fields, status_of
from kb.vocabularies.catalogue import Vocabularies
from kb.web.contribute.examples import EXAMPLES
from kb.web.contribute.fields import ROW_LABELS, groups_of, label_of
from kb.web.contribute.form import FormField, Group
from kb.web.language import current_locale, tell
from kb.web.sessions import current_actor

STEP_LABELS: dict[str, Message] = {
    "about": msg("About the practice"),
    "fr": msg("Text in French"),
    "en": msg("Text in English"),
    "sources": msg("Sources"),
    "notes": msg("Notes for the desk"),
    "files": msg("Images and documents"),
    "check": msg("Check and submit"),
}
FILES = "contribute_files.overview"
# Their codes are the program's own: an installation without this vocabulary has them, too.
_OWN_CODES: dict[str, type[StrEnum]] = {
    "visibilities": Visibility,
    "location_precisions": LocationPrecision,
    "languages": Locale,
}
STATUSES = ("up-to-date", "stale")
STATUS_WORDS: dict[str, Message] = {
    "original": msg("original"),
    "up-to-date": msg("up to date"),
    "stale": msg("older than the original"),
    "missing": msg("missing"),
}
# Cited sources that are asked for at a time.
AWAITED = 10


@dataclass(frozen=True, slots=True)
class Step:
    """A page of the form and how far it has come."""

    code: str
    label: str
    url: str
    progress: Progress | None
    status: str = ""


def steps(revision: Revision) -> tuple[Step, ...]:
    """The pages of the form, in the order in which they are best filled in."""
    copy = revision.working_copy
    original = Locale(copy.get("original_language", Locale.FR))
    parts = (Part.ABOUT, Part(original.value), Part(original.other.value), Part.SOURCES)
    found = [
        Step(
            part.value,
            tell(STEP_LABELS[part]),
            url_for("contribute.part", revision_id=revision.id, part=part.value),
            progress(part, copy),
            tell(STATUS_WORDS[status_of(copy, part.value)]) if part.locale else "",
        )
        for part in parts
    ]
    endpoints = {"files": FILES, "notes": "contribute.notes", "check": "contribute.check"}
    found += [
        Step(code, tell(STEP_LABELS[code]), url_for(endpoint, revision_id=revision.id), None)
        for code, endpoint in endpoints.items()
        if endpoint in current_app.view_functions
    ]
    return tuple(found)


def step_after(revision: Revision, code: str) -> Step:
    """The page that comes next; the last one is its own."""
    found = steps(revision)
    codes = [step.code for step in found]
    return found[min(codes.index(code) + 1, len(found) - 1)]


def title_of(revision: Revision) -> str:
    """What the author calls it, in the language of the page where there is such a text."""
    texts = revision.working_copy.get("texts", {})
    order = (current_locale(), revision.working_copy.get("original_language"), *Locale)
    titles = (texts.get(locale, {}).get("title") for locale in order)
    return str(next(filter(None, titles), _("Without a title")))


@dataclass(frozen=True)
class PartPage:
    """One part of the form, with what was typed and, after a conflict, what is stored."""

    revision: Revision
    part: Part
    fields: Fields
    vocabularies: Vocabularies
    lock_number: int
    problems: Mapping[str, str] = field(default_factory=dict)
    stored: Fields | None = None
    message: str = ""
    # The marks with which the form was opened, where it is shown again as it was typed.
    opened_with: str = ""

    @property
    def base(self) -> str:
        """With what the form is opened: so a later save knows who changed what."""
        return self.opened_with or marks(self.part, self.fields)

    @property
    def title(self) -> str:
        """What the practice is called so far."""
        return title_of(self.revision)

    @property
    def is_editable(self) -> bool:
        """Whether this author may change it now: who translates, the translation alone."""
        return may_save(current_actor(), self.revision, self.part)

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """All pages of the form."""
        return steps(self.revision)

    @cached_property
    def here(self) -> Step:
        """The page itself among them."""
        return next(step for step in self.steps if step.code == self.part)

    @property
    def lang(self) -> str:
        """The language of what is written here; none where it is the same in every language."""
        return self.part.value if self.part.locale else ""

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """The fields of this part, as far as they apply."""
        left_out = set()
        if not is_unpublished(self.revision.practice):
            left_out.add("address")
        if self.revision.number == 1:
            left_out.add("change_note")
        return tuple(
            Group(group.heading, tuple(f for f in group.fields if f.name not in left_out))
            for group in groups_of(self.part, current_locale())
        )

    @property
    def is_translation(self) -> bool:
        """Whether this is the text in the other language."""
        original = self.revision.working_copy.get("original_language")
        return self.part.locale is not None and self.part.locale != original

    @cached_property
    def originals(self) -> Mapping[str, str]:
        """What is to be translated, field by field; nothing on the page of the original."""
        return original_fields(self.revision.working_copy) if self.is_translation else {}

    @cached_property
    def changed(self) -> Mapping[str, tuple[Piece, ...]]:
        """What changed in the original since the translation was last up to date."""
        if not self.is_translation:
            return {}
        return changed_since(self.revision.working_copy, self.revision.translation_bases)

    @property
    def original_language(self) -> str:
        """The language of what is translated."""
        return str(self.revision.working_copy.get("original_language", Locale.FR))

    @property
    def status(self) -> str:
        """How the stored translation stands."""
        return status_of(self.revision.working_copy, self.lang) if self.lang else MISSING

    @property
    def statuses(self) -> list[tuple[str, str]]:
        """What can be said of a translation; both texts may have been written as originals."""
        known = self.fields.get("translation")
        codes = (*STATUSES, "original") if known == "original" else STATUSES
        return [
            (code, self.vocabularies.label("translation_statuses", code, current_locale()))
            for code in codes
        ]

    def choices(self, form_field: FormField) -> list[tuple[str, str]]:
        """The values a field can have, with their names."""
        name, locale = form_field.vocabulary, current_locale()
        vocabulary = self.vocabularies.by_name.get(name)
        codes: Sequence[str] = [term.code for term in vocabulary.terms] if vocabulary else []
        if name in _OWN_CODES:
            codes = list(_OWN_CODES[name])
        found = [(code, self._described(form_field, code, locale)) for code in codes]
        if form_field.kind == "select" and self.fields.get(form_field.name) not in codes:
            found.insert(0, ("", _("Please choose")))
        return found

    def stored_text(self, name: str) -> str | None:
        """What is stored in a field where it differs from what was typed."""
        if self.stored is None:
            return None
        now = self.stored.get(name), self.stored.lists.get(name, ())
        if now == (self.fields.get(name), self.fields.lists.get(name, ())):
            return None
        return now[0] or ", ".join(now[1])

    @property
    def differing(self) -> list[str]:
        """The fields shown of which something else is stored than was typed."""
        prefix, names = self.row_fields
        shown = [each.name for group in self.groups for each in group.fields]
        if self.is_translation:
            shown.append("translation")
        if self.part.locale is None:
            shown += [f"{prefix}_{row}_{name}" for row in self.rows for name in names]
        return [name for name in shown if self.stored_text(name) is not None]

    @staticmethod
    def example(name: str) -> Message:
        """What could stand in a field."""
        return EXAMPLES[name]

    @staticmethod
    def label(name: str) -> str:
        """What a field is called where something is said about it elsewhere."""
        return tell(label_of(name, current_locale()))

    @property
    def rows(self) -> list[int]:
        """The numbers of the rows of a repeated group, and one more to fill in.

        A source that the text cites already is waited for under its number.
        """
        known = [*self.fields.values, *(self.stored.values if self.stored else ())]
        numbers = [int(found[1]) for name in known if (found := ROW[self.part].fullmatch(name))]
        rows = list(dict.fromkeys(numbers))
        if not self.is_editable:
            return rows
        if self.part is Part.SOURCES:
            awaited = sorted(cited_sources(self.revision.working_copy) - set(rows))
            if awaited:
                return [*rows, *awaited[:AWAITED]]
            following = next_source(self.revision.working_copy)
        else:
            following = max(rows, default=0) + 1
        blank = following is not None and following not in rows
        return [*rows, following] if blank and following else rows

    @property
    def row_fields(self) -> tuple[str, tuple[str, ...]]:
        """How the fields of a row are named."""
        if self.part is Part.SOURCES:
            return "source", SOURCE_FIELDS
        return "author", CREDIT_FIELDS

    @property
    def row_labels(self) -> Mapping[str, Message]:
        """What the fields of a row are called."""
        return ROW_LABELS

    def _described(self, form_field: FormField, code: str, locale: Locale) -> str:
        term = self.vocabularies.term(form_field.vocabulary, code)
        if term is None:
            return code
        if form_field.kind == "radios" and term.definition:
            label, definition = term.label[locale], term.definition[locale]
            return str(_("%(label)s: %(definition)s", label=label, definition=definition))
        return term.label[locale]
