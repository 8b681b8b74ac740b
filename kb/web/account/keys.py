"""Keys for programs: making one, which is shown once, and revoking it."""

from collections.abc import Mapping

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from kb.accounts.keys import keys_of, make_key, revoke_key
from kb.core.errors import Conflict, Invalid
from kb.web.current import runtime
from kb.web.forms import read_form, told
from kb.web.language import tell
from kb.web.sessions import member

SEE_OTHER = 303


def page() -> Response | str:
    """The keys there are, and the form for another one."""
    if request.method != "POST":
        return _page({})
    form, user_id, token = read_form("do", "key", "name"), member().user_id, ""
    try:
        with runtime().begin() as work:
            if form["do"] == "revoke":
                revoke_key(work, user_id, form.number("key") or 0)
            else:
                token = make_key(work, user_id, form["name"])
    except Invalid as refused:
        return make_response(_page(told(refused.problems)), refused.status)
    except Conflict as refused:
        return make_response(_page({"name": tell(refused.message)}), refused.status)
    if token:
        # Not in an address, where it would stay: it is shown in this one answer.
        return _page({}, token)
    return redirect(url_for("account.keys", done="key-revoked"), SEE_OTHER)


def _page(problems: Mapping[str, str], token: str = "") -> str:
    kb = runtime()
    with kb.reading() as session:
        return render_template(
            "account/keys.html",
            keys=keys_of(session, member().user_id, kb.clock.now()),
            problems=problems,
            token=token,
        )
