"""The passage of a text that shows best why it was found. Pure; escaped by construction."""

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from itertools import chain, islice
import re
from typing import NamedTuple

from markupsafe import Markup, escape

from kb.adapters.whoosh_index.analysis import fold, hyphen_runs, hyphen_runs_at, term
from kb.adapters.whoosh_index.conditions import (
    Joined,
    Node,
    Phrase,
    Prefix,
    Word,
    alternatives,
    positive_leaves,
)
from kb.adapters.whoosh_index.records import SHOWN, Keys
from kb.core.language import Locale
from kb.core.ports import SearchText

LENGTH = 200
LEAD = 60
# Signs that no tidy text holds, until all of a passage is escaped at once.
_OPENED, _CLOSED = "\x02", "\x03"
_MARK, _END = "<mark>", "</mark>"
# A passage begins with a word or what opens one, never with what closes the one before.
_WORD = re.compile(r"[\w\"«“‘(\[<]")
# Nor does it end with what leads on to the words that are left out.
_OPEN_END = " ,;:–—-([<«“‘"
# A text that repeats a word a thousand times is not worth as many windows.
MOST_MARKS = 64
# (prefix, locale) -> the terms of the words that begin like it
Expand = Callable[[str, Locale], tuple[str, ...]]
# A field of a text -> where the words begin that may have to be marked; None: anywhere.
Likely = Callable[[str], list[int] | None]


class Wanted(dict[str, str]):
    """A word as it is written -> its term when it deserves a mark, else nothing; one language."""

    def __init__(self, locale: Locale, terms: Iterable[str], prefixes: Iterable[str]) -> None:
        super().__init__()
        self.terms = frozenset(terms) - {""}
        self.prefixes = tuple(prefixes)
        self._locale = locale

    @cached_property
    def keys_of_words(self) -> Keys:
        """What finds the words in records of texts."""
        return Keys(self.terms, self.prefixes)

    def __missing__(self, word: str) -> str:
        folded = fold(word)
        stem = term(folded, self._locale)
        begins = bool(self.prefixes) and folded.startswith(self.prefixes)
        self[word] = found = (stem or folded) if stem in self.terms or begins else ""
        return found


class _Mark(NamedTuple):
    start: int
    end: int
    term: str


class _Window(NamedTuple):
    """Sorted by merit: how many different words, how many in all, the earlier one."""

    words: int
    marks: int
    start: int  # negative, so that the earlier is the greater


def wanted(node: Node | None, locale: Locale, expand: Expand) -> Wanted:
    """The terms and prefixes of a query in a language; nothing for a browse."""
    terms: set[str] = set()
    prefixes: list[str] = []
    others = (other.leaf for others in alternatives(node) for other in others)
    for leaf in chain(positive_leaves(node), others):
        match leaf:
            case Word(folded):
                terms.add(term(folded, locale))
            case Phrase():
                terms.update(stem for _, stem in leaf.terms(locale))
            case Joined(whole, parts):
                terms.add(term(whole.folded, locale))
                terms.update(stem for _, stem in parts.terms(locale))
            case Prefix(folded):
                terms.update(expand(folded, locale))
                prefixes.append(folded)
    return Wanted(locale, terms, prefixes)


def snippet(text: SearchText, sought: Wanted, likely: Likely = lambda _field: None) -> Markup:
    """The best passage of about LENGTH characters, by default the beginning of the summary.

    The text is tidy already, as it is kept.
    """
    best: tuple[_Window, str, list[_Mark]] | None = None
    for field in SHOWN:
        plain = getattr(text, field)
        marks = list(islice(_marks(plain, sought, likely(field)), MOST_MARKS))
        window = _best_window(plain, marks)
        # The summary first: the body must show more words of the query to take its place.
        if best is None or window.words > best[0].words:
            best = (window, plain, marks)
        if best[0].words >= len(sought.terms):
            break
    if best is None:
        return Markup()
    window, plain, marks = best
    return _passage(plain, marks, -window.start)


def _marks(plain: str, sought: Wanted, places: list[int] | None) -> Iterator[_Mark]:
    """The places to mark, ascending; a hyphenated word goes before its parts."""
    if not (sought.terms or sought.prefixes):
        return
    for match in hyphen_runs(plain) if places is None else hyphen_runs_at(plain, places):
        word = match[0]
        # Folding a run drops nothing but its hyphens.
        if stem := sought[word.replace("-", "")]:
            yield _Mark(match.start(), match.end(), stem)
        elif "-" in word:
            start = match.start()
            for part in word.split("-"):
                if stem := sought[part]:
                    yield _Mark(start, start + len(part), stem)
                start += len(part) + 1


def _best_window(plain: str, marks: list[_Mark]) -> _Window:
    best = _Window(0, 0, 0)
    beyond = 0
    for first, mark in enumerate(marks):
        # A passage begins before its first mark, so that these are the most it can hold.
        while beyond < len(marks) and marks[beyond].end <= mark.start + LENGTH:
            beyond += 1
        words = len({other.term for other in marks[first:beyond]})
        if (words, beyond - first) <= best[:2]:
            continue
        start = _beginning(plain, mark.start)
        inside = [other for other in marks[first:beyond] if other.end <= start + LENGTH]
        best = max(best, _Window(len({other.term for other in inside}), len(inside), -start))
    return best


def _beginning(plain: str, at: int) -> int:
    """Where a passage around `at` begins: at the start of a sentence or else of a word."""
    # Near the end of a text the passage reaches further back, so that it is never a mere tail.
    at = min(at, len(plain) - LENGTH + LEAD)
    if at <= LEAD:
        return 0
    lead = plain[at - LEAD : at]
    for sign in (". ", "! ", "? ", " "):
        place = lead.find(sign)
        if place >= 0:
            start = at - LEAD + place + len(sign)
            return at if (word := _WORD.search(plain, start, at)) is None else word.start()
    return at


def _passage(plain: str, marks: list[_Mark], start: int) -> Markup:
    end = _ending(plain, start)
    pieces = ["…"] if start else []
    at = start
    for mark in marks:
        if mark.start >= at and mark.end <= end:
            pieces += (plain[at : mark.start], _OPENED, plain[mark.start : mark.end], _CLOSED)
            at = mark.end
    tail = plain[at:end].rstrip()
    pieces += (tail.rstrip(_OPEN_END), "…") if end < len(plain) else (tail,)
    escaped = str(escape("".join(pieces)))
    return Markup(escaped.replace(_OPENED, _MARK).replace(_CLOSED, _END))  # noqa: S704 - escaped


def _ending(plain: str, start: int) -> int:
    end = start + LENGTH
    if end >= len(plain):
        return len(plain)
    # At a space, unless a single word fills half of the passage.
    space = plain.rfind(" ", start + LENGTH // 2, end + 1)
    return space if space > 0 else end
