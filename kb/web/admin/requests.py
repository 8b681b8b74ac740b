"""Requests for access: editors and admins answer them."""

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from kb.accounts.directory import open_requests
from kb.accounts.permissions import GRANTED_BY_EDITORS, Permission, Role, permits
from kb.accounts.service import decide_request
from kb.core.errors import Invalid
from kb.core.messages import msg
from kb.web.admin.link import link_page
from kb.web.admin.lists import role_choices
from kb.web.countries import country_choices
from kb.web.current import runtime
from kb.web.forms import Form, read_form, told
from kb.web.language import current_locale
from kb.web.sessions import current_actor

REFUSED = 422
SEE_OTHER = 303


def requests() -> Response | str:
    """Those that wait, the oldest first; and the answer to one of them."""
    if request.method != "POST":
        return _page({}, 0, ())
    form = read_form("request", "decision", many=("roles",))
    try:
        return _decide(form)
    except Invalid as error:
        if not error.problems:
            raise
        body = _page(told(error.problems), form.number("request") or 0, form.chosen("roles"))
        return make_response(body, REFUSED)


def _decide(form: Form) -> Response | str:
    number, granted = form.number("request"), form["decision"] == "grant"
    roles = frozenset(role for role in Role if role in form.chosen("roles"))
    if number is None or form["decision"] not in {"grant", "refuse"}:
        raise Invalid(msg("The request is not valid."))
    if granted and not roles:
        why = {"roles": msg("Choose at least one role.")}
        raise Invalid(msg("Something is missing or not right."), why)
    with runtime().begin() as work:
        token = decide_request(work, current_actor(), number, roles if granted else None)
    if token is None:
        done = "access-granted" if granted else "access-refused"
        return redirect(url_for("admin.requests", done=done), SEE_OTHER)
    return link_page(token)


def _page(problems: dict[str, str], number: int, chosen: tuple[str, ...]) -> str:
    grants_all = permits(current_actor(), Permission.USERS_MANAGE)
    with runtime().reading() as session:
        return render_template(
            "admin/requests.html",
            requests=open_requests(session),
            country_labels=dict(country_choices(current_locale())),
            roles=role_choices(frozenset(Role) if grants_all else GRANTED_BY_EDITORS),
            problems=problems,
            refused=number,
            chosen=chosen,
        )
