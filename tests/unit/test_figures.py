"""Maps and charts: regions that touch without gap, shades, labels, bars."""

from collections import Counter
from dataclasses import replace
import gzip
from itertools import pairwise
import json
from pathlib import Path
import re

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

from kb.web.figures.bars import bar_chart
from kb.web.figures.borders import borders, rings
from kb.web.figures.choropleth import STEPS, choropleth, upper_bounds
from kb.web.figures.coverage import COLUMNS, make_grid
from kb.web.figures.lines import (
    BOTTOM,
    HEIGHT,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    Series,
    line_chart,
    round_up,
)
from kb.web.figures.outlines import FILE, NO_OUTLINES, Outline, Outlines, draw, load_outlines
from kb.web.figures.stacked import MOST_PARTS, stacked_bars
from kb.web.figures.value import Value

SHIPPED = json.loads(FILE.read_text())
# Where a strip of 60 by 10 degrees is cut into rectangles.
COLUMN_CUTS = st.sets(st.integers(1, 59), min_size=1, max_size=4).map(sorted)
ROW_CUTS = st.sets(st.integers(1, 9), max_size=3).map(sorted)


def feature(code: str, *corners: tuple[float, float], country: str = "ML") -> dict:
    ring = [list(corner) for corner in (*corners, corners[0])]
    return {
        "id": code,
        "properties": {"country": country},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def rectangle(code: str, west: float, south: float, east: float, north: float, country="ML"):
    corners = ((west, south), (east, south), (east, north), (west, north))
    return feature(code, *corners, country=country)


def area(ring) -> float:
    """Positive where the region lies to the left of its outline, in rows counted downwards."""
    pairs = zip(ring, (*ring[1:], ring[0]), strict=True)
    return -sum(x * to_y - to_x * y for (x, y), (to_x, to_y) in pairs) / 2


def edges(ring) -> Counter:
    return Counter(zip(ring, (*ring[1:], ring[0]), strict=True))


@settings(max_examples=15, deadline=None)
@given(COLUMN_CUTS, ROW_CUTS)
def test_a_tiling_keeps_every_area(columns, rows):
    tiles = [
        rectangle(f"{west}-{south}", west, south, east, north)
        for west, east in pairwise([0, *columns, 60])
        for south, north in pairwise([0, *rows, 10])
    ]
    grid = make_grid({"features": tiles})
    found = borders(grid)
    cells = Counter(cell for row in grid.rows for cell in row)
    outlines = {number: rings(number, found) for number in range(1, len(tiles) + 1)}
    assert {n: sum(map(area, lines)) for n, lines in outlines.items()} == {
        number: cells[number] for number in outlines
    }
    assert {len(lines) for lines in outlines.values()} == {1}


def test_shipped_regions_touch_without_gap_or_overlap():
    grid = make_grid(SHIPPED)
    found = borders(grid)
    outlines = {code: rings(number, found) for number, code in enumerate(grid.codes)}
    # One outer line, and no hole in it.
    assert len(outlines[""]) == 1
    assert {code: len(lines) for code, lines in outlines.items() if len(lines) > 1} == {
        # Around Bamako and Niamey.
        "ML-2": 2,
        "NE-6": 2,
    }
    drawn = sum((edges(ring) for lines in outlines.values() for ring in lines), Counter())
    # Whoever is on the other side draws the same line backwards, and nobody else does.
    assert set(drawn.values()) == {1}
    assert set(drawn) == {(end, start) for start, end in drawn}


def test_a_border_simplified_on_each_side_is_closed():
    west = feature("W", (0, 0), (15, 0), (15, 5), (15, 10), (0, 10))
    east = feature("E", (30, 0), (30, 10), (15, 10), (15.05, 5), (15, 0))
    grid = make_grid({"features": [west, east]})
    assert all(0 not in row.strip(b"\0") for row in grid.rows)
    assert [len(rings(number, borders(grid))) for number in (0, 1, 2)] == [1, 1, 1]


def test_a_country_is_drawn_around_but_not_within():
    west, east = rectangle("ML-1", 0, 0, 5, 10), rectangle("ML-2", 5, 0, 10, 10)
    abroad = rectangle("NE-1", 10, 0, 20, 10, country="NE")
    drawn = draw({"features": [west, east, abroad]})
    upright = Counter()
    for line in re.findall(r"M[^M]+", drawn.countries):
        x, _, *moves = map(int, re.findall(r"-?\d+", line))
        for dx, dy in zip(moves[::2], moves[1::2], strict=True):
            x += dx
            if not dx:
                upright[x] += abs(dy)
    # The outer borders and the one between the countries, and not the one between two regions.
    height = drawn.height - 2
    assert upright == {1: height, COLUMNS // 2 + 1: height, COLUMNS + 1: height}


def test_the_shipped_map_is_light_and_always_the_same():
    drawn = draw(SHIPPED)
    assert draw(SHIPPED) == drawn == load_outlines()
    assert [outline.code for outline in drawn.regions] == [f["id"] for f in SHIPPED["features"]]
    paths = "\n".join([drawn.countries, *(outline.path for outline in drawn.regions)])
    assert 2_000 < len(gzip.compress(paths.encode(), 9)) < 5_000
    for outline in drawn.regions:
        assert re.fullmatch(r"(M\d+ \d+l-?\d+( ?-?\d+)*z)+", outline.path), outline.code
    grid = make_grid(SHIPPED)
    assert [grid.codes[grid.rows[o.y][o.x]] for o in drawn.regions] == list(grid.codes[1:])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"features": []}',
        '{"features": [{"id": "ML-1"}]}',
        '{"features": [{"id": "ML-1", "properties": {"country": "ML"}, "geometry": null}]}',
        json.dumps({"features": [feature("ML-1", (0, 0), (0, 0))]}),
        json.dumps({"features": [feature("ML-1", (0, 0), (float("inf"), 0), (1, 1))]}),
        json.dumps({"features": [feature("ML-1", (0, 0), ("a", 0), (1, 1))]}),
        json.dumps({"features": [rectangle("ML-1", 0, 0, 9 / n, 9 / n) for n in range(1, 257)]}),
    ],
)
def test_what_is_no_map_leaves_the_page_without_one(tmp_path: Path, text):
    path = tmp_path / "regions.geojson"
    path.write_text(text)
    assert load_outlines(path).regions == ()
    assert load_outlines(tmp_path / "missing") == NO_OUTLINES


