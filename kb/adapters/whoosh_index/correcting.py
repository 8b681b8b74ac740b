"""What may have been meant where a query has words that are in no text. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from kb.adapters.whoosh_index.analysis import is_stop, term
from kb.adapters.whoosh_index.conditions import (
    Joined,
    Leaf,
    Node,
    Phrase,
    Word,
    positive_leaves,
)
from kb.adapters.whoosh_index.lexicon import Lexicon
from kb.adapters.whoosh_index.query import parse
from kb.adapters.whoosh_index.thesaurus import Lookup
from kb.core.language import Locale
from kb.core.ports import SearchRequest

# A longer text is not one that somebody misspelt.
LONGEST_CORRECTED = 200
# How many slips are believed: fewer where other words are known.
BOLD, TIMID = 2, 1
# So much of a word must be there to go on from.
SHORTEST_BEGUN = 5


class Found(Protocol):
    """What a query finds: a set that is empty or not, of some of the words only or of all."""

    @property
    def bits(self) -> int: ...

    @property
    def is_loosened(self) -> bool: ...


FoundType = TypeVar("FoundType", bound=Found, covariant=True)  # noqa: PLC0105 - as it is called


class Texts(Protocol[FoundType]):
    """The indexed texts, asked by a reader of a language."""

    @property
    def locale(self) -> Locale: ...

    @property
    def lexicon(self) -> Lexicon: ...

    def find(self, node: Node | None) -> FoundType: ...

    def is_known(self, leaf: Leaf) -> bool: ...


@dataclass(frozen=True, slots=True)
class Meaning(Generic[FoundType]):
    """The query that is answered, what it finds, and what is told besides."""

    node: Node | None
    matches: FoundType
    suggestion: str | None = None
    corrected: str | None = None


def understand(
    texts: Texts[FoundType], request: SearchRequest, thesaurus: Lookup
) -> Meaning[FoundType]:
    """What was asked for, or where nothing has it what was probably meant.

    An exact request is answered as it is: what was probably meant is only suggested.
    """
    text, typed = parse(request.text, is_exact=request.is_exact)
    node = typed if request.is_exact else thesaurus.widened(typed)
    matches = texts.find(node)
    if len(text) > LONGEST_CORRECTED or (request.is_exact and matches.bits):
        return Meaning(node, matches)
    words = _words(texts, typed)
    unknown = {word for word in words if _is_foreign(texts, word, thesaurus.words)}
    slips = BOLD if unknown == words else TIMID
    likely = _corrected(texts, text, unknown, thesaurus.words, slips)
    if likely is None:
        return Meaning(node, matches)
    other = thesaurus.widened(parse(likely)[1])
    found = texts.find(other)
    if not found.bits:
        return Meaning(node, matches)
    # Of a word that is in no text, another may begin alike; nothing has what was typed.
    is_chance = any(texts.is_known(word) for word in unknown)
    is_found = matches.bits and not matches.is_loosened and not is_chance
    if request.is_exact or is_found:
        return Meaning(node, matches, suggestion=likely)
    return Meaning(other, found, corrected=likely)


def _words(texts: Texts[Found], node: Node | None) -> set[Word]:
    """The words looked for that may be misspelt."""
    words: set[Word] = set()
    for leaf in positive_leaves(node):
        match leaf:
            case Word():
                words.add(leaf)
            case Phrase(parts):
                words.update(parts)
            case Joined(_, parts) if not texts.is_known(leaf):
                words.update(parts.words)
            case _:
                pass
    return {word for word in words if not is_stop(word.folded)}


def _is_foreign(texts: Texts[Found], word: Word, thesaurus: Lexicon) -> bool:
    """Whether no text has the word: at most one that is stemmed alike, and is not that meant."""
    folded = word.folded
    if any(known.spelling(folded, texts.locale) for known in (texts.lexicon, thesaurus)):
        return False
    if not texts.is_known(word):
        return True
    alike = texts.lexicon.alike(folded)
    return bool(alike) and not any(
        term(folded, locale) == term(other, locale) for other in alike for locale in Locale
    )


def _corrected(
    texts: Texts[Found], text: str, unknown: Iterable[Word], thesaurus: Lexicon, slips: int
) -> str | None:
    """The query with unknown words as they are known; None where that is no other query."""
    corrected = text
    for word in sorted(unknown, key=lambda word: -word.start):
        spelling = _likely(texts, word.folded, thesaurus, slips)
        if spelling:
            corrected = corrected[: word.start] + spelling + corrected[word.end :]
    corrected = " ".join(corrected.split())
    return None if corrected == " ".join(text.split()) else corrected


def _likely(texts: Texts[Found], folded: str, thesaurus: Lexicon, slips: int) -> str | None:
    """The known word that is probably meant, as it is spelt: the nearest, else one begun."""
    locale, lexicon = texts.locale, texts.lexicon
    near = [found for words in (lexicon, thesaurus) for found in words.near(folded, locale, slips)]
    if near:
        return min(near)[-1]
    begun = lexicon.beginning(folded, locale, 1) or lexicon.beginning(folded, locale.other, 1)
    return lexicon.spelling(begun[0], locale) if begun and len(folded) >= SHORTEST_BEGUN else None
