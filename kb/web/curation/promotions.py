"""The editors' choice above the results of a query."""

from collections.abc import Mapping

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from kb.core.errors import Invalid
from kb.core.folding import fold
from kb.core.messages import msg
from kb.core.unit_of_work import UnitOfWork
from kb.practices.queries import public_views
from kb.search.promotions import all_promotions, move_up, promote, withdraw_promotion
from kb.web.current import runtime
from kb.web.forms import Form, read_form, told
from kb.web.language import current_locale
from kb.web.reading import current_reader
from kb.web.sessions import current_actor

SEE_OTHER = 303
MOVES = {"up": move_up, "remove": withdraw_promotion}
DONE = {"up": "saved", "remove": "promotion-removed"}


def promotions() -> Response | str:
    """All of them by query, and the form for another one."""
    if request.method != "POST":
        return _page({"query": request.args.get("query", ""), "practice": ""}, {})
    form = read_form("do", "promotion", "query", "practice")
    try:
        with runtime().begin() as work:
            done = _perform(work, form)
    except Invalid as error:
        return make_response(_page(form.values, told(error.problems)), error.status)
    return redirect(url_for("curation.promotions", done=done), SEE_OTHER)


def _perform(work: UnitOfWork, form: Form) -> str:
    """Do what the form says; returns the notice for it."""
    do, actor = form["do"], current_actor()
    if do in MOVES:
        number = form.number("promotion")
        if number is None:
            raise Invalid(msg("The request is not valid."))
        MOVES[do](work, actor, number)
        return DONE[do]
    promote(work, actor, form["query"], form["practice"])
    return "promoted"


def _page(values: Mapping[str, str], problems: dict[str, str]) -> str:
    locale = current_locale()
    with runtime().reading() as session:
        titles = [
            (view.slug, view.text_for(locale).title) for view in public_views(session).values()
        ]
        return render_template(
            "curation/promotions.html",
            promotions=all_promotions(session, current_reader()),
            practices=[("", "–"), *sorted(titles, key=lambda each: fold(each[1]))],
            values=values,
            problems=problems,
        )
