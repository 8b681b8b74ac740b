"""The words of the indexed texts as they are written, for prefixes and spelling. Pure."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
import json
from typing import NamedTuple
import unicodedata

from kb.adapters.whoosh_index.analysis import LONGEST_JOINED, fold, is_stop, runs
from kb.core.language import Locale
from kb.core.ports import SearchText

SHORTEST_CORRECTED = 4
# Up to this length one slip is believed, in longer words two.
ONE_SLIP = 5
OWN_LANGUAGE = 2


class _Entry(NamedTuple):
    """A folded word: in how many texts it occurs, and its most usual spelling."""

    documents: int
    spelling: str


class Lexicon:
    """In how many documents each spelling occurs, by language."""

    def __init__(self, counts: Mapping[Locale, Mapping[str, int]] | None = None) -> None:
        counts = counts or {}
        self._counts = {locale: Counter(counts.get(locale, {})) for locale in Locale}

    @classmethod
    def load(cls, dumped: str) -> "Lexicon":
        raw = json.loads(dumped)
        return cls({locale: raw[locale.value] for locale in Locale})

    def dump(self) -> str:
        return json.dumps(self._counts, ensure_ascii=False, sort_keys=True)

    def add(self, texts: Mapping[Locale, SearchText]) -> None:
        """Count a document in; only before the first question."""
        for locale, text in texts.items():
            self._counts[locale].update(_spellings(text))

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
        words, entries = self._sorted[locale], self._entries[locale]
        first = bisect_left(words, prefix)
        # No folded letter sorts after the last code point.
        found = words[first : bisect_left(words, prefix + "\U0010ffff", first)]
        return sorted(found, key=lambda word: (-entries[word].documents, word))[:limit]

    def correction(self, folded: str, locale: Locale, slips: int) -> str | None:
        """The nearest known word within so many slips, of equals the most frequent, as spelt."""
        if len(folded) < SHORTEST_CORRECTED or not folded.isalpha():
            return None
        limit = min(slips, 1) if len(folded) <= ONE_SLIP else slips
        best: dict[str, tuple[int, int]] = {}
        for language in (locale, locale.other):
            weight = OWN_LANGUAGE if language is locale else 1
            for word, distance in self._near(folded, language, limit):
                known = best.get(word, (distance, 0))
                count = weight * self._entries[language][word].documents
                best[word] = (distance, known[1] - count)
        if not best:
            return None
        word = min(best, key=lambda near: (*best[near], near))
        entry = self._entries[locale].get(word) or self._entries[locale.other][word]
        return entry.spelling

    def _near(self, folded: str, locale: Locale, limit: int) -> Iterator[tuple[str, int]]:
        own = _letters(folded)
        for length in range(len(folded) - limit, len(folded) + limit + 1):
            for word, letters in self._by_length[locale].get(length, ()):
                # One slip changes at most two of the letters that occur.
                if (letters ^ own).bit_count() > 2 * limit:
                    continue
                distance = edit_distance(folded, word, limit)
                if distance <= limit:
                    yield word, distance

    @cached_property
    def _entries(self) -> dict[Locale, dict[str, _Entry]]:
        return {locale: _folded(counts) for locale, counts in self._counts.items()}

    @cached_property
    def _sorted(self) -> dict[Locale, list[str]]:
        return {locale: sorted(entries) for locale, entries in self._entries.items()}

    @cached_property
    def _by_length(self) -> dict[Locale, dict[int, list[tuple[str, int]]]]:
        grouped: dict[Locale, dict[int, list[tuple[str, int]]]] = {}
        for locale, words in self._sorted.items():
            lengths = grouped[locale] = defaultdict(list)
            for word in words:
                if word.isalpha() and not is_stop(word):
                    lengths[len(word)].append((word, _letters(word)))
        return grouped


def edit_distance(first: str, second: str, limit: int) -> int:
    """Slips between two words: a letter more, less, other, or two swapped; stops above `limit`."""
    before: list[int] = []
    row = list(range(len(second) + 1))
    for i, left in enumerate(first, 1):
        earlier, before = before, row
        row = [i]
        for j, right in enumerate(second, 1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (left != right))
            if i > 1 and j > 1 and left == second[j - 2] and first[i - 2] == right:
                best = min(best, earlier[j - 2] + 1)
            row.append(best)
        if min(row) > limit and min(before) > limit:
            return limit + 1
    return row[-1]


def _spellings(text: SearchText) -> set[str]:
    fields = (text.title, text.local_name, text.summary, text.tags, text.body)
    return {spelling for field in fields for spelling in _spelt(field)}


def _spelt(field: str) -> Iterable[str]:
    for run in runs(field):
        for token in run:
            if len(token.text) <= LONGEST_JOINED:
                yield unicodedata.normalize("NFC", field[token.start : token.end])


def _folded(counts: Mapping[str, int]) -> dict[str, _Entry]:
    entries: dict[str, _Entry] = {}
    usual: dict[str, int] = {}
    for spelling, count in sorted(counts.items()):
        word = fold(spelling)
        known = entries.get(word)
        if known is None or count > usual[word]:
            usual[word] = count
            entries[word] = _Entry(count + (known.documents if known else 0), spelling)
        else:
            entries[word] = known._replace(documents=known.documents + count)
    return entries


def _letters(word: str) -> int:
    mask = 0
    for letter in word:
        mask |= 1 << (ord(letter) & 31)
    return mask
