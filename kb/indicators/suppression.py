"""Tables for everybody in which no small number can be worked out. Pure.

Counts that share totals are a network: each is an arc, and at each node as much comes in as goes
out. What is hidden may be anything that keeps this true; how far a hidden count can move is then
a greatest flow, and the cheapest counts to hide beside it are a shortest path. See Hundepool et
al., Statistical Disclosure Control (Wiley, 2012), chapter 4; Cox, Network models for
complementary cell suppression, JASA 90 (1995); Kelly, Golden and Assad, Networks 22 (1992).
"""

from collections import defaultdict, deque
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
import heapq
from itertools import count

THRESHOLD = 3
# Of a count that is hidden for the sake of others a reader learns no more than this range.
SPREAD = 2
UNLIMITED = 10**9

Node = Hashable


class Shown(StrEnum):
    """What readers get for a count."""

    NUMBER = "number"
    # "<3": none, one or two.
    FEW = "few"
    # Three or more; telling it would tell others, or too few stand behind it.
    WITHHELD = "withheld"


@dataclass(frozen=True, slots=True)
class Entry:
    """A count as an arc from one node to another, and how many organisations stand behind it."""

    name: Hashable
    tail: Node
    head: Node
    count: int
    organisations: int


@dataclass(frozen=True, slots=True)
class Arc:
    """One way in which a count can move: up along its entry, or down against it."""

    entry: int
    to: Node
    step: int


class _Network:
    """The entries with what is hidden so far, and how far each may move."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = entries
        self.shown = [_at_first(entry) for entry in entries]
        self._arcs: dict[Node, list[Arc]] = defaultdict(list)
        for number, entry in enumerate(entries):
            self._arcs[entry.tail].append(Arc(number, entry.head, 1))
            self._arcs[entry.head].append(Arc(number, entry.tail, -1))

    def room(self, number: int, step: int) -> int:
        """How far a hidden count may go up or down by what its mark says."""
        now, shown = self.entries[number].count, self.shown[number]
        if shown is Shown.NUMBER:
            return 0
        if shown is Shown.FEW:
            return THRESHOLD - 1 - now if step > 0 else now
        return UNLIMITED if step > 0 else now - THRESHOLD

    def reach(self, number: int, step: int, limit: int) -> int:
        """How far a hidden count can really go, given all that is shown; no more than asked."""
        entry = self.entries[number]
        limit = min(limit, self.room(number, step))
        # Raised by one, it needs one more to come back from its head to its tail.
        start, end = (entry.head, entry.tail) if step > 0 else (entry.tail, entry.head)
        moved: dict[int, int] = defaultdict(int)
        reached = 0
        while reached < limit:
            path = self._path(start, end, number, moved)
            if path is None:
                break
            amount = min(limit - reached, *(self._left(arc, moved) for arc in path))
            for arc in path:
                moved[arc.entry] += arc.step * amount
            reached += amount
        return reached

    def cheapest(self, number: int, step: int) -> list[int] | None:
        """The counts to hide so that this one can go further, as little of them as may be."""
        entry = self.entries[number]
        start, end = (entry.head, entry.tail) if step > 0 else (entry.tail, entry.head)
        order = count()
        queue: list[tuple[int, int, Node, list[int]]] = [(0, next(order), start, [])]
        seen: set[Node] = set()
        while queue:
            cost, _, node, hidden = heapq.heappop(queue)
            if node == end and hidden:
                return hidden
            if node in seen or node == end:
                continue
            seen.add(node)
            for arc in self._arcs[node]:
                price = self._price(arc, number)
                if price is not None:
                    more = [arc.entry] if self.shown[arc.entry] is Shown.NUMBER else []
                    heapq.heappush(queue, (cost + price, next(order), arc.to, [*hidden, *more]))
        return None

    def _price(self, arc: Arc, without: int) -> int | None:
        if arc.entry == without:
            return None
        if self.shown[arc.entry] is Shown.NUMBER:
            return 1 + self.entries[arc.entry].count
        return 0 if self.room(arc.entry, arc.step) else None

    def _path(
        self, start: Node, end: Node, without: int, moved: Mapping[int, int]
    ) -> list[Arc] | None:
        """The shortest way on which every count can still move; None without one."""
        came: dict[Node, list[Arc]] = {start: []}
        queue = deque([start])
        while queue:
            node = queue.popleft()
            if node == end:
                return came[node]
            for arc in self._arcs[node]:
                if arc.entry != without and arc.to not in came and self._left(arc, moved) > 0:
                    came[arc.to] = [*came[node], arc]
                    queue.append(arc.to)
        return None

    def _left(self, arc: Arc, moved: Mapping[int, int]) -> int:
        return self.room(arc.entry, arc.step) - arc.step * moved.get(arc.entry, 0)


def suppress(entries: Sequence[Entry]) -> Mapping[Hashable, Shown] | None:
    """What to show of each count; None where nothing at all can be shown safely.

    Whatever comes back was checked: from all numbers shown together and the meaning of the marks,
    each "<3" can still be none, one or two, and each withheld count has a range of at least
    SPREAD. Raises ValueError for counts that do not add up.
    """
    _check(entries)
    network = _Network(entries)
    while (open_to_attack := _unprotected(network)) is not None:
        number, step = open_to_attack
        hide = network.cheapest(number, step) or _smallest_shown(network)
        if not hide:
            return None
        for other in hide:
            network.shown[other] = Shown.WITHHELD
    return {entry.name: shown for entry, shown in zip(entries, network.shown, strict=True)}


def _at_first(entry: Entry) -> Shown:
    if entry.count < THRESHOLD:
        return Shown.FEW
    return Shown.WITHHELD if entry.organisations < THRESHOLD else Shown.NUMBER


def _unprotected(network: _Network) -> tuple[int, int] | None:
    """A hidden count about which too much can be worked out, and the way it should move."""
    for number, shown in enumerate(network.shown):
        if shown is Shown.FEW:
            for step in (1, -1):
                room = network.room(number, step)
                if network.reach(number, step, room) < room:
                    return number, step
        elif shown is Shown.WITHHELD:
            up = network.reach(number, 1, SPREAD)
            if up < SPREAD and up + network.reach(number, -1, SPREAD - up) < SPREAD:
                return number, 1
    return None


def _smallest_shown(network: _Network) -> list[int]:
    """Where no path helps, any number less shown may."""
    numbers = [n for n, shown in enumerate(network.shown) if shown is Shown.NUMBER]
    return sorted(numbers, key=lambda n: network.entries[n].count)[:1]


def _check(entries: Sequence[Entry]) -> None:
    balance: dict[Node, int] = defaultdict(int)
    for entry in entries:
        if entry.count < 0:
            raise ValueError(f"a count below zero: {entry}")
        balance[entry.tail] -= entry.count
        balance[entry.head] += entry.count
    if any(balance.values()):
        raise ValueError("the counts do not add up")
