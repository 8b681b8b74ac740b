"""Square codes as drawings within the page: nothing is fetched, nothing is styled inline."""

from dataclasses import dataclass
from itertools import groupby

import segno

# What the standard asks for around the drawing, so that cameras find it.
MARGIN = 4


@dataclass(frozen=True, slots=True)
class SquareCode:
    """The length of a side in dots, and the dark dots as the path of an SVG."""

    side: int
    path: str


def square_code(text: str) -> SquareCode:
    """The code for a text, row by row."""
    rows = segno.make(text, micro=False, error="m").matrix
    parts = []
    for y, row in enumerate(rows, MARGIN):
        x = MARGIN
        for is_dark, run in groupby(row, key=bool):
            length = sum(1 for _ in run)
            if is_dark:
                parts.append(f"M{x} {y}h{length}v1h-{length}z")
            x += length
    return SquareCode(len(rows) + 2 * MARGIN, "".join(parts))
