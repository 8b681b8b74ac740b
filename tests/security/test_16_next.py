"""After signing in nobody is led elsewhere."""

import pytest

from kb.accounts.permissions import Role
from kb.runtime import Runtime
from kb.web.account.next_page import local_path
from tests.make import PASSWORD, client_as, make_account
from tests.web.html import parse

ELSEWHERE = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\\/evil.example",
    "https:evil.example",
    "https://evil.example/",
    "http:///evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "evil.example",
    "/\t/evil.example",
    "\t//evil.example",
    " //evil.example",
    "/\n/evil.example",
    "/fr/\r\nSet-Cookie: a=b",
    "/fr/\x00",
    "/fr/é",
    "/" + "a" * 3000,
    "/fr/\\@evil.example",
]


@pytest.mark.parametrize("text", ELSEWHERE)
def test_it_is_no_path_of_ours(text):
    assert local_path(text) == ""


@pytest.mark.parametrize("text", ["/", "/fr/practices?q=a&b=%C3%A9#x", "/fr/a//b", "/@evil"])
def test_it_is_a_path_of_ours(text):
    assert local_path(text) == text


@pytest.mark.parametrize("text", [*ELSEWHERE, "", "/fr/glossary?letter=a"])
def test_where_signing_in_leads(sqlite_runtime: Runtime, client_of, text):
    with sqlite_runtime.begin() as work:
        make_account(work, Role.MEMBER, email="awa@example.org")
    browser = client_of(sqlite_runtime)
    page = browser.get("/fr/login", query_string={"next": text})
    assert page.status_code == 200
    kept = [each.attributes["value"] for each in parse(page.text).all("input", name="next")]
    assert kept == ([text] if text.startswith("/fr/glossary") else [])
    data = {"email": "awa@example.org", "password": PASSWORD, "next": text}
    answer = browser.post("/fr/login", data=data)
    wanted = text if text.startswith("/fr/glossary") else "/fr/"
    assert (answer.status_code, answer.location) == (303, wanted)


@pytest.mark.parametrize("text", ELSEWHERE)
def test_where_giving_the_password_again_leads(sqlite_runtime: Runtime, client_of, text):
    with sqlite_runtime.begin() as work:
        user = make_account(work, Role.MEMBER).id
    browser = client_of(sqlite_runtime)
    key = client_as(sqlite_runtime, browser, user)
    data = {"csrf_token": key, "resume_password": PASSWORD, "next": text}
    answer = browser.post("/fr/account/confirm", data=data)
    assert (answer.status_code, answer.location) == (303, "/fr/")
