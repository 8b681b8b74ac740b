"""Passwords and the second factor: hashed anew, asked of the desk, no code good twice."""

from dataclasses import replace
from datetime import timedelta

from argon2 import PasswordHasher
from flask.testing import FlaskClient
import pyotp
import pytest
from sqlalchemy import func, select

from kb.accounts import second_factor
from kb.accounts.models import LinkPurpose, RecoveryCode, User, UserSession
from kb.accounts.passwords import Passwords
from kb.accounts.permissions import NEEDS_SECOND_FACTOR, OPERATOR, Role
from kb.accounts.service import disable, new_link, remove_second_factor
from kb.runtime import Runtime
from tests.make import PASSWORD, client_as, make_account, sign_in
from tests.web.html import parse

EMAIL = "awa@example.org"


def code_at(runtime: Runtime, secret: str, **later: float) -> str:
    return pyotp.TOTP(secret).at(runtime.clock.now() + timedelta(**later))


def with_factor(runtime: Runtime, *roles: Role) -> tuple[int, str, list[str]]:
    """A user whose phone is set up, its secret, and the recovery codes."""
    secret = pyotp.random_base32()
    with runtime.begin() as work:
        user = make_account(work, *roles, email=EMAIL)
        codes = second_factor.set_up(work, user.id, secret, code_at(runtime, secret))
        return user.id, secret, codes


def halves(browser: FlaskClient, password: str = PASSWORD) -> str:
    """Through the first step: the page that asks for the code, and no session yet."""
    answer = sign_in(browser, EMAIL, password)
    assert (answer.status_code, browser.get_cookie("__Host-palabre")) == (200, None)
    return parse(answer.text).one("input", name="half").attributes["value"]


def give(browser: FlaskClient, half: str, code: str) -> int:
    status = browser.post("/fr/login", data={"half": half, "code": code}).status_code
    assert (browser.get_cookie("__Host-palabre") is not None) is (status == 303)
    return status


def test_hashes_are_renewed_when_somebody_signs_in(sqlite_runtime: Runtime, client_of):
    with sqlite_runtime.begin() as work:
        user_id = make_account(work, Role.MEMBER, email=EMAIL).id
    hasher = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    runtime = replace(sqlite_runtime, passwords=Passwords(hasher))

    def kept() -> str:
        with runtime.reading() as session:
            return session.get_one(User, user_id).password_hash or ""

    before = kept()
    sign_in(client_of(runtime), EMAIL, "wrong but long enough")
    assert kept() == before
    assert sign_in(client_of(runtime), EMAIL).status_code == 303
    after = kept()
    assert before.startswith("$argon2id$v=19$m=8,t=1,p=1$")
    assert after.startswith("$argon2id$v=19$m=16,t=2,p=1$")
    assert sign_in(client_of(runtime), EMAIL).status_code == 303
    assert kept() == after


def test_the_parameters_are_not_below_the_recommended():
    hasher = Passwords()._hasher
    assert (hasher.type.name, hasher.time_cost, hasher.memory_cost) == ("ID", 3, 65536)


def test_both_steps_are_needed(fresh_runtime: Runtime, client_of, clock):
    _, secret, _ = with_factor(fresh_runtime, Role.EDITOR)
    browser = client_of(fresh_runtime)
    half = halves(browser)
    assert browser.get("/fr/account").status_code == 302
    assert give(browser, half, "000000") == 422
    assert give(browser, half, "") == 422
    clock.advance(seconds=60)
    assert give(browser, half, code_at(fresh_runtime, secret)) == 303
    assert browser.get("/fr/account").status_code == 200


@pytest.mark.parametrize("shift", [-120, -90, 90, 120])
def test_codes_of_another_time_are_refused(sqlite_runtime, client_of, clock, shift):
    _, secret, _ = with_factor(sqlite_runtime, Role.EDITOR)
    clock.advance(minutes=10)
    browser = client_of(sqlite_runtime)
    assert give(browser, halves(browser), code_at(sqlite_runtime, secret, seconds=shift)) == 422


