"""One generation of the index, opened: everything the search asks of Whoosh goes through here."""

from array import array
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property, partial
import os
from pathlib import Path
import threading
from typing import Any, TypeVar, cast
import weakref

from whoosh.index import open_dir
from whoosh.reading import TermNotFound

from kb.adapters.whoosh_index.facets import Bits, Facets, bits_of
from kb.adapters.whoosh_index.lexicon import Lexicon
from kb.adapters.whoosh_index.schema import (
    WEIGHTS,
    Card,
    field_name,
    positions_of,
    schema,
    texts_from,
)
from kb.core.language import Locale
from kb.core.ports import IndexUnavailable, SearchText, Sort

LEXICON = "lexicon.json"
# Scores kept between searches, counted in (document, score) pairs: some 20 MB.
CACHED_SCORES = 200_000
Kept = TypeVar("Kept")


class Generation:
    """What is searched; immutable, shared by threads, closed when its last user lets go."""

    def __init__(self, folder: Path) -> None:
        """Raises IndexUnavailable when Whoosh cannot read it."""
        self.process = os.getpid()
        self._folder = folder
        # Whoosh's readers share file positions: one thread at a time.
        self._lock = threading.RLock()
        self._scores: OrderedDict[object, Any] = OrderedDict()
        self._related: dict[str, tuple[str, ...]] = {}
        self._norms: dict[str, array[float]] = {}
        with reading("opening the index"):
            reader = open_dir(str(folder), schema=schema(), readonly=True).reader()
            weakref.finalize(self, reader.close)
            self._leaves: list[tuple[Any, int]] = list(reader.leaf_readers())
            self.size = int(reader.doc_count_all())
            self.cards = dict(self._read_cards())
        self.every: Bits = bits_of(self.cards, self.size)
        self.documents = {card.slug: number for number, card in self.cards.items()}
        self.facets = Facets(
            ((number, card.facets) for number, card in self.cards.items()), self.size
        )

    def postings(self, field: str, term: str) -> list[tuple[int, float]]:
        """Document numbers, ascending, with how often the term occurs in the field."""
        found: list[tuple[int, float]] = []
        with self._lock, reading("reading a posting list"):
            for matcher, base in self._matchers(field, term):
                while matcher.is_active():
                    found.append((base + matcher.id(), matcher.weight()))
                    matcher.next()
        return found

    def positions(self, field: str, term: str, among: frozenset[int]) -> dict[int, "array[int]"]:
        """Where the term stands in the field of these documents."""
        found: dict[int, array[int]] = {}
        with self._lock, reading("reading a posting list"):
            for matcher, base in self._matchers(field, term):
                while matcher.is_active():
                    number = base + matcher.id()
                    if number in among:
                        found[number] = positions_of(matcher.value())
                    matcher.next()
        return found

    def texts(self, number: int) -> dict[Locale, SearchText]:
        """The texts of a document as they were indexed."""
        with self._lock, reading("reading a document"):
            leaf, base = next(found for found in reversed(self._leaves) if found[1] <= number)
            return texts_from(leaf.stored_fields(number - base)["texts"])

    def norms(self, field: str, locale: Locale) -> "array[float]":
        """By document number: what one occurrence weighs in the field, given its length."""
        name = field_name(field, locale)
        known = self._norms.get(name)
        if known is not None:
            return known
        lengths = [
            self.cards[number].lengths.get(name, 0) if number in self.cards else 0
            for number in range(self.size)
        ]
        filled = [length for length in lengths if length]
        average = sum(filled) / len(filled) if filled else 1.0
        boost, share = WEIGHTS[field]
        norms = array("f", (boost / (1 - share + share * length / average) for length in lengths))
        self._norms[name] = norms
        return norms

    def ranks(self, sort: Sort, locale: Locale) -> Mapping[int, int]:
        """Document number -> place in an order; RELEVANCE is the order of a browse."""
        return self._ranks[sort, locale]

    @cached_property
    def slug_ranks(self) -> Mapping[int, int]:
        return self._ranked(lambda card: card.slug)

    @cached_property
    def lexicon(self) -> Lexicon:
        with self._lock, reading("reading the lexicon"):
            return Lexicon.load(self.dumped_lexicon())

    def dumped_lexicon(self) -> str:
        with reading("reading the lexicon"):
            return (self._folder / LEXICON).read_text("utf-8")

    def remembered(self, key: object, compute: Callable[[], Kept]) -> Kept:
        """The scores under a key, computed once while they are much asked for."""
        with self._lock:
            if key in self._scores:
                self._scores.move_to_end(key)
                return cast("Kept", self._scores[key])
            scores = self._scores[key] = compute()
            kept = sum(map(len, self._scores.values()))
            while kept > CACHED_SCORES and len(self._scores) > 1:
                kept -= len(self._scores.popitem(last=False)[1])
            return scores

    def remembered_related(
        self, slug: str, compute: Callable[[], tuple[str, ...]]
    ) -> tuple[str, ...]:
        """At most one entry per document."""
        known = self._related.get(slug)
        if known is None:
            known = self._related[slug] = compute()
        return known

    @cached_property
    def _ranks(self) -> dict[tuple[Sort, Locale], Mapping[int, int]]:
        return {
            (sort, locale): self._ranked(partial(_place, sort, locale))
            for sort in Sort
            for locale in Locale
        }

    def _ranked(self, key: Callable[[Card], Any]) -> Mapping[int, int]:
        ordered = sorted(self.cards, key=lambda number: key(self.cards[number]))
        return {number: rank for rank, number in enumerate(ordered)}

    def _read_cards(self) -> Iterator[tuple[int, Card]]:
        for leaf, base in self._leaves:
            if not leaf.doc_count_all():
                continue
            column = leaf.column_reader("card", translate=False)
            for number in leaf.all_doc_ids():
                yield base + number, Card.load(column[number])

    def _matchers(self, field: str, term: str) -> Iterator[tuple[Any, int]]:
        for leaf, base in self._leaves:
            try:
                matcher = leaf.postings(field, term)
            except TermNotFound:
                continue
            yield matcher, base


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Whatever Whoosh stumbles over in a damaged file means that there is no index."""
    try:
        yield
    except IndexUnavailable:
        raise
    except Exception as error:
        raise IndexUnavailable(f"{what} failed: {error!r}") from error


def _place(sort: Sort, locale: Locale, card: Card) -> tuple[float, str, str]:
    title = card.titles.get(locale.value) or card.titles.get(locale.other.value) or ""
    return (
        0.0 if sort is Sort.TITLE else -card.published_at,
        "" if sort is Sort.NEWEST else title,
        card.slug,
    )
