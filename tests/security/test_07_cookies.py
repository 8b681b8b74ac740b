"""The session cookie: its exact words, its name on https, and a new one at each sign-in."""

from dataclasses import replace
import re

import pytest

from kb.accounts.permissions import Role
from kb.runtime import Runtime
from tests.make import client_as, make_account, sign_in


@pytest.mark.parametrize(
    ("base_url", "shape"),
    [
        ("https://palabre.example", r"__Host-palabre={}; Secure; HttpOnly; Path=/; SameSite=Lax"),
        ("http://127.0.0.1:8000", r"palabre={}; HttpOnly; Path=/; SameSite=Lax"),
    ],
)
def test_the_cookie_word_by_word(sqlite_runtime: Runtime, client_of, base_url, shape):
    runtime = replace(sqlite_runtime, settings=replace(sqlite_runtime.settings, base_url=base_url))
    with runtime.begin() as work:
        make_account(work, Role.MEMBER, email="awa@example.org")
    answer = sign_in(client_of(runtime), "awa@example.org")
    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert re.fullmatch(shape.format(r"[\w-]{43}"), cookie), cookie


def test_signing_in_gives_another_session(sqlite_runtime: Runtime, client_of):
    with sqlite_runtime.begin() as work:
        user = make_account(work, Role.MEMBER, email="awa@example.org").id
    browser, fixed = client_of(sqlite_runtime), client_of(sqlite_runtime)
    client_as(sqlite_runtime, browser, user)
    before = browser.get_cookie("__Host-palabre")
    fixed.set_cookie("__Host-palabre", before.value)
    sign_in(browser, "awa@example.org")
    after = browser.get_cookie("__Host-palabre")
    assert before.value != after.value
    assert browser.get("/fr/account").status_code == 200
    assert fixed.get("/fr/account").status_code == 302


@pytest.mark.parametrize("value", ["x", "x" * 5000, "é", '"', "../..", "0", "None"])
def test_a_made_up_cookie_is_nobody(sqlite_runtime: Runtime, client_of, value):
    browser = client_of(sqlite_runtime)
    answer = browser.get("/fr/account", headers={"Cookie": f"__Host-palabre={value}"})
    assert answer.status_code == 302
    assert answer.location == "/fr/login?next=/fr/account"


def test_a_cookie_chosen_by_somebody_else_is_not_taken_over(sqlite_runtime: Runtime, client_of):
    with sqlite_runtime.begin() as work:
        make_account(work, Role.MEMBER, email="awa@example.org")
    browser = client_of(sqlite_runtime)
    browser.set_cookie("__Host-palabre", "chosen-by-an-attacker")
    sign_in(browser, "awa@example.org")
    assert browser.get_cookie("__Host-palabre").value != "chosen-by-an-attacker"


def test_pages_of_members_are_kept_nowhere(sqlite_runtime: Runtime, client_of):
    with sqlite_runtime.begin() as work:
        user = make_account(work, Role.MEMBER).id
    browser = client_of(sqlite_runtime)
    client_as(sqlite_runtime, browser, user)
    for address in ("/fr/account", "/fr/account/second-factor", "/fr/glossary"):
        assert browser.get(address).headers["Cache-Control"] == "no-store", address
