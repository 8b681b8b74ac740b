"""Exact facet counts: one set of documents per facet value, as the bits of an int. Pure.

All sets of a generation also lie in one table, a row for each, so that they are intersected with
what was found and counted in one go.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from operator import and_, itemgetter

import numpy as np

from kb.adapters.whoosh_index.arrays import Array

Bits = int
EVERY: Bits = -1
_OCTETS_OF_A_WORD = 8


def bits_of(documents: Array, size: int) -> Bits:
    """The set of these document numbers, all below `size`."""
    members = np.zeros(size, np.bool)
    members[documents] = True
    return int.from_bytes(np.packbits(members, bitorder="little").tobytes(), "little")


def documents_of(bits: Bits, size: int) -> Array:
    """The document numbers of a set, ascending, all below `size`."""
    octets = np.frombuffer(bits.to_bytes(size // 8 + 1, "little"), np.uint8)
    return np.flatnonzero(np.unpackbits(octets, count=size, bitorder="little"))


class Facets:
    """Which documents have which value of which facet; immutable, one per index generation."""

    def __init__(
        self, choices: Sequence[tuple[str, str]], documents: Array, chosen: Array, size: int
    ) -> None:
        """`documents` chose, one by one, the `chosen` of the choices (facet, value).

        A choice without a value only says that there is such a facet.
        """
        self._words = size // (8 * _OCTETS_OF_A_WORD) + 1
        order = sorted(
            (number for number, (_, value) in enumerate(choices) if value), key=choices.__getitem__
        )
        self._rows = {choices[choice]: row for row, choice in enumerate(order)}
        self._values: dict[str, list[str]] = {facet: [] for facet, _ in choices}
        for facet, value in self._rows:
            self._values[facet].append(value)
        self._table = np.zeros((len(order), self._words), np.uint64)
        by_choice = np.argsort(chosen, kind="stable")
        ends = np.cumsum(np.bincount(chosen, minlength=len(choices)))
        for row, choice in enumerate(order):
            start = ends[choice - 1] if choice else 0
            having = bits_of(documents[by_choice[start : ends[choice]]], size)
            self._table[row] = self._packed(having)

    def having(self, facet: str, value: str) -> Bits:
        row = self._rows.get((facet, value))
        return 0 if row is None else int.from_bytes(self._table[row].tobytes(), "little")

    def chosen_by(self, document: int, facet: str) -> list[str]:
        """The values of a facet that a document has."""
        values = self._values.get(facet, [])
        word, bit = divmod(document, 8 * _OCTETS_OF_A_WORD)
        rows = [self._rows[facet, value] for value in values]
        has = self._table[rows, word] >> np.uint64(bit) & np.uint64(1)
        return [value for value, one in zip(values, has.tolist(), strict=True) if one]

    def narrow(
        self, found: Bits, filters: Mapping[str, frozenset[str]]
    ) -> tuple[Bits, dict[str, dict[str, int]]]:
        """What is left of `found` with all filters, and each facet counted with the others'.

        Every facet of the index is there, and every chosen value, even when nothing is left of it.
        """
        chosen = {facet: values for facet, values in filters.items() if values}
        allowed = [self._any_of(facet, values) for facet, values in chosen.items()]
        # Everything before and everything after a facet: the others without a product per pair.
        before = list(accumulate(allowed, and_, initial=found))
        after = list(accumulate(reversed(allowed), and_, initial=EVERY))[::-1]
        others = {facet: before[at] & after[at + 1] for at, facet in enumerate(chosen)}
        left = before[-1]
        packed = self._packed(left)
        counts = {
            facet: self._counted(
                facet,
                self._packed(others[facet]) if facet in others else packed,
                chosen.get(facet, frozenset()),
            )
            for facet in sorted({*self._values, *chosen})
        }
        return left, counts

    def _any_of(self, facet: str, values: Iterable[str]) -> Bits:
        bits = 0
        for value in values:
            bits |= self.having(facet, value)
        return bits

    def _counted(self, facet: str, among: Array, chosen: frozenset[str]) -> dict[str, int]:
        """The most frequent values first, equal ones by name."""
        values = self._values.get(facet, [])
        numbers: list[int] = []
        if values:
            first = self._rows[facet, values[0]]
            both = self._table[first : first + len(values)] & among
            numbers = np.bitwise_count(both).sum(axis=1, dtype=np.int64).tolist()
        counted = {
            value: number
            for value, number in zip(values, numbers, strict=True)
            if number or value in chosen
        }
        for value in sorted(chosen - counted.keys()):
            counted[value] = 0
        return dict(sorted(counted.items(), key=itemgetter(1), reverse=True))

    def _packed(self, bits: Bits) -> Array:
        return np.frombuffer(bits.to_bytes(self._words * _OCTETS_OF_A_WORD, "little"), np.uint64)
