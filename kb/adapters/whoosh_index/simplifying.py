"""What of a query carries a condition, and what only looks as if it did. Pure."""

from collections.abc import Iterable, Iterator

from kb.adapters.whoosh_index.analysis import is_filler, is_stop, term
from kb.adapters.whoosh_index.conditions import (
    AllOf,
    AnyOf,
    Joined,
    Leaf,
    Node,
    Not,
    Phrase,
    Prefix,
    Within,
    Word,
)
from kb.core.language import Locale

# Often written apart from the word they belong to.
_PREFIXES = frozenset(
    [
        "inter",
        "intra",
        "extra",
        "agro",
        "socio",
        "civilo",
        "islamo",
        "multi",
        "pluri",
        "anti",
        "auto",
        "pre",
    ]
)


def demanded(node: Node) -> Node | None:
    """The node without what demands nothing; None when nothing is left."""
    match node:
        case AllOf(parts, implied):
            left = _strong(parts)
            return left[0] if len(left) == 1 else AllOf(left, implied) if left else None
        case AnyOf(parts):
            left = _strong(parts)
            return left[0] if len(left) == 1 else AnyOf(left) if left else None
        case Not(part):
            kept = demanded(part)
            return Not(kept) if kept else None
        case Within(_, leaf):
            is_weak = isinstance(leaf, Word) and is_stop(leaf.folded)
            return node if _demands(leaf) and not is_weak else None
        case Word() | Phrase() | Prefix() | Joined():
            return node if _demands(node) else None
        case _:
            return node


def _demands(leaf: Leaf) -> bool:
    match leaf:
        case Word(folded):
            return any(term(folded, locale) for locale in Locale)
        case Phrase():
            return any(leaf.terms(locale) for locale in Locale)
        case Joined(_, Phrase(words)):
            # est-ce, peut-on, a-t-il
            return not all(is_stop(word.folded) for word in words)
        case _:
            return True


def _strong(parts: tuple[Node, ...]) -> tuple[Node, ...]:
    """A stop word of one language counts only when nothing better stands beside it."""
    kept = tuple(condition for part in parts if (condition := demanded(part)))
    strong = tuple(part for part in kept if not (isinstance(part, Word) and is_stop(part.folded)))
    return strong or kept


def as_meant(node: Node) -> Node:
    """Without the words of politeness and questions, unless there are no others; words joined."""
    match node:
        case AllOf(parts, implied):
            left = tuple(as_meant(part) for part in parts)
            if implied:
                telling = [p for p in left if not (isinstance(p, Word) and is_filler(p.folded))]
                left = tuple(_compounded(telling or left))
            return left[0] if len(left) == 1 else AllOf(left, implied)
        case AnyOf(parts):
            return AnyOf(tuple(as_meant(part) for part in parts))
        case _:
            return node


def _compounded(parts: Iterable[Node]) -> Iterator[Node]:
    """`inter religieux` as if it were hyphenated."""
    rest = iter(parts)
    for part in rest:
        second = next(rest, None) if isinstance(part, Word) and part.folded in _PREFIXES else None
        if isinstance(part, Word) and isinstance(second, Word):
            whole = Word(part.folded + second.folded, part.start, second.end)
            yield Joined(whole, Phrase((part, second)))
        else:
            yield from (node for node in (part, second) if node)
