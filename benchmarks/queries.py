"""The queries that every engine is asked, and what each engine is told of them."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from itertools import pairwise
import json
from pathlib import Path
from random import Random
from typing import Any, Literal, Self

from benchmarks.corpus import THEMES, Document, document, vocabulary, words_of
from kb.adapters.whoosh_index.analysis import fold, is_filler, is_stop, term
from kb.core.language import Locale

COUNT, WARM_UP = 240, 20
# The same queries at every size: they come from the first documents, and find at least these.
SOURCES = 200
# Facets that every engine counts and that queries filter on.
COMPARED = ("country", "theme", "actor")
SHORTEST_WORD = 3
SHORTEST_PREFIX = 4
MOST_EXPANSIONS = 40
# Ranks in the vocabulary below which a word is frequent, or of middling frequency.
FREQUENT, MIDDLING = 300, 5_000
# After every letter.
LAST = "\U0010ffff"
Shape = Literal["words", "phrase", "prefix"]


@dataclass(frozen=True, slots=True)
class Query:
    """What is typed, in words; `terms` is how each is indexed, in French and in English.

    With the shape "prefix" the last word is one, and so are its terms.
    """

    words: tuple[str, ...]
    terms: tuple[tuple[str, str], ...]
    locale: Locale
    shape: Shape
    filters: Mapping[str, tuple[str, ...]]

    @property
    def text(self) -> str:
        """As a reader types it."""
        typed = " ".join(self.words)
        return {"words": typed, "phrase": f'"{typed}"', "prefix": f"{typed}*"}[self.shape]

    @classmethod
    def load(cls, raw: Mapping[str, Any]) -> Self:
        return cls(
            words=tuple(raw["words"]),
            terms=tuple((french, english) for french, english in raw["terms"]),
            locale=Locale(raw["locale"]),
            shape=raw["shape"],
            filters={facet: tuple(values) for facet, values in raw["filters"].items()},
        )


def token(locale: Locale, stem: str) -> str:
    """A term as other engines index it: marked with its language, no stop word of theirs."""
    return locale.value[0] + stem


def queries(seed: int) -> tuple[list[Query], list[Query]]:
    """Those to warm up with, and those that are measured."""
    maker = _Maker(seed)
    made = [maker.query() for _ in range(WARM_UP + COUNT)]
    return made[:WARM_UP], made[WARM_UP:]


def write(path: Path, warm_up: Sequence[Query], measured: Sequence[Query]) -> None:
    """Put the queries away."""
    path.write_text(json.dumps([[*map(asdict, warm_up)], [*map(asdict, measured)]]), "utf-8")


def read(path: Path) -> tuple[list[Query], list[Query]]:
    """The queries as `write` put them away."""
    warm_up, measured = json.loads(path.read_text("utf-8"))
    return [Query.load(raw) for raw in warm_up], [Query.load(raw) for raw in measured]


class _Maker:
    def __init__(self, seed: int) -> None:
        self._random = Random(f"{seed}/queries")  # noqa: S311
        self._seed = seed
        self._ranks = {
            locale: {word: rank for rank, word in enumerate(vocabulary(locale, seed).words)}
            for locale in Locale
        }

    def query(self) -> Query:
        """One that finds its document, before the filters."""
        source = document(self._random.randrange(SOURCES), self._seed)
        shapes: tuple[Shape, ...] = ("words", "phrase", "prefix")
        shape = self._random.choices(shapes, weights=(8, 1, 1))[0]
        words = self._phrase(source) if shape == "phrase" else self._words(source)
        if shape == "prefix":
            shape, words = self._shortened(words)
        if self._random.random() < 0.3:  # noqa: PLR2004 - readers often leave the accents out
            words = [fold(word) for word in words]
        stems = [tuple(self._term(word, locale) for locale in Locale) for word in words]
        if shape == "prefix":
            stems[-1] = tuple(token(locale, fold(words[-1])) for locale in Locale)
        terms = tuple((french, english) for french, english in stems)
        return Query(tuple(words), terms, source.locale, shape, self._filters(source))

    @staticmethod
    def _term(word: str, locale: Locale) -> str:
        return token(locale, term(fold(word), locale))

    def _words(self, source: Document) -> list[str]:
        ranks = self._ranks[source.locale]
        telling = sorted({word for word in words_of(" ".join(source.texts.values())) if fit(word)})
        kinds = (
            [word for word in telling if ranks[word] < FREQUENT],
            [word for word in telling if FREQUENT <= ranks[word] < MIDDLING],
            [word for word in telling if ranks[word] >= MIDDLING],
        )
        count = self._random.choices((1, 2, 3, 4), weights=(30, 35, 20, 15))[0]
        chosen: dict[str, None] = {}
        while len(chosen) < count:
            kind = self._random.choices(kinds, weights=(4, 4, 2))[0]
            chosen[self._random.choice(kind or telling)] = None
        return list(chosen)

    def _phrase(self, source: Document) -> list[str]:
        words = words_of(source.texts["body"])
        pairs = [
            [first, second] for first, second in pairwise(words) if fit(first) and fit(second)
        ]
        return self._random.choice(pairs)

    def _shortened(self, words: list[str]) -> tuple[Shape, list[str]]:
        """The last word cut short, if not too many words begin like that."""
        for length in range(SHORTEST_PREFIX, len(words[-1])):
            prefix = words[-1][:length]
            known = max(len(beginning(fold(prefix), locale, self._seed)) for locale in Locale)
            if known <= MOST_EXPANSIONS:
                return "prefix", [*words[:-1], prefix]
        return "words", words

    def _filters(self, source: Document) -> dict[str, tuple[str, ...]]:
        """For nearly half of the queries, one or two facets."""
        count = self._random.choices((0, 1, 2), weights=(55, 30, 15))[0]
        filters: dict[str, tuple[str, ...]] = {}
        for facet in sorted(self._random.sample(COMPARED, count)):
            value = self._random.choice(source.facets[facet])
            both = facet == "theme" and self._random.random() < 0.5  # noqa: PLR2004
            other = f"theme-{self._random.randrange(THEMES)}"
            filters[facet] = tuple(sorted({value, other})) if both else (value,)
        return filters


def beginning(prefix: str, locale: Locale, seed: int) -> list[str]:
    """The words of the vocabulary that begin like this when they are folded."""
    known = _sorted(locale, seed)
    first = bisect_left(known, (prefix, ""))
    last = bisect_left(known, (prefix + LAST, ""), first)
    return [word for _, word in known[first:last]]


@cache
def _sorted(locale: Locale, seed: int) -> list[tuple[str, str]]:
    return sorted((fold(word), word) for word in vocabulary(locale, seed).words)


def fit(word: str) -> bool:
    """A word that every engine is to look for: ours leaves none of these out."""
    folded = fold(word)
    idle = is_stop(folded) or is_filler(folded)
    return len(word) >= SHORTEST_WORD and folded.isalpha() and not idle
