"""What stands before every page: who may come in, and whether a form is really ours."""

from flask import Flask, g, redirect, request, url_for
from werkzeug.wrappers import Response

from kb.accounts.sessions import SignedIn
from kb.core.errors import Forbidden
from kb.core.messages import msg
from kb.web.access import ACCESS, ASKS_AGAIN, Access, lets_in
from kb.web.account import resume
from kb.web.current import runtime
from kb.web.forms import token_session
from kb.web.language import current_locale
from kb.web.sessions import lacks_second_factor, member, signed_in

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# What somebody without their second factor can still reach: setting it up, for which the password
# may be asked again, and leaving.
BEFORE_SECOND_FACTOR = frozenset({"account.second_factor", "account.confirm", "account.sign_out"})


def check() -> Response | None:
    """Let the request in, or answer it here."""
    access = ACCESS.get(request.endpoint or "")
    if access is None:  # no page of ours, or an interface, which answers for itself
        return None
    posts = request.method not in SAFE
    # A form that brings a password along can sign somebody in, whosever session it names.
    strict = access is Access.ANYONE or (posts and resume.brings_password())
    if posts and _comes_from_elsewhere(strict=strict):
        raise Forbidden(msg("This form was not sent from this site."))
    if access is Access.ANYONE:
        g.anonymous_form = request.url_rule is not None and "POST" in (
            request.url_rule.methods or ()
        )
        return None
    who = signed_in()
    if who is not None:
        return _check_member(who, access, posts=posts)
    if not posts:
        return _to_sign_in()
    # Signed in within the very form: its token names the session that has ended.
    return resume.sign_in_again() or _check_member(member(), access, posts=False)


def _check_member(who: SignedIn, access: Access, *, posts: bool) -> Response | None:
    if not lets_in(access, who.actor.roles):
        raise Forbidden(msg("You may not do this."))
    if lacks_second_factor(who) and request.endpoint not in BEFORE_SECOND_FACTOR:
        return redirect(url_for("account.second_factor", lang=current_locale()))
    if posts and token_session() != who.session_id:
        return resume.send_again(who)
    if access in ASKS_AGAIN and not who.is_fresh(runtime().clock.now()):
        return resume.confirm(who)
    return None


def _to_sign_in() -> Response:
    here = request.full_path if request.query_string else request.path
    return redirect(url_for("account.sign_in", lang=current_locale(), next=here))


def _comes_from_elsewhere(*, strict: bool) -> bool:
    """Whether another site made the browser send this.

    Browsers that say it in Sec-Fetch-Site are believed; older ones say Origin. Pages of members
    tell no referrer, which makes Origin "null": there the form's own token decides.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = request.headers.get("Origin")
    if origin is None:
        return False
    if origin == "null":
        return strict
    return origin.partition("://")[2] != request.host


def register(app: Flask) -> None:
    """Before every view."""
    app.before_request(check)
