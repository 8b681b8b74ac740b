"""One generation of the index, opened: everything a search reads goes through here."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
import os
from pathlib import Path
import threading
from typing import NamedTuple, Protocol, TypeVar, cast
import weakref

import numpy as np
from whoosh.filedb.filestore import FileStorage
from whoosh.index import TOC

from kb.adapters.whoosh_index.arrays import Array
from kb.adapters.whoosh_index.documents import LANGUAGES, Documents
from kb.adapters.whoosh_index.facets import Bits, Facets
from kb.adapters.whoosh_index.lexicon import Lexicon
from kb.adapters.whoosh_index.postings import FIELD_BITS, Entries, Postings
from kb.adapters.whoosh_index.records import FIELDS, Record
from kb.adapters.whoosh_index.schema import INDEX, WEIGHTS, schema
from kb.core.language import Locale
from kb.core.ports import IndexUnavailable, NotIndexable, SearchText, Sort

LEXICON = "lexicon.json"
# Scores kept between searches.
CACHED_OCTETS = 20_000_000


class Weighed(Protocol):
    """What knows how much memory it takes."""

    @property
    def octets(self) -> int: ...


Kept = TypeVar("Kept", bound=Weighed)


class Occurrences(NamedTuple):
    """Entries of a term, with the positions of all of them one after the other."""

    places: Array
    times: Array
    positions: Array


class _Segment(NamedTuple):
    base: int
    documents: Documents
    postings: Mapping[Locale, Postings]


class Generation:
    """What is searched; immutable, shared by threads, closed when its last user lets go."""

    def __init__(self, folder: Path) -> None:
        """Raises IndexUnavailable when it cannot be read."""
        self.process = os.getpid()
        self._folder = folder
        self._lock = threading.Lock()
        self._scores: OrderedDict[object, Weighed] = OrderedDict()
        self._octets = 0
        self._related: dict[str, tuple[str, ...]] = {}
        self._norms: dict[Locale, Array] = {}
        self._ranks: dict[tuple[Sort, Locale], Array] = {}
        with reading("opening the index"):
            self._segments = self._opened()
            self.size = sum(len(one.documents.published) for one in self._segments)
            self.slugs = self._strings("slugs")
            self.stamps = self._strings("stamps")
            self.facets = self._read_facets()
        self.every: Bits = (1 << self.size) - 1

    @cached_property
    def documents(self) -> Mapping[str, int]:
        """Slug -> document number."""
        return {slug: number for number, slug in enumerate(self.slugs)}

    def entries(self, locale: Locale, terms: Sequence[str]) -> Entries:
        """Where some terms occur in the texts of a language, segment by segment, term by term."""
        wanted = [term.encode() for term in terms]
        with reading("reading a posting list"):
            found = [(one.base, one.postings[locale].entries_of(wanted)) for one in self._segments]
        return Entries(
            _joined([_moved(entries.places, base) for base, entries in found]),
            _joined([entries.times for _, entries in found]),
        )

    def has(self, locale: Locale, term: str) -> bool:
        """Whether a term occurs in the texts of a language; deleted ones are in no segment."""
        wanted = term.encode()
        return any(one.postings[locale].find(wanted) is not None for one in self._segments)

    def occurrences(self, locale: Locale, term: str) -> Occurrences:
        """Where a term occurs, with all positions."""
        with reading("reading a posting list"):
            positions = [
                one.postings[locale].positions(number)
                for one in self._segments
                if (number := one.postings[locale].find(term.encode())) is not None
            ]
        return Occurrences(*self.entries(locale, [term]), _joined(positions))

    def norms(self, locale: Locale) -> Array:
        """By place: what one occurrence weighs there, given the length of the field."""
        known = self._norms.get(locale)
        if known is None:
            known = self._norms[locale] = self._weighed(locale)
        return known

    def record(self, number: int, locale: Locale) -> Record | None:
        """The text of a document in a language as it was indexed, if it has one."""
        with reading("reading a document"):
            segment = next(one for one in reversed(self._segments) if one.base <= number)
            return segment.documents.record(number - segment.base, locale)

    def texts(self, number: int) -> dict[Locale, SearchText]:
        """The texts of a document as they were indexed."""
        records = (self.record(number, locale) for locale in LANGUAGES)
        return {record.locale: record.text for record in records if record}

    def ranks(self, sort: Sort, locale: Locale) -> Array:
        """By document number: its place in an order; RELEVANCE is the order of a browse."""
        known = self._ranks.get((sort, locale))
        if known is None:
            with reading("sorting"):
                known = self._ranks[sort, locale] = self._ranked(sort, locale)
        return known

    @cached_property
    def slug_ranks(self) -> Array:
        return _ranks(self.slugs)

    @cached_property
    def lexicon(self) -> Lexicon:
        with reading("reading the lexicon"):
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
        scores = compute()
        with self._lock:
            if key not in self._scores:
                self._scores[key] = scores
                self._octets += scores.octets
            while self._octets > CACHED_OCTETS and len(self._scores) > 1:
                self._octets -= self._scores.popitem(last=False)[1].octets
        return scores

    def remembered_related(
        self, slug: str, compute: Callable[[], tuple[str, ...]]
    ) -> tuple[str, ...]:
        """At most one entry per document."""
        known = self._related.get(slug)
        if known is None:
            known = self._related[slug] = compute()
        return known

    def _opened(self) -> list[_Segment]:
        storage = FileStorage(str(self._folder))
        segments: list[_Segment] = []
        base = 0
        for segment in TOC.read(storage, INDEX, schema=schema()).segments:
            documents = segment.codec().per_document_reader(storage, segment)
            weakref.finalize(self, documents.close)
            postings = segment.codec().terms_reader(storage, segment)
            weakref.finalize(self, postings.close)
            segments.append(_Segment(base, documents.documents, postings.postings))
            base += segment.doc_count_all()
        return segments

    def _strings(self, name: str) -> list[str]:
        return [one for segment in self._segments for one in segment.documents.strings(name)]

    def _read_facets(self) -> Facets:
        choices: dict[tuple[str, str], int] = {}
        chosen, choosing = [], []
        for base, documents, _ in self._segments:
            numbers = [choices.setdefault(choice, len(choices)) for choice in documents.choices]
            chosen.append(np.array(numbers, np.int64)[documents.chosen])
            counts = np.diff(documents.chosen_starts)
            choosing.append(base + np.repeat(np.arange(len(counts)), counts))
        return Facets(list(choices), _joined(choosing), _joined(chosen), self.size)

    def _weighed(self, locale: Locale) -> Array:
        language = LANGUAGES.index(locale)
        norms = np.zeros((self.size, 1 << FIELD_BITS), np.float32)
        lengths = _joined([one.documents.lengths[:, language] for one in self._segments])
        for at, field in enumerate(FIELDS if len(lengths) else ()):
            of_field = lengths[:, at].astype(np.int64)
            filled = np.count_nonzero(of_field)
            average = int(of_field.sum()) / filled if filled else 1.0
            boost, share = WEIGHTS[field]
            norms[:, at] = boost / (1 - share + share * of_field / average)
        return norms.ravel()

    def _ranked(self, sort: Sort, locale: Locale) -> Array:
        keys = [self.slug_ranks]
        if sort is not Sort.NEWEST:
            keys.append(self._title_ranks(locale))
        if sort is not Sort.TITLE:
            keys.append(-_joined([one.documents.published for one in self._segments]))
        ranks = np.empty(self.size, np.int64)
        ranks[np.lexsort(keys)] = np.arange(self.size)
        return ranks

    def _title_ranks(self, locale: Locale) -> Array:
        own, other = (
            [title for one in self._segments for title in one.documents.titles(language)]
            for language in (locale, locale.other)
        )
        return _ranks([title or second for title, second in zip(own, other, strict=True)])


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Whatever is stumbled over in a damaged file means that there is no index."""
    try:
        yield
    except (IndexUnavailable, NotIndexable):
        raise
    except Exception as error:
        raise IndexUnavailable(f"{what} failed: {error!r}") from error


def _joined(arrays: list[Array]) -> Array:
    if len(arrays) == 1:
        return arrays[0]
    return np.concatenate(arrays) if arrays else np.empty(0, np.uint32)


def _moved(places: Array, base: int) -> Array:
    """Places in a segment as those in the generation."""
    return places + (base << FIELD_BITS) if base else places


def _ranks(strings: list[str]) -> Array:
    """The place of each among all, equal ones in the same place."""
    places = {string: place for place, string in enumerate(sorted(set(strings)))}
    return np.array([places[string] for string in strings], np.int64)
