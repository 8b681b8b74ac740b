"""What the form of an entry of the thesaurus shows."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from kb.core.messages import Message, msg
from kb.search.preview import Effect
from kb.vocabularies.editing import FIELDS, KINDS, StoredEntry, fields_of
from kb.web.language import current_locale, tell
from kb.web.pages import GLOSSARY_KINDS

LABELS: dict[str, Message] = {
    "kind": msg("Kind"),
    "fr": msg("Word in French"),
    "en": msg("Word in English"),
    "local": msg("Local words"),
    "synonyms": msg("Synonyms and spellings"),
    "note_fr": msg("Explanation in French"),
    "note_en": msg("Explanation in English"),
    "source_urls": msg("Sources"),
}
HELP: dict[str, Message] = {
    "local": msg("One on a line, as the sources write them."),
    "synonyms": msg(
        "One on a line, of any language. Only words that mean the same: who searches for one "
        "finds the texts with the others."
    ),
    "source_urls": msg("Addresses of pages that use the words, one on a line."),
}
EMPTY = {**dict.fromkeys(FIELDS, ""), "kind": "concept"}


@dataclass(frozen=True)
class EntryPage:
    """The form: what was typed, what is wrong with it, and after a conflict what is stored.

    `effects` is None where nobody asked to see them; `has_no_index` where they cannot be seen now.
    """

    stored: StoredEntry | None
    fields: Mapping[str, str]
    mark: str
    problems: Mapping[str, str] = field(default_factory=dict)
    conflict: str = ""
    effects: tuple[Effect, ...] | None = None
    has_no_index: bool = False
    query: str = ""

    @property
    def title(self) -> str:
        """The entry's word in the language of the page; empty for a new one."""
        return self.stored.entry.word(current_locale()) if self.stored else ""

    @property
    def kinds(self) -> list[tuple[str, str]]:
        """The kinds to choose from, and the entry's own."""
        own = (self.stored.entry.kind,) if self.stored else ()
        codes = dict.fromkeys((*KINDS, *own))
        return [(code, kind_label(code)) for code in codes]

    @property
    def differing(self) -> list[str]:
        """The fields of which something else is stored than was typed."""
        return [name for name in FIELDS if self.stored_text(name) is not None]

    @staticmethod
    def label(name: str) -> str:
        """What a field is called."""
        return tell(LABELS[name])

    @staticmethod
    def help(name: str) -> str:
        """What to write into it."""
        return tell(HELP[name]) if name in HELP else ""

    def stored_text(self, name: str) -> str | None:
        """After a conflict, what is stored in a field where that is not what was typed."""
        if not self.conflict or self.stored is None:
            return None
        now = fields_of(self.stored.entry)[name]
        return now if now != self.fields[name] else None


def kind_label(code: str) -> str:
    """The name of a kind; its code where it has none."""
    return tell(GLOSSARY_KINDS[code]) if code in GLOSSARY_KINDS else code
