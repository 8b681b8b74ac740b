"""Accounts: the list, one account with what can be done about it, invitations."""

from collections.abc import Callable

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from kb.accounts import administration, service, sessions
from kb.accounts.directory import find_account, find_accounts, last_sign_ins, names_of
from kb.accounts.models import User
from kb.accounts.organisations import all_organisations
from kb.accounts.permissions import Actor, Role
from kb.accounts.service import NewAccount
from kb.core.errors import Conflict, Invalid
from kb.core.language import Locale
from kb.core.messages import Message, msg
from kb.core.paging import PER_PAGE, Paging
from kb.core.unit_of_work import UnitOfWork
from kb.web.admin.link import link_page
from kb.web.admin.lists import (
    ROLE_LABELS,
    countries,
    page_number,
    pages_of,
    role_choices,
    with_nothing,
)
from kb.web.countries import country_choices, country_or_unknown
from kb.web.current import runtime
from kb.web.forms import Form, read_form, small_number, told
from kb.web.language import current_locale, tell
from kb.web.sessions import current_actor, member
from kb.web.templating import LANGUAGE_NAMES

SEE_OTHER = 303
INVITED, ACTIVE, DISABLED = msg("invited"), msg("active"), msg("disabled")


def users() -> str:
    """All accounts, or those with some words or a role."""
    words = request.args.get("q", "").strip()[:200]
    code = request.args.get("role", "")
    role = Role(code) if code in set(Role) else None
    with runtime().reading() as session:
        found, total = find_accounts(session, words, role, Paging(page_number()))
        return render_template(
            "admin/users.html",
            words=words,
            role=code,
            roles=with_nothing(role_choices()),
            role_labels=ROLE_LABELS,
            users=found,
            total=total,
            condition=condition,
            last_seen=last_sign_ins(session, [user.id for user in found]),
            pages=pages_of(total, PER_PAGE),
        )


def condition(user: User) -> Message:
    """Whether an account can be signed in to."""
    if user.disabled_at is not None:
        return DISABLED
    return ACTIVE if user.password_hash else INVITED


def user(user_id: int) -> Response | str:
    """One account; what is done about it comes as a post of its own."""
    if request.method == "POST":
        return _act(user_id)
    kb = runtime()
    with kb.reading() as session:
        found = find_account(session, user_id)
        held = {grant.role for grant in found.grants}
        return render_template(
            "admin/user.html",
            user=found,
            is_oneself=user_id == member().user_id,
            condition=condition(found),
            grants=sorted(found.grants, key=lambda grant: list(Role).index(grant.role)),
            role_labels=ROLE_LABELS,
            granted_by=names_of(session, [grant.granted_by_id for grant in found.grants]),
            others=role_choices(frozenset(Role) - held),
            last_seen=last_sign_ins(session, [user_id]).get(user_id),
            open_sessions=len(sessions.open_sessions(session, user_id, kb.clock.now())),
            country_labels=dict(country_choices(current_locale())),
        )


def _act(user_id: int) -> Response | str:
    form = read_form("what", "role")
    act, done = ACTS.get(form["what"], (None, ""))
    if act is None:
        raise Invalid(msg("The request is not valid."))
    with runtime().begin() as work:
        token = act(work, current_actor(), user_id, form)
    if token is not None:
        return link_page(token)
    return redirect(url_for("admin.user", user_id=user_id, done=done), SEE_OTHER)


def _role(form: Form) -> Role:
    if form["role"] not in set(Role):
        raise Invalid(msg("Choose a role."))
    return Role(form["role"])


def _grant(work: UnitOfWork, actor: Actor, user_id: int, form: Form) -> None:
    service.grant_role(work, actor, user_id, _role(form))


def _revoke(work: UnitOfWork, actor: Actor, user_id: int, form: Form) -> None:
    service.revoke_role(work, actor, user_id, _role(form))


def _disable(work: UnitOfWork, actor: Actor, user_id: int, _form: Form) -> None:
    service.disable(work, actor, user_id)


def _enable(work: UnitOfWork, actor: Actor, user_id: int, _form: Form) -> None:
    service.enable(work, actor, user_id)


def _reset(work: UnitOfWork, actor: Actor, user_id: int, _form: Form) -> str:
    return service.reset_password(work, actor, user_id)


def _invite_again(work: UnitOfWork, actor: Actor, user_id: int, _form: Form) -> str:
    return administration.invite_again(work, actor, user_id)


def _remove_second_factor(work: UnitOfWork, actor: Actor, user_id: int, _form: Form) -> None:
    service.remove_second_factor(work, actor, user_id)


def _sign_out(work: UnitOfWork, actor: Actor, user_id: int, _form: Form) -> None:
    administration.sign_out(work, actor, user_id)


# What a button says -> what is done (returning the token of a link, if there is one) and told.
ACTS: dict[str, tuple[Callable[[UnitOfWork, Actor, int, Form], str | None], str]] = {
    "grant": (_grant, "role-granted"),
    "revoke": (_revoke, "role-revoked"),
    "disable": (_disable, "account-disabled"),
    "enable": (_enable, "account-enabled"),
    "reset": (_reset, ""),
    "invite": (_invite_again, ""),
    "second-factor": (_remove_second_factor, "factor-taken-away"),
    "sign-out": (_sign_out, "signed-out-everywhere"),
}


def invite() -> Response | str:
    """The form for a new account, then its link."""
    if request.method != "POST":
        return _invitation({"locale": current_locale().value}, (), {})
    names = ("email", "name", "locale", "organisation", "country")
    form = read_form(*names, many=("roles",))
    try:
        with runtime().begin() as work:
            token = service.invite(work, current_actor(), _new_account(form))[1]
    except (Invalid, Conflict) as error:
        problems = told(error.problems) if isinstance(error, Invalid) else {}
        problems = problems or {"email": tell(error.message)}
        body = _invitation(dict(form.values), form.chosen("roles"), problems)
        return make_response(body, error.status)
    return link_page(token)


def _new_account(form: Form) -> NewAccount:
    if form["locale"] not in set(Locale):
        why = {"locale": msg("Choose a language.")}
        raise Invalid(msg("Something is missing or not right."), why)
    organisation_id = small_number(form["organisation"])
    if form["organisation"] and not organisation_id:
        why = {"organisation": msg("Choose an organisation from the list.")}
        raise Invalid(msg("Something is missing or not right."), why)
    return NewAccount(
        email=form["email"],
        name=form["name"],
        locale=Locale(form["locale"]),
        roles=frozenset(role for role in Role if role in form.chosen("roles")),
        organisation_id=organisation_id,
        country=country_or_unknown(form["country"]) or None,
    )


def _invitation(values: dict[str, str], chosen: tuple[str, ...], problems: dict[str, str]) -> str:
    with runtime().reading() as session:
        organisations = [
            (str(each.id), f"{each.name} ({each.country})") for each in all_organisations(session)
        ]
    empty = dict.fromkeys(("email", "name", "locale", "organisation", "country"), "")
    return render_template(
        "admin/invite.html",
        values={**empty, **values},
        chosen=chosen,
        problems=problems,
        roles=role_choices(),
        locales_to_choose=[(locale.value, name) for locale, name in LANGUAGE_NAMES.items()],
        organisations=with_nothing(organisations),
        countries=countries(),
    )
