"""What readers report about practices: the list of the desk, and one of them with its answer."""

from collections.abc import Mapping

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from kb.core.errors import Invalid
from kb.reports.models import NOTE_LENGTH
from kb.reports.queries import handled_reports, one_report, open_reports
from kb.reports.service import handle
from kb.web.browse.report import KINDS
from kb.web.current import runtime
from kb.web.forms import read_form, told
from kb.web.language import drop_language
from kb.web.review.page import age
from kb.web.sessions import current_actor

REFUSED = 422
SEE_OTHER = 303

blueprint = Blueprint("reports", __name__)
blueprint.url_value_preprocessor(drop_language)


@blueprint.get("/<lang:lang>/reports")
def overview() -> str:
    """What is still to be dealt with, what endangers somebody first; and what was."""
    actor = current_actor()
    with runtime().reading() as session:
        return render_template(
            "review/reports.html",
            waiting=open_reports(session, actor),
            handled=handled_reports(session, actor),
            kinds=KINDS,
            age=age,
        )


@blueprint.route("/<lang:lang>/reports/<int:report_id>", methods=("GET", "POST"))
def report(report_id: int) -> Response | str:
    """One report, and what was done about it."""
    if request.method != "POST":
        return _page(report_id, {}, {})
    form = read_form("note")
    try:
        with runtime().begin() as work:
            handle(work, current_actor(), report_id, form["note"])
    except Invalid as error:
        return make_response(_page(report_id, form.values, told(error.problems)), REFUSED)
    return redirect(
        url_for("reports.report", report_id=report_id, done="report-handled"), SEE_OTHER
    )


def _page(report_id: int, values: Mapping[str, str], problems: Mapping[str, str]) -> str:
    with runtime().reading() as session:
        return render_template(
            "review/report.html",
            report=one_report(session, current_actor(), report_id),
            kinds=KINDS,
            values=values,
            problems=problems,
            longest=NOTE_LENGTH,
        )
