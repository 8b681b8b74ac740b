"""Every page type fits small screens, big letters and long words, and can be made out."""

from collections.abc import Iterator
from itertools import pairwise

from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize
import pytest

from kb.practices.queries import public_slugs
from kb.runtime import Runtime
from tests.browser.page_types import READING

# The same pages with the longest of words.
PATHS = [
    *(kind.path for kind in READING if kind.name not in {"search-filtered", "search-corrected"}),
    "/practices?q=" + "m" * 900,
]
PHONE: ViewportSize = {"width": 360, "height": 740}
WIDTH = "() => document.documentElement.scrollWidth"
OPEN_ALL = "() => document.querySelectorAll('details').forEach(d => { d.open = true })"
LEVELS = "() => [...document.querySelectorAll('h1,h2,h3,h4')].map(h => Number(h.tagName[1]))"
NAMELESS = """() => [...document.querySelectorAll('input,select,button,a,summary')]
    .filter(e => !(e.labels && e.labels.length) && !e.textContent.trim()
                 && !e.getAttribute('aria-label')).map(e => e.outerHTML)"""
SMALL = """() => [...document.querySelectorAll(
        'nav a, button, summary, .tag, .chips a, fieldset label')]
    .filter(e => e.offsetParent && !e.closest('.jump'))
    .map(e => [e.textContent.trim(), e.getBoundingClientRect().height])
    .filter(([, height]) => height < 24)"""
UNSEEN_FOCUS = """() => {
    const unseen = [];
    for (const e of document.querySelectorAll('a,button,input,select,summary')) {
        e.focus();
        if (document.activeElement !== e) continue;
        const style = getComputedStyle(e);
        if (style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2)
            unseen.push(e.outerHTML);
    }
    return unseen;
}"""


@pytest.fixture(scope="module")
def window(browser: Browser, site: str) -> Iterator[Page]:
    """A page with script, to measure with: opening one costs more than what is done in it."""
    context = browser.new_context(base_url=site, viewport=PHONE)
    yield context.new_page()
    context.close()


def go(page: Page, address: str) -> None:
    page.goto(address)
    page.evaluate(OPEN_ALL)


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("path", PATHS)
def test_320_pixels_and_letters_twice_as_big(window: Page, lang, path):
    window.set_viewport_size({"width": 320, "height": 640})
    go(window, f"/{lang}{path}")
    assert window.evaluate(WIDTH) <= 320
    window.set_viewport_size({"width": 640, "height": 800})
    window.evaluate("() => { document.documentElement.style.fontSize = '200%' }")
    assert window.evaluate(WIDTH) <= 640


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("path", PATHS)
def test_headings_names_targets_and_focus(window: Page, lang, path):
    window.set_viewport_size(PHONE)
    go(window, f"/{lang}{path}")
    levels = window.evaluate(LEVELS)
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert window.evaluate(NAMELESS) == []
    assert window.evaluate(SMALL) == []
    assert window.evaluate(UNSEEN_FOCUS) == []


def test_every_practice_fits_a_phone(
    request: pytest.FixtureRequest, examiner: BrowserContext, runtime: Runtime
):
    with runtime.reading() as session:
        slugs = list(public_slugs(session))
    assert len(slugs) == 43
    page = examiner.new_page()
    every = request.config.getoption("--long")
    for number, slug in enumerate(slugs):
        # In turns: the long form has each of them in both languages.
        for lang in ("fr", "en") if every else (("fr", "en")[number % 2],):
            go(page, f"/{lang}/practices/{slug}")
            assert page.evaluate(WIDTH) <= 360, slug


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colour_schemes_and_forced_colours(browser: Browser, site: str, scheme):
    context = browser.new_context(
        base_url=site, color_scheme=scheme, viewport={"width": 1280, "height": 800}
    )
    page = context.new_page()
    page.goto("/fr/")
    background = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    assert background == {"light": "rgb(253, 252, 249)", "dark": "rgb(19, 23, 22)"}[scheme]
    page.emulate_media(forced_colors="active")
    assert page.evaluate(WIDTH) <= 1280
    context.close()
