"""The thesaurus as the search asks it: which words of a query stand for which others. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, lru_cache
from itertools import product, zip_longest

from kb.adapters.whoosh_index.analysis import Token, is_stop, joined, runs, term
from kb.adapters.whoosh_index.conditions import (
    AllOf,
    Alternative,
    AnyOf,
    Joined,
    Leaf,
    Node,
    Phrase,
    Widened,
    Word,
    alternatives,
)
from kb.adapters.whoosh_index.lexicon import Lexicon
from kb.core.language import Locale
from kb.core.ports import Thesaurus

# Compiled thesauri that are kept: that of the site, one being edited, and the one before.
KEPT = 3
LONGEST = 6
MOST_ALTERNATIVES = 24
MOST_NAMED = 8
# The terms of some words in a language, stop words left out.
Key = tuple[Locale, tuple[str, ...]]


class Lookup:
    """A compiled thesaurus; immutable, shared by threads."""

    def __init__(self, thesaurus: Thesaurus) -> None:
        self._groups = thesaurus.groups
        self._others: dict[Key, tuple[Alternative, ...]] = _others(thesaurus)

    def widened(self, node: Node | None) -> Node | None:
        """The query with alternatives for its words and runs of words.

        What is in quotes, excluded, in a field or begun only is taken as it is.
        """
        match node:
            case Word() | Joined():
                return self._run((node,))[0]
            case AllOf(parts, implied):
                return AllOf(tuple(self._conjunction(parts, LONGEST if implied else 1)), implied)
            case AnyOf(parts):
                return AnyOf(tuple(self.widened(part) or part for part in parts))
            case _:
                return node

    @cached_property
    def words(self) -> Lexicon:
        """The single words of the thesaurus as they are written."""
        written = {form for group in self._groups for words in group for form in _spelt(words)}
        return Lexicon({Locale.FR: dict.fromkeys(sorted(written), 1)})

    def _conjunction(self, parts: tuple[Node, ...], longest: int) -> Iterator[Node]:
        at = 0
        while at < len(parts):
            run: list[Word | Joined] = []
            for part in parts[at : at + longest]:
                if not isinstance(part, Word | Joined):
                    break
                run.append(part)
            if run:
                changed = self._run(tuple(run))
                yield from changed
                at += len(changed)
            else:
                yield self.widened(parts[at]) or parts[at]
                at += 1

    def _run(self, run: Sequence[Word | Joined]) -> tuple[Node, ...]:
        """The beginning of the run that the thesaurus knows, widened; else its first word."""
        for length in range(len(run), 0, -1):
            begun = run[:length]
            found = self._alternatives(begun)
            if found:
                return tuple(Widened(part, found) for part in begun)
        return (run[0],)

    def _alternatives(self, run: Sequence[Word | Joined]) -> tuple[Alternative, ...]:
        found: dict[Alternative, None] = {}
        for words in product(*map(_readings, run)):
            for key in _keys([word for reading in words for word in reading]):
                found.update(dict.fromkeys(self._others.get(key, ())))
        return tuple(found)[:MOST_ALTERNATIVES]


@lru_cache(maxsize=KEPT)
def lookup(thesaurus: Thesaurus) -> Lookup:
    """The thesaurus compiled, once for each that is in use."""
    return Lookup(thesaurus)


def named(
    node: Node | None, locale: Locale, occurs: Callable[[Locale, Leaf], bool]
) -> tuple[str, ...]:
    """The words that are looked for besides, as far as a text has them (`occurs`).

    Those of the reader's language where there are any, some for each word of the query.
    """

    def present(others: Sequence[Alternative]) -> list[Alternative]:
        for language in (locale, locale.other):
            if found := [other for other in others if occurs(language, other.leaf)]:
                return found
        return []

    # Forms of one word are named once.
    words: dict[tuple[str, ...], str] = {}
    for abreast in zip_longest(*map(present, alternatives(node))):
        for other in filter(None, abreast):
            words.setdefault(_terms(other.leaf, locale), other.written)
    return tuple(words.values())[:MOST_NAMED]


def _others(thesaurus: Thesaurus) -> dict[Key, tuple[Alternative, ...]]:
    others: defaultdict[Key, dict[str, Alternative]] = defaultdict(dict)
    for group in thesaurus.groups:
        keys = {written: frozenset(_keys_of(written)) for written in group}
        leaves = {written: leaf for written in group if (leaf := _leaf(written))}
        for own in keys.values():
            for other, leaf in leaves.items():
                if own.isdisjoint(keys[other]):
                    for key in own:
                        others[key].setdefault(other, Alternative(other, leaf))
    return {key: tuple(found.values()) for key, found in others.items()}


def _keys_of(written: str) -> Iterator[Key]:
    found = list(runs(written))
    yield from _keys([token.text for run in found for token in run])
    whole = joined(found[0]) if len(found) == 1 else None
    if whole:
        yield from _keys([whole.text])


def _keys(words: Sequence[str]) -> Iterator[Key]:
    telling = [word for word in words if not is_stop(word)]
    if 0 < len(telling) <= LONGEST:
        for locale in Locale:
            yield locale, tuple(term(word, locale) for word in telling)


def _readings(part: Word | Joined) -> tuple[tuple[str, ...], ...]:
    match part:
        case Word(folded):
            return ((folded,),)
        case Joined(whole, Phrase(words)):
            return (tuple(word.folded for word in words), (whole.folded,))


def _terms(leaf: Word | Phrase | Joined, locale: Locale) -> tuple[str, ...]:
    match leaf:
        case Phrase():
            return tuple(stem for _, stem in leaf.terms(locale))
        case Word(folded) | Joined(Word(folded)):
            return (term(folded, locale),)


def _leaf(written: str) -> Word | Phrase | Joined | None:
    found = list(runs(written))
    words = tuple(map(_word, (token for run in found for token in run)))
    whole = joined(found[0]) if len(found) == 1 else None
    if whole:
        return Joined(_word(whole), Phrase(words))
    if not any(not is_stop(word.folded) for word in words):
        return None
    return Phrase(words) if len(words) > 1 else words[0]


def _word(token: Token) -> Word:
    # It stands nowhere in the query.
    return Word(token.text, 0, 0)


def _spelt(words: str) -> Iterator[str]:
    for run in runs(words):
        for token in run:
            if not is_stop(token.text):
                yield words[token.start : token.end]
