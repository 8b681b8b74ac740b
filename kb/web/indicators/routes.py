"""Figures: fixed tables for everybody; filters, rows and files for editors."""

from datetime import date

from flask import Blueprint, Response, make_response, render_template, request

from kb.core.errors import Invalid, NotFound
from kb.core.messages import msg
from kb.core.paging import Paging
from kb.indicators.definitions import BY_KEY, Key
from kb.indicators.filters import DATES, TERMS, Filters, parse_filters
from kb.indicators.measuring import Measures, measure
from kb.indicators.periods import Quarter, quarter_named
from kb.indicators.rows import rows_behind
from kb.operations.installation import is_demonstration
from kb.vocabularies.catalogue import Vocabularies
from kb.web.admin.lists import page_number, pages_of, terms
from kb.web.current import runtime
from kb.web.figures.outlines import load_outlines
from kb.web.forms import told
from kb.web.indicators.dashboard import Dashboard, filter_choices, with_filters
from kb.web.indicators.files import FORMS, file_of
from kb.web.indicators.public import PublicPage
from kb.web.indicators.words import COLUMN_LABELS, Names, quarter_name
from kb.web.language import current_locale, drop_language

ROWS_ON_A_PAGE = 50

blueprint = Blueprint("indicators", __name__)
blueprint.url_value_preprocessor(drop_language)


@blueprint.get("/<lang:lang>/indicators")
def overview() -> str:
    """The last quarter that is over."""
    return _public(None)


@blueprint.get("/<lang:lang>/indicators/<slug:quarter>", endpoint="quarter")
def one_quarter(quarter: str) -> str:
    """An earlier quarter; what is not over is not there."""
    wanted = quarter_named(quarter)
    if wanted is None:
        raise NotFound(msg("There is no such page."))
    return _public(wanted)


@blueprint.get("/<lang:lang>/indicators/dashboard")
def dashboard() -> Response:
    """Every indicator, narrowed as the address says."""
    vocabularies = terms()
    try:
        found = _measured(vocabularies)
    except Invalid as error:
        return _refused(error, vocabularies)
    page = Dashboard(found, load_outlines(), vocabularies, current_locale())
    body = render_template(
        "indicators/dashboard.html",
        page=page,
        values=_form({name: codes[0] for name, codes in found.filters.parameters.items()}),
        problems={},
        choices=page.choices,
    )
    return make_response(body)


@blueprint.get("/<lang:lang>/indicators/<key>/rows")
def rows(key: str) -> str:
    """What was counted."""
    if key not in set(Key):
        raise NotFound(msg("There is no such page."))
    indicator, part = BY_KEY[Key(key)], request.args.get("of", "")
    vocabularies = terms()
    filters, names = _filters(vocabularies), Names(vocabularies, current_locale())
    if part and not names.has_part(indicator.key, part):
        raise NotFound(msg("There is no such page."))
    paging = Paging(page_number(), ROWS_ON_A_PAGE)
    with runtime().reading() as session:
        page = rows_behind(session, indicator.key, filters, paging, part)
    return render_template(
        "indicators/rows.html",
        indicator=indicator,
        part=names.part(indicator.key, part) if part else "",
        filters=filters,
        page=page,
        names=names,
        labels=COLUMN_LABELS,
        pages=pages_of(page.total, ROWS_ON_A_PAGE),
        back=with_filters("indicators.dashboard", filters),
    )


@blueprint.get("/<lang:lang>/indicators/dashboard.<form>")
def download(form: str) -> Response:
    """The numbers as a file for a spreadsheet."""
    if form not in FORMS:
        raise NotFound(msg("There is no such page."))
    vocabularies = terms()
    found = _measured(vocabularies)
    body = file_of(form, found, vocabularies, current_locale())
    name = f"palabre-{found.filters.period.first}-{found.filters.period.last}.{form}"
    response = Response(body, mimetype=FORMS[form])
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


@blueprint.get("/<lang:lang>/indicators/report")
def report() -> str:
    """One page to print, for those who pay."""
    vocabularies = terms()
    found = _measured(vocabularies)
    page = Dashboard(found, load_outlines(), vocabularies, current_locale())
    return render_template(
        "indicators/report.html",
        page=page,
        made_on=_today(),
        back=with_filters("indicators.dashboard", found.filters),
    )


def _public(wanted: Quarter | None) -> str:
    kb = runtime()
    with kb.reading() as session:
        vocabularies = kb.vocabularies.get(session)
        quarters = kb.figures.quarters(session, _today(), vocabularies)
        if wanted is not None and wanted not in quarters:
            raise NotFound(msg("There is no such page."))
        shown = wanted or (quarters[0] if quarters else None)
        made_up = is_demonstration(session)
        figures = (
            kb.figures.figures(session, shown, vocabularies, with_made_up=made_up)
            if shown
            else None
        )
    page = PublicPage(figures, vocabularies, current_locale()) if figures else None
    return render_template(
        "indicators/public.html",
        page=page,
        shown=shown,
        quarters=quarters,
        quarter_name=quarter_name,
    )


def _measured(vocabularies: Vocabularies) -> Measures:
    filters = _filters(vocabularies)
    with runtime().reading() as session:
        return measure(session, filters, vocabularies)


def _filters(vocabularies: Vocabularies) -> Filters:
    asked = {name: request.args.getlist(name) for name in (*DATES, *TERMS)}
    with runtime().reading() as session:
        made_up = is_demonstration(session)
    return parse_filters(asked, _today(), vocabularies, with_made_up=made_up)


def _refused(error: Invalid, vocabularies: Vocabularies) -> Response:
    """The form as it was sent, with what is wrong."""
    names = Names(vocabularies, current_locale())
    body = render_template(
        "indicators/dashboard.html",
        page=None,
        values=_form({name: request.args.get(name, "") for name in (*DATES, *TERMS)}),
        problems=told(error.problems),
        choices=filter_choices(vocabularies, names),
    )
    return make_response(body, error.status)


def _form(values: dict[str, str]) -> dict[str, str]:
    return {name: values.get(name, "") for name in (*DATES, *TERMS)}


def _today() -> date:
    return runtime().clock.now().date()