def test_no_code_is_good_twice(fresh_runtime: Runtime, client_of, clock):
    _, secret, _ = with_factor(fresh_runtime, Role.EDITOR)
    browsers = [client_of(fresh_runtime) for _ in range(3)]
    clock.advance(seconds=60)
    code = code_at(fresh_runtime, secret)
    assert give(browsers[0], halves(browsers[0]), code) == 303
    assert give(browsers[1], halves(browsers[1]), code) == 422
    # Nor is one of an earlier step, now that a later one was used.
    earlier = code_at(fresh_runtime, secret, seconds=-30)
    assert give(browsers[1], halves(browsers[1]), earlier) == 422
    # Nor the one that set it up.
    first = code_at(fresh_runtime, secret, seconds=-60)
    assert give(browsers[2], halves(browsers[2]), first) == 422


def test_a_recovery_code_is_good_once(fresh_runtime: Runtime, client_of):
    user_id, _, codes = with_factor(fresh_runtime, Role.EDITOR)
    assert len(set(codes)) == 10
    with fresh_runtime.reading() as session:
        kept = set(session.scalars(select(RecoveryCode.code_hash)))
    assert not kept & {form for code in codes for form in (code, code.replace("-", ""))}
    browsers = [client_of(fresh_runtime) for _ in range(3)]
    assert give(browsers[0], halves(browsers[0]), codes[0].upper()) == 303
    assert give(browsers[1], halves(browsers[1]), codes[0]) == 422
    assert give(browsers[2], halves(browsers[2]), codes[1].replace("-", " ")) == 303
    with fresh_runtime.reading() as session:
        assert second_factor.recovery_codes_left(session, user_id) == 8


def test_codes_of_others_are_nothing(sqlite_runtime: Runtime, client_of, clock):
    other_secret = pyotp.random_base32()
    with sqlite_runtime.begin() as work:
        other = make_account(work, Role.EDITOR).id
        codes = second_factor.set_up(
            work, other, other_secret, code_at(sqlite_runtime, other_secret)
        )
    with_factor(sqlite_runtime, Role.EDITOR)
    clock.advance(minutes=2)
    browser = client_of(sqlite_runtime)
    for code in (codes[0], code_at(sqlite_runtime, other_secret)):
        assert give(browser, halves(browser), code) == 422


def test_codes_are_guessed_ten_times(sqlite_runtime: Runtime, client_of, clock):
    _, secret, _ = with_factor(sqlite_runtime, Role.EDITOR)
    clock.advance(minutes=2)
    browser = client_of(sqlite_runtime)
    half = halves(browser)
    assert [give(browser, half, f"{n:06}") for n in range(11)] == [422] * 10 + [429]
    assert give(browser, half, code_at(sqlite_runtime, secret)) == 429
    # Going through the first step again gives no more tries.
    assert sign_in(browser, EMAIL).status_code == 429


@pytest.mark.parametrize("made_up", ["x", "", "WzEsIngiLDFd.abc", "None", '["1"]'])
def test_the_first_step_cannot_be_left_out(sqlite_runtime, client_of, clock, made_up):
    _, secret, _ = with_factor(sqlite_runtime, Role.EDITOR)
    clock.advance(minutes=2)
    browser = client_of(sqlite_runtime)
    assert give(browser, made_up, code_at(sqlite_runtime, secret)) == 422


def test_the_first_step_counts_for_ten_minutes(sqlite_runtime: Runtime, client_of, clock):
    _, secret, _ = with_factor(sqlite_runtime, Role.EDITOR)
    browser = client_of(sqlite_runtime)
    half = halves(browser)
    clock.advance(minutes=11)
    assert give(browser, half, code_at(sqlite_runtime, secret)) == 422
    half = halves(browser)
    with sqlite_runtime.begin() as work:  # another password in between
        work.session.scalars(select(User)).one().password_hash = "other"
    assert give(browser, half, code_at(sqlite_runtime, secret)) == 422


def test_who_is_shut_out_between_the_steps_stays_out(sqlite_runtime, client_of, clock):
    user_id, secret, _ = with_factor(sqlite_runtime, Role.EDITOR)
    clock.advance(minutes=2)
    browser = client_of(sqlite_runtime)
    half = halves(browser)
    with sqlite_runtime.begin() as work:
        disable(work, OPERATOR, user_id)
    assert give(browser, half, code_at(sqlite_runtime, secret)) == 422


