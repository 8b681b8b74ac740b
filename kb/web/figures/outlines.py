"""The shapes of the regions, ready to be drawn: made once from the open data in `content/geo`."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
import json
import logging
from pathlib import Path
from typing import Any

from kb.operations.installation import CONTENT
from kb.web.figures.borders import Line, borders, rings
from kb.web.figures.coverage import Grid, make_grid

LOG = logging.getLogger(__name__)
FILE = CONTENT / "geo" / "regions.geojson"


@dataclass(frozen=True, slots=True)
class Outline:
    """A region as the data of an SVG path, and where in it a label has most room."""

    code: str
    path: str
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Outlines:
    """Regions on a sheet of this size, and the borders of the countries as a path of their own."""

    width: int
    height: int
    regions: tuple[Outline, ...]
    countries: str


NO_OUTLINES = Outlines(0, 0, (), "")


@cache
def load_outlines(path: Path = FILE) -> Outlines:
    """The outlines in a file, none where it cannot be used; the files do not change meanwhile."""
    try:
        return draw(json.loads(path.read_bytes()))
    except (OSError, ValueError, KeyError, TypeError, ArithmeticError):
        LOG.exception("there is no map: %s cannot be used", path.name)
        return NO_OUTLINES


def draw(collection: Mapping[str, Any]) -> Outlines:
    """The outlines of a feature collection; raises as `make_grid`."""
    grid = make_grid(collection)
    found = borders(grid)
    return Outlines(
        width=len(grid.rows[0]),
        height=len(grid.rows),
        regions=tuple(
            Outline(code, "".join(f"{_path(ring)}z" for ring in rings(number, found)), *spot)
            for number, code in enumerate(grid.codes)
            if code and (spot := _middle(grid, number))
        ),
        countries="".join(
            _path(border.line)
            for border in found
            if grid.countries[border.left] != grid.countries[border.right]
        ),
    )


def _path(line: Line) -> str:
    """A move and relative lines, as short as SVG allows."""
    (x, y), *rest = line
    moves = " ".join(
        f"{to_x - x} {to_y - y}" for (x, y), (to_x, to_y) in zip(line, rest, strict=False)
    )
    return f"M{x} {y}l{moves}".replace(" -", "-")


def _middle(grid: Grid, number: int) -> tuple[int, int] | None:
    """The middle of the longest stretch of a region in its middle row; None without cells."""
    cells = [y for y, row in enumerate(grid.rows) for _ in range(row.count(number))]
    if not cells:
        return None
    y = cells[len(cells) // 2]
    row = bytes(cell == number for cell in grid.rows[y])
    stretch = max(row.split(b"\0"), key=len)
    return row.index(stretch) + len(stretch) // 2, y
