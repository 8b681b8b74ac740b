"""A server of our own and a real Chromium."""

from collections.abc import Iterator
from pathlib import Path
import shutil
import threading

from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Error, Playwright, sync_playwright
import pytest
from werkzeug.serving import make_server

from tests.conftest import skip_or_fail

NAMES = ("chromium", "chromium-browser", "google-chrome")
# As root there is no sandbox to have; and the browser is to ask for nothing by itself.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def site(app: Flask) -> Iterator[str]:
    """The address of a running server with all of content/."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def launch(playwright: Playwright) -> Browser | None:
    found = next(filter(None, map(shutil.which, NAMES)), None)
    try:
        return playwright.chromium.launch(executable_path=found, args=FLAGS)
    except Error:
        return None


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        if browser is None:
            skip_or_fail("no Chromium on this machine")
            return
        yield browser
        browser.close()


@pytest.fixture
def reader(browser: Browser, site: str) -> Iterator[BrowserContext]:
    """A reader on a phone 360 pixels wide, without script, with an empty cache."""
    context = browser.new_context(
        base_url=site, viewport={"width": 360, "height": 740}, java_script_enabled=False
    )
    yield context
    context.close()


@pytest.fixture
def examiner(browser: Browser, site: str) -> Iterator[BrowserContext]:
    """The same with script, for a test to measure with: the pages have none."""
    context = browser.new_context(base_url=site, viewport={"width": 360, "height": 740})
    yield context
    context.close()
