"""What a reader typed, understood: words, phrases, prefixes, AND/OR/NOT. Never an error. Pure.

NOT binds tighter than AND (or nothing at all between two words), AND tighter than OR; `ET`, `OU`
and `SAUF` are the same in French. What carries no condition (stop words among others, a lone
operator, punctuation) narrows nothing, so a query made of nothing else is a browse.
"""

from collections.abc import Iterator
from dataclasses import dataclass
import re
from typing import Literal

from kb.adapters.whoosh_index.analysis import (
    Token,
    clean,
    is_stop,
    joined,
    runs,
    term,
)
from kb.core.language import Locale

MOST_CHARACTERS = 2_000
MOST_WORDS = 32
MOST_PREFIXES = 4
DEEPEST = 8

Operator = Literal["and", "or", "not", "(", ")"]
_OPERATORS: dict[str, Operator] = {
    "AND": "and",
    "ET": "and",
    "OR": "or",
    "OU": "or",
    "NOT": "not",
    "SAUF": "not",
}
_ITEM = re.compile(
    r'"(?P<straight>[^"]*)"|«(?P<french>[^»]*)»|“(?P<english>[^”]*)”'
    r'|(?P<bracket>[()])|(?P<minus>-+(?=[\w"«“(]))|(?P<chunk>[^\s()"«»“”]+)'
)


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
Node = Leaf | AllOf | AnyOf | Not
_Item = Operator | Node


def parse(typed: str) -> tuple[str, Node | None]:
    """The cleaned text, in which words have their places, and its meaning; None is a browse."""
    text = clean(typed[:MOST_CHARACTERS])
    return text, _conditions(_Reader(list(_Items(text))).alternatives())


def positive_leaves(node: Node | None) -> Iterator[Leaf]:
    """What is looked for, without what is excluded."""
    match node:
        case Word() | Phrase() | Prefix() | Joined():
            yield node
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from positive_leaves(part)
        case _:
            return


class _Items:
    """The operators and leaves of a text in order, within the limits."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._words = self._prefixes = self._open = self._ignored = 0

    def __iter__(self) -> Iterator[_Item]:
        for match in _ITEM.finditer(self._text):
            if self._words >= MOST_WORDS:
                return
            operator = "not" if match["minus"] else _OPERATORS.get(match[0])
            if match["bracket"]:
                if self._counts(match[0]):
                    yield "(" if match[0] == "(" else ")"
            elif operator:
                yield operator
            elif match["chunk"]:
                yield from self._chunk(match)
            else:
                yield from self._quotation(match)

    def _counts(self, bracket: str) -> bool:
        """Brackets too deep are punctuation, and so is what would close them."""
        if bracket == "(":
            counts = self._open < DEEPEST
            self._open += counts
            self._ignored += not counts
            return counts
        if self._ignored:
            self._ignored -= 1
            return False
        counts = self._open > 0
        self._open -= counts
        return counts

    def _quotation(self, match: re.Match[str]) -> Iterator[Node]:
        group = match.lastgroup or ""
        words = tuple(
            self._word(token, match.start(group)) for run in runs(match[group]) for token in run
        )[: MOST_WORDS - self._words]
        self._words += len(words)
        if words:
            yield Phrase(words) if len(words) > 1 else words[0]

    def _chunk(self, match: re.Match[str]) -> Iterator[Node]:
        """Signs without a space between them are one condition: `l'eau`, `pays:mali`."""
        nodes: list[Node] = []
        for run in runs(match[0]):
            # What follows the star of `mé*tion` is more than we can look for.
            if nodes and isinstance(nodes[-1], Prefix):
                break
            nodes.extend(self._run(run[: MOST_WORDS - self._words], match.start()))
            self._words += len(run)
        if nodes:
            yield nodes[0] if len(nodes) == 1 else AllOf(tuple(nodes))

    def _run(self, run: list[Token], start: int) -> Iterator[Node]:
        if not run:
            return
        words = tuple(self._word(token, start) for token in run)
        whole = joined(run)
        if self._text.startswith("*", words[-1].end) and self._prefixes < MOST_PREFIXES:
            self._prefixes += 1
            yield from words[:-1]
            yield Prefix(words[-1].folded)
        elif whole:
            yield Joined(self._word(whole, start), Phrase(words))
        else:
            yield from words

    @staticmethod
    def _word(token: Token, start: int) -> Word:
        return Word(token.text, start + token.start, start + token.end)


class _Reader:
    """Recursive descent over the items; a missing operand is left out."""

    def __init__(self, items: list[_Item]) -> None:
        self._items = items
        self._at = 0

    def alternatives(self) -> Node:
        parts = [self._conjunction()]
        while self._take("or"):
            parts.append(self._conjunction())
        return AnyOf(tuple(parts)) if len(parts) > 1 else parts[0]

    def _conjunction(self) -> Node:
        parts: list[Node] = []
        implied = True
        while self._next() not in {None, "or", ")"}:
            if self._take("and"):
                implied = False
            else:
                parts.extend(self._factor())
        return AllOf(tuple(parts), implied)

    def _factor(self) -> Iterator[Node]:
        negated = False
        while self._take("not"):
            negated = not negated
        if self._next() in {None, "or", "and", ")"}:
            return
        if self._take("("):
            node = self.alternatives()
            self._take(")")
        else:
            item = self._items[self._at]
            self._at += 1
            if isinstance(item, str):  # cannot be: every operator is dealt with above
                return
            node = item
        if negated:
            yield Not(node)
        elif isinstance(node, AllOf) and node.implied:
            yield from node.parts
        else:
            yield node

    def _next(self) -> _Item | None:
        return self._items[self._at] if self._at < len(self._items) else None

    def _take(self, operator: Operator) -> bool:
        taken = self._next() == operator
        self._at += taken
        return taken


def _conditions(node: Node) -> Node | None:
    """The node without what demands nothing; None when nothing is left."""
    match node:
        case Word(folded):
            return node if any(term(folded, locale) for locale in Locale) else None
        case Phrase():
            return node if any(node.terms(locale) for locale in Locale) else None
        case Prefix() | Joined():
            return node
        case Not(part):
            kept = _conditions(part)
            return Not(kept) if kept else None
        case AllOf(parts, implied):
            left = _strong(parts)
            return left[0] if len(left) == 1 else AllOf(left, implied) if left else None
        case AnyOf(parts):
            left = _strong(parts)
            return left[0] if len(left) == 1 else AnyOf(left) if left else None


def _strong(parts: tuple[Node, ...]) -> tuple[Node, ...]:
    """A stop word of one language counts only when nothing better stands beside it."""
    kept = [condition for part in parts if (condition := _conditions(part))]
    strong = [part for part in kept if not (isinstance(part, Word) and is_stop(part.folded))]
    return tuple(strong or kept)
