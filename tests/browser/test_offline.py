"""Keeping entries on the phone: only when asked, only what is public, and gone when it must be."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
import re
import threading
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect
import pytest
from werkzeug.serving import make_server

from kb.accounts import sessions
from kb.accounts.permissions import Role
from kb.app import create_app
from kb.practices.lifecycle import Action, State
from kb.practices.models import Revision
from kb.practices.service import start_revision
from kb.rendering.renderer import ChildRenderer
from kb.runtime import Runtime
from kb.wiring import build_runtime
from tests.browser.test_axe import problems_of
from tests.conftest import FrozenClock, make_settings
from tests.make import (
    PATHS,
    make_account,
    make_content,
    make_revision,
    make_text,
    make_vocabularies,
    quick,
    take_step,
)
from tests.shortcuts import migrate

CANARY = "NAME-OF-A-WITNESS"
STORED = """async () => {
    const stored = [];
    for (const name of await caches.keys()) {
        const cache = await caches.open(name);
        for (const request of await cache.keys()) {
            const found = await cache.match(request);
            stored.push([new URL(request.url).pathname, await found.text()]);
        }
    }
    return stored;
}"""
LEFT = """async () => [
    (await caches.keys()).length, (await navigator.serviceWorker.getRegistrations()).length,
    localStorage.length + sessionStorage.length]"""
ASK = """wish => new Promise(resolve => {
    const line = new MessageChannel();
    line.port1.onmessage = event => resolve(event.data);
    navigator.serviceWorker.ready.then(r => r.active.postMessage(wish, [line.port2]));
})"""
AGE = """async days => {
    const cache = await caches.open('kept');
    for (const request of await cache.keys()) {
        const found = await cache.match(request), headers = new Headers(found.headers);
        if (!headers.get('x-kept')) continue;
        headers.set('x-kept', Date.now() - days * 86400000);
        await cache.put(request, new Response(await found.text(), {headers}));
    }
}"""
FILL = """async count => {
    const cache = await caches.open('kept');
    const found = await cache.match('/en/practices/first');
    for (let number = 1; number < count; number++)
        await cache.put('/en/practices/more-' + number, found.clone());
}"""
KEEP, STOP = "Keep this entry on this phone", "Stop keeping it"


@dataclass
class Site:
    """A running site of a few practices, what it was asked, and a way to make it slow or fail."""

    runtime: Runtime
    address: str = ""
    asked: list[tuple[str, int]] = field(default_factory=list)
    is_open: threading.Event = field(default_factory=threading.Event)
    broken: str = "nothing"
    revisions: dict[str, tuple[int, Any]] = field(default_factory=dict)

    def wrap(self, app: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
        def wrapped(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
            def noted(status: str, *rest: Any) -> Any:
                self.asked.append((environ["PATH_INFO"], int(status[:3])))
                return start(status, *rest)

            self.is_open.wait(20)
            if environ["PATH_INFO"] == self.broken:
                noted("502 Bad Gateway", [("Content-Type", "text/plain")])
                return [b"broken"]
            return app(environ, noted)

        return wrapped

    def publish(self, slug: str, **changes: Any) -> None:
        with self.runtime.begin() as work:
            revision, people = make_revision(work, State.PUBLISHED, make_content(slug, **changes))
            self.revisions[slug] = (revision.id, people)

    def revise(self, slug: str, **changes: Any) -> None:
        """Publish it anew with something changed."""
        number, people = self.revisions[slug]
        with self.runtime.begin() as work:
            before = work.session.get_one(Revision, number)
            revision = start_again(work, people, before, changes)
            self.revisions[slug] = (revision.id, people)

    def withdraw(self, slug: str) -> None:
        number, people = self.revisions[slug]
        with self.runtime.begin() as work:
            take_step(work, people, work.session.get_one(Revision, number), Action.WITHDRAW)

    def token(self) -> tuple[int, str]:
        """A member who has just signed in elsewhere."""
        with self.runtime.begin() as work:
            user_id = make_account(work, Role.MEMBER, name="Awa Member").id
            return user_id, sessions.start(work, user_id, "a phone")


def start_again(work: Any, people: Any, before: Revision, changes: dict[str, Any]) -> Revision:
    data = {**before.working_copy, **changes}
    revision = start_revision(work, people["author"], before.practice, data)
    for step in PATHS[State.PUBLISHED]:
        take_step(work, people, revision, step)
    return revision


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, renderer: ChildRenderer) -> Iterator[Site]:
    server = make_server("127.0.0.1", 0, lambda *_: [], threaded=True)
    address = f"http://127.0.0.1:{server.server_port}"
    settings = replace(
        make_settings(tmp_path_factory.mktemp("offline")),
        base_url=address,
        second_factor_required=False,
    )
    runtime = quick(build_runtime(settings, clock=FrozenClock(), renderer=renderer))
    migrate(runtime.engine)
    with runtime.begin() as work:
        make_vocabularies(work)
    site = Site(runtime, address)
    site.is_open.set()
    site.publish("first")
    site.publish("second", texts={"fr": make_text("b", title="Titre <b>&amp;\u202f« second »")})
    site.publish(
        "for-few",
        visibility="members",
        texts={"fr": make_text("for-few", summary=f"Résumé {CANARY}.")},
    )
    server.app = site.wrap(create_app(runtime))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield site
    server.shutdown()
    thread.join()
    server.server_close()
    runtime.close()


@pytest.fixture
def phone(browser: Browser, house: Site) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=house.address, viewport={"width": 360, "height": 740})
    yield context
    house.is_open.set()
    house.broken = "nothing"
    context.close()


def keep(page: Page, address: str) -> None:
    page.goto(address)
    page.locator("#keep button").click()
    expect(page.locator("#keep [role=status]")).to_have_text(re.compile("Kept|Gardée"))


def stored(page: Page) -> dict[str, str]:
    return dict(page.evaluate(STORED))


def paths(page: Page) -> set[str]:
    return {re.sub(r"\.[0-9a-f]{12}\.", ".", path) for path in stored(page)}


def left(page: Page) -> list[int]:
    found: list[int] = page.evaluate(LEFT)
    return found


def eventually(page: Page, question: str) -> None:
    """Ask the page until it says yes; `wait_for_function` takes any promise for a yes."""
    for _ in range(50):
        if page.evaluate(question):
            return
        page.wait_for_timeout(100)
    pytest.fail(question)


def banner(page: Page) -> Any:
    return page.locator(".banner", has_text="perhaps out of date")


def test_nothing_is_stored_before_a_reader_asks_for_it(phone: BrowserContext):
    page = phone.new_page()
    for path in ("/en/practices/first", "/en/offline", "/en/", "/fr/practices/second"):
        page.goto(path, wait_until="networkidle")
        assert left(page) == [0, 0, 0], path
    assert page.evaluate("async () => (await navigator.storage.estimate()).usage") == 0
    assert phone.service_workers == []
    assert phone.cookies() == []


def test_a_kept_entry_is_read_without_a_network(phone: BrowserContext):
    page = phone.new_page()
    page.goto("/en/practices/first")
    button = page.get_by_role("button", name=KEEP)
    button.click()
    expect(page.get_by_role("status")).to_have_text(
        "Kept: this entry can be read here without a network."
    )
    expect(page.get_by_role("button", name=STOP)).to_be_focused()
    # Exactly this page, what it loads, and the list.
    files = {"/static/style.css", "/static/favicon.svg", "/static/keep.js"}
    assert paths(page) == {"/en/practices/first", "/en/offline", *files}
    assert left(page) == [1, 1, 0]
    page.reload()
    expect(page.get_by_role("button", name=STOP)).to_be_visible()
    expect(banner(page)).to_be_hidden()
    phone.set_offline(True)
    answer = page.reload()
    assert answer is not None
    assert answer.from_service_worker
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    expect(page.locator("h1")).to_have_text("Titre first")
    today = page.evaluate("new Date().toLocaleDateString('en-GB', {dateStyle: 'long'})")
    expect(banner(page)).to_be_visible()
    expect(banner(page)).to_have_text(
        f"Copy kept on {today}, perhaps out of date. The network did not answer."
    )
    expect(page.get_by_role("button", name=STOP)).to_be_visible()
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == "rgb(253, 252, 249)"
    phone.set_offline(False)
    page.reload()
    expect(page.locator("h1")).to_have_text("Titre first")
    expect(banner(page)).to_be_hidden()


def test_without_a_network_every_other_page_of_reading_leads_to_the_list(phone: BrowserContext):
    page = phone.new_page()
    keep(page, "/en/practices/first")
    phone.set_offline(True)
    for path in ("/en/offline", "/en/", "/", "/fr/", "/en/practices", "/en/practices/second"):
        page.goto(path)
        expect(page.locator("h1")).to_have_text("Kept entries")
        expect(page.get_by_text("The network does not answer.")).to_be_visible()
        expect(page.locator("#kept li h3")).to_have_text(["Titre first"])
    page.get_by_role("link", name="Titre first").click()
    expect(page.locator("h1")).to_have_text("Titre first")
    expect(banner(page)).to_be_visible()


def test_the_list_names_what_is_kept_and_takes_one_away(phone: BrowserContext):
    page = phone.new_page()
    keep(page, "/en/practices/first")
    keep(page, "/fr/practices/second")
    page.goto("/en/offline")
    title = "Titre <b>&amp;\u202f« second »".replace("« ", "«\u00a0").replace(" »", "\u00a0»")
    expect(page.locator("#kept li h3")).to_have_text(["Titre first", title])
    today = page.evaluate("new Date().toLocaleDateString('en-GB', {dateStyle: 'long'})")
    expect(page.locator("#kept li .meta")).to_have_text(
        [f"English · kept on {today}", f"Français · kept on {today}"]
    )
    # The text of an entry may be in another language than its page.
    assert page.locator("#kept h3 a").first.get_attribute("lang") == "fr"
    expect(page.get_by_role("status")).to_have_text("Entries kept: 2")
    page.get_by_role("button", name="Remove Titre first").click()
    expect(page.get_by_role("status")).to_have_text("Entries kept: 1")
    expect(page.get_by_role("status")).to_be_focused()
    assert "/en/practices/first" not in paths(page)
    assert left(page) == [1, 1, 0]
    page.goto("/fr/practices/second")
    page.get_by_role("button", name=re.compile("Stop|Ne plus")).click()
    expect(page.get_by_role("button", name=re.compile("Keep|Garder"))).to_be_visible()
    # With the last entry everything goes.
    assert left(page) == [0, 0, 0]


def test_one_button_deletes_everything(phone: BrowserContext):
    page = phone.new_page()
    keep(page, "/en/practices/first")
    keep(page, "/fr/practices/second")
    page.goto("/en/offline")
    # Whatever else lies there.
    page.evaluate("caches.open('another').then(c => c.put('/x', new Response('x')))")
    page.get_by_role("button", name="Delete everything that is kept").click()
    expect(page.get_by_role("status")).to_have_text("Everything is deleted.")
    assert left(page) == [0, 0, 0]
    expect(page.locator("#kept button")).to_have_count(1)
    expect(page.locator("#kept button")).to_be_hidden()
    page.reload(wait_until="networkidle")
    expect(page.get_by_role("status")).to_have_text("Nothing is kept.")
    assert left(page) == [0, 0, 0]
    # And it can be begun anew.
    keep(page, "/en/practices/first")
    assert left(page) == [1, 1, 0]


def test_the_button_works_without_a_network_too(phone: BrowserContext):
    page = phone.new_page()
    keep(page, "/en/practices/first")
    phone.set_offline(True)
    page.goto("/en/offline")
    page.get_by_role("button", name="Delete everything that is kept").click()
    expect(page.get_by_role("status")).to_have_text("Everything is deleted.")
    assert left(page) == [0, 0, 0]


def sign_in(phone: BrowserContext, house: Site) -> tuple[int, str]:
    user_id, token = house.token()
    phone.add_cookies([{"name": "palabre", "value": token, "url": house.address}])
    return user_id, token


def test_what_is_not_public_cannot_be_kept(phone: BrowserContext, house: Site):
    sign_in(phone, house)
    page = phone.new_page()
    page.goto("/en/practices/for-few")
    expect(page.get_by_text(CANARY)).to_be_visible()
    assert page.locator("#keep, [data-page], [data-copy], script").count() == 0
    # On a public page the worker is there: it is asked for what its reader may see, and refuses.
    keep(page, "/en/practices/first")
    for wish in (
        *("/en/practices/for-few", "/fr/practices/for-few", "/en/practices/first/../for-few"),
        *("/en/account", "/en/", "/en/practices", "/en/practices/first.md", "/api/v1/practices"),
        *("/en/practices/for-few?x", "//127.0.0.1/en/practices/x", "https://example.org/", "x"),
    ):
        assert page.evaluate(ASK, {"keep": wish}) == "refused", wish
    # Reading it, and anything else, while the worker runs leaves nothing either.
    for path in ("/en/practices/for-few", "/en/account", "/en/", "/en/practices/first"):
        page.goto(path, wait_until="networkidle")
        expect(page.get_by_text("My menu")).to_be_visible()
    page.goto("/en/offline", wait_until="networkidle")
    found = stored(page)
    assert len(found) == 5
    assert {path for path in found if "/static/" not in path} == {
        "/en/practices/first",
        "/en/offline",
    }
    for body in found.values():
        assert CANARY not in body
        assert "My account" not in body


def test_an_entry_that_is_for_members_from_now_on_leaves_the_phone(phone, house: Site):
    for slug, is_member in (("to-visitors", False), ("to-members", True)):
        house.publish(slug)
        page = phone.new_page()
        keep(page, f"/en/practices/{slug}")
        house.revise(slug, visibility="members")
        if is_member:
            sign_in(phone, house)
        page.goto(f"/en/practices/{slug}", wait_until="networkidle")
        expect(page.locator("h1")).to_have_text(
            f"Titre {slug}" if is_member else "This page does not exist"
        )
        eventually(page, f"async () => !(await ({LEFT})()).some(Boolean)")


def test_a_withdrawn_entry_leaves_the_phone_when_it_is_opened(phone, house: Site):
    house.publish("opened")
    page = phone.new_page()
    keep(page, "/en/practices/first")
    keep(page, "/en/practices/opened")
    house.withdraw("opened")
    phone.set_offline(True)
    page.goto("/en/practices/opened")
    expect(page.locator("h1")).to_have_text("Titre opened")
    phone.set_offline(False)
    page.goto("/en/practices/opened", wait_until="networkidle")
    expect(page.locator("h1")).to_have_text("This page has been withdrawn")
    eventually(page, "async () => !await caches.match('/en/practices/opened')")
    assert "/en/practices/first" in paths(page)


def test_the_list_brings_up_to_date_and_asks_for_little(phone: BrowserContext, house: Site):
    for slug in ("gone", "changed"):
        house.publish(slug)
    page = phone.new_page()
    for slug in ("first", "gone", "changed"):
        keep(page, f"/en/practices/{slug}")
    page.evaluate(AGE, 3)
    house.asked.clear()
    page.goto("/en/offline", wait_until="networkidle")
    # What is the same as on the site is as good as kept today, and costs no more than a question.
    today = page.evaluate("new Date().toLocaleDateString('en-GB', {dateStyle: 'long'})")
    expect(page.locator("#kept li .meta")).to_have_text([f"English · kept on {today}"] * 3)
    assert {status for path, status in house.asked if path.startswith("/en/")} == {304}
    assert len(house.asked) <= 6
    house.withdraw("gone")
    house.revise("changed", texts={"fr": make_text("changed", title="Nouveau titre")})
    house.asked.clear()
    page.goto("/en/offline")
    expect(page.locator("#kept li h3")).to_have_text(["Nouveau titre", "Titre first"])
    asked = dict(house.asked)
    assert asked["/en/practices/gone"] == 410
    assert asked["/en/practices/changed"] == 200
    assert "Nouveau titre" in stored(page)["/en/practices/changed"]


def test_opening_a_kept_entry_brings_it_up_to_date(phone: BrowserContext, house: Site):
    house.publish("fresh")
    page = phone.new_page()
    keep(page, "/en/practices/fresh")
    house.revise("fresh", texts={"fr": make_text("fresh", title="Titre neuf")})
    page.goto("/en/practices/fresh")
    expect(page.locator("h1")).to_have_text("Titre neuf")
    eventually(
        page,
        "async () => (await (await caches.match('/en/practices/fresh')).text()).includes('neuf')",
    )
    phone.set_offline(True)
    page.reload()
    expect(page.locator("h1")).to_have_text("Titre neuf")


def stop_workers(page: Page) -> None:
    session = page.context.new_cdp_session(page)
    session.send("ServiceWorker.enable")
    session.send("ServiceWorker.stopAllWorkers")


def test_copies_that_are_too_old_are_dropped(phone: BrowserContext):
    page = phone.new_page()
    keep(page, "/en/practices/first")
    page.evaluate(AGE, 29)
    phone.set_offline(True)
    stop_workers(page)
    page.goto("/en/practices/first")
    expect(page.locator("h1")).to_have_text("Titre first")
    page.evaluate(AGE, 31)
    # Even a worker that has long been running does not show it,
    page.goto("/en/practices/first")
    expect(page.locator("h1")).to_have_text("Kept entries")
    # and the next one that starts deletes everything.
    stop_workers(page)
    page.goto("/en/practices/first")
    eventually(page, f"async () => !(await ({LEFT})()).some(Boolean)")


def test_there_is_room_for_fifty(phone: BrowserContext):
    page = phone.new_page()
    keep(page, "/en/practices/first")
    page.evaluate(FILL, 49)
    keep(page, "/en/practices/second")
    page.goto("/fr/practices/second")
    page.locator("#keep button").click()
    line = page.locator("#keep [role=status]")
    expect(line).to_have_text(page.locator("#keep").get_attribute("data-full") or "")
    assert "/fr/practices/second" not in paths(page)


@pytest.mark.parametrize("broken", ["/sw.js", "/en/practices/first", "/en/offline"])
def test_what_cannot_be_fetched_leaves_nothing(phone: BrowserContext, house: Site, broken: str):
    page = phone.new_page()
    page.goto("/en/practices/first")
    house.broken = broken
    page.get_by_role("button", name=KEEP).click()
    expect(page.get_by_role("status")).to_contain_text("It could not be kept.")
    expect(page.get_by_role("button", name=KEEP)).to_be_visible()
    assert left(page) == [0, 0, 0]


def test_a_network_that_does_not_answer_in_time_is_not_waited_for(phone, house: Site):
    page = phone.new_page()
    keep(page, "/en/practices/first")
    page.reload()
    phone.service_workers[0].evaluate("() => { self.patience = 200 }")
    house.is_open.clear()
    page.goto("/en/practices/first", wait_until="commit")
    expect(page.locator("h1")).to_have_text("Titre first")
    expect(banner(page)).to_be_visible()
    house.is_open.set()
    house.broken = "/en/practices/first"
    page.goto("/en/practices/first")
    expect(page.locator("h1")).to_have_text("Titre first")
    expect(banner(page)).to_be_visible()


def test_signing_out_deletes_everything(phone: BrowserContext, house: Site):
    sign_in(phone, house)
    page = phone.new_page()
    keep(page, "/en/practices/first")
    page.evaluate("localStorage.setItem('draft', 'words')")
    page.goto("/en/account")
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    assert left(page) == [0, 0, 0]


def test_signing_out_from_elsewhere_deletes_everything_at_the_next_page(phone, house: Site):
    user_id, token = sign_in(phone, house)
    page = phone.new_page()
    keep(page, "/en/practices/first")
    assert left(page) == [1, 1, 0]
    with house.runtime.begin() as work:
        assert sessions.end(work, user_id) == 1
    page.goto("/en/practices/second")
    expect(page.locator("h1")).to_contain_text("second")
    assert left(page) == [0, 0, 0]
    assert phone.cookies() == []
    assert token


@pytest.mark.parametrize("width", [360, 1280])
def test_what_the_script_shows_has_no_violations(browser: Browser, house: Site, width: int):
    context = browser.new_context(base_url=house.address, viewport={"width": width, "height": 800})
    page = context.new_page()
    keep(page, "/en/practices/first")
    assert problems_of(page) == []
    keep(page, "/fr/practices/second")
    context.set_offline(True)
    for path in ("/en/offline", "/en/practices/first"):
        page.goto(path)
        expect(page.locator("[data-page] button").first).to_be_visible()
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert problems_of(page) == [], (path, scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def test_without_a_script_the_list_says_what_it_is_for(browser: Browser, house: Site):
    context = browser.new_context(base_url=house.address, java_script_enabled=False)
    page = context.new_page()
    page.goto("/en/offline")
    expect(page.get_by_role("status")).to_contain_text("It does not run here")
    expect(page.get_by_text("Whoever holds this phone can see what is kept.")).to_be_visible()
    expect(page.locator("button:visible")).to_have_count(0)
    page.goto("/en/practices/first")
    expect(page.locator("button:visible")).to_have_count(0)
    expect(page.locator("#keep, [data-copy]")).to_have_count(2)
    for place in page.locator("#keep, [data-copy]").all():
        expect(place).to_be_hidden()
    context.close()
