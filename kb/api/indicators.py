"""The figures that everybody may know, of a quarter that is over."""

from flask import Response, request

from kb.api.answers import answer, runtime
from kb.api.indicator_schemas import FigureDocument, IndicatorsDocument, SplitDocument
from kb.core.errors import Invalid, NotFound
from kb.core.messages import msg
from kb.indicators.definitions import COVERING, LED_BY
from kb.indicators.periods import quarter_named
from kb.indicators.public_tables import SPLITS, TOTAL, Figure
from kb.indicators.published import Figures
from kb.operations.installation import is_demonstration

NO_QUARTER_YET = IndicatorsDocument(
    quarter=None,
    quarters=(),
    practices=0,
    practices_by={},
    practices_led_by={},
    adoptions=None,
    follow_ups=None,
)


def get_indicators() -> Response:
    """The fixed tables of one quarter; the last one that is over where none is asked for."""
    asked, kb = request.args.get("quarter", ""), runtime()
    wanted = quarter_named(asked) if asked else None
    if asked and wanted is None:
        raise Invalid(
            msg("The request is not valid."),
            {"quarter": msg("is not a quarter like 2026-q1")},
        )
    with kb.reading() as session:
        vocabularies, made_up = kb.vocabularies.get(session), is_demonstration(session)
        quarters = kb.figures.quarters(session, kb.clock.now().date(), vocabularies)
        shown = wanted or (quarters[0] if quarters else None)
        if wanted is not None and wanted not in quarters:
            raise NotFound(msg("There are no figures of this quarter."))
        if shown is None:
            return answer(NO_QUARTER_YET)
        found = kb.figures.figures(session, shown, vocabularies, with_made_up=made_up)
    return answer(
        IndicatorsDocument(
            quarter=shown.name,
            quarters=tuple(quarter.name for quarter in quarters),
            practices=found.practices,
            practices_by={
                facet: dict(found.coverage[key]) for key, (facet, _) in COVERING.items()
            },
            practices_led_by={code: found.coverage[key][code] for key, code in LED_BY.items()},
            adoptions=_splits(found.adoptions),
            follow_ups=_follow_ups(found.follow_ups),
        )
    )


def _splits(found: Figures | None) -> SplitDocument | None:
    if found is None:
        return None
    return SplitDocument(
        total=_figure(found[TOTAL]),
        by={
            split: {
                str(name[1]): _figure(figure)
                for name, figure in found.items()
                if isinstance(name, tuple) and name[0] == split
            }
            for split in SPLITS
        },
    )


def _follow_ups(found: Figures | None) -> SplitDocument | None:
    if found is None:
        return None
    in_time = {"yes": _figure(found[True]), "no": _figure(found[False])}
    return SplitDocument(total=_figure(found[TOTAL]), by={"in_time": in_time})


def _figure(figure: Figure) -> FigureDocument:
    return FigureDocument(shown=figure.shown.value, count=figure.count)
