"""WCAG 2.2 AA as far as a program can tell: axe on every page type, language and scheme."""

from playwright.sync_api import Browser, Page
import pytest

from tests.browser.page_types import READING

axe = pytest.importorskip("axe_playwright_python.sync_playwright")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


# What passes is not sent back: it is long, and nobody looks at it.
OPTIONS = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_no_violations(request: pytest.FixtureRequest, browser: Browser, site: str, lang):
    """In both languages and schemes; the short form has one scheme for each language."""
    ways = [("light", 360), ("dark", 1280)]
    if not request.config.getoption("--long"):
        ways = ways[:1] if lang == "fr" else ways[1:]
    context = browser.new_context(base_url=site)
    page = context.new_page()
    for kind in READING:
        if kind.is_alike:
            continue
        kind.open(page, lang, {})
        for scheme, width in ways:
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 800})
            assert problems_of(page) == [], (kind.name, scheme)
    context.close()


def problems_of(page: Page) -> list[tuple[str, list[str]]]:
    """What axe finds, with everything unfolded."""
    page.evaluate("() => document.querySelectorAll('details').forEach(d => d.open = true)")
    # Handing the program over takes longer than running it.
    if page.evaluate("() => !window.axe"):
        page.evaluate(axe.Axe().axe_script)
    found = page.evaluate("options => axe.run(options)", OPTIONS)
    return [
        (violation["id"], [node["html"] for node in violation["nodes"]][:3])
        for violation in found["violations"]
    ]
