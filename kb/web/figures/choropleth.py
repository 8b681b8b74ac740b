"""A map whose regions are the darker the more there is in them."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil

from kb.web.figures.outlines import Outline, Outlines
from kb.web.figures.value import Value

STEPS = 4
# The sizes of letters in the style sheet, in units of the map: small screens show numbers only,
# wide ones names as well.
SMALL, WIDE = 40, 20
# Widths of letters differ; this many times their height they are on average.
LETTER = 0.6


@dataclass(frozen=True, slots=True)
class Label:
    """What stands on a region, and on which screens there is room for it."""

    name: str
    on_small: bool
    on_wide: bool


@dataclass(frozen=True, slots=True)
class Area:
    """A region with its value; `step` is its shade, from 1 to STEPS, or 0 for nothing."""

    outline: Outline
    value: Value
    step: int
    label: Label | None


@dataclass(frozen=True, slots=True)
class Shade:
    """An entry of the legend: the least and the greatest count that is drawn so."""

    step: int
    least: int
    greatest: int


@dataclass(frozen=True, slots=True)
class Choropleth:
    """A map ready to be drawn: what has nothing first, so that nothing lies over the rest."""

    outlines: Outlines
    areas: tuple[Area, ...]
    shades: tuple[Shade, ...]


def choropleth(outlines: Outlines, values: Mapping[str, Value]) -> Choropleth:
    """The map for the values by code of the region; what has no outline is left out."""
    shown = {o.code: values[o.code] for o in outlines.regions if o.code in values}
    bounds = upper_bounds(value.count for value in shown.values())
    labels = _labels([o for o in outlines.regions if o.code in shown], shown, outlines.width)
    areas = [
        Area(o, shown[o.code], _step(shown[o.code].count, bounds), labels.get(o.code))
        for o in outlines.regions
        if o.code in shown
    ]
    areas.sort(key=lambda area: area.step > 0)
    return Choropleth(outlines, tuple(areas), tuple(_shades(areas)))


def upper_bounds(counts: Iterable[int]) -> tuple[int, ...]:
    """The greatest count of each shade, so that each has about as many regions (quantiles)."""
    ordered = sorted(count for count in counts if count > 0)
    return tuple(
        sorted({ordered[ceil(len(ordered) * n / STEPS) - 1] for n in range(1, STEPS + 1)})
        if ordered
        else ()
    )


def _step(count: int, bounds: tuple[int, ...]) -> int:
    return bisect_left(bounds, count) + 1 if count > 0 else 0


def _shades(areas: Iterable[Area]) -> Iterable[Shade]:
    for step in range(1, STEPS + 1):
        counts = [area.value.count for area in areas if area.step == step]
        if counts:
            yield Shade(step, min(counts), max(counts))


def _labels(
    regions: Iterable[Outline], values: Mapping[str, Value], width: int
) -> dict[str, Label]:
    """Labels that do not touch, the greatest counts first; a name without room is left out."""
    small, wide = _Sheet(width, SMALL), _Sheet(width, WIDE)
    found = {}
    for region in sorted(regions, key=lambda r: (-values[r.code].count, r.code)):
        value = values[region.code]
        if value.count <= 0:
            continue
        number = str(value.count)
        # "Liptako (ex-Sahel)": the former name is in the title and in the table.
        name = value.label.partition(" (")[0]
        has_name = wide.place(region, f"{name} {number}")
        label = Label(
            name=name if has_name else "",
            on_small=small.place(region, number),
            on_wide=has_name or wide.place(region, number),
        )
        if label.on_small or label.on_wide:
            found[region.code] = label
    return found


class _Sheet:
    """The map with letters of one size, and the room that is taken on it."""

    def __init__(self, width: int, size: int) -> None:
        self._width = width
        self._size = size
        self._taken: list[tuple[float, float, float]] = []

    def place(self, region: Outline, text: str) -> bool:
        """Put a text in the middle of a region if it touches no other and no edge."""
        half = len(text) * self._size * LETTER / 2
        free = half <= region.x <= self._width - half and all(
            abs(region.x - x) >= half + other_half or abs(region.y - y) >= self._size
            for x, y, other_half in self._taken
        )
        if free:
            self._taken.append((region.x, region.y, half))
        return free
