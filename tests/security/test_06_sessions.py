"""A copied cookie is dead once its session has ended, however it ended."""

from collections.abc import Callable

from flask.testing import FlaskClient
import pytest
from sqlalchemy import select

from kb.accounts.models import LinkPurpose, UserSession
from kb.accounts.permissions import OPERATOR, Role
from kb.accounts.service import disable, grant_role, new_link, reset_password, revoke_role
from kb.runtime import Runtime
from tests.make import PASSWORD, client_as, make_account, sign_in
from tests.web.html import parse

COOKIE = "__Host-palabre"
OTHER = "griot cauri tamarinier huit"
ClientOf = Callable[[Runtime], FlaskClient]


@pytest.fixture
def user(sqlite_runtime: Runtime) -> int:
    with sqlite_runtime.begin() as work:
        make_account(work, Role.MEMBER)  # somebody else
        return make_account(work, Role.MEMBER, email="awa@example.org").id


def copy_of(browser: FlaskClient, client_of: ClientOf, runtime: Runtime) -> FlaskClient:
    cookie = browser.get_cookie(COOKIE)
    assert cookie is not None
    thief = client_of(runtime)
    thief.set_cookie(COOKIE, cookie.value)
    return thief


def is_in(browser: FlaskClient) -> bool:
    answer = browser.get("/fr/account")
    assert answer.status_code in {200, 302}
    assert ("awa@example.org" in answer.text) is (answer.status_code == 200)
    return answer.status_code == 200


def test_signing_out_kills_every_copy(sqlite_runtime: Runtime, client_of: ClientOf, user):
    browser, elsewhere = client_of(sqlite_runtime), client_of(sqlite_runtime)
    key = client_as(sqlite_runtime, browser, user)
    client_as(sqlite_runtime, elsewhere, user)
    thief = copy_of(browser, client_of, sqlite_runtime)
    assert is_in(thief)
    answer = browser.post("/fr/logout", data={"csrf_token": key})
    assert (answer.status_code, answer.location) == (303, "/fr/?done=signed-out")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert f"{COOKIE}=;" in answer.headers["Set-Cookie"]
    assert not is_in(thief)
    assert not is_in(browser)
    assert is_in(elsewhere)


def test_another_password_kills_all_and_renews_ones_own(sqlite_runtime, client_of, user):
    browser, elsewhere = client_of(sqlite_runtime), client_of(sqlite_runtime)
    key = client_as(sqlite_runtime, browser, user)
    client_as(sqlite_runtime, elsewhere, user)
    thief = copy_of(browser, client_of, sqlite_runtime)
    form = {"what": "password", "current": PASSWORD, "password": OTHER, "repeated": OTHER}
    answer = browser.post("/fr/account", data={**form, "csrf_token": key})
    assert answer.status_code == 303
    assert is_in(browser)
    assert not is_in(thief)
    assert not is_in(elsewhere)


def test_shutting_and_resetting_kill_at_once(sqlite_runtime, client_of, user):
    for change in (reset_password, disable):
        browser = client_of(sqlite_runtime)
        client_as(sqlite_runtime, browser, user)
        assert is_in(browser)
        with sqlite_runtime.begin() as work:
            change(work, OPERATOR, user)
        assert not is_in(browser)


def test_a_password_by_link_kills_all_and_signs_in(sqlite_runtime, client_of, user):
    thief, browser = client_of(sqlite_runtime), client_of(sqlite_runtime)
    client_as(sqlite_runtime, thief, user)
    with sqlite_runtime.begin() as work:
        token = new_link(work, user, LinkPurpose.PASSWORD_RESET)
    answer = browser.post(f"/fr/password/{token}", data={"password": OTHER, "repeated": OTHER})
    assert answer.status_code == 303
    assert is_in(browser)
    assert not is_in(thief)


def test_signing_out_other_browsers(sqlite_runtime, client_of, user):
    browsers = [client_of(sqlite_runtime) for _ in range(4)]
    keys = [client_as(sqlite_runtime, browser, user) for browser in browsers]
    page = parse(browsers[0].get("/fr/account").text)
    numbers = [i.attributes["value"] for i in page.all("input", name="session")]
    assert (len(numbers), numbers[-1]) == (4, "others")  # three others, and all of them
    form = {"what": "sessions", "csrf_token": keys[0]}
    browsers[0].post("/fr/account", data={**form, "session": numbers[0]})
    assert [is_in(browser) for browser in browsers] == [True, True, True, False]
    for nonsense in ("", "x", "1 or 1"):
        answer = browsers[0].post("/fr/account", data={**form, "session": nonsense})
        assert answer.status_code == 422
    assert [is_in(browser) for browser in browsers] == [True, True, True, False]
    browsers[0].post("/fr/account", data={**form, "session": "others"})
    assert [is_in(browser) for browser in browsers] == [True, False, False, False]


def test_sessions_of_others_cannot_be_ended(sqlite_runtime, client_of, user):
    victim, attacker = client_of(sqlite_runtime), client_of(sqlite_runtime)
    client_as(sqlite_runtime, victim, user)
    with sqlite_runtime.begin() as work:
        other = make_account(work, Role.ADMIN).id
        number = work.session.scalar(select(UserSession.id))
    key = client_as(sqlite_runtime, attacker, other)
    form = {"what": "sessions", "session": str(number), "csrf_token": key}
    attacker.post("/fr/account", data=form)
    assert is_in(victim)


def test_idle_and_absolute_time(sqlite_runtime: Runtime, client_of, clock, user):
    idle, busy = client_of(sqlite_runtime), client_of(sqlite_runtime)
    client_as(sqlite_runtime, idle, user)
    client_as(sqlite_runtime, busy, user)
    for _ in range(15):
        clock.advance(hours=11)
        assert is_in(busy)
    assert not is_in(idle)
    clock.advance(hours=2)
    assert is_in(busy)
    clock.advance(hours=2)
    assert not is_in(busy)


def test_a_role_taken_away_acts_at_the_next_request(sqlite_runtime, client_of, user):
    with sqlite_runtime.begin() as work:
        grant_role(work, OPERATOR, user, Role.CONTRIBUTOR)
    browser = client_of(sqlite_runtime)
    client_as(sqlite_runtime, browser, user)
    assert start(browser) != "/fr/" or "contribute.overview" not in views(browser)
    with sqlite_runtime.begin() as work:
        revoke_role(work, OPERATOR, user, Role.CONTRIBUTOR)
    assert start(browser) == "/fr/"


def start(browser: FlaskClient) -> str:
    """Where the sign-in page sends somebody who is in: it depends on the roles of the moment."""
    return browser.get("/fr/login").location


def views(browser: FlaskClient) -> set[str]:
    return set(browser.application.view_functions)


def test_the_table_holds_no_token(sqlite_runtime: Runtime, client_of, user):
    browser = client_of(sqlite_runtime)
    assert sign_in(browser, "awa@example.org").status_code == 303
    cookie = browser.get_cookie(COOKIE)
    assert cookie is not None
    with sqlite_runtime.reading() as session:
        (kept,) = session.scalars(select(UserSession.token_hash))
    assert cookie.value not in kept
    assert len(kept) == 64
