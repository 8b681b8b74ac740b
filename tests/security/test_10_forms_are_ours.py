"""A form counts only with the token of its own session, however old; looking changes nothing."""

import hashlib

from flask.testing import FlaskClient
import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from kb.accounts import sessions
from kb.accounts.models import LinkPurpose, User
from kb.accounts.permissions import OPERATOR, Role
from kb.accounts.service import disable, new_link, revoke_role
from kb.core.database import Base
from kb.runtime import Runtime
from tests.make import PASSWORD, client_as, form_token, make_account
from tests.web.html import Element, parse

ADDRESS = "/en/account"
CHANGE = {"what": "profile", "name": "Changed", "locale": "en"}
WRONG = "wrong but long enough"


@pytest.fixture
def user(sqlite_runtime: Runtime) -> int:
    with sqlite_runtime.begin() as work:
        make_account(work, Role.MEMBER, email="other@example.org")
        return make_account(work, Role.MEMBER, email="awa@example.org", name="Before").id


def name_of(runtime: Runtime, user_id: int) -> str:
    with runtime.reading() as session:
        return session.get_one(User, user_id).name


def other_of(runtime: Runtime) -> int:
    with runtime.reading() as session:
        query = select(User.id).where(User.email == "other@example.org")
        return session.scalars(query).one()


def refused(runtime: Runtime, answer: TestResponse, user_id: int) -> Element:
    assert (answer.status_code, name_of(runtime, user_id)) == (403, "Before")
    return parse(answer.text).one("main")


def hidden(main: Element) -> list[tuple[str, str]]:
    return [
        (each.attributes["name"], each.attributes.get("value", ""))
        for each in main.all("input", type="hidden")
    ]


@pytest.mark.parametrize("token", [None, "", "x", "1", "MQ.aaaa.bbbb", "é", "x" * 5000])
def test_missing_and_forged_tokens_do_nothing(sqlite_runtime, client_of, user, token):
    browser = client_of(sqlite_runtime)
    client_as(sqlite_runtime, browser, user)
    data = CHANGE if token is None else {**CHANGE, "csrf_token": token}
    main = refused(sqlite_runtime, browser.post(ADDRESS, data=data), user)
    assert hidden(main) == []
    browser.delete_cookie("__Host-palabre")
    main = refused(sqlite_runtime, browser.post(ADDRESS, data=data), user)
    assert hidden(main) == []


def test_a_token_signed_with_another_key_does_nothing(sqlite_runtime, client_of, user):
    browser = client_of(sqlite_runtime)
    key = client_as(sqlite_runtime, browser, user)
    signed_otherwise = key[:-4] + ("aaaa" if key[-4:] != "aaaa" else "bbbb")
    answer = browser.post(ADDRESS, data={**CHANGE, "csrf_token": signed_otherwise})
    assert hidden(refused(sqlite_runtime, answer, user)) == []
    for named in ("1", [1], None, {"a": 1}):
        answer = browser.post(
            ADDRESS, data={**CHANGE, "csrf_token": form_token(sqlite_runtime, named)}
        )
        refused(sqlite_runtime, answer, user)


def test_the_token_of_somebody_else_does_nothing(sqlite_runtime, client_of, user):
    attacker, browser = client_of(sqlite_runtime), client_of(sqlite_runtime)
    theirs = client_as(sqlite_runtime, attacker, other_of(sqlite_runtime))
    client_as(sqlite_runtime, browser, user)
    answer = browser.post(ADDRESS, data={**CHANGE, "csrf_token": theirs})
    assert hidden(refused(sqlite_runtime, answer, user)) == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "http://localhost"}, 303),
        ({}, 303),
    ],
)
def test_a_right_token_sent_by_another_site(sqlite_runtime, client_of, user, headers, status):
    browser = client_of(sqlite_runtime)
    key = client_as(sqlite_runtime, browser, user)
    answer = browser.post(ADDRESS, data={**CHANGE, "csrf_token": key}, headers=headers)
    assert answer.status_code == status
    assert name_of(sqlite_runtime, user) == ("Changed" if status == 303 else "Before")


@pytest.mark.parametrize("path", ["login", "password", "request-access", "password/x"])
def test_another_site_signs_nobody_in(sqlite_runtime, client_of, user, path):
    browser = client_of(sqlite_runtime)
    data = {"email": "awa@example.org", "password": PASSWORD}
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ):
        assert browser.post(f"/en/{path}", data=data, headers=headers).status_code == 403
    assert browser.get_cookie("__Host-palabre") is None


