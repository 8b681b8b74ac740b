"""One's own account: profile, password, second factor, signed-in browsers, signing out."""

from collections.abc import Callable, Mapping

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from kb.accounts import links, profile, second_factor, sessions
from kb.accounts.directory import find_account
from kb.accounts.models import OrganisationType, User
from kb.accounts.organisations import all_organisations
from kb.accounts.profile import Profile
from kb.accounts.signing_in import SENTENCES, Outcome
from kb.core.errors import Invalid
from kb.core.messages import Message, msg
from kb.notifications import preferences
from kb.notifications.wishes import MailLevel, MailRhythm
from kb.web.account import resume
from kb.web.account.credentials import prove_again
from kb.web.account.device import device_name
from kb.web.account.next_page import local_path, start_of
from kb.web.countries import country_choices, country_or_unknown
from kb.web.current import runtime
from kb.web.forms import read_form, told
from kb.web.language import current_locale, tell
from kb.web.sessions import begin, finish, forget_device, member

SEE_OTHER = 303
REFUSED = 422
OTHERS = "others"
LEVELS: Mapping[MailLevel, Message] = {
    MailLevel.ALL: msg("everything that concerns me"),
    MailLevel.TO_DO: msg("only what asks me to do something"),
    MailLevel.NONE: msg("nothing: I look here by myself"),
}
RHYTHMS: Mapping[MailRhythm, Message] = {
    MailRhythm.AT_ONCE: msg("at once, one mail for each thing"),
    MailRhythm.DAILY: msg("once a day, in the morning, if there is anything"),
}

Answer = Response | str


def sign_out() -> Response:
    """The session ends on the server, so every copy of the cookie is dead."""
    finish()
    return redirect(url_for("browse.home", done="signed-out"), SEE_OTHER)


def confirm() -> Answer:
    """The password was asked for on the way to another page."""
    next_path = local_path(read_form("next")["next"])
    problem = resume.confirm_by_form(member())
    if problem is not None:
        return resume.confirm_page(next_path, problem)
    return redirect(next_path or start_of(member()), SEE_OTHER)


def overview() -> Answer:
    """What is kept about the account, each part with its form."""
    if request.method != "POST":
        return _overview({}, {})
    change = CHANGES.get(read_form("what")["what"])
    if change is None:
        raise Invalid(msg("The request is not valid."))
    try:
        return change()
    except Invalid as error:
        if not error.problems:
            raise
        return make_response(_overview(request.form, told(error.problems)), REFUSED)


def _change_profile() -> Response:
    fields = tuple(Profile.__dataclass_fields__)
    form = read_form(*fields)
    values = {
        **form.values,
        "country": country_or_unknown(form["country"]),
        "organisation_country": country_or_unknown(form["organisation_country"]),
    }
    with runtime().begin() as work:
        profile.change_profile(work, member().user_id, Profile(**values))
    return redirect(url_for("account.overview", done="saved"), SEE_OTHER)


def _change_password() -> Response:
    form = read_form("current", "password", "repeated")
    user_id = member().user_id
    proof = prove_again(user_id, form["current"])
    if proof.outcome is Outcome.TOO_MANY:
        raise Invalid(msg("The request is not valid."), {"current": SENTENCES[proof.outcome]})
    links.refuse_wrong(proof.outcome is Outcome.RIGHT)
    kb = runtime()
    with kb.begin() as work:
        links.change_password(work, kb.passwords, user_id, form["password"], form["repeated"])
    begin(user_id)
    forget_device()
    return redirect(url_for("account.overview", done="password-set"), SEE_OTHER)


def _end_sessions() -> Response:
    who, form = member(), read_form("session")
    chosen = form.number("session")
    if chosen is None and form["session"] != OTHERS:
        raise Invalid(msg("The request is not valid."))
    with runtime().begin() as work:
        profile.end_sessions(work, who.user_id, chosen, but=who.session_id)
    return redirect(url_for("account.overview", done="sessions-ended"), SEE_OTHER)


def _change_mails() -> Response:
    form = read_form("level", "rhythm")
    with runtime().begin() as work:
        preferences.choose(work, member().user_id, form["level"], form["rhythm"])
    return redirect(url_for("account.overview", done="saved"), SEE_OTHER)


CHANGES: Mapping[str, Callable[[], Response]] = {
    "profile": _change_profile,
    "mails": _change_mails,
    "password": _change_password,
    "sessions": _end_sessions,
}


def _overview(values: Mapping[str, str], problems: Mapping[str, str]) -> str:
    kb, who, locale = runtime(), member(), current_locale()
    with kb.reading() as session:
        user = find_account(session, who.user_id)
        vocabularies = kb.vocabularies.get(session)
        countries = country_choices(locale)
        places = dict(countries)
        return render_template(
            "account/overview.html",
            user=user,
            values=values if values.get("what") == "profile" else _kept(user),
            problems=problems,
            who=who,
            wish=preferences.wish_of(session, who.user_id),
            levels=[(level.value, tell(words)) for level, words in LEVELS.items()],
            rhythms=[(rhythm.value, tell(words)) for rhythm, words in RHYTHMS.items()],
            countries=(("", "–"), *countries),
            organisations=[
                (str(each.id), f"{each.name} ({places.get(each.country, each.country)})")
                for each in all_organisations(session)
            ],
            kinds=[
                (kind, vocabularies.label("organisation_types", kind, locale))
                for kind in OrganisationType
            ],
            sessions=[
                (each, device_name(each.device))
                for each in sessions.open_sessions(session, who.user_id, kb.clock.now())
            ],
            recovery_codes=second_factor.recovery_codes_left(session, who.user_id),
        )


def _kept(user: User) -> Mapping[str, str]:
    """The form as it is before anything is written in it."""
    return {
        "name": user.name,
        "country": user.country or "",
        "locale": user.locale.value,
        "organisation": str(user.organisation_id or ""),
    }
