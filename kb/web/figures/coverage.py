"""A GeoJSON coverage as a grid of cells, so that its regions touch without gap or overlap.

The file simplifies some borders once for each side; drawn as they are, slivers would lie between
the regions. In a grid every cell belongs to one region at most, and a border is between cells.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
import math
import re
from typing import Any

Point = tuple[int, int]
Ring = list[tuple[float, float]]

# Cells from west to east; one is some four kilometres wide.
COLUMNS = 1000
# Gaps this narrow, in cells, lie between two simplifications of one border.
GAP = re.compile(rb"(?<=[^\0])\0{1,2}(?=[^\0])")


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows of cells from north to south, with a rim around; 0 is outside, else a region's number.

    `codes` and `countries` are the regions' in the order of their numbers, "" being outside.
    """

    rows: tuple[bytes, ...]
    codes: tuple[str, ...]
    countries: tuple[str, ...]


def make_grid(collection: Mapping[str, Any]) -> Grid:
    """The regions of a feature collection in WGS 84 degrees; at most 255 of them.

    Raises KeyError, TypeError or ValueError for what is no such collection.
    """
    features = collection["features"]
    shapes = [list(_rings(feature["geometry"])) for feature in features]
    rows = _paint(_projected(shapes))
    for _ in range(2):
        # Closed along the rows, then along the columns.
        closed = [GAP.sub(_from_the_left, row) for row in rows]
        rows = [bytes(column) for column in zip(*closed, strict=True)]
    return Grid(
        rows=tuple(rows),
        codes=("", *(str(feature["id"]) for feature in features)),
        countries=("", *(str(feature["properties"]["country"]) for feature in features)),
    )


def _rings(geometry: Mapping[str, Any]) -> Iterator[Ring]:
    is_single = geometry["type"] == "Polygon"
    for polygon in [geometry["coordinates"]] if is_single else geometry["coordinates"]:
        for ring in polygon:
            yield [(float(longitude), float(latitude)) for longitude, latitude in ring]


def _projected(shapes: Sequence[Sequence[Ring]]) -> list[list[Ring]]:
    """Degrees to cells: equirectangular, true to scale on the middle parallel."""
    points = [point for rings in shapes for ring in rings for point in ring]
    west, east = min(x for x, _ in points), max(x for x, _ in points)
    south, north = min(y for _, y in points), max(y for _, y in points)
    shrink = math.cos(math.radians((south + north) / 2))
    scale = COLUMNS / ((east - west) * shrink)

    def on_grid(ring: Ring) -> Ring:
        return [((x - west) * shrink * scale + 1, (north - y) * scale + 1) for x, y in ring]

    return [[on_grid(ring) for ring in rings] for rings in shapes]


def _paint(shapes: Sequence[Sequence[Ring]]) -> list[bytes]:
    """Each cell gets the region that its centre is in, by the even-odd rule."""
    height = math.ceil(max(y for rings in shapes for ring in rings for _, y in ring)) + 1
    rows = [bytearray(COLUMNS + 2) for _ in range(height)]
    for number, rings in enumerate(shapes, start=1):
        crossings: dict[int, list[float]] = {}
        for ring in rings:
            for (x, y), (to_x, to_y) in pairwise(ring):
                for row in range(math.ceil(min(y, to_y) - 0.5), math.ceil(max(y, to_y) - 0.5)):
                    at = x + (row + 0.5 - y) / (to_y - y) * (to_x - x)
                    crossings.setdefault(row, []).append(at)
        for row, ends in crossings.items():
            ends.sort()
            for start, end in zip(ends[::2], ends[1::2], strict=True):
                first, beyond = math.ceil(start - 0.5), math.ceil(end - 0.5)
                rows[row][first:beyond] = bytes([number]) * (beyond - first)
    return [bytes(row) for row in rows]


def _from_the_left(gap: re.Match[bytes]) -> bytes:
    before = gap.string[gap.start() - 1 : gap.start()]
    return before * (gap.end() - gap.start())