def test_a_letter_does_not_replace_the_phone(sqlite_runtime: Runtime, client_of, clock):
    user_id, secret, _ = with_factor(sqlite_runtime, Role.EDITOR)
    with sqlite_runtime.begin() as work:
        token = new_link(work, user_id, LinkPurpose.PASSWORD_RESET)
    browser = client_of(sqlite_runtime)
    new = "griot cauri tamarinier huit"
    answer = browser.post(f"/fr/password/{token}", data={"password": new, "repeated": new})
    assert (answer.status_code, browser.get_cookie("__Host-palabre")) == (200, None)
    with sqlite_runtime.reading() as session:
        assert session.scalar(select(func.count(UserSession.id))) == 0
    half = parse(answer.text).one("input", name="half").attributes["value"]
    clock.advance(minutes=2)
    assert give(browser, half, code_at(sqlite_runtime, secret)) == 303


@pytest.mark.parametrize("role", sorted(Role))
@pytest.mark.parametrize("required", [True, False])
def test_the_desk_sets_it_up_before_anything_else(sqlite_runtime, client_of, role, required):
    settings = replace(sqlite_runtime.settings, second_factor_required=required)
    runtime = replace(sqlite_runtime, settings=settings)
    with runtime.begin() as work:
        user_id = make_account(work, role).id
    browser = client_of(runtime)
    key = client_as(runtime, browser, user_id)
    is_sent = required and role in NEEDS_SECOND_FACTOR
    answer = browser.get("/fr/account")
    assert answer.status_code == (302 if is_sent else 200)
    assert answer.headers.get("Location") == ("/fr/account/second-factor" if is_sent else None)
    posted = browser.post("/fr/account", data={"what": "profile", "csrf_token": key})
    assert posted.status_code == (302 if is_sent else 422)
    assert browser.get("/fr/account/second-factor").status_code == 200
    assert browser.post("/fr/logout", data={"csrf_token": key}).status_code == 303


def test_setting_it_up_takes_a_right_code(fresh_runtime: Runtime, client_of):
    with fresh_runtime.begin() as work:
        user_id = make_account(work, Role.EDITOR).id
    browser = client_of(fresh_runtime)
    key = client_as(fresh_runtime, browser, user_id)
    page = parse(browser.get("/fr/account/second-factor").text)
    secret = page.one("p", class_="secret").text.replace(" ", "")
    (link,) = [each for each in page.links() if each.startswith("otpauth:")]
    assert f"secret={secret}" in link
    setup = page.one("input", name="setup").attributes["value"]
    form = {"what": "set-up", "csrf_token": key}

    def set_up(setup: str, code: str):
        data = {**form, "setup": setup, "code": code}
        return browser.post("/fr/account/second-factor", data=data)

    def kept() -> str | None:
        with fresh_runtime.reading() as session:
            return session.get_one(User, user_id).totp_secret

    for code in ("000000", "", "x"):
        refused = set_up(setup, code)
        assert (refused.status_code, kept()) == (422, None)
        # The same square as before: the phone has scanned it already.
        assert secret in parse(refused.text).one("p", class_="secret").text.replace(" ", "")
    assert set_up("made up", code_at(fresh_runtime, secret)).status_code == 422
    done = set_up(setup, code_at(fresh_runtime, secret))
    assert (done.status_code, kept()) == (200, secret)
    shown = [item.text for item in parse(done.text).all("li", class_="secret")]
    assert len(shown) == 10
    assert browser.get("/fr/account").status_code == 200
    # A second setting up is refused: nobody swaps the phone without a code.
    other = pyotp.random_base32()
    assert set_up(setup, code_at(fresh_runtime, other)).status_code in {409, 422}
    assert kept() == secret


def test_a_setup_made_for_somebody_else_is_refused(sqlite_runtime: Runtime, client_of):
    with sqlite_runtime.begin() as work:
        users = [make_account(work, Role.EDITOR).id for _ in range(2)]
    mine, theirs = client_of(sqlite_runtime), client_of(sqlite_runtime)
    key = client_as(sqlite_runtime, mine, users[0])
    client_as(sqlite_runtime, theirs, users[1])
    page = parse(theirs.get("/fr/account/second-factor").text)
    secret = page.one("p", class_="secret").text.replace(" ", "")
    setup = page.one("input", name="setup").attributes["value"]
    form = {"what": "set-up", "setup": setup, "code": code_at(sqlite_runtime, secret)}
    answer = mine.post("/fr/account/second-factor", data={**form, "csrf_token": key})
    assert answer.status_code == 422
    with sqlite_runtime.reading() as session:
        assert session.get_one(User, users[0]).totp_secret is None


