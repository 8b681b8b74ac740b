"""Posting lists of a segment as arrays: gathered, merged, written and read.

A list holds the occurrences of a term in all fields of the texts of a language, in ascending
order of their places. A place is a document number and, in its last bits, the number of a field.
"""

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from kb.adapters.whoosh_index.arrays import (
    Array,
    ArrayFile,
    run_indices,
    smallest,
    split_octets,
    starts_of,
)

FIELD_BITS = 3
FIELD_MASK = (1 << FIELD_BITS) - 1
# So many entries are read in order to use one.
MOST_BESIDES = 8
_PARTS = ("terms", "term_starts", "starts", "places", "times", "position_starts", "positions")


class Entries(NamedTuple):
    """Places where a term occurs, ascending, and how many times in each."""

    places: Array
    times: Array


class Gathered:
    """The postings of one language, in the order in which documents come."""

    def __init__(self) -> None:
        self._numbers: dict[bytes, int] = {}
        self._terms = array("I")
        self._places = array("I")
        self._times = array("I")
        self._positions = array("I")

    def add(self, term: bytes, place: int, positions: bytes) -> None:
        """A term in a place; the positions are machine numbers of this module's kind."""
        self._terms.append(self._numbers.setdefault(term, len(self._numbers)))
        self._places.append(place)
        self._times.append(len(positions) // self._positions.itemsize)
        self._positions.frombytes(positions)

    def append(self, other: "Postings", renumbered: Array) -> None:
        """All of a segment: `renumbered` is the new number of each document, below 0 for none."""
        numbers = self._numbers
        known = [numbers.setdefault(term, len(numbers)) for term in other.terms]
        counts: Array = np.diff(np.array(other.starts, np.int64))
        terms = np.repeat(np.array(known, np.uint32), counts)
        places, times, positions = other.everything()
        documents = renumbered[places >> FIELD_BITS]
        kept = documents >= 0
        for gathered, added in (
            (self._terms, terms[kept]),
            (self._places, documents[kept] << FIELD_BITS | places[kept] & FIELD_MASK),
            (self._times, times[kept]),
            (self._positions, positions[np.repeat(kept, times)]),
        ):
            gathered.frombytes(added.astype(np.uint32).tobytes())

    def arrays(self, group: str) -> dict[str, Array]:
        """What a file holds of them, each name with the group before it."""
        # A term whose last document is gone must not stay behind.
        numbers = np.frombuffer(self._terms, np.uint32)
        counts = np.bincount(numbers, minlength=len(self._numbers))
        terms = sorted(term for term, number in self._numbers.items() if counts[number])
        ranks = np.zeros(len(self._numbers), np.uint64)
        ranks[[self._numbers[term] for term in terms]] = np.arange(len(terms))
        places = np.frombuffer(self._places, np.uint32)
        order = np.argsort(ranks[numbers] << np.uint64(32) | places)
        times = np.frombuffer(self._times, np.uint32)
        position_starts = starts_of(times)[:-1]
        times = times[order]
        positions = np.frombuffer(self._positions, np.uint32)
        starts = starts_of([int(counts[self._numbers[term]]) for term in terms])
        values: tuple[Array, ...] = (
            np.frombuffer(b"".join(terms), np.uint8),
            smallest(starts_of([*map(len, terms)])),
            smallest(starts),
            places[order],
            smallest(times),
            smallest(starts_of(times)[starts]),
            smallest(positions[run_indices(position_starts[order], times)]),
        )
        return {f"{group}.{part}": value for part, value in zip(_PARTS, values, strict=True)}


class Postings:
    """The postings of one language in a segment; shared by threads."""

    def __init__(self, file: ArrayFile, group: str) -> None:
        """Raises KeyError, OSError or ValueError when the file does not hold them."""
        self._file = file
        self._group = group
        # Ascending, each an object of its own: they are looked for all the time.
        self.terms = split_octets(self._whole("terms"), self._whole("term_starts"))
        # Lists of machine numbers: single ones are quick to look up.
        self.starts = array("Q", self._whole("starts").tolist())
        self._position_starts = array("Q", self._whole("position_starts").tolist())

    def __len__(self) -> int:
        return len(self.terms)

    def first_from(self, term: bytes) -> int:
        """The number of the first term that is not before this one."""
        return bisect_left(self.terms, term)

    def find(self, term: bytes) -> int | None:
        """The number of a term; None when it does not occur."""
        number = self.first_from(term)
        return number if number < len(self) and self.terms[number] == term else None

    def entries(self, number: int) -> Entries:
        """Those of a term."""
        start, stop = self.starts[number], self.starts[number + 1]
        return Entries(self._part("places", start, stop), self._part("times", start, stop))

    def entries_of(self, terms: Sequence[bytes]) -> Entries:
        """Those of some terms, term by term in the order of terms.

        Words that begin alike lie near each other: it is quicker to read all in between as well.
        """
        numbers = sorted(number for number in map(self.find, terms) if number is not None)
        if not numbers:
            return Entries(np.empty(0, np.uint32), np.empty(0, np.uint8))
        if len(numbers) == 1:
            return self.entries(numbers[0])
        first, last = numbers[0], numbers[-1] + 1
        starts = np.array(self.starts[first : last + 1], np.int64)
        wanted = np.zeros(last - first, np.bool)
        wanted[np.array(numbers) - first] = True
        counts = np.diff(starts)
        if counts.sum() > MOST_BESIDES * counts[wanted].sum():
            every = [self.entries(number) for number in numbers]
            return Entries(*map(np.concatenate, zip(*every, strict=True)))
        kept = np.repeat(wanted, counts)
        span = int(starts[0]), int(starts[-1])
        return Entries(self._part("places", *span)[kept], self._part("times", *span)[kept])

    def positions(self, number: int) -> Array:
        """Where a term stands, for its entries one after the other."""
        starts = self._position_starts
        return self._part("positions", starts[number], starts[number + 1])

    def everything(self) -> tuple[Array, Array, Array]:
        """Places, times and positions of all terms."""
        return self._whole("places"), self._whole("times"), self._whole("positions")

    def _whole(self, part: str) -> Array:
        return self._file.whole(f"{self._group}.{part}")

    def _part(self, part: str, start: int, stop: int) -> Array:
        return self._file.part(f"{self._group}.{part}", start, stop)
