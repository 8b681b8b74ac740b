"""A chart of lines over time; the page shows the same numbers in a table beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

# Units of the drawing, which grows and shrinks with the page.
WIDTH, HEIGHT = 600, 240
LEFT, RIGHT, TOP, BOTTOM = 60, 40, 14, 34
MOST_LINES = 4
# No more labels than fit side by side.
MOST_LABELS = 5


@dataclass(frozen=True, slots=True)
class Series:
    """What is counted, and how much there was in each period."""

    name: str
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A series drawn: the places of its numbers; `style` tells it from others without colour."""

    series: Series
    style: int
    places: tuple[tuple[float, float], ...]

    @property
    def points(self) -> str:
        return " ".join(f"{x:g},{y:g}" for x, y in self.places)


@dataclass(frozen=True, slots=True)
class Mark:
    """A label of an axis and where it stands along it."""

    label: str
    at: float


@dataclass(frozen=True, slots=True)
class LineChart:
    """Lines over the same periods, with the marks of both axes, and the room they are drawn in."""

    width: ClassVar[int] = WIDTH
    height: ClassVar[int] = HEIGHT
    left: ClassVar[int] = LEFT
    right: ClassVar[int] = WIDTH - RIGHT
    periods: tuple[str, ...]
    lines: tuple[Line, ...]
    heights: tuple[Mark, ...]
    dates: tuple[Mark, ...]


def line_chart(periods: Sequence[str], series: Sequence[Series]) -> LineChart:
    """The lines over these periods, from zero up.

    Raises ValueError where a series has not one number for each period, or a number below zero,
    or for more series than can be told apart.
    """
    if len(series) > MOST_LINES:
        raise ValueError(f"more than {MOST_LINES} lines cannot be told apart")
    for one in series:
        if len(one.counts) != len(periods) or any(count < 0 for count in one.counts):
            raise ValueError(f"not a count for each period: {one.name}")
    top = round_up(max((count for one in series for count in one.counts), default=0))
    across = [_across(number, len(periods)) for number in range(len(periods))]
    lines = [
        Line(one, style, tuple((x, _up(n, top)) for x, n in zip(across, one.counts, strict=True)))
        for style, one in enumerate(series)
    ]
    step = -(-len(periods) // MOST_LABELS) or 1
    return LineChart(
        tuple(periods),
        tuple(lines),
        tuple(Mark(str(number), _up(number, top)) for number in (0, top // 2, top)),
        tuple(Mark(periods[at], across[at]) for at in range(0, len(periods), step)),
    )


def round_up(greatest: int) -> int:
    """The least of 2, 4, 10, 20, 40, 100... that is not below: half of it is whole, too."""
    scale = 1
    while True:
        for factor in (2, 4, 10):
            if factor * scale >= greatest:
                return factor * scale
        scale *= 10


def _across(number: int, periods: int) -> float:
    room = WIDTH - LEFT - RIGHT
    return LEFT + (room / 2 if periods == 1 else round(room * number / (periods - 1), 1))


def _up(count: int, top: int) -> float:
    return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * count / top, 1)
