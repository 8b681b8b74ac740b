"""Organisations: the list, adding one, changing one."""

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from kb.accounts.administration import save_organisation
from kb.accounts.models import OrganisationType
from kb.accounts.organisations import all_organisations
from kb.core.errors import Conflict, Invalid, NotFound
from kb.core.messages import msg
from kb.web.admin.lists import countries, terms, with_nothing
from kb.web.countries import country_choices, country_or_unknown
from kb.web.current import runtime
from kb.web.forms import read_form, told
from kb.web.language import current_locale, tell
from kb.web.sessions import current_actor

SEE_OTHER = 303
FIELDS = ("name", "type", "country")
EMPTY = dict.fromkeys(FIELDS, "")

Values = dict[str, str]


def organisations() -> Response | str:
    """All of them, and the form for a new one."""
    if request.method != "POST":
        return _list(EMPTY, {})
    values, problems, status = _saved(None)
    if not problems:
        return redirect(url_for("admin.organisations", done="saved"), SEE_OTHER)
    return make_response(_list(values, problems), status)


def change(number: int) -> Response | str:
    """One of them in a form."""
    if request.method == "POST":
        values, problems, status = _saved(number)
        if not problems:
            return redirect(url_for("admin.organisations", done="saved"), SEE_OTHER)
        return make_response(_form(values, problems), status)
    with runtime().reading() as session:
        for found in all_organisations(session):
            if found.id == number:
                values = {"name": found.name, "type": found.type, "country": found.country}
                return _form(values, {})
    raise NotFound(msg("There is no such organisation."))


def _saved(organisation_id: int | None) -> tuple[Values, dict[str, str], int]:
    """What was typed, what is wrong with it, and the status that says so."""
    form = read_form(*FIELDS)
    values = {name: form[name] for name in FIELDS}
    wanted = (values["name"], values["type"], country_or_unknown(values["country"]))
    try:
        with runtime().begin() as work:
            save_organisation(work, current_actor(), organisation_id, wanted)
    except Invalid as error:
        return values, told(error.problems), error.status
    except Conflict as error:
        return values, {"name": tell(error.message)}, error.status
    return values, {}, 0


def _list(values: Values, problems: dict[str, str]) -> str:
    with runtime().reading() as session:
        return render_template(
            "admin/organisations.html",
            organisations=all_organisations(session),
            kind_labels=dict(_kinds()),
            country_labels=dict(country_choices(current_locale())),
            **_parts(values, problems),
        )


def _form(values: Values, problems: dict[str, str]) -> str:
    return render_template("admin/organisation.html", **_parts(values, problems))


def _parts(values: Values, problems: dict[str, str]) -> dict[str, object]:
    return {
        "values": values,
        "problems": problems,
        "kinds": with_nothing(_kinds()),
        "countries": countries(),
    }


def _kinds() -> list[tuple[str, str]]:
    vocabularies, locale = terms(), current_locale()
    return [
        (kind.value, vocabularies.label("organisation_types", kind, locale))
        for kind in OrganisationType
    ]
