"""Exact facet counts: one set of documents per facet value, as the bits of an int. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from operator import and_

Bits = int
EVERY: Bits = -1


def bits_of(documents: Iterable[int], size: int) -> Bits:
    """The set of these document numbers, all below `size`."""
    octets = bytearray(size // 8 + 1)
    for number in documents:
        octets[number >> 3] |= 1 << (number & 7)
    return int.from_bytes(octets, "little")


def documents_of(bits: Bits) -> Iterator[int]:
    """The document numbers of a set, ascending."""
    return (number for number, bit in enumerate(reversed(f"{bits:b}")) if bit == "1")


class Facets:
    """Which documents have which value of which facet; immutable, one per index generation."""

    def __init__(
        self, values: Iterable[tuple[int, Mapping[str, Iterable[str]]]], size: int
    ) -> None:
        members: dict[str, dict[str, list[int]]] = {}
        for number, facets in values:
            for facet, chosen in facets.items():
                of_facet = members.setdefault(facet, {})
                for value in chosen:
                    of_facet.setdefault(value, []).append(number)
        self._bits: dict[str, dict[str, Bits]] = {
            facet: {value: bits_of(numbers, size) for value, numbers in of_facet.items()}
            for facet, of_facet in members.items()
        }

    def having(self, facet: str, value: str) -> Bits:
        return self._bits.get(facet, {}).get(value, 0)

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
        counts = {
            facet: self._counted(facet, others.get(facet, left), chosen.get(facet, frozenset()))
            for facet in sorted({*self._bits, *chosen})
        }
        return left, counts

    def _any_of(self, facet: str, values: Iterable[str]) -> Bits:
        bits = 0
        for value in values:
            bits |= self.having(facet, value)
        return bits

    def _counted(self, facet: str, among: Bits, chosen: frozenset[str]) -> dict[str, int]:
        counts = dict.fromkeys(chosen, 0)
        for value, bits in self._bits.get(facet, {}).items():
            count = (bits & among).bit_count()
            if count:
                counts[value] = count
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
