"""Ways in: signing in, a new password by link, a request for access. Nobody is known yet."""

from collections.abc import Mapping

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from kb.accounts import access_requests, links
from kb.accounts.access_requests import NewRequest
from kb.accounts.people import EMAIL_LENGTH, NAME_LENGTH, email_problem, normal_email
from kb.accounts.signing_in import SENTENCES, Outcome, Proof
from kb.accounts.throttle import TOO_MANY
from kb.core.errors import Invalid
from kb.core.messages import Message, msg
from kb.web.account import credentials
from kb.web.account.credentials import caller, half_way, prove, prove_code, user_half_way
from kb.web.account.next_page import local_path, start_of
from kb.web.countries import country_choices, country_or_unknown
from kb.web.current import runtime
from kb.web.forms import Form, read_form, told
from kb.web.language import current_locale, tell
from kb.web.sessions import begin, member, signed_in

SEE_OTHER = 303
REFUSED = 422
TRY_LATER = 429
GONE = 404
TOO_LATE = msg("That took too long. Please begin again.")

Answer = Response | str


def sign_in() -> Answer:
    """E-mail and password, then the code of the second factor where there is one."""
    if request.method != "POST":
        who = signed_in()
        next_path = local_path(request.args.get("next", ""))
        return _sign_in_page({"next": next_path}) if who is None else redirect(start_of(who))
    form = read_form("email", "password", "next", "half", "code")
    if form["half"]:
        return _second_step(form)
    proof = prove(form["email"], form["password"])
    return _after(proof, local_path(form["next"]), form["email"])


def forgotten() -> Answer:
    """A link to a new password, sent to whoever has an account; the same answer to all."""
    if request.method != "POST":
        return render_template("account/forgotten.html", email="", problems={})
    email = read_form("email")["email"]
    problem = email_problem(normal_email(email))
    status = REFUSED
    if problem is None:
        # The housekeeping delivers it: an answer that takes longer would say that there is one.
        with runtime().begin(deliver=False) as work:
            is_taken = links.ask_for_link(work, caller(), email)
        if is_taken:
            return redirect(url_for("account.sign_in", done="link-sent"), SEE_OTHER)
        problem, status = TOO_MANY, TRY_LATER
    body = render_template(
        "account/forgotten.html", email=email, problems={"email": tell(problem)}
    )
    return make_response(body, status)


def password(token: str) -> Answer:
    """The form behind a one-time link. Looking at it uses nothing up."""
    kb = runtime()
    with kb.reading() as session:
        link = links.find_link(session, token, kb.clock.now())
        email = links.email_of(session, link) if link else ""
    if link is None:
        return make_response(render_template("account/link_dead.html"), GONE)
    if request.method != "POST":
        return render_template("account/password.html", email=email, problems={})
    form = read_form("password", "repeated")
    try:
        with kb.begin() as work:
            user_id = links.use_link(work, kb.passwords, token, form["password"], form["repeated"])
    except Invalid as error:
        problems = told(error.problems)
        body = render_template("account/password.html", email=email, problems=problems)
        return make_response(body, REFUSED)
    if user_id is None:
        return make_response(render_template("account/link_dead.html"), GONE)
    # A letter that fell into other hands does not replace the phone.
    needs_code = credentials.has_second_factor(user_id)
    outcome = Outcome.CODE_WANTED if needs_code else Outcome.RIGHT
    return _after(Proof(outcome, user_id), "", email, done="password-set")


def request_access() -> Answer:
    """A visitor says who they are and why; the same answer to all."""
    if request.method != "POST":
        values = {"locale": current_locale().value}
        return _request_page(values, {})
    names = ("email", "name", "organisation", "country", "purpose", "locale")
    form = read_form(*names)
    new = NewRequest(**{**form.values, "country": country_or_unknown(form["country"])})
    try:
        with runtime().begin() as work:
            is_taken = access_requests.ask_for_access(work, caller(), new)
    except Invalid as error:
        return make_response(_request_page(form.values, told(error.problems)), REFUSED)
    if not is_taken:
        body = _request_page(form.values, {"email": tell(TOO_MANY)})
        return make_response(body, TRY_LATER)
    return redirect(url_for("account.request_access", done="access-asked"), SEE_OTHER)


def _second_step(form: Form) -> Answer:
    user_id = user_half_way(form["half"])
    if user_id is None:
        return _refused({"next": local_path(form["next"])}, TOO_LATE)
    return _after(prove_code(user_id, form["code"]), local_path(form["next"]), half=form["half"])


def _after(
    proof: Proof, next_path: str, email: str = "", *, half: str = "", done: str | None = None
) -> Answer:
    """In, half-way in, or the page again with what was wrong."""
    if proof.outcome is Outcome.RIGHT:
        begin(proof.user_id)
        start = start_of(member())
        return redirect(next_path or (f"{start}?done={done}" if done else start), SEE_OTHER)
    values = {"next": next_path, "email": email, "half": half}
    if proof.outcome is Outcome.CODE_WANTED:
        return _sign_in_page({**values, "half": half_way(proof.user_id)})
    return _refused(values, SENTENCES[proof.outcome], proof.outcome)


def _refused(
    values: dict[str, str], problem: Message, outcome: Outcome = Outcome.WRONG
) -> Response:
    status = TRY_LATER if outcome is Outcome.TOO_MANY else REFUSED
    field = "code" if values.get("half") else "email"
    return make_response(_sign_in_page(values, {field: tell(problem)}), status)


def _sign_in_page(values: dict[str, str], problems: dict[str, str] | None = None) -> str:
    empty = {"next": "", "email": "", "half": ""}
    return render_template(
        "account/sign_in.html", values={**empty, **values}, problems=problems or {}
    )


def _request_page(values: Mapping[str, str], problems: dict[str, str]) -> str:
    return render_template(
        "account/request_access.html",
        values=values,
        problems=problems,
        countries=(("", "–"), *country_choices(current_locale())),
        lengths={
            "email": EMAIL_LENGTH,
            "name": NAME_LENGTH,
            "purpose": access_requests.PURPOSE_LENGTH,
        },
    )
