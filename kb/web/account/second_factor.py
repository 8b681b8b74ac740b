"""Setting the second factor up; afterwards new recovery codes, or another phone."""

from collections.abc import Mapping
from secrets import token_urlsafe

from flask import make_response, redirect, render_template, request, url_for
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response

from kb.accounts import second_factor
from kb.accounts.directory import find_account
from kb.accounts.permissions import NEEDS_SECOND_FACTOR
from kb.accounts.signing_in import SENTENCES, Outcome
from kb.core.errors import Invalid
from kb.core.messages import msg
from kb.web.account import resume
from kb.web.account.credentials import prove_code
from kb.web.account.next_page import start_of
from kb.web.account.qr import square_code
from kb.web.current import runtime
from kb.web.forms import read_form, told
from kb.web.sessions import member

SEE_OTHER = 303
REFUSED = 422

Answer = Response | str


def page() -> Answer:
    """The one page of the second factor; who came in a while ago gives the password again."""
    if not member().is_fresh(runtime().clock.now()):
        asked = resume.confirm(member())
        if asked is not None:
            return asked
    if request.method != "POST":
        return _page({})
    form = read_form("what", "setup", "code")
    try:
        if form["what"] == "set-up":
            return _set_up(form["setup"], form["code"])
        return _change(form["what"], form["code"])
    except Invalid as error:
        if not error.problems:
            raise
        return make_response(_page(told(error.problems), form["setup"]), REFUSED)


def _set_up(setup: str, code: str) -> Answer:
    user_id = member().user_id
    secret = _secret_in(setup)
    if secret is None:
        raise Invalid(msg("The request is not valid."))
    with runtime().begin() as work:
        codes = second_factor.set_up(work, user_id, secret, code)
    return _codes_page(codes)


def _change(what: str, code: str) -> Answer:
    user_id = member().user_id
    if what not in {"codes", "remove"}:
        raise Invalid(msg("The request is not valid."))
    proof = prove_code(user_id, code)
    if proof.outcome is not Outcome.RIGHT:
        raise Invalid(msg("The request is not valid."), {"code": SENTENCES[proof.outcome]})
    with runtime().begin() as work:
        if what == "codes":
            return _codes_page(second_factor.new_recovery_codes(work, user_id))
        second_factor.take_down(work, user_id)
    address = url_for("account.second_factor", done="second-factor-removed")
    return redirect(address, SEE_OTHER)


def _page(problems: Mapping[str, str], setup: str = "") -> str:
    """Status where it is set up; else a secret, which is kept nowhere before a code proves it."""
    who = member()
    with runtime().reading() as session:
        user = find_account(session, who.user_id)
        left = second_factor.recovery_codes_left(session, who.user_id)
        email, is_set = user.email, user.totp_secret is not None
    secret = _secret_in(setup) or second_factor.new_secret(token_urlsafe)
    address = second_factor.address_for_phone(secret, email)
    return render_template(
        "account/second_factor.html",
        is_set=is_set,
        is_needed=bool(who.actor.roles & NEEDS_SECOND_FACTOR)
        and runtime().settings.second_factor_required,
        recovery_codes=left,
        setup=_signer().dumps([who.user_id, secret]),
        secret=" ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
        address=address,
        square=square_code(address),
        problems=problems,
    )


def _codes_page(codes: list[str]) -> str:
    return render_template("account/recovery_codes.html", codes=codes, start=start_of(member()))


def _secret_in(setup: str) -> str | None:
    """The secret that this page gave to this very user."""
    try:
        user_id, secret = _signer().loads(setup)
    except (BadSignature, ValueError, TypeError):
        return None
    return str(secret) if user_id == member().user_id else None


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(runtime().settings.secret_key, salt="second-factor")