@pytest.mark.parametrize("origin", ["null", "https://evil.example", "http://[", "http://]/"])
def test_another_site_signs_nobody_in_by_resuming(sqlite_runtime, client_of, user, origin):
    """Its author's own form and own password would make others write in the author's account."""
    key = client_as(sqlite_runtime, client_of(sqlite_runtime), user)
    answers = {"resume_email": "awa@example.org", "resume_password": PASSWORD}
    browser = client_of(sqlite_runtime)
    data = {**CHANGE, "csrf_token": key, **answers}
    answer = browser.post(ADDRESS, data=data, headers={"Origin": origin})
    refused(sqlite_runtime, answer, user)
    assert browser.get_cookie("__Host-palabre") is None


@pytest.mark.parametrize("origin", ["http://[", "http://[::1", "http://]/", "://", "é"])
def test_an_origin_that_is_none(sqlite_runtime, client_of, origin):
    answer = client_of(sqlite_runtime).post("/en/login", headers={"Origin": origin})
    assert answer.status_code == 403


def test_a_token_is_good_as_long_as_its_session(sqlite_runtime, client_of, clock, user):
    browser = client_of(sqlite_runtime)
    key = client_as(sqlite_runtime, browser, user)
    for _ in range(13):
        clock.advance(hours=11)
        browser.get(ADDRESS)
    assert browser.post(ADDRESS, data={**CHANGE, "csrf_token": key}).status_code == 303
    assert name_of(sqlite_runtime, user) == "Changed"


def test_a_form_of_an_earlier_session_is_sent_by_a_click(sqlite_runtime, client_of, clock, user):
    browser = client_of(sqlite_runtime)
    old = client_as(sqlite_runtime, browser, user)
    clock.advance(days=6)
    client_as(sqlite_runtime, browser, user)
    data = {**CHANGE, "more": ["<b>1</b>", "2"], "csrf_token": old, "resume_x": "never"}
    main = refused(sqlite_runtime, browser.post(ADDRESS, data=data), user)
    fields = hidden(main)
    kept = [("what", "profile"), ("name", "Changed"), ("locale", "en")]
    assert fields[1:] == [*kept, ("more", "<b>1</b>"), ("more", "2")]
    assert fields[0][0] == "csrf_token"
    assert fields[0][1] != old
    assert main.one("form", method="post").attributes["action"] == ADDRESS
    answer = browser.post(ADDRESS, data=dict(fields))
    assert (answer.status_code, name_of(sqlite_runtime, user)) == (303, "Changed")


def resumed(
    browser: FlaskClient, main: Element, email: str, password: str, code: str = ""
) -> TestResponse:
    """The page that keeps the form, filled in and sent."""
    form = main.one("form", method="post")
    data: dict[str, object] = {}
    for name, value in hidden(form):
        data.setdefault(name, [])
        data[name].append(value)  # type: ignore[attr-defined]
    own = {"resume_email": email, "resume_password": password, "resume_code": code}
    return browser.post(form.attributes["action"], data={**data, **own})


def left_alone(
    browser: FlaskClient, runtime: Runtime, clock, user: int, **more: object
) -> Element:
    """A form begun, a power cut of days, and the form sent; the page that keeps it."""
    key = client_as(runtime, browser, user)
    clock.advance(days=6)
    answer = browser.post(f"{ADDRESS}?a=1&b=2", data={**CHANGE, "csrf_token": key, **more})
    return refused(runtime, answer, user)


def test_a_form_survives_its_session(sqlite_runtime, client_of, clock, user):
    browser = client_of(sqlite_runtime)
    main = left_alone(browser, sqlite_runtime, clock, user, more=["1", "2"])
    assert [pair for pair in hidden(main) if pair[0] == "more"] == [("more", "1"), ("more", "2")]
    again = resumed(browser, main, "awa@example.org", WRONG)
    main = refused(sqlite_runtime, again, user)
    assert WRONG not in again.text
    assert [pair for pair in hidden(main) if pair[0] == "more"] == [("more", "1"), ("more", "2")]
    assert main.one("form", method="post").attributes["action"] == f"{ADDRESS}?a=1&b=2"
    answer = resumed(browser, main, "awa@example.org", PASSWORD)
    assert (answer.status_code, name_of(sqlite_runtime, user)) == (303, "Changed")
    assert browser.get(ADDRESS).status_code == 200


def test_files_cannot_be_kept_and_that_is_said(sqlite_runtime, client_of, clock, user):
    browser = client_of(sqlite_runtime)
    main = left_alone(browser, sqlite_runtime, clock, user)
    assert "Files cannot be kept" not in main.text
    with open(__file__, "rb") as file:  # noqa: PTH123
        main = left_alone(browser, sqlite_runtime, clock, user, upload=file)
    assert "Files cannot be kept" in main.text


def test_a_form_of_another_person_is_not_sent(sqlite_runtime, client_of, clock, user):
    browser = client_of(sqlite_runtime)
    main = left_alone(browser, sqlite_runtime, clock, user)
    answer = resumed(browser, main, "other@example.org", PASSWORD)
    refused(sqlite_runtime, answer, user)
    assert name_of(sqlite_runtime, other_of(sqlite_runtime)) != "Changed"
    assert browser.get(ADDRESS).status_code == 302


