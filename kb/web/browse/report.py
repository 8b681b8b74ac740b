"""Telling the desk about a practice: a form for everybody who can read it."""

from collections.abc import Mapping

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from kb.accounts.throttle import TOO_MANY
from kb.core.errors import Invalid
from kb.core.messages import Message, msg
from kb.practices.queries import public_view
from kb.reports.models import BODY_LENGTH, CONTACT_LENGTH, ReportKind
from kb.reports.service import NewReport, report
from kb.web.account.credentials import caller
from kb.web.current import runtime
from kb.web.forms import read_form, told
from kb.web.language import current_locale, drop_language, tell
from kb.web.reading import current_reader

SEE_OTHER = 303
REFUSED = 422
TRY_LATER = 429
# No person sees this field; who fills it in is a program, which is told that all went well.
TRAP = "website"
KINDS: Mapping[ReportKind, Message] = {
    ReportKind.DANGER: msg("This text puts somebody in danger"),
    ReportKind.CONSENT: msg("Somebody no longer agrees to its publication"),
    ReportKind.ERROR: msg("Something in it is wrong"),
    ReportKind.OTHER: msg("Something else"),
}

blueprint = Blueprint("reporting", __name__)
blueprint.url_value_preprocessor(drop_language)


@blueprint.route(
    "/<lang:lang>/practices/<slug:slug>/report", endpoint="form", methods=("GET", "POST")
)
def form_page(slug: str) -> Response | str:
    """The form and its answer; for whom the practice is not there, neither is this."""
    if request.method != "POST":
        return _page(slug, {}, {})
    form = read_form("kind", "body", "contact", TRAP)
    new = NewReport(form["kind"], form["body"], form["contact"], current_locale())
    reader = current_reader()
    if form[TRAP]:
        with runtime().reading() as session:
            public_view(session, slug, reader)
        return _sent(slug)
    try:
        with runtime().begin() as work:
            is_taken = report(work, caller(), reader, slug, new)
    except Invalid as error:
        return make_response(_page(slug, form.values, told(error.problems)), REFUSED)
    if not is_taken:
        return make_response(_page(slug, form.values, {"body": tell(TOO_MANY)}), TRY_LATER)
    return _sent(slug)


def _sent(slug: str) -> Response:
    return redirect(url_for("reporting.form", slug=slug, done="report-sent"), SEE_OTHER)


def _page(slug: str, values: Mapping[str, str], problems: Mapping[str, str]) -> str:
    with runtime().reading() as session:
        found = public_view(session, slug, current_reader())
    return render_template(
        "browse/report.html",
        practice=found,
        text=found.text_for(current_locale()),
        values=values,
        problems=problems,
        kinds=[(kind.value, tell(words)) for kind, words in KINDS.items()],
        lengths={"body": BODY_LENGTH, "contact": CONTACT_LENGTH},
        trap=TRAP,
    )
