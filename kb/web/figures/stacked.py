"""A chart of bars made of parts, one below the other, which is a table at the same time."""

from collections.abc import Sequence
from dataclasses import dataclass

from kb.web.figures.value import Value

MOST_PARTS = 5


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a bar: its shade, where it begins and how long it is, in per cent."""

    shade: int
    start: float
    length: float


@dataclass(frozen=True, slots=True)
class StackedBar:
    """The total of a row, its counts in the order of the series, and its bar."""

    value: Value
    counts: tuple[int, ...]
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class StackedBars:
    """Bars that share the names of their parts; a shade is the place of a name."""

    names: tuple[str, ...]
    bars: tuple[StackedBar, ...]


def stacked_bars(
    names: Sequence[str], rows: Sequence[tuple[str, Sequence[int]]], urls: Sequence[str] = ()
) -> StackedBars:
    """The bars in the order given, the longest as long as there is room.

    `rows`: for each a label and a count for every name, none below zero; `urls`: the address of
    what a row counts, if any. Raises ValueError where counts and names do not fit, or for more
    names than there are shades.
    """
    if len(names) > MOST_PARTS:
        raise ValueError(f"more than {MOST_PARTS} parts cannot be told apart")
    longest = max((sum(counts) for _, counts in rows), default=0)
    addresses = (*urls, *[""] * (len(rows) - len(urls)))
    return StackedBars(
        tuple(names),
        tuple(
            _bar(Value(label, sum(counts), url), tuple(counts), len(names), longest)
            for (label, counts), url in zip(rows, addresses, strict=True)
        ),
    )


def _bar(value: Value, counts: tuple[int, ...], names: int, longest: int) -> StackedBar:
    if len(counts) != names or any(count < 0 for count in counts):
        raise ValueError(f"not a count for each of {names} parts: {counts}")
    parts: list[Part] = []
    start = 0
    for shade, count in enumerate(counts):
        if count:
            parts.append(Part(shade, 100 * start / longest, 100 * count / longest))
        start += count
    return StackedBar(value, counts, tuple(parts))
