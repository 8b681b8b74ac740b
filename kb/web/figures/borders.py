"""The borders of a grid as lines that the regions on both sides share."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from kb.web.figures.coverage import Grid, Point

Line = tuple[Point, ...]
# Lines may leave the edges of the cells by this much, in cells: enough to cut their corners.
TOLERANCE = 1.1
THROUGH = 2


@dataclass(frozen=True, slots=True)
class Border:
    """A simplified line between two regions, by number; where they meet a third one it ends."""

    line: Line
    left: int
    right: int


def borders(grid: Grid) -> list[Border]:
    """Every border once, those between a region and the outside included."""
    steps = dict(_steps(grid))
    leaving: dict[Point, list[Point]] = {}
    for start, end in steps:
        leaving.setdefault(start, []).append(end)
        leaving.setdefault(end, []).append(start)
    junctions = {point for point in leaving if len(leaving[point]) != THROUGH}
    found = []
    # Once the lines between junctions are taken away, only closed lines are left.
    for start in (*sorted(junctions), *leaving):
        while leaving[start]:
            line = _follow(start, leaving, junctions | {start})
            left, right = steps.get((line[0], line[1])) or steps[line[1], line[0]][::-1]
            found.append(Border(simplified(line), left, right))
    return found


def rings(number: int, found: Iterable[Border]) -> list[Line]:
    """The outline of a region as closed lines, without the repeated point; the region is left."""
    lines: dict[Point, list[Line]] = {}
    for border in found:
        if border.left == number:
            lines.setdefault(border.line[0], []).append(border.line)
        if border.right == number:
            lines.setdefault(border.line[-1], []).append(border.line[::-1])
    closed = []
    for start, waiting in lines.items():
        while waiting:
            ring: list[Point] = [start]
            while len(ring) == 1 or ring[-1] != start:
                ring += lines[ring[-1]].pop()[1:]
            closed.append(tuple(ring[:-1]))
    return closed


def simplified(line: Line) -> Line:
    """Fewer points, by Douglas and Peucker; the ends stay."""
    if len(line) <= THROUGH:
        return line
    distances = [_distance(point, line[0], line[-1]) for point in line]
    farthest = max(range(len(line)), key=distances.__getitem__)
    if distances[farthest] <= TOLERANCE:
        return (line[0], line[-1])
    return simplified(line[: farthest + 1])[:-1] + simplified(line[farthest:])


def _steps(grid: Grid) -> Iterator[tuple[tuple[Point, Point], tuple[int, int]]]:
    """The edges between cells of two regions, with the numbers to the left and to the right."""
    for y, row in enumerate(grid.rows):
        for x, (left, right) in enumerate(pairwise(row), start=1):
            if left != right:
                yield ((x, y + 1), (x, y)), (left, right)
        below = grid.rows[y + 1] if y + 1 < len(grid.rows) else row
        if below != row:
            for x, (upper, lower) in enumerate(zip(row, below, strict=True)):
                if upper != lower:
                    yield ((x, y + 1), (x + 1, y + 1)), (upper, lower)


def _follow(start: Point, leaving: dict[Point, list[Point]], ends: set[Point]) -> Line:
    """Walk from a point to the next end, taking away the steps that were walked."""
    line = [start]
    while len(line) == 1 or line[-1] not in ends:
        here = line[-1]
        there = leaving[here].pop()
        leaving[there].remove(here)
        line.append(there)
    return tuple(line)


def _distance(point: Point, start: Point, end: Point) -> float:
    """From a point to the segment between two others."""
    (x, y), (from_x, from_y), (to_x, to_y) = point, start, end
    along_x, along_y = to_x - from_x, to_y - from_y
    length = along_x**2 + along_y**2
    share = ((x - from_x) * along_x + (y - from_y) * along_y) / length if length else 0.0
    share = min(1.0, max(0.0, share))
    return float(
        ((x - from_x - share * along_x) ** 2 + (y - from_y - share * along_y) ** 2) ** 0.5
    )
