"""Promise 26: what may stay on a phone is public and asked for, and signing out takes it away."""

from dataclasses import replace

from flask.testing import FlaskClient
import pytest

from kb.accounts import sessions
from kb.accounts.models import LinkPurpose
from kb.accounts.permissions import OPERATOR, Role
from kb.accounts.service import disable, new_link
from kb.practices.lifecycle import State
from kb.runtime import Runtime
from tests.make import (
    PASSWORD,
    client_as,
    make_account,
    make_content,
    make_revision,
    make_vocabularies,
    sign_in,
)
from tests.web.html import parse

EVERYTHING = '"cache", "storage"'
OTHER = "griot cauri tamarinier huit"
SLUGS = {"public": "for-all", "members": "for-members", "restricted": "for-few"}
# Whoever signs in, and what they may open.
READERS = {
    "visitor": {"public"},
    "member": {"public", "members"},
    "editor": {"public", "members", "restricted"},
}


@pytest.fixture
def site(sqlite_runtime: Runtime) -> Runtime:
    with sqlite_runtime.begin() as work:
        make_vocabularies(work)
        for visibility, slug in SLUGS.items():
            make_revision(work, State.PUBLISHED, make_content(slug, visibility=visibility))
    return sqlite_runtime


@pytest.fixture
def awa(site: Runtime) -> int:
    with site.begin() as work:
        return make_account(work, Role.MEMBER, email="awa@example.org").id


def is_offered(page: str) -> bool:
    """Whether any of what the worker and the script go by is in the page."""
    marks = [
        "data-page" in page,
        "data-copy" in page,
        "/static/keep." in page,
        'id="keep"' in page,
    ]
    assert len(set(marks)) == 1
    return all(marks)


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("who", READERS)
def test_only_what_is_public_can_be_kept(site: Runtime, client_of, who, lang):
    settings = replace(site.settings, second_factor_required=False)
    client = client_of(replace(site, settings=settings))
    if who != "visitor":
        with site.begin() as work:
            user_id = make_account(work, Role(who)).id
        client_as(site, client, user_id)
    seen = set()
    for visibility, slug in SLUGS.items():
        answer = client.get(f"/{lang}/practices/{slug}")
        seen |= {visibility} if answer.status_code == 200 else set()
        assert is_offered(answer.text) is (visibility == "public")
        policy = answer.headers["Content-Security-Policy"]
        assert ("worker-src 'self'" in policy) is (visibility == "public")
        if who != "visitor":
            assert answer.headers["Cache-Control"] == "no-store"
    assert seen == READERS[who]


def test_what_visitors_get_says_that_it_is_for_everybody(site: Runtime, client_of):
    """The worker goes by this header and by the mark with the page's own address."""
    client = client_of(site)
    for path in ("/en/practices/for-all", "/fr/practices/for-all", "/fr/offline", "/en/offline"):
        answer = client.get(path)
        assert answer.headers["Cache-Control"] == "public, no-cache"
        assert "Set-Cookie" not in answer.headers
        assert f'data-page="{path}"' in answer.text
        assert " hidden data-copy" in answer.text
        # The first of its kind is the day that the worker fills in.
        assert answer.text.count("<span data-day></span>") == 1


def test_no_button_is_there_without_a_script(site: Runtime, client_of):
    client = client_of(site)
    area = parse(client.get("/en/practices/for-all").text).one("dd", id="keep")
    assert "hidden" in area.attributes
    assert len(area.all("button", type="button")) == 1
    page = parse(client.get("/en/offline").text).one("section", id="kept")
    for button in page.all("button"):
        hidden = [e for e in page.walk() if "hidden" in e.attributes or e.tag == "template"]
        assert any(button in e.all("button") for e in hidden)


