"""Accounts: which address is answered by what."""

from flask import Blueprint

from kb.web.account import doors, keys, own, second_factor
from kb.web.language import drop_language

BOTH = ("GET", "POST")

blueprint = Blueprint("account", __name__)
blueprint.url_value_preprocessor(drop_language)

for path, endpoint, view, methods in (
    ("login", "sign_in", doors.sign_in, BOTH),
    ("password", "forgotten", doors.forgotten, BOTH),
    ("password/<token>", "password", doors.password, BOTH),
    ("request-access", "request_access", doors.request_access, BOTH),
    ("logout", "sign_out", own.sign_out, ("POST",)),
    ("account", "overview", own.overview, BOTH),
    ("account/second-factor", "second_factor", second_factor.page, BOTH),
    ("account/keys", "keys", keys.page, BOTH),
    ("account/confirm", "confirm", own.confirm, ("POST",)),
):
    blueprint.add_url_rule(f"/<lang:lang>/{path}", endpoint, view, methods=methods)