@pytest.mark.parametrize("what", ["codes", "remove"])
def test_changing_it_takes_a_code(sqlite_runtime: Runtime, client_of, clock, what):
    user_id, secret, codes = with_factor(sqlite_runtime, Role.EDITOR)
    clock.advance(minutes=2)
    browser = client_of(sqlite_runtime)
    key = client_as(sqlite_runtime, browser, user_id)
    form = {"what": what, "csrf_token": key}

    def state() -> tuple[bool, int]:
        with sqlite_runtime.reading() as session:
            has = session.get_one(User, user_id).totp_secret is not None
            return has, second_factor.recovery_codes_left(session, user_id)

    for code in ("", "000000"):
        answer = browser.post("/fr/account/second-factor", data={**form, "code": code})
        assert (answer.status_code, state()) == (422, (True, 10))
    code = code_at(sqlite_runtime, secret)
    answer = browser.post("/fr/account/second-factor", data={**form, "code": code})
    if what == "remove":
        assert (answer.status_code, state()) == (303, (False, 0))
        return
    assert (answer.status_code, state()) == (200, (True, 10))
    assert codes[0] not in answer.text
    with sqlite_runtime.begin() as work:
        assert not second_factor.use_code(work, user_id, codes[0])


def test_changing_it_takes_a_fresh_password(sqlite_runtime: Runtime, client_of, clock):
    user_id, secret, _ = with_factor(sqlite_runtime, Role.EDITOR)
    browser = client_of(sqlite_runtime)
    key = client_as(sqlite_runtime, browser, user_id)
    clock.advance(minutes=16)
    form = {"what": "remove", "csrf_token": key, "code": code_at(sqlite_runtime, secret)}
    for password in (None, "wrong but long enough"):
        more = {} if password is None else {"resume_password": password}
        answer = browser.post("/fr/account/second-factor", data={**form, **more})
        assert answer.status_code == 403
        with sqlite_runtime.reading() as session:
            assert session.get_one(User, user_id).totp_secret == secret
    answer = browser.post("/fr/account/second-factor", data={**form, "resume_password": PASSWORD})
    assert answer.status_code == 303


def test_the_password_does_not_make_wrong_codes_forgotten(sqlite_runtime, client_of):
    user_id, *_ = with_factor(sqlite_runtime, Role.EDITOR)
    browser = client_of(sqlite_runtime)
    own = {"csrf_token": client_as(sqlite_runtime, browser, user_id)}
    password = {**own, "what": "password", "current": PASSWORD, "password": "short"}
    for _ in range(10):
        wrong = browser.post("/en/account/second-factor", data={**own, "what": "remove"})
        assert "Too many attempts" not in wrong.text
        browser.post("/en/account", data=password)
    wrong = browser.post("/en/account/second-factor", data={**own, "what": "remove"})
    assert "Too many attempts" in wrong.text


def test_setting_it_up_after_a_while_asks_for_the_password_once(sqlite_runtime, client_of, clock):
    with sqlite_runtime.begin() as work:
        user_id = make_account(work, Role.EDITOR).id
    browser = client_of(sqlite_runtime)
    key = client_as(sqlite_runtime, browser, user_id)
    clock.advance(minutes=16)
    page = "/fr/account/second-factor"
    assert browser.get(page).status_code == 403
    form = {"csrf_token": key, "next": page, "resume_password": PASSWORD}
    answer = browser.post("/fr/account/confirm", data=form)
    assert (answer.status_code, answer.location) == (303, page)
    assert browser.get(page).status_code == 200


def test_an_admin_takes_a_lost_one_away(fresh_runtime: Runtime, client_of):
    user_id, _, _ = with_factor(fresh_runtime, Role.EDITOR)
    browser = client_of(fresh_runtime)
    client_as(fresh_runtime, browser, user_id)
    with fresh_runtime.begin() as work:
        remove_second_factor(work, OPERATOR, user_id)
    assert browser.get("/fr/account").location == "/fr/login?next=/fr/account"
    with fresh_runtime.reading() as session:
        assert session.get_one(User, user_id).totp_secret is None
        assert second_factor.recovery_codes_left(session, user_id) == 0
