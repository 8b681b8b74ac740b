"""Guessing is slow, tells nothing, and shuts nobody else out."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
import re

from flask.testing import FlaskClient
import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from kb.accounts.models import AccessRequest, FailedAttempt, LinkPurpose, OneTimeLink
from kb.accounts.passwords import Passwords
from kb.accounts.permissions import Role
from kb.accounts.service import new_link
from kb.accounts.throttle import Caller, forget_old, take
from kb.app import create_app
from kb.events.models import AuditEntry
from kb.notifications.models import Mail
from kb.rendering.renderer import ChildRenderer
from kb.runtime import Runtime
from kb.wiring import build_runtime
from tests.make import PASSWORD, QUICK, make_account, quick, sign_in

WRONG = "not the password at all"


@pytest.fixture
def house(fresh_runtime: Runtime) -> Runtime:
    with fresh_runtime.begin() as work:
        make_account(work, Role.MEMBER, email="awa@example.org")
        make_account(work, Role.MEMBER, email="issa@example.org")
    return fresh_runtime


def attempt(
    browser: FlaskClient, email: str, password: str = WRONG, address: str = "192.0.2.1"
) -> TestResponse:
    data = {"email": email, "password": password}
    return browser.post("/fr/login", data=data, environ_base={"REMOTE_ADDR": address})


def statuses(browser: FlaskClient, count: int, **more: str) -> list[int]:
    return [attempt(browser, "awa@example.org", **more).status_code for _ in range(count)]


def test_ten_wrong_passwords_shut_the_account_for_five_minutes(house, client_of, clock):
    browser = client_of(house)
    assert statuses(browser, 11) == [422] * 10 + [429]
    # The right one does not help either, nor another address, nor another way of writing it.
    for email, address in (("awa@example.org", "192.0.2.1"), (" AWA@example.org", "198.51.100.7")):
        refused = attempt(browser, email, PASSWORD, address)
        assert refused.status_code == 429
        assert "Set-Cookie" not in refused.headers
    clock.advance(minutes=4, seconds=59)
    assert attempt(browser, "awa@example.org", PASSWORD).status_code == 429
    clock.advance(seconds=2)
    assert attempt(browser, "awa@example.org", PASSWORD).status_code == 303


def test_another_account_at_the_same_address_is_unaffected(house, client_of):
    browser = client_of(house)
    assert statuses(browser, 30)[-1] == 429
    assert attempt(browser, "issa@example.org").status_code == 422
    assert attempt(browser, "issa@example.org", PASSWORD).status_code == 303


def test_ten_accounts_from_one_address_shut_the_address(house, client_of, clock):
    browser = client_of(house)
    for number in range(10):
        assert attempt(browser, f"guess{number}@example.org").status_code == 422
    assert attempt(browser, "issa@example.org", PASSWORD).status_code == 429
    assert attempt(browser, "issa@example.org", PASSWORD, "192.0.2.2").status_code == 303
    clock.advance(minutes=6)
    assert attempt(browser, "issa@example.org", PASSWORD).status_code == 303


def test_a_network_of_new_addresses_is_one_address(house, client_of):
    browser = client_of(house)
    for number in range(10):
        address = f"2001:db8:0:1::{number}"
        assert attempt(browser, f"guess{number}@example.org", address=address).status_code == 422
    assert attempt(browser, "issa@example.org", PASSWORD, "2001:db8:0:1:f::1").status_code == 429
    assert attempt(browser, "issa@example.org", PASSWORD, "2001:db8:0:2::1").status_code == 303


def test_an_address_written_in_both_ways_is_one_address(house, client_of):
    browser = client_of(house)
    for number in range(10):
        answer = attempt(browser, f"guess{number}@example.org", address="::ffff:192.0.2.1")
        assert answer.status_code == 422
    assert attempt(browser, "issa@example.org", PASSWORD, "192.0.2.1").status_code == 429
    answer = attempt(browser, "issa@example.org", PASSWORD, "::ffff:192.0.2.2")
    assert answer.status_code == 303


def test_failures_count_across_workers_and_restarts(
    house: Runtime, clock, renderer: ChildRenderer, client_of
):
    other = quick(build_runtime(house.settings, clock=clock, renderer=renderer))
    try:
        first, second = client_of(house), create_app(other).test_client()
        assert statuses(first, 5) == [422] * 5
        assert statuses(second, 6) == [422] * 5 + [429]
        assert statuses(first, 1) == [429]
    finally:
        other.close()


def test_guesses_at_the_same_moment_all_count(house: Runtime, client_of):
    browsers = [client_of(house) for _ in range(16)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda each: attempt(each, "awa@example.org"), browsers))
    assert sorted(answer.status_code for answer in answers) == [422] * 10 + [429] * 6


def test_getting_in_takes_back_ones_own_failures_only(house, client_of):
    browser = client_of(house)
    statuses(browser, 9)
    for _ in range(9):
        attempt(browser, "issa@example.org")
    assert attempt(browser, "awa@example.org", PASSWORD).status_code == 303
    assert statuses(client_of(house), 10) == [422] * 10
    assert attempt(client_of(house), "issa@example.org").status_code == 422
    assert attempt(client_of(house), "issa@example.org").status_code == 429


class Counting(Passwords):
    """Real passwords that count how often a hash is looked at."""

    def __init__(self) -> None:
        super().__init__(QUICK._hasher)
        self.verified = 0
        self._hasher = _CountingHasher(self, QUICK._hasher)


class _CountingHasher:
    def __init__(self, counter: Counting, hasher) -> None:
        self.counter, self.hasher = counter, hasher
        self.hash, self.check_needs_rehash = hasher.hash, hasher.check_needs_rehash

    def verify(self, kept: str, password: str) -> bool:
        self.counter.verified += 1
        return self.hasher.verify(kept, password)


@pytest.mark.parametrize(
    "email",
    [
        "awa@example.org",
        "nobody@example.org",
        "disabled@example.org",
        "invited@example.org",
        "not an address",
        "\ud800@example.org",
        "x" * 5000,
    ],
)
def test_unknown_and_wrong_look_and_cost_the_same(house: Runtime, client_of, email):
    with house.begin() as work:
        make_account(work, email="disabled@example.org").disabled_at = work.clock.now()
        make_account(work, email="invited@example.org").password_hash = None
    counting = Counting()
    object.__setattr__(house, "passwords", counting)
    browser = client_of(house)
    bodies = {}
    for name in ("awa@example.org", email):
        counting.verified = 0
        data = {"email": name.encode("utf-8", "surrogatepass"), "password": WRONG}
        answer = browser.post("/fr/login", data=data)
        assert (answer.status_code, counting.verified) == (422, 1)
        bodies[name] = re.sub(r'name="email" value="[^"]*"', "", answer.text)
    assert len(set(bodies.values())) == 1


def rows(runtime: Runtime, table: type) -> int:
    with runtime.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_the_table_names_nobody(house, client_of):
    browser = client_of(house)
    attempt(browser, "awa@example.org", address="203.0.113.77")
    with house.reading() as session:
        kept = [(row.key, row.about) for row in session.scalars(select(FailedAttempt))]
    assert len(kept) == 2
    assert not any("awa" in text or "203.0" in text for row in kept for text in row)


def test_old_failures_are_forgotten(house: Runtime, clock):
    with house.begin() as work:
        assert take(work, Caller("s", "192.0.2.1"), "sign-in", "awa@example.org")
    clock.advance(minutes=6)
    with house.begin() as work:
        assert take(work, Caller("s", "192.0.2.1"), "sign-in", "issa@example.org")
        assert forget_old(work) == 2
    assert rows(house, FailedAttempt) == 2


@pytest.mark.parametrize("email", ["awa@example.org", "nobody@example.org"])
def test_asking_for_a_new_password_tells_nothing(house, client_of, email):
    answer = client_of(house).post("/en/password", data={"email": email})
    assert (answer.status_code, answer.location) == (303, "/en/login?done=link-sent")
    body = client_of(house).get(answer.location).text
    assert "If this address has an account" in body
    assert email not in body
    asked = [entry.data for entry in trail(house) if entry.type.endswith("reset_asked")]
    assert len(asked) == (email == "awa@example.org")
    # What takes long, and would tell by that, is left to the housekeeping.
    with house.reading() as session:
        assert session.scalar(select(func.count()).select_from(Mail)) == 0
    assert house.deliver() == len(asked)


def trail(runtime: Runtime) -> Iterator[AuditEntry]:
    with runtime.reading() as session:
        yield from session.scalars(select(AuditEntry))


def test_a_disabled_account_gets_no_link(house: Runtime, client_of):
    with house.begin() as work:
        make_account(work, email="gone@example.org").disabled_at = work.clock.now()
    answer = client_of(house).post("/fr/password", data={"email": "gone@example.org"})
    assert answer.location == "/fr/login?done=link-sent"
    assert list(trail(house)) == []


def test_new_passwords_are_asked_for_ten_times(house, client_of):
    browser = client_of(house)
    for email in ("awa@example.org", "nobody@example.org"):
        answers = [browser.post("/fr/password", data={"email": email}) for _ in range(11)]
        assert [answer.status_code for answer in answers] == [303] * 10 + [429]
    assert len(list(trail(house))) == 10
    # It does not keep anybody from signing in.
    assert sign_in(browser, "awa@example.org").status_code == 303


REQUEST = {
    "name": "Awa",
    "organisation": "Université de Gao",
    "country": "ML",
    "purpose": "Écrire.",
    "locale": "fr",
}


@pytest.mark.parametrize("email", ["awa@example.org", "new@example.org"])
def test_asking_for_an_account_tells_nothing(house, client_of, email):
    browser = client_of(house)
    for _ in range(2):
        answer = browser.post("/fr/request-access", data={**REQUEST, "email": email})
        assert (answer.status_code, answer.location) == (
            303,
            "/fr/request-access?done=access-asked",
        )
    assert rows(house, AccessRequest) == 1
    assert [entry.data for entry in trail(house)] == [{"request_id": 1}]


def test_requests_from_one_address_are_limited(house, client_of):
    browser = client_of(house)
    emails = [f"a{number}@example.org" for number in range(11)]
    answers = [
        browser.post("/fr/request-access", data={**REQUEST, "email": email}) for email in emails
    ]
    assert [answer.status_code for answer in answers] == [303] * 10 + [429]
    assert "Université de Gao" in answers[-1].text
    assert rows(house, AccessRequest) == 10


@pytest.mark.parametrize("state", ["unknown", "used", "expired", "disabled"])
def test_dead_links_all_answer_the_same(house: Runtime, client_of, clock, state):
    with house.begin() as work:
        user = make_account(work)
        token = new_link(work, user.id, LinkPurpose.PASSWORD_RESET)
        link = work.session.scalar(select(OneTimeLink))
        if state == "used":
            link.used_at = work.clock.now()
        if state == "disabled":
            user.disabled_at = work.clock.now()
    if state == "expired":
        clock.advance(hours=2)
    if state == "unknown":
        token = "x" * 43
    browser = client_of(house)
    unknown = browser.get("/fr/password/never-was")
    for method in (browser.get, browser.post):
        answer = method(f"/fr/password/{token}")
        assert answer.status_code == 404
        assert answer.text.replace(token, "T") == unknown.text.replace("never-was", "T")
        assert "/fr/password" in answer.text
