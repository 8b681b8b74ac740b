"""What a query demands of a document, as a tree of conditions. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from kb.adapters.whoosh_index.analysis import term
from kb.core.language import Locale


@dataclass(frozen=True, slots=True)
class Word:
    """One word, folded, and where it stands in the query."""

    folded: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that follow each other in this order."""

    words: tuple[Word, ...]

    def terms(self, locale: Locale) -> tuple[tuple[int, str], ...]:
        """The terms in a language with their distance from the first word; stop words left out."""
        stems = ((offset, term(word.folded, locale)) for offset, word in enumerate(self.words))
        return tuple((offset, stem) for offset, stem in stems if stem)


@dataclass(frozen=True, slots=True)
class Prefix:
    """Every word that begins like this, in all its forms."""

    folded: str


@dataclass(frozen=True, slots=True)
class Joined:
    """A hyphenated word: written as one, or its parts one after the other."""

    whole: Word
    parts: Phrase


@dataclass(frozen=True, slots=True)
class Alternative:
    """What the thesaurus has for a word or several: as it is written there, and its condition."""

    written: str
    leaf: Word | Phrase | Joined


@dataclass(frozen=True, slots=True)
class Widened:
    """What the reader typed, or else what the thesaurus has for it."""

    literal: Word | Joined
    alternatives: tuple[Alternative, ...]


@dataclass(frozen=True, slots=True)
class Within:
    """Something in one of these fields of a text."""

    fields: tuple[str, ...]
    leaf: Word | Phrase | Prefix | Joined


@dataclass(frozen=True, slots=True)
class AllOf:
    """Each of these; `implied` when the reader wrote no operator between them."""

    parts: tuple["Node", ...]
    implied: bool = True


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of these."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Anything but this."""

    part: "Node"


Leaf = Word | Phrase | Prefix | Joined
Bare = Word | Joined | Widened
Node = Leaf | Widened | Within | AllOf | AnyOf | Not


def positive_leaves(node: Node | None) -> Iterator[Leaf]:
    """What is looked for as the reader typed it, without what is excluded."""
    match node:
        case Word() | Phrase() | Prefix() | Joined():
            yield node
        case Widened(literal):
            yield literal
        case Within(_, leaf):
            yield leaf
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from positive_leaves(part)
        case _:
            return


def alternatives(node: Node | None) -> Iterator[tuple[Alternative, ...]]:
    """What is looked for besides, for each word of the query that has any."""
    match node:
        case Widened(_, others):
            yield others
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from alternatives(part)
        case _:
            return
