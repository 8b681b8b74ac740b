"""Small numbers: hidden, and not to be worked out from what is shown."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

from kb.indicators.public_tables import (
    SPLITS,
    TOTAL,
    Answered,
    Figure,
    Step,
    answers_of,
    tables_of,
)
from kb.indicators.suppression import SPREAD, THRESHOLD, Entry, Shown, suppress

Table = tuple[tuple[int, ...], ...]


def two_way(cells: Sequence[Sequence[int]]) -> list[Entry]:
    """A table with all its totals; every count comes from as many organisations."""
    entries = [Entry("total", "end", "start", *[sum(map(sum, cells))] * 2)]
    for row, counts in enumerate(cells):
        entries.append(Entry(("row", row), "start", ("row", row), *[sum(counts)] * 2))
        entries += [
            Entry((row, column), ("row", row), ("column", column), number, number)
            for column, number in enumerate(counts)
        ]
    for column, counts in enumerate(zip(*cells, strict=True)):
        entries.append(Entry(("column", column), ("column", column), "end", *[sum(counts)] * 2))
    return entries


def could_be(
    entries: Sequence[Entry], shown: Mapping[Hashable, Shown], most: int
) -> Iterator[dict[Hashable, int]]:
    """Every table that a reader must hold possible, by trying all: up to `most` in a cell."""
    cells = [e for e in entries if isinstance(e.name, tuple) and isinstance(e.name[0], int)]
    ranges = {
        Shown.FEW: lambda _e: range(THRESHOLD),
        Shown.WITHHELD: lambda _e: range(THRESHOLD, most + 1),
        Shown.NUMBER: lambda e: range(e.count, e.count + 1),
    }
    for numbers in product(*(ranges[shown[e.name]](e) for e in cells)):
        table: dict[Hashable, int] = dict(zip((e.name for e in cells), numbers, strict=True))
        for (row, column), number in list(table.items()):  # type: ignore[misc]
            for name in (("row", row), ("column", column), "total"):
                table[name] = table.get(name, 0) + number
        if all(_fits(table[e.name], e, shown[e.name]) for e in entries):
            yield table


def _fits(number: int, entry: Entry, shown: Shown) -> bool:
    if shown is Shown.NUMBER:
        return number == entry.count
    return number < THRESHOLD if shown is Shown.FEW else number >= THRESHOLD


small_tables = st.sampled_from([(1, 3), (2, 2), (2, 3), (3, 2), (1, 5)]).flatmap(
    lambda size: st.lists(
        st.lists(st.integers(0, 5), min_size=size[1], max_size=size[1]),
        min_size=size[0],
        max_size=size[0],
    )
)


@settings(max_examples=60, deadline=None)
@given(small_tables)
def test_trying_every_table_tells_nothing_of_a_small_number(cells: list[list[int]]) -> None:
    entries = two_way(cells)
    shown = suppress(entries)
    if shown is None:
        return
    seen: dict[Hashable, set[int]] = {entry.name: set() for entry in entries}
    for table in could_be(entries, shown, most=7):
        for name, number in table.items():
            seen[name].add(number)
    for entry in entries:
        if shown[entry.name] is Shown.NUMBER:
            assert seen[entry.name] == {entry.count}
            assert entry.count >= THRESHOLD
        elif shown[entry.name] is Shown.FEW:
            assert seen[entry.name] == set(range(THRESHOLD))
        else:
            assert max(seen[entry.name]) - min(seen[entry.name]) >= SPREAD


def test_two_splits_of_one_total_do_not_betray_each_other() -> None:
    """Each is safe alone: one withholds the total that the other would show."""
    entries = [
        Entry("total", "end", 0, 14, 14),
        *(Entry(("a", n), 0, 1, count, count) for n, count in enumerate((6, 8))),
        *(Entry(("b", n), 1, "end", count, count) for n, count in enumerate((13, 1, 0))),
    ]
    shown = suppress(entries)
    assert shown is not None
    hidden = {name for name, how in shown.items() if how is not Shown.NUMBER}
    assert {("b", 1), ("b", 2)} < hidden
    # With 13 shown, 14 would have to go: and with it one of 6 and 8.
    assert ("b", 0) in hidden or {"total", ("a", 0)} <= hidden or {"total", ("a", 1)} <= hidden


def test_what_is_large_enough_is_all_shown() -> None:
    shown = suppress(two_way([[3, 4], [5, 9]]))
    assert shown is not None
    assert set(shown.values()) == {Shown.NUMBER}


def test_many_adoptions_of_few_organisations_are_withheld() -> None:
    entries = [
        Entry("total", "end", 0, 30, 12),
        Entry("army", 0, "end", 10, 1),
        Entry("police", 0, "end", 20, 11),
    ]
    assert suppress(entries) == {
        "total": Shown.NUMBER,
        "army": Shown.WITHHELD,
        "police": Shown.WITHHELD,
    }


def test_two_lines_that_cannot_be_shown_are_not_shown_at_all() -> None:
    assert suppress(two_way([[2, 2]])) is None


@pytest.mark.parametrize(("count", "total"), [(-1, -1), (4, 5)])
def test_nonsense_is_refused(count: int, total: int) -> None:
    with pytest.raises(ValueError, match=r"below zero|do not add up"):
        suppress([Entry("total", "end", 0, total, 1), Entry("a", 0, "end", count, 1)])


LINES = {
    "type": ("military", "police", "municipality"),
    "stage": ("intent", "trial", "adopted"),
    "country": ("ML", "NE", "BF"),
    "women": ("yes", "no", "unknown"),
    "youth": ("yes", "no", "unknown"),
}
steps = st.lists(
    st.builds(
        Step,
        organisation=st.integers(1, 12),
        **{split: st.sampled_from(values) for split, values in LINES.items()},
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(steps)
def test_the_tables_of_a_quarter_keep_every_small_number(drawn: list[Step]) -> None:
    """The attacker: each split is a sum that gives the same total; ranges are narrowed in turn."""
    figures = tables_of(drawn, LINES)
    if figures is None:
        return
    total = figures[TOTAL]
    bounds = {name: _bounds(figure) for name, figure in figures.items()}
    for _ in range(20):
        for split in SPLITS:
            parts = [(split, value) for value in LINES[split]]
            low, high = (sum(bounds[part][end] for part in parts) for end in (0, 1))
            bounds[TOTAL] = (max(bounds[TOTAL][0], low), min(bounds[TOTAL][1], high))
            for part in parts:
                others = [bounds[other] for other in parts if other != part]
                least = bounds[TOTAL][0] - sum(b[1] for b in others)
                most = bounds[TOTAL][1] - sum(b[0] for b in others)
                bounds[part] = (max(bounds[part][0], least), min(bounds[part][1], most))
    assert total.count in {None, len(drawn)}
    for name, figure in figures.items():
        true = len(drawn) if name == TOTAL else sum(_is_in(step, name) for step in drawn)
        low, high = bounds[name]
        assert low <= true <= high
        if figure.shown is Shown.FEW:
            assert (low, high) == (0, THRESHOLD - 1)
        elif figure.shown is Shown.WITHHELD:
            assert high - low >= SPREAD
        else:
            assert figure.count == true >= THRESHOLD


def _bounds(figure: Figure) -> tuple[int, int]:
    if figure.count is not None:
        return figure.count, figure.count
    return (0, THRESHOLD - 1) if figure.shown is Shown.FEW else (THRESHOLD, 10**6)


def _is_in(step: Step, name: Hashable) -> bool:
    assert isinstance(name, tuple)
    split, value = name
    return bool(getattr(step, split) == value)


def test_done_and_not_done() -> None:
    figures = answers_of([Answered(n, done=n > 1) for n in range(12)])
    assert figures is not None
    assert figures[False] == Figure(Shown.FEW, None)
    assert figures[True] == Figure(Shown.WITHHELD, None)
    assert figures[TOTAL] == Figure(Shown.NUMBER, 12)
