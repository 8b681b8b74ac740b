"""What everybody may know of the adoptions of one quarter. Pure.

Each closed quarter has tables of its own: no number spans quarters, and what they are made from
is never changed afterwards. So there is nothing to subtract one quarter's tables, or one day's
page, from. Within a quarter all tables share their total and are hidden from as one.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from kb.indicators.suppression import Entry, Node, Shown, suppress


@dataclass(frozen=True, slots=True)
class Step:
    """An adoption that was begun or went on in the quarter, at the last stage told in it."""

    organisation: int
    type: str
    country: str
    stage: str
    women: str
    youth: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A count as it may be shown: with its number, or with a mark instead."""

    shown: Shown
    count: int | None


@dataclass(frozen=True, slots=True)
class Answered:
    """Something asked of an organisation in the quarter, and whether it was done in time."""

    organisation: int
    done: bool


TOTAL: Hashable = "total"
# Each of these splits the same total.
SPLITS = ("type", "stage", "country", "women", "youth")


def tables_of(
    steps: Iterable[Step], lines: Mapping[str, Sequence[str]]
) -> Mapping[Hashable, Figure] | None:
    """Every figure by name: TOTAL and (split, value).

    `lines` names the values of each split: all of them are shown, whatever was counted. None where
    no figure at all can be shown.
    """
    organisations: dict[Hashable, list[int]] = defaultdict(list)
    for step in steps:
        for name in (TOTAL, *((split, getattr(step, split)) for split in SPLITS)):
            organisations[name].append(step.organisation)
    arcs: list[tuple[Hashable, Node, Node]] = [(TOTAL, len(SPLITS), 0)]
    for at, split in enumerate(SPLITS):
        arcs += [((split, value), at, at + 1) for value in lines[split]]
    return _figures(arcs, organisations)


def answers_of(answers: Iterable[Answered]) -> Mapping[Hashable, Figure] | None:
    """How many there were (TOTAL), and how many of them were done and were not (True, False)."""
    organisations: dict[Hashable, list[int]] = defaultdict(list)
    for answer in answers:
        for name in (TOTAL, answer.done):
            organisations[name].append(answer.organisation)
    arcs: list[tuple[Hashable, Node, Node]] = [
        (TOTAL, "end", "all"),
        (True, "all", "end"),
        (False, "all", "end"),
    ]
    return _figures(arcs, organisations)


def _figures(
    arcs: Iterable[tuple[Hashable, Node, Node]], organisations: Mapping[Hashable, Sequence[int]]
) -> Mapping[Hashable, Figure] | None:
    entries = [
        Entry(name, tail, head, len(behind), len(set(behind)))
        for name, tail, head in arcs
        for behind in [organisations.get(name, ())]
    ]
    shown = suppress(entries)
    if shown is None:
        return None
    return {
        entry.name: Figure(
            shown[entry.name], entry.count if shown[entry.name] is Shown.NUMBER else None
        )
        for entry in entries
    }