@pytest.mark.parametrize("who", ["visitor", "member"])
def test_the_worker_is_the_same_for_everybody(site: Runtime, client_of, awa, who):
    client = client_of(site)
    if who == "member":
        client_as(site, client, awa)
    answer = client.get("/sw.js")
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Service-Worker-Allowed"] == "/"
    assert "Cookie" not in answer.headers.get("Vary", "")
    again = client.get("/sw.js", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def cleared(answer) -> bool:
    told = answer.headers.getlist("Clear-Site-Data")
    assert told in ([], [EVERYTHING])
    return bool(told)


def test_signing_out_clears_the_device(site: Runtime, client_of, awa):
    browser = client_of(site)
    key = client_as(site, browser, awa)
    assert cleared(browser.post("/fr/logout", data={"csrf_token": key}))
    # Pressed again, or where the session has ended by itself: the device is cleared all the same.
    assert cleared(browser.post("/fr/logout", data={"csrf_token": key}))


def test_another_password_clears_the_device(site: Runtime, client_of, awa):
    browser = client_of(site)
    key = client_as(site, browser, awa)
    form = {"what": "password", "csrf_token": key, "current": "wrong", "password": OTHER}
    assert not cleared(browser.post("/fr/account", data={**form, "repeated": OTHER}))
    right = {**form, "current": PASSWORD, "repeated": OTHER}
    assert cleared(browser.post("/fr/account", data=right))
    assert browser.get("/fr/account").status_code == 200


def browsers_of(site: Runtime, client_of, user_id: int) -> tuple[FlaskClient, FlaskClient, str]:
    phone, computer = client_of(site), client_of(site)
    client_as(site, phone, user_id)
    return phone, computer, client_as(site, computer, user_id)


@pytest.mark.parametrize("deed", ["sessions", "password", "link", "disabled"])
def test_a_phone_that_was_signed_out_from_elsewhere_forgets_when_it_is_used(
    site: Runtime, client_of, awa, deed
):
    phone, computer, key = browsers_of(site, client_of, awa)
    assert not cleared(phone.get("/fr/practices/for-all"))
    form = {"csrf_token": key, "what": deed, "password": OTHER, "repeated": OTHER}
    if deed == "sessions":
        # The browser that does it stays signed in, and keeps what it keeps.
        assert not cleared(computer.post("/fr/account", data={**form, "session": "others"}))
        assert not cleared(computer.get("/fr/account"))
    elif deed == "password":
        computer.post("/fr/account", data={**form, "current": PASSWORD})
    else:
        with site.begin() as work:
            token = new_link(work, awa, LinkPurpose.PASSWORD_RESET)
            if deed == "disabled":
                disable(work, OPERATOR, awa)
        if deed == "link":
            client_of(site).post(f"/fr/password/{token}", data=form)
    answer = phone.get("/fr/practices/for-all")
    assert answer.status_code == 200
    assert cleared(answer)
    assert answer.headers["Cache-Control"] == "no-store"
    assert phone.get_cookie("__Host-palabre") is None
    assert not cleared(phone.get("/fr/practices/for-all"))


def test_whoever_was_only_away_keeps_what_is_not_sent_yet(site: Runtime, client_of, clock, awa):
    phone, _, _ = browsers_of(site, client_of, awa)
    clock.advance(hours=13)
    assert phone.get("/fr/account").status_code == 302
    assert not cleared(phone.get("/fr/practices/for-all"))
    with site.begin() as work:
        assert sessions.end(work, awa) == 2
    assert cleared(phone.get("/fr/practices/for-all"))


def test_nothing_else_clears_a_device(site: Runtime, client_of, awa):
    stranger = client_of(site)
    stranger.set_cookie("__Host-palabre", "forged", secure=True)
    for path in ("/fr/", "/fr/practices/for-all", "/fr/login", "/fr/offline", "/sw.js"):
        assert not cleared(stranger.get(path)), path
    assert not cleared(sign_in(stranger, "awa@example.org"))
    assert not cleared(stranger.get("/fr/account"))