def test_guessing_there_is_counted_too(sqlite_runtime, client_of, clock, user):
    browser = client_of(sqlite_runtime)
    main = left_alone(browser, sqlite_runtime, clock, user)
    for _ in range(10):
        resumed(browser, main, "awa@example.org", WRONG)
    refused(sqlite_runtime, resumed(browser, main, "awa@example.org", PASSWORD), user)
    data = {"email": "awa@example.org", "password": PASSWORD}
    assert browser.post("/en/login", data=data).status_code == 429


def test_who_is_shut_out_cannot_resume(sqlite_runtime, client_of, clock, user):
    browser = client_of(sqlite_runtime)
    main = left_alone(browser, sqlite_runtime, clock, user)
    with sqlite_runtime.begin() as work:
        disable(work, OPERATOR, user)
    refused(sqlite_runtime, resumed(browser, main, "awa@example.org", PASSWORD), user)


def test_a_role_lost_meanwhile_is_lost(sqlite_runtime, client_of, clock):
    """Signing in within the form asks the same of it as every other way in."""
    browser = client_of(sqlite_runtime)
    address = next(
        (
            rule.rule.replace("<lang:lang>", "en")
            for rule in browser.application.url_map.iter_rules()
            if rule.endpoint.startswith("contribute.")
            and rule.arguments == {"lang"}
            and "POST" in (rule.methods or ())
        ),
        None,
    )
    if address is None:
        pytest.skip("no page of contributors that takes a form")
    with sqlite_runtime.begin() as work:
        user = make_account(work, Role.CONTRIBUTOR, email="awa@example.org", name="Before").id
    key = client_as(sqlite_runtime, browser, user)
    clock.advance(days=2)
    main = refused(sqlite_runtime, browser.post(address, data={"csrf_token": key}), user)
    with sqlite_runtime.begin() as work:
        revoke_role(work, OPERATOR, user, Role.CONTRIBUTOR)
    answer = resumed(browser, main, "awa@example.org", PASSWORD)
    assert answer.status_code == 403
    assert "You may not do this" in answer.text


def test_signing_out_twice_is_no_error(sqlite_runtime, client_of, user):
    browser = client_of(sqlite_runtime)
    key = client_as(sqlite_runtime, browser, user)
    for _ in range(2):
        answer = browser.post("/en/logout", data={"csrf_token": key})
        assert (answer.status_code, answer.location) == (303, "/en/?done=signed-out")


def test_the_password_again_on_the_way_to_a_page(sqlite_runtime, client_of, clock, user):
    browser = client_of(sqlite_runtime)
    client_as(sqlite_runtime, browser, user)
    clock.advance(minutes=16)
    asked = browser.get("/en/account/second-factor?a=1")
    assert asked.status_code == 403
    form = parse(asked.text).one("main").one("form", method="post")
    for password, status in ((WRONG, 403), ("", 403), (PASSWORD, 303)):
        data = {**dict(hidden(form)), "resume_password": password}
        answer = browser.post(form.attributes["action"], data=data)
        assert answer.status_code == status
    assert answer.location == "/en/account/second-factor?a=1"
    assert browser.get(answer.location).status_code == 200
    clock.advance(minutes=14)
    assert browser.get(answer.location).status_code == 200
    clock.advance(minutes=2)
    assert browser.get(answer.location).status_code == 403


def contents(runtime: Runtime) -> str:
    """Everything in the database, in one number."""
    with runtime.reading() as session:
        rows = [
            (table.name, sorted(repr(tuple(row)) for row in session.execute(select(table))))
            for table in Base.metadata.sorted_tables
        ]
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def test_looking_changes_nothing(sqlite_runtime: Runtime, client_of, clock, user):
    with sqlite_runtime.begin() as work:
        token = new_link(work, user, LinkPurpose.PASSWORD_RESET)
    visitor, browser = client_of(sqlite_runtime), client_of(sqlite_runtime)
    client_as(sqlite_runtime, browser, user)
    before = contents(sqlite_runtime)
    for path in ("login", "password", f"password/{token}", "request-access", "account"):
        for method in ("GET", "HEAD"):
            visitor.open(f"/en/{path}", method=method)
            browser.open(f"/en/{path}", method=method)
    for path in ("account/second-factor", "logout", "account/confirm"):
        browser.get(f"/en/{path}")
    assert contents(sqlite_runtime) == before
    with sqlite_runtime.reading() as session:
        assert sessions.open_sessions(session, user, clock.now()) != ()


def test_a_field_sent_twice_is_not_guessed(sqlite_runtime: Runtime, client_of, user):
    browser = client_of(sqlite_runtime)
    data = {"email": ["awa@example.org", "other@example.org"], "password": PASSWORD}
    assert browser.post("/en/login", data=data).status_code == 400
    assert browser.get_cookie("__Host-palabre") is None
