"""What a reader typed, understood: words, phrases, prefixes, fields, AND/OR/NOT. Pure.

Nothing typed is an error. NOT binds tighter than AND (or nothing at all between two words), AND
tighter than OR; `ET`, `OU` and `SAUF` are the same in French. What carries no condition (stop
words among others, a lone operator, punctuation) narrows nothing, so a query made of nothing else
is a browse. `titre:` and its like hold for the one word, prefix or phrase that follows; any other
name is a word.
"""

from collections.abc import Iterator
import re
from typing import Literal

from kb.adapters.whoosh_index.analysis import (
    Token,
    clean,
    fold,
    is_stop,
    joined,
    runs,
)
from kb.adapters.whoosh_index.conditions import (
    AllOf,
    AnyOf,
    Joined,
    Node,
    Not,
    Phrase,
    Prefix,
    Within,
    Word,
)
from kb.adapters.whoosh_index.simplifying import as_meant, demanded

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
_TITLE, _NAMES, _SUMMARY = ("title",), ("title", "local_name"), ("summary",)
_BODY, _TAGS = ("body",), ("tags",)
# Folded names, in both languages. The terms of all facets are in one field of the texts.
FIELDS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("title", "titre"), _TITLE),
    **dict.fromkeys(("name", "nom"), _NAMES),
    **dict.fromkeys(("summary", "resume"), _SUMMARY),
    **dict.fromkeys(("text", "texte"), _BODY),
    **dict.fromkeys(("country", "pays", "region", "actor", "acteur"), _TAGS),
    **dict.fromkeys(("theme", "tag", "mot"), _TAGS),
}
# As French is typed, with spaces around the colon; something to look for must follow.
_FIELD = re.compile(r'(?P<name>[^\W\d_]{1,20})[^\S\n]?:[^\S\n]?(?=[\w"«“])')
_ITEM = re.compile(
    r'"(?P<straight>[^"]*)"|«(?P<french>[^»]*)»|“(?P<english>[^”]*)”'
    r'|(?P<bracket>[()])|(?P<minus>-+(?=[\w"«“(]))|(?P<chunk>[^\s()"«»“”]+)'
)


_Item = Operator | Node


def parse(typed: str, *, is_exact: bool = False) -> tuple[str, Node | None]:
    """The cleaned text, in which words have their places, and its meaning; None is a browse.

    An exact query is read word by word: none is put aside as filling, none joined with the next.
    """
    text = clean(typed[:MOST_CHARACTERS])
    node = demanded(_Reader(list(_Items(text))).alternatives())
    return text, node if is_exact or node is None else as_meant(node)


class _Items:
    """The operators and leaves of a text in order, within the limits."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._words = self._prefixes = self._open = self._ignored = 0

    def __iter__(self) -> Iterator[_Item]:
        at = 0
        fields: tuple[str, ...] = ()
        while (match := _ITEM.search(self._text, at)) and self._words < MOST_WORDS:
            named = _fields(self._text, match)
            if named:
                fields, at = named
                continue
            at = match.end()
            for item in self._item(match):
                yield _within(fields, item) if fields and not isinstance(item, str) else item
            fields = ()

    def _item(self, match: re.Match[str]) -> Iterator[_Item]:
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
        # A single word in quotes is meant as it is, unless it is one that nobody looks for.
        if len(words) > 1 or (words and not is_stop(words[0].folded)):
            yield Phrase(words)
        else:
            yield from words

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


def _fields(text: str, match: re.Match[str]) -> tuple[tuple[str, ...], int] | None:
    """The fields that are named where an item begins, and where what is looked for begins."""
    named = _FIELD.match(text, match.start()) if match["chunk"] else None
    fields = FIELDS.get(fold(named["name"])) if named else None
    return (fields, named.end()) if named and fields else None


def _within(fields: tuple[str, ...], node: Node) -> Node:
    match node:
        case AllOf(parts, implied):
            return AllOf(tuple(_within(fields, part) for part in parts), implied)
        case Word() | Phrase() | Prefix() | Joined():
            return Within(fields, node)
        case _:
            return node


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
