"""The parts that pages are made of, on one page; only in a demonstration."""

from datetime import UTC, datetime

from flask import Blueprint, render_template

from kb.core.errors import NotFound
from kb.core.messages import msg
from kb.core.paging import Paging
from kb.operations.installation import is_demonstration
from kb.search import service
from kb.search.counts import Counts
from kb.search.service import Query
from kb.web.browse.map_page import MapPage
from kb.web.browse.search_page import SearchPage
from kb.web.browse.searching import ask_index
from kb.web.current import runtime
from kb.web.figures.lines import LineChart, Series, line_chart
from kb.web.figures.outlines import load_outlines
from kb.web.figures.stacked import StackedBars, stacked_bars
from kb.web.language import current_locale, drop_language, tell
from kb.web.review.timeline import HEADINGS, Line

TOKENS = (
    ("bg", "surface", "ink", "quiet", "line", "accent", "on-accent"),
    ("mark", "focus", "warn", "warn-bg", "own", "own-bg"),
    ("m1", "m2", "m3", "m4"),
)
SHOWN = 3

blueprint = Blueprint("styleguide", __name__)
blueprint.url_value_preprocessor(drop_language)


@blueprint.get("/<lang:lang>/styleguide")
def overview() -> str:
    """Every component with the content at hand; there is no such page where people read."""
    kb = runtime()
    locale = current_locale()
    with kb.reading() as session:
        if not is_demonstration(session):
            raise NotFound(msg("There is no such page."))
        vocabularies = kb.vocabularies.get(session)
        query = Query("paix", locale, {"country": ("ML",)}, paging=Paging(2, SHOWN))
        results = ask_index(lambda: service.search(session, kb.index, vocabularies, query))
    by_facet = {
        facet: {value.code: value.count for value in values}
        for facet, values in (results.facets if results else {}).items()
    }
    counts = Counts(results.total if results else 0, by_facet)
    return render_template(
        "pages/styleguide.html",
        tokens=TOKENS,
        vocabularies=vocabularies,
        results=results,
        page=SearchPage(query, vocabularies),
        figures=MapPage(counts, load_outlines(), vocabularies, locale),
        stacked=_stacked(),
        lines=_lines(),
        timeline=_timeline(),
    )


def _stacked() -> StackedBars:
    names = [tell(name) for name in (msg("Sample A"), msg("Sample B"), msg("Sample C"))]
    return stacked_bars(names, [("2024", (4, 2, 0)), ("2025", (3, 5, 1)), ("2026", (1, 4, 6))])


def _lines() -> LineChart:
    periods = [f"{year}-T{quarter}" for year in (2024, 2025) for quarter in (1, 2, 3, 4)]
    first = Series(tell(msg("Sample A")), (0, 1, 1, 3, 4, 4, 7, 9))
    second = Series(tell(msg("Sample B")), (2, 2, 3, 3, 2, 5, 4, 6))
    return line_chart(periods, (first, second))


def _timeline() -> tuple[Line, ...]:
    kinds = list(HEADINGS)[:2]
    days = (datetime(2026, 1, day, tzinfo=UTC) for day in (12, 8))
    internal = (True, False)
    return tuple(
        Line(at, tell(HEADINGS[kind]), tell(msg("Author")), 1, "", "", is_internal)
        for at, kind, is_internal in zip(days, kinds, internal, strict=True)
    )
