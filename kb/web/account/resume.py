"""A form that cannot be taken as it came is kept: signing in or a click sends it again."""

from collections.abc import Sequence

from flask import Response, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from kb.accounts import sessions
from kb.accounts.sessions import SignedIn
from kb.accounts.signing_in import SENTENCES, Outcome
from kb.core.messages import Message, msg
from kb.web import errors
from kb.web.account.credentials import prove, prove_again
from kb.web.current import runtime
from kb.web.forms import TOKEN_FIELD, token_session
from kb.web.language import tell
from kb.web.sessions import begin, forget_device

# Fields of these pages themselves, which are never repeated: among them a password.
OWN = "resume_"
REFUSED = 403
NOT_OURS = msg("This form was not sent from this site.")
NOT_YOURS = msg("This form was begun by somebody else. Nothing was done.")

Fields = Sequence[tuple[str, str]]


def sign_in_again() -> BaseResponse | None:
    """The session has ended: ask for the password and send the same form again."""
    if request.endpoint == "account.sign_out":
        forget_device()
        return redirect(url_for("browse.home", done="signed-out"), 303)
    owner = _owner_of_form()
    if owner is None:
        return errors.page(REFUSED, msg("Please sign in again."))
    problem = None
    if brings_password():
        answers = [request.form.get(f"{OWN}{name}", "") for name in ("email", "password", "code")]
        proof = prove(*answers)
        if proof.outcome is Outcome.RIGHT:
            if proof.user_id != owner:
                return errors.page(REFUSED, NOT_YOURS)
            begin(owner)
            return None
        problem = SENTENCES[proof.outcome]
    # The form keeps the token it came with: it tells who began it.
    kept = [(TOKEN_FIELD, request.form[TOKEN_FIELD]), *_posted()]
    return _page("sign-in", here(), kept, problem)


def send_again(who: SignedIn) -> BaseResponse | None:
    """The form is of an earlier session of the same person: one click sends it again."""
    owner = _owner_of_form()
    if owner is None:
        return errors.page(REFUSED, NOT_OURS)
    if owner != who.user_id:
        return errors.page(REFUSED, NOT_YOURS)
    return _page("send", here(), _posted())


def confirm(who: SignedIn) -> BaseResponse | None:
    """What is privileged asks for the password again, and then goes on."""
    if request.method in {"GET", "HEAD"}:
        return _page("confirm", url_for("account.confirm"), [("next", here())])
    problem = confirm_by_form(who)
    if brings_password() and problem is None:
        return None
    return _page("confirm", here(), _posted(), problem)


def confirm_by_form(who: SignedIn) -> Message | None:
    """Note that the posted password was right; what was wrong with it otherwise."""
    if not brings_password():
        return None
    proof = prove_again(who.user_id, request.form[f"{OWN}password"])
    if proof.outcome is Outcome.TOO_MANY:
        return SENTENCES[Outcome.TOO_MANY]
    if proof.outcome is not Outcome.RIGHT:
        return msg("This is not your present password.")
    with runtime().begin() as work:
        sessions.confirm(work, who.session_id)
    return None


def confirm_page(next_path: str, problem: Message | None) -> Response:
    """The page that asks for the password on the way to another page."""
    return _page("confirm", url_for("account.confirm"), [("next", next_path)], problem)


def brings_password() -> bool:
    """Whether this is the answer to one of these pages."""
    return f"{OWN}password" in request.form


def here() -> str:
    """The address of this request, without the host."""
    return request.full_path if request.query_string else request.path


def _owner_of_form() -> int | None:
    named = token_session()
    if named is None:
        return None
    with runtime().reading() as session:
        return sessions.owner_of(session, named)


def _posted() -> Fields:
    return [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name != TOKEN_FIELD and not name.startswith(OWN)
    ]


def _page(mode: str, action: str, fields: Fields, problem: Message | None = None) -> Response:
    # Neither page has a twin to link to: in the other language nothing was sent.
    g.error_page = g.anonymous_form = True
    body = render_template(
        "account/resume.html",
        mode=mode,
        action=action,
        fields=fields,
        had_files=any(file.filename for file in request.files.values()),
        problems={f"{OWN}password": tell(problem)} if problem else {},
    )
    return make_response(body, REFUSED)
