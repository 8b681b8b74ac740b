"""Accounts: which address is answered by what."""

from flask import Blueprint

from kb.web import account_doors, account_own, account_second_factor
from kb.web.language import drop_language

BOTH = ("GET", "POST")

blueprint = Blueprint("account", __name__)
blueprint.url_value_preprocessor(drop_language)

for path, endpoint, view, methods in (
    ("login", "sign_in", account_doors.sign_in, BOTH),
    ("password", "forgotten", account_doors.forgotten, BOTH),
    ("password/<token>", "password", account_doors.password, BOTH),
    ("request-access", "request_access", account_doors.request_access, BOTH),
    ("logout", "sign_out", account_own.sign_out, ("POST",)),
    ("account", "overview", account_own.overview, BOTH),
    ("account/second-factor", "second_factor", account_second_factor.page, BOTH),
    ("account/confirm", "confirm", account_own.confirm, ("POST",)),
):
    blueprint.add_url_rule(f"/<lang:lang>/{path}", endpoint, view, methods=methods)