def on_map(*counts: int, label: str = "Nom") -> tuple[Outlines, dict[str, Value]]:
    """Regions in a row, far from each other, with these counts."""
    regions = tuple(Outline(f"R{n}", "M0 0l1 1z", 400 * n, 50) for n in range(len(counts)))
    values = {f"R{n}": Value(label, count) for n, count in enumerate(counts)}
    return Outlines(400 * len(counts), 100, regions, ""), values


@given(st.lists(st.integers(0, 10_000), max_size=40))
def test_shades_follow_the_counts(counts):
    figure = choropleth(*on_map(*counts))
    steps = {area.value.count: area.step for area in figure.areas}
    assert sorted(area.value.count for area in figure.areas) == sorted(counts)
    assert all((count > 0) == (step > 0) for count, step in steps.items())
    ordered = [step for _, step in sorted(steps.items())]
    assert ordered == sorted(ordered)
    assert max(ordered, default=0) <= STEPS
    # The legend names every count once, from its least to its greatest.
    legend = {shade.step: (shade.least, shade.greatest) for shade in figure.shades}
    assert all(
        legend[step][0] <= count <= legend[step][1] for count, step in steps.items() if step
    )
    assert {count for ends in legend.values() for count in ends} <= set(counts)


def test_quantiles():
    assert upper_bounds([]) == upper_bounds([0, 0]) == ()
    assert upper_bounds([7, 7, 7, 0]) == (7,)
    assert upper_bounds(range(1, 9)) == (2, 4, 6, 8)
    assert upper_bounds([1, 1, 1, 1, 1, 1, 50]) == (1, 50)


def test_regions_without_an_outline_are_not_on_the_map():
    outlines, values = on_map(3, 0)
    figure = choropleth(outlines, values | {"ML-10": Value("Taoudénit", 99)})
    assert [(area.outline.code, area.step) for area in figure.areas] == [("R1", 0), ("R0", 1)]


