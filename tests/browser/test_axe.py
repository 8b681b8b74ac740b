"""WCAG 2.2 AA as far as a program can tell: axe on every page type, language and scheme."""

from playwright.sync_api import Browser, Page
import pytest

axe = pytest.importorskip("axe_playwright_python.sync_playwright")
SLUGS = ("case-de-la-paix-gao", "koglweogo-lecon-et-precautions")
PATHS = [
    "/",
    "/practices",
    "/practices?q=mediation&country=ML&kind=all&sort=x",
    "/practices?q=fulani",
    "/practices?q=mediasion",
    "/practices?q=xyzzy",
    "/suggest?q=case",
    *(f"/practices/{slug}" for slug in SLUGS),
    "/map",
    "/glossary",
    "/help",
    "/about",
    "/privacy",
    "/accessibility",
    "/nothing",
]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


# What passes is not sent back: it is long, and nobody looks at it.
OPTIONS = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_no_violations(browser: Browser, site: str, lang):
    context = browser.new_context(base_url=site)
    page = context.new_page()
    for path in PATHS:
        page.goto(f"/{lang}{path}")
        for scheme, width in (("light", 360), ("dark", 1280)):
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 800})
            assert problems_of(page) == [], (path, scheme)
    context.close()


def problems_of(page: Page) -> list[tuple[str, list[str]]]:
    """What axe finds, with everything unfolded."""
    page.evaluate("() => document.querySelectorAll('details').forEach(d => d.open = true)")
    found = axe.Axe().run(page, options=OPTIONS)
    return [
        (violation["id"], [node["html"] for node in violation["nodes"]][:3])
        for violation in found.response["violations"]
    ]
