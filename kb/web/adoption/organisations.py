"""Organisations that stand twice in the register."""

from collections.abc import Mapping

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from kb.accounts.models import OrganisationType
from kb.accounts.organisations import all_organisations
from kb.adoption.organisations import merge
from kb.core.errors import Invalid
from kb.web.adoption.recording import SEE_OTHER
from kb.web.countries import country_choices
from kb.web.current import runtime
from kb.web.forms import read_form, told
from kb.web.language import current_locale
from kb.web.sessions import current_actor

TYPES = tuple(OrganisationType)


def organisations() -> Response | str:
    """All of them, and the form to make one of two."""
    if request.method != "POST":
        return _page({"duplicate": "", "into": ""}, {})
    form = read_form("duplicate", "into")
    try:
        with runtime().begin() as work:
            duplicate, into = form.number("duplicate") or 0, form.number("into") or 0
            merge(work, current_actor(), duplicate, into)
    except Invalid as refused:
        return make_response(_page(form.values, told(refused.problems)), refused.status)
    return redirect(url_for("adoption.organisations", done="merged"), SEE_OTHER)


def _page(values: Mapping[str, str], problems: Mapping[str, str]) -> str:
    kb, locale = runtime(), current_locale()
    places = dict(country_choices(locale))
    with kb.reading() as session:
        vocabularies = kb.vocabularies.get(session)
        kinds = {each: vocabularies.label("organisation_types", each, locale) for each in TYPES}
        found = [
            (str(each.id), f"{each.name} – {kinds[each.type]}, {places.get(each.country, '')}")
            for each in all_organisations(session)
        ]
    return render_template(
        "adoption/organisations.html",
        organisations=found,
        choices=[("", "–"), *found],
        values=values,
        problems=problems,
    )
