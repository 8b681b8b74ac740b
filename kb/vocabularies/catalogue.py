"""Controlled terms as a value: labels, hierarchy, membership. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)
from pydantic_core import PydanticCustomError

from kb.core.errors import Invalid
from kb.core.language import Locale
from kb.core.messages import Message, msg
from kb.core.web_address import is_web_address

Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]{0,59}$")]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
ENTRY_CODE_LENGTH = 80
_SENTENCES: dict[str, Message] = {
    "missing": msg("is missing"),
    "string_too_short": msg("is missing"),
    "string_too_long": msg("is longer than %(max_length)s characters"),
    "too_long": msg("has more than %(max_length)s lines"),
    "not_a_web_address": msg("is not a web address"),
}


def _web_address(url: str) -> str:
    if not is_web_address(url):
        code = "not_a_web_address"
        raise PydanticCustomError(code, "{code}", {"code": code})
    return url


WebAddress = Annotated[str, StringConstraints(max_length=2000), AfterValidator(_web_address)]


class _Value(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Bilingual(_Value):
    """The same words in both languages."""

    fr: Label
    en: Label

    def __getitem__(self, locale: Locale) -> str:
        return self.fr if locale is Locale.FR else self.en


class Synonyms(_Value):
    """Other words for a term, per language."""

    fr: tuple[Label, ...] = ()
    en: tuple[Label, ...] = ()

    def __getitem__(self, locale: Locale) -> tuple[str, ...]:
        return self.fr if locale is Locale.FR else self.en


class Term(_Value):
    """One controlled term; `sentence` is what readers are told where the term applies."""

    code: Code
    label: Bilingual
    definition: Bilingual | None = None
    synonyms: Synonyms = Field(default_factory=Synonyms)
    parent: Code | None = None
    sentence: Bilingual | None = None
    note: Bilingual | None = None
    former_names: tuple[Label, ...] = ()
    new_names: tuple[Label, ...] = ()
    zone_class: str | None = None
    source_urls: tuple[str, ...] = ()


class Vocabulary(_Value):
    """A named, ordered list of terms."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{1,39}$")]
    label: Bilingual
    terms: tuple[Term, ...]

    @classmethod
    def parse(cls, mapping: object) -> "Vocabulary":
        """A vocabulary whose codes are unique and whose parents exist, or Invalid."""
        try:
            vocabulary = cls.model_validate(mapping)
        except ValidationError as error:
            raise Invalid(msg("The vocabulary is not valid."), _reasons(error)) from None
        codes = [term.code for term in vocabulary.terms]
        problems = {code: msg("is there twice") for code in codes if codes.count(code) > 1} | {
            term.code: msg("has an unknown parent")
            for term in vocabulary.terms
            if term.parent is not None and term.parent not in codes
        }
        if not problems:
            problems = {code: msg("is its own ancestor") for code in _circular(vocabulary)}
        if problems:
            raise Invalid(msg("The vocabulary is not valid."), problems)
        return vocabulary


def _circular(vocabulary: Vocabulary) -> tuple[str, ...]:
    """The codes that come back to themselves by way of their parents."""
    parents = {term.code: term.parent for term in vocabulary.terms}
    found = []
    for code, parent in parents.items():
        seen: set[str] = set()
        current = parent
        while current is not None and current != code and current not in seen:
            seen.add(current)
            current = parents[current]
        if current == code:
            found.append(code)
    return tuple(found)


class GlossaryEntry(_Value):
    """A concept of the thesaurus with its words in both languages and the local ones."""

    id: Annotated[
        str,
        StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=ENTRY_CODE_LENGTH),
    ]
    kind: Label
    fr: Words
    en: Words
    local: Annotated[tuple[Words, ...], Field(max_length=30)] = ()
    synonyms: Annotated[tuple[Words, ...], Field(max_length=30)] = ()
    note: Bilingual | None = None
    sourced: bool = False
    source_urls: Annotated[tuple[WebAddress, ...], Field(max_length=10)] = ()

    @classmethod
    def parse(cls, mapping: object) -> "GlossaryEntry":
        """A valid entry, or Invalid."""
        try:
            return cls.model_validate(mapping)
        except ValidationError as error:
            raise Invalid(msg("The glossary entry is not valid."), _reasons(error)) from None

    def word(self, locale: Locale) -> str:
        """What the concept is called in a language."""
        return self.fr if locale is Locale.FR else self.en


def _reasons(error: ValidationError) -> dict[str, Message]:
    """Pydantic's findings as one sentence per field."""
    found: dict[str, Message] = {}
    for item in error.errors(include_url=False, include_input=False):
        where = ".".join(str(part) for part in item["loc"]) or "file"
        sentence = _SENTENCES.get(item["type"])
        if sentence is None:
            sentence = msg("%(reason)s", reason=item["msg"])
        elif "%" in sentence.text:
            sentence = msg(sentence.text, **item.get("ctx", {}))
        found.setdefault(where, sentence)
    return found


@dataclass(frozen=True)
class Vocabularies:
    """All vocabularies together, as the site reads them."""

    by_name: Mapping[str, Vocabulary]
    _terms: Mapping[tuple[str, str], Term] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        terms = {(name, t.code): t for name, v in self.by_name.items() for t in v.terms}
        object.__setattr__(self, "_terms", terms)

    @classmethod
    def of(cls, vocabularies: Iterable[Vocabulary]) -> "Vocabularies":
        return cls({vocabulary.name: vocabulary for vocabulary in vocabularies})

    def term(self, vocabulary: str, code: str) -> Term | None:
        return self._terms.get((vocabulary, code))

    def label(self, vocabulary: str, code: str, locale: Locale) -> str:
        """The term's label, or its code where it is unknown."""
        term = self.term(vocabulary, code)
        return term.label[locale] if term else code

    def with_ancestors(self, vocabulary: str, codes: Iterable[str]) -> tuple[str, ...]:
        """The codes and all their parents, each once, so that a parent finds its children."""
        found: dict[str, None] = {}
        for code in codes:
            found.update(dict.fromkeys(self._upwards(vocabulary, code)))
        return tuple(found)

    def _upwards(self, vocabulary: str, code: str) -> Iterator[str]:
        seen: set[str] = set()
        current: str | None = code
        while current is not None and current not in seen:
            seen.add(current)
            yield current
            term = self.term(vocabulary, current)
            current = term.parent if term else None

    def unknown(self, vocabulary: str, codes: Iterable[str]) -> tuple[str, ...]:
        """Those codes that the vocabulary does not have."""
        return tuple(code for code in codes if self.term(vocabulary, code) is None)
