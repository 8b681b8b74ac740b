"""A copy on the device: only if asked for, there after a power cut, gone when it is not needed."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
import os
from pathlib import Path
import shutil
import signal
import socket
import threading

from playwright.sync_api import Browser, Error, Page, expect
import pytest
from werkzeug.serving import make_server

from kb.accounts import sessions
from kb.accounts.permissions import Role
from kb.app import create_app
from kb.core.language import Locale
from kb.practices.draft_service import begin
from kb.practices.models import Revision
from kb.runtime import Runtime
from tests.browser.conftest import FLAGS, NAMES
from tests.make import make_user, make_vocabularies

KEPT = "A copy is on this device until the site has it."
STORED = """async () => {
  const names = (await indexedDB.databases()).map((base) => base.name);
  const count = !names.includes('drafts') ? 0 : await new Promise((resolve) => {
    const opening = indexedDB.open('drafts');
    opening.onsuccess = () => {
      const asked = opening.result.transaction('drafts').objectStore('drafts').count();
      asked.onsuccess = () => { opening.result.close(); resolve(asked.result); };
    };
  });
  return [count, localStorage.length];
}"""


class Desk:
    """A draft, a server that can be cut off, and a browser with a profile on disk."""

    def __init__(self, runtime: Runtime, browser: Browser, folder: Path) -> None:
        self.runtime, self.browser, self.folder = runtime, browser, folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.site = f"http://127.0.0.1:{self.port}"
        settings = replace(runtime.settings, base_url=self.site)
        self.runtime = replace(runtime, settings=settings)
        with self.runtime.begin() as work:
            make_vocabularies(work)
            author = make_user(work, Role.CONTRIBUTOR)
            self.revision_id = begin(work, author, "Titre", Locale.FR, "practice").id
            self.token = sessions.start(work, author.user_id or 0, "a browser")
        self.address = f"{self.site}/en/contribute/revisions/{self.revision_id}/fr"

    @contextmanager
    def serving(self) -> Iterator[None]:
        server = make_server("127.0.0.1", self.port, create_app(self.runtime), threaded=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    @contextmanager
    def browsing(self) -> Iterator[Page]:
        found = next(filter(None, map(shutil.which, NAMES)), None)
        context = self.browser.browser_type.launch_persistent_context(
            str(self.folder), executable_path=found, args=FLAGS
        )
        cookie = {"name": "palabre", "value": self.token, "url": self.site}
        context.add_cookies([cookie])
        yield context.pages[0]
        with suppress(Error):  # it may be dead already
            context.close()

    def cut_the_power(self) -> None:
        """Kill this browser, and no other."""
        mark = f"--user-data-dir={self.folder}".encode()
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and mark in _command(entry):
                os.kill(int(entry.name), signal.SIGKILL)

    def context_section(self) -> str:
        with self.runtime.reading() as session:
            copy = session.get_one(Revision, self.revision_id).working_copy
        return copy["texts"]["fr"]["sections"].get("context", "")


def _command(entry: Path) -> bytes:
    try:
        return (entry / "cmdline").read_bytes()
    except OSError:
        return b""


@pytest.fixture
def desk(sqlite_runtime: Runtime, browser: Browser, tmp_path: Path) -> Desk:
    return Desk(sqlite_runtime, browser, tmp_path / "profile")


def test_unasked_nothing_is_on_the_device(desk: Desk):
    with desk.browsing() as page:
        with desk.serving():
            page.goto(desk.address)
        page.fill("#field-context", "Not to be kept")
        page.wait_for_timeout(6000)
        assert page.evaluate(STORED) == [0, 0]


def test_a_power_cut_loses_at_most_the_last_ten_seconds(desk: Desk):
    with desk.browsing() as page:
        with desk.serving():
            page.goto(desk.address)
            page.get_by_label("Keep a copy on this device").check()
        page.fill("#field-context", "Typed without a network")
        page.fill("#field-title", "Titre neuf")
        expect(page.locator("#device [role=status]")).to_have_text(KEPT, timeout=9000)
        desk.cut_the_power()
    with desk.serving(), desk.browsing() as page:
        page.goto(desk.address)
        expect(page.locator("#field-context")).to_have_value("")
        page.get_by_role("button", name="Bring it back").click()
        expect(page.locator("#field-context")).to_have_value("Typed without a network")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.locator(".done")).to_have_text("Saved.")
        assert desk.context_section() == "Typed without a network"
        # What the site has is not on the device any more.
        expect(page.locator("#restore")).to_be_hidden()
        page.wait_for_timeout(500)
        assert page.evaluate(STORED) == [0, 1]


@pytest.mark.parametrize("way", ["untick", "offer", "button", "sign-out", "age"])
def test_the_copy_goes_when_it_is_to_go(desk: Desk, way: str):
    with desk.browsing() as page:
        with desk.serving():
            page.goto(desk.address)
            page.get_by_label("Keep a copy on this device").check()
        page.fill("#field-context", "Kept")
        expect(page.locator("#device [role=status]")).to_have_text(KEPT, timeout=9000)
        assert page.evaluate(STORED) == [1, 1]
        with desk.serving():
            expected = [0, 0]
            if way == "untick":
                page.get_by_label("Keep a copy on this device").uncheck()
            elif way == "offer":
                page.goto(desk.address)
                page.get_by_role("button", name="Delete it").click()
                expected = [0, 1]
            elif way == "button":
                page.goto(f"{desk.site}/en/offline")
                page.get_by_role("button", name="Delete everything that is kept").click()
            elif way == "sign-out":
                page.goto(f"{desk.site}/en/account")
                page.get_by_role("button", name="Sign out", exact=True).click()
            else:
                page.clock.install()
                page.clock.fast_forward(15 * 24 * 3600 * 1000)
                page.goto(desk.address)
                expected = [0, 1]
            page.wait_for_timeout(1500) if way != "age" else page.clock.run_for(1500)
            assert page.evaluate(STORED) == expected
            assert desk.context_section() == ""


def test_a_section_is_looked_at_without_leaving_the_page(desk: Desk):
    with desk.serving(), desk.browsing() as page:
        page.goto(desk.address)
        page.fill("#field-context", "Un **puits**\n\n<script>alert(1)</script>\n\n- un")
        page.get_by_role("button", name="Preview (Context and problem)").click()
        shown = page.locator("#shown-context")
        expect(shown.locator("strong")).to_have_text("puits")
        expect(shown.locator("li")).to_have_text("un")
        assert shown.locator("script").count() == 0
        assert page.url == desk.address
        assert desk.context_section() == ""
        page.context.set_offline(True)
        page.get_by_role("button", name="Preview (Context and problem)").click()
        expect(page.locator("#shown-context")).to_contain_text("could not be made")
