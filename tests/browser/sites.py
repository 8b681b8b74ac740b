"""The sites that the page types are on, for a command to walk: fresh ones for each language."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
import logging
from pathlib import Path
import shutil
import tempfile
from typing import Any

from playwright.sync_api import Browser, Page, Response, sync_playwright

from kb.operations.installation import CONTENT, set_up
from kb.runtime import Runtime
from kb.wiring import build_runtime
from tests.browser.conftest import launch
from tests.browser.furnished import Site, bare, furnished, serving
from tests.browser.page_types import BROKEN, EMPTY, FURNISHED, READING, WITHOUT_INDEX, PageType
from tests.conftest import FrozenClock, make_settings
from tests.make import quick
from tests.shortcuts import no_waiting_for_disks, templates_compiled_once
from tests.web.test_errors import BrokenIndex
from tests.web.test_without_index import DeadIndex

# Site -> its pages; the names of the unusual ones stand before those of their people.
PAGES: dict[str, tuple[PageType, ...]] = {
    "": (*READING, *FURNISHED),
    "empty-": EMPTY,
    "without-index-": WITHOUT_INDEX,
    "broken-": BROKEN,
}


@dataclass(frozen=True)
class Visit:
    """A page in the browser of somebody, and what the server answered."""

    who: str
    lang: str
    kind: PageType
    page: Page
    answer: Response

    @property
    def name(self) -> str:
        return f"{self.who}/{self.lang}/{self.kind.name}"


def walk(only: Sequence[str], languages: Sequence[str], **options: Any) -> Iterator[Visit]:
    """Open every page whose role or name has one of the words in it; all where there is none.

    `options` are those of a browser's context.
    """
    # A line for each request helps nobody here, nor does the fault that one page shows.
    logging.disable(logging.CRITICAL)
    with (
        tempfile.TemporaryDirectory() as folder,
        no_waiting_for_disks(),
        templates_compiled_once(),
        sync_playwright() as playwright,
    ):
        browser = launch(playwright)
        if browser is None:
            raise SystemExit("no Chromium on this machine")
        make_content(Path(folder))
        for prefix, kinds in chosen(only).items():
            for lang in languages:
                with _opened(prefix, Path(folder)) as site:
                    yield from _visits(browser, site, prefix, lang, kinds, options)
        browser.close()


def chosen(only: Sequence[str]) -> dict[str, list[PageType]]:
    """The pages of each site that are wanted, those of each person together."""
    return {
        prefix: found
        for prefix, kinds in PAGES.items()
        if (found := [kind for kind in kinds if _is_wanted(prefix, kind, only)])
    }


def _is_wanted(prefix: str, kind: PageType, only: Sequence[str]) -> bool:
    return not only or any(word in f"{prefix}{kind.who}/{kind.name}" for word in only)


def _visits(
    browser: Browser, site: Site, prefix: str, lang: str, kinds: list[PageType], options: Any
) -> Iterator[Visit]:
    ordered = sorted(kinds, key=lambda kind: kind.who)
    for who, theirs in groupby(ordered, key=lambda kind: kind.who):
        context = browser.new_context(base_url=site.address, **options)
        context.add_cookies(site.cookies(who))
        page = context.new_page()
        for kind in theirs:
            answer = kind.open(page, lang, site.names)
            yield Visit(f"{prefix}{who}", lang, kind, page, answer)
        context.close()


@contextmanager
def _opened(prefix: str, folder: Path) -> Iterator[Site]:
    """A site by its prefix; what is done on it is forgotten."""
    own = folder / "site"
    if prefix != "empty-":
        shutil.copytree(folder / "content", own)
    try:
        with _runtime(own) as runtime, _serving(prefix, runtime) as site:
            yield site
    finally:
        shutil.rmtree(own)


@contextmanager
def _serving(prefix: str, runtime: Runtime) -> Iterator[Site]:
    if not prefix:
        with furnished(runtime) as site:
            yield site
    elif prefix == "empty-":
        set_up(runtime, lambda _message: None, content=None)
        with bare(runtime) as site:
            yield site
    else:
        index = DeadIndex() if prefix == "without-index-" else BrokenIndex()
        with serving(runtime, index=index) as (_, address):
            yield Site(address)


def make_content(folder: Path) -> None:
    """All of content/, imported and indexed once: the sites begin as copies."""
    with _runtime(folder / "content") as runtime:
        set_up(runtime, lambda _message: None, content=CONTENT)


@contextmanager
def _runtime(folder: Path) -> Iterator[Runtime]:
    folder.mkdir(exist_ok=True, mode=0o700)
    runtime = quick(build_runtime(make_settings(folder), clock=FrozenClock()))
    try:
        yield runtime
    finally:
        runtime.close()
