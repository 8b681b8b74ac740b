"""The script of the writing pages: it saves by the way, waits its turn, and stops when refused."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
import threading

from playwright.sync_api import Browser, Page, Route, expect
import pytest
from werkzeug.serving import make_server

from kb.accounts import sessions
from kb.accounts.permissions import Role
from kb.app import create_app
from kb.core.language import Locale
from kb.practices.draft_service import begin
from kb.practices.models import Revision
from kb.runtime import Runtime
from tests.make import make_user, make_vocabularies

INTERVAL = 10_000


@dataclass
class Desk:
    """A draft open in a browser with script, and the database behind it."""

    runtime: Runtime
    page: Page
    revision_id: int

    def stored(self) -> Revision:
        with self.runtime.reading() as session:
            return session.get_one(Revision, self.revision_id)

    def context_section(self) -> str:
        return self.stored().working_copy["texts"]["fr"]["sections"].get("context", "")

    def another_saves(self) -> None:
        with self.runtime.begin() as work:
            revision = work.session.get_one(Revision, self.revision_id)
            text = revision.working_copy["texts"]["fr"]
            changed = {**text, "sections": {**text["sections"], "context": "Theirs"}}
            revision.working_copy = {**revision.working_copy, "texts": {"fr": changed}}


@pytest.fixture
def desk(browser: Browser, sqlite_runtime: Runtime) -> Iterator[Desk]:
    settings = replace(sqlite_runtime.settings, base_url="http://127.0.0.1")
    runtime = replace(sqlite_runtime, settings=settings)
    with runtime.begin() as work:
        make_vocabularies(work)
        author = make_user(work, Role.CONTRIBUTOR)
        revision_id = begin(work, author, "Titre", Locale.FR, "practice").id
        token = sessions.start(work, author.user_id or 0, "a browser")
    server = make_server("127.0.0.1", 0, create_app(runtime), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    site = f"http://127.0.0.1:{server.server_port}"
    context = browser.new_context(base_url=site)
    context.add_cookies([{"name": "palabre", "value": token, "url": site}])
    page = context.new_page()
    page.clock.install()
    page.goto(f"/en/contribute/revisions/{revision_id}/fr")
    yield Desk(runtime, page, revision_id)
    context.close()
    server.shutdown()
    thread.join()
    server.server_close()


def test_what_is_typed_is_saved_by_the_way_and_then_by_the_button(desk):
    page, line = desk.page, desk.page.locator("#saving")
    page.clock.run_for(INTERVAL)
    expect(line).to_have_text("")
    page.fill("#field-context", "By the way")
    expect(line).to_have_text("Not saved yet.")
    page.clock.run_for(INTERVAL)
    expect(line).to_contain_text("Saved at")
    assert desk.context_section() == "By the way"
    page.fill("#field-context", "By the button")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".done")).to_have_text("Saved.")
    assert desk.context_section() == "By the button"


def test_no_connection_is_told_and_tried_again(desk):
    page, line = desk.page, desk.page.locator("#saving")
    page.fill("#field-context", "Patience")
    page.context.set_offline(True)
    page.clock.run_for(INTERVAL)
    expect(line).to_have_text("Not saved: no connection. It will be tried again.")
    page.context.set_offline(False)
    page.clock.run_for(INTERVAL)
    expect(line).to_contain_text("Saved at")
    assert desk.context_section() == "Patience"


def test_a_conflict_stops_the_script_and_the_button_shows_both_texts(desk):
    page, line = desk.page, desk.page.locator("#saving")
    desk.another_saves()
    number = desk.stored().lock_number
    page.fill("#field-context", "Mine")
    page.clock.run_for(INTERVAL)
    expect(line).to_contain_text("Somebody else changed this at the same time.")
    sent = []
    page.on("request", lambda request: sent.append(request.method))
    page.fill("#field-context", "Mine, longer")
    page.clock.run_for(3 * INTERVAL)
    assert sent == []
    assert desk.stored().lock_number == number
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("The stored text, to copy from here").click()
    expect(page.locator("#stored-context")).to_have_value("Theirs")
    expect(page.locator("#field-context")).to_have_value("Mine, longer")


def test_a_button_pressed_while_a_save_is_under_way_waits_for_it(desk):
    page = desk.page
    held: list[Route] = []

    def hold_the_first(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append(route)

    page.route("**/fr", hold_the_first)
    page.fill("#field-context", "First")
    with page.expect_request("**/fr"):
        page.clock.run_for(INTERVAL)
    page.fill("#field-context", "First and second")
    page.get_by_role("button", name="Save and next").click()
    assert page.url.endswith("/fr")
    held[0].continue_()
    page.wait_for_url("**/en")
    assert desk.context_section() == "First and second"