def test_labels_make_room_for_the_greater_count():
    near = Outlines(
        1000,
        500,
        tuple(
            Outline(code, "M0 0l1 1z", x, y)
            for code, x, y in [("few", 500, 250), ("many", 560, 255), ("far", 100, 50)]
        ),
        "",
    )
    values = {
        "few": Value("Yaadga (ex-Nord)", 5),
        "many": Value("Liptako (ex-Sahel)", 10_000),
        "far": Value("Kayes", 0),
    }
    labels = {area.outline.code: area.label for area in choropleth(near, values).areas}
    assert labels["far"] is None
    assert labels["many"] is not None
    assert (labels["many"].name, labels["many"].on_small) == ("Liptako", True)
    assert labels["few"] is None
    endless = replace(values["few"], label="m" * 200)
    cut = choropleth(near, {"few": endless}).areas[0].label
    assert cut is not None
    assert (cut.name, cut.on_small, cut.on_wide) == ("", True, True)
    alone = choropleth(near, {"few": values["few"]}).areas[0].label
    assert alone is not None
    assert (alone.name, alone.on_small, alone.on_wide) == ("Yaadga", True, True)


@given(st.lists(st.integers(0, 10_000), max_size=20))
def test_bars_are_as_long_as_their_counts(counts):
    chart = bar_chart(Value(str(n), count) for n, count in enumerate(counts))
    assert [bar.value.count for bar in chart] == counts
    longest = max(counts, default=0)
    for bar in chart:
        assert (bar.percent > 0) == (bar.value.count > 0)
        assert bar.percent <= 100
        if bar.percent > 1:
            assert abs(bar.percent - 100 * bar.value.count / longest) <= 0.5
    assert max((bar.percent for bar in chart), default=0) == (100 if longest else 0)


ROWS = st.lists(st.tuples(*[st.integers(0, 10_000)] * 3), max_size=12)


@given(ROWS)
def test_parts_of_a_bar_follow_each_other_and_end_where_the_total_does(rows):
    labelled = [(str(number), counts) for number, counts in enumerate(rows)]
    chart = stacked_bars(["a", "b", "c"], labelled, [f"/{number}" for number in range(len(rows))])
    longest = max(map(sum, rows), default=0)
    for number, (bar, counts) in enumerate(zip(chart.bars, rows, strict=True)):
        assert bar.value == Value(str(number), sum(counts), f"/{number}")
        assert bar.counts == counts
        assert [part.shade for part in bar.parts] == [n for n, each in enumerate(counts) if each]
        end = 0.0
        for part in bar.parts:
            assert abs(part.start - end) < 1e-9
            assert abs(part.length - 100 * counts[part.shade] / longest) < 1e-9
            end = part.start + part.length
        assert end <= 100 + 1e-9


@pytest.mark.parametrize(
    ("names", "counts"),
    [(["a"], (1, 2)), (["a", "b"], (1,)), (["a"], (-1,)), (["x"] * (MOST_PARTS + 1), ())],
)
def test_counts_that_fit_no_parts_are_our_mistake(names, counts):
    with pytest.raises(ValueError, match="part"):
        stacked_bars(names, [("row", counts)])


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=40))
def test_lines_keep_inside_and_rise_where_their_numbers_do(counts):
    periods = [str(number) for number in range(len(counts))]
    (line,) = line_chart(periods, [Series("a", tuple(counts))]).lines
    assert len(line.points.split()) == len(counts)
    for x, y in line.places:
        assert LEFT <= x <= WIDTH - RIGHT
        assert TOP <= y <= HEIGHT - BOTTOM
    for (before, after), (one, other) in zip(
        pairwise(counts), pairwise(y for _, y in line.places), strict=True
    ):
        assert (other <= one) if after >= before else (other >= one)
    assert sorted(x for x, _ in line.places) == [x for x, _ in line.places]


@given(st.integers(0, 10**12))
def test_the_highest_mark_is_round_and_near(greatest):
    top = round_up(greatest)
    assert greatest <= top <= max(2, 2.5 * greatest)
    assert top % 2 == 0
    assert str(top).strip("0") in {"1", "2", "4"}


def test_marks_of_the_axes():
    periods = [f"{year}" for year in range(2000, 2023)]
    chart = line_chart(periods, [Series("a", (7,) * 23), Series("b", (0,) * 23)])
    assert [mark.label for mark in chart.heights] == ["0", "5", "10"]
    assert [mark.label for mark in chart.dates] == ["2000", "2005", "2010", "2015", "2020"]
    assert [line.style for line in chart.lines] == [0, 1]
    assert line_chart([], []).lines == ()


@pytest.mark.parametrize(
    "series", [[Series("a", (1,))], [Series("a", (1, -1))], [Series("a", (1, 1))] * 5]
)
def test_numbers_that_fit_no_periods_are_our_mistake(series):
    with pytest.raises(ValueError, match=r"period|lines"):
        line_chart(["2025", "2026"], series)
