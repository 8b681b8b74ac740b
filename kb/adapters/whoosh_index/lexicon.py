"""The words of the indexed texts as they are written, for prefixes and spelling. Pure."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from heapq import nsmallest
import json
from typing import Any, NamedTuple
import unicodedata

import numpy as np

from kb.adapters.whoosh_index.analysis import (
    LONGEST_JOINED,
    Token,
    Words,
    fold,
    is_stop,
    runs,
    term,
)
from kb.adapters.whoosh_index.arrays import Array
from kb.adapters.whoosh_index.likeness import edit_distance, letters_of, sounds
from kb.core.language import Locale
from kb.core.ports import SearchText

SHORTEST_CORRECTED = 4
# Up to this length one slip less is believed.
ONE_SLIP = 5
# In quarters of a slip: a word that sounds alike is nearer than one as far off that does not.
SLIP, ALIKE = 4, 3
MOST_ALIKE = 3
OWN_LANGUAGE = 2
ACCENTED = 2


class _Table(NamedTuple):
    """Folded words, ascending; how many texts have each; its usual spelling; its term."""

    words: list[str]
    documents: list[int]
    spellings: list[str]
    terms: list[str]

    def find(self, word: str) -> int | None:
        """The number of a word."""
        number = bisect_left(self.words, word)
        return number if number < len(self.words) and self.words[number] == word else None


class Lexicon:
    """In how many documents each spelling occurs, by language."""

    def __init__(self, counts: Mapping[Locale, Mapping[str, int]] | None = None) -> None:
        self._dumped: Mapping[str, Any] = {}
        if counts is not None:
            self._counts = {locale: Counter(counts.get(locale, {})) for locale in Locale}

    @classmethod
    def load(cls, dumped: str) -> "Lexicon":
        lexicon = cls()
        lexicon._dumped = json.loads(dumped)
        return lexicon

    def dump(self) -> str:
        """With all that takes long to find out of so many words: how they fold and sound."""
        folded = self._folded()
        tables = {locale: self._table(locale, folded[locale]) for locale in Locale}
        words = _union(tables)
        known = dict(zip(self._words, self._sounds, strict=True)) if self._dumped else {}
        new = [word for word in words if word not in known]
        known.update(zip(new, sounds(new), strict=True))
        dumped: dict[str, object] = {"sounds": _joined(known[word] for word in words)}
        for locale, (of_locale, documents, usual, terms) in tables.items():
            places = {word: place for place, word in enumerate(of_locale)}
            spellings = sorted(self._counts[locale])
            dumped[locale.value] = {
                "spellings": _joined(spellings),
                "counts": [self._counts[locale][spelling] for spelling in spellings],
                "folded": [places[folded[locale][spelling]] for spelling in spellings],
                "words": _joined(of_locale),
                "documents": documents,
                "usual": _joined(usual),
                "terms": _joined(terms),
            }
        return json.dumps(dumped, ensure_ascii=False)

    def add(
        self, texts: Mapping[Locale, SearchText], words: Mapping[Locale, Words] | None = None
    ) -> None:
        """Count a document in; only before the first question.

        `words` are those of the texts, where they are known.
        """
        for locale, text in texts.items():
            self._counts[locale].update(_spellings(text, words[locale] if words else None))

    def remove(self, texts: Mapping[Locale, SearchText]) -> None:
        """Count a document out: a word that only it held is forgotten."""
        for locale, text in texts.items():
            counts = self._counts[locale]
            for spelling in _spellings(text):
                counts[spelling] -= 1
                if counts[spelling] <= 0:
                    del counts[spelling]

    def beginning(self, prefix: str, locale: Locale, limit: int) -> list[str]:
        """At most `limit` folded words that begin like this, the most frequent first."""
        return [self._tables[locale].words[at] for at in self._beginning(prefix, locale, limit)]

    def terms_beginning(self, prefix: str, locale: Locale, limit: int) -> tuple[str, ...]:
        """The terms of these words; fewer, because words share terms."""
        terms = self._tables[locale].terms
        found = dict.fromkeys(terms[at] for at in self._beginning(prefix, locale, limit))
        return tuple(filter(None, found))

    def spelling(self, folded: str, locale: Locale) -> str | None:
        """The word as it is most usually written, in this language if it is in its texts."""
        for language in (locale, locale.other):
            number = self._tables[language].find(folded)
            if number is not None:
                return self._tables[language].spellings[number]
        return None

    def alike(self, folded: str) -> frozenset[str]:
        """The words that sound like this one."""
        (sound,) = sounds([folded])
        # Asked too seldom to be worth an index.
        pairs = zip(self._words, self._sounds, strict=True)
        return frozenset(word for word, other in pairs if other == sound)

    def near(self, folded: str, locale: Locale, slips: int) -> Iterator[tuple[int, int, str]]:
        """The known words within so many slips, or that sound alike.

        Each with its distance, how little it is used (negative) and its spelling: the best first
        when they are sorted.
        """
        if len(folded) < SHORTEST_CORRECTED or not folded.isalpha():
            return
        limit = slips if len(folded) > ONE_SLIP else slips - 1
        distances = {word: SLIP * distance for word, distance in self._near(folded, limit)}
        for word in self.alike(folded):
            distance = edit_distance(folded, word, MOST_ALIKE)
            if distance <= MOST_ALIKE and not is_stop(word):
                distances[word] = SLIP * distance - ALIKE
        for word, distance in distances.items():
            uses = sum(
                weight * self._documents(word, language)
                for language, weight in ((locale, OWN_LANGUAGE), (locale.other, 1))
            )
            yield distance, -uses, self.spelling(word, locale) or word

    def _beginning(self, prefix: str, locale: Locale, limit: int) -> list[int]:
        words, documents, *_ = self._tables[locale]
        first = bisect_left(words, prefix)
        # No folded letter sorts after the last code point.
        found = range(first, bisect_left(words, prefix + "\U0010ffff", first))
        # Of equals the first in the alphabet.
        return nsmallest(limit, found, key=lambda at: -documents[at])

    def _table(self, locale: Locale, folded: Mapping[str, str]) -> _Table:
        known = {}
        if self._dumped:
            known = dict(zip(self._tables[locale].words, self._tables[locale].terms, strict=True))
        return _table(self._counts[locale], folded, known, locale)

    def _near(self, folded: str, limit: int) -> Iterator[tuple[str, int]]:
        lengths, letters = self._shapes
        (own,) = letters_of([folded])
        # One slip changes at most two of the letters that occur.
        alike = np.bitwise_count(letters ^ own) <= 2 * limit
        for number in np.flatnonzero(alike & (np.abs(lengths - len(folded)) <= limit)).tolist():
            word = self._words[number]
            if not word.isalpha() or is_stop(word):
                continue
            distance = edit_distance(folded, word, limit)
            # Hardly anybody misses the first letter as well as another.
            if distance <= (limit if word[0] == folded[0] else 1):
                yield word, distance

    def _documents(self, word: str, locale: Locale) -> int:
        number = self._tables[locale].find(word)
        return 0 if number is None else self._tables[locale].documents[number]

    def _folded(self) -> dict[Locale, dict[str, str]]:
        """Each spelling folded, by language."""
        folded: dict[Locale, dict[str, str]] = {}
        for locale, counts in self._counts.items():
            known: dict[str, str] = {}
            if self._dumped:
                dumped, words = self._dumped[locale.value], self._tables[locale].words
                spellings = _parted(dumped["spellings"])
                known = {
                    spelling: words[place]
                    for spelling, place in zip(spellings, dumped["folded"], strict=True)
                }
            folded[locale] = {s: known.get(s) or fold(s) for s in counts}
        return folded

    @cached_property
    def _counts(self) -> dict[Locale, Counter[str]]:
        counts: dict[Locale, Counter[str]] = {locale: Counter() for locale in Locale}
        for locale in Locale if self._dumped else ():
            dumped = self._dumped[locale.value]
            numbers = zip(_parted(dumped["spellings"]), dumped["counts"], strict=True)
            counts[locale].update(dict(numbers))
        return counts

    @cached_property
    def _tables(self) -> dict[Locale, _Table]:
        if self._dumped:
            return {locale: _loaded(self._dumped[locale.value]) for locale in Locale}
        folded = self._folded()
        return {locale: self._table(locale, folded[locale]) for locale in Locale}

    @cached_property
    def _words(self) -> list[str]:
        return _union(self._tables)

    @cached_property
    def _sounds(self) -> list[str]:
        """Of the words, in their order."""
        return _parted(self._dumped["sounds"]) if self._dumped else sounds(self._words)

    @cached_property
    def _shapes(self) -> tuple[Array, Array]:
        """Of the words, in their order: how long they are and which letters occur."""
        return np.array([*map(len, self._words)], np.int64), letters_of(self._words)


def _spellings(text: SearchText, words: Words | None = None) -> set[str]:
    found: set[str] = set()
    for field in SearchText.__slots__:
        plain = getattr(text, field)
        found.update(_spelt(plain, words[field] if words else runs(plain)))
    return {unicodedata.normalize("NFC", spelling) for spelling in found}


def _spelt(plain: str, words: Iterable[list[Token]]) -> Iterator[str]:
    for run in words:
        for token in run:
            if len(token.text) <= LONGEST_JOINED:
                yield plain[token.start : token.end]


def _table(
    counts: Mapping[str, int], folded: Mapping[str, str], known: Mapping[str, str], locale: Locale
) -> _Table:
    documents: dict[str, int] = {}
    usual: dict[str, tuple[int, str]] = {}
    for spelling, count in sorted(counts.items()):
        word = folded[spelling]
        # Accents are left out more often than they are put in by mistake.
        weight = count if spelling.isascii() else ACCENTED * count
        documents[word] = documents.get(word, 0) + count
        if word not in usual or weight > usual[word][0]:
            usual[word] = weight, spelling
    words = sorted(documents)
    return _Table(
        words,
        [documents[word] for word in words],
        [usual[word][1] for word in words],
        [known[word] if word in known else term(word, locale) for word in words],
    )


def _loaded(dumped: Mapping[str, Any]) -> _Table:
    words = _parted(dumped["words"])
    terms = _parted(dumped["terms"]) if len(words) > 1 else [dumped["terms"]] * len(words)
    return _Table(words, dumped["documents"], _parted(dumped["usual"]), terms)


def _union(tables: Mapping[Locale, _Table]) -> list[str]:
    return sorted(set().union(*(table.words for table in tables.values())))


def _joined(words: Iterable[str]) -> str:
    return "\n".join(words)


def _parted(words: str) -> list[str]:
    return words.split("\n") if words else []
