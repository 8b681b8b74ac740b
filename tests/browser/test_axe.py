"""WCAG 2.2 AA as far as a program can tell: axe on every page type, language and scheme."""

from playwright.sync_api import Browser
import pytest

axe = pytest.importorskip("axe_playwright_python.sync_playwright")
SLUGS = ("case-de-la-paix-gao", "koglweogo-lecon-et-precautions")
PATHS = [
    "/",
    "/practices",
    "/practices?q=mediation&country=ML&kind=all&sort=x",
    "/practices?q=xyzzy",
    *(f"/practices/{slug}" for slug in SLUGS),
    "/glossary",
    "/help",
    "/about",
    "/privacy",
    "/accessibility",
    "/nothing",
]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.mark.parametrize(("scheme", "width"), [("light", 360), ("dark", 1280)])
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_no_violations(browser: Browser, site: str, lang, scheme, width):
    context = browser.new_context(
        base_url=site, color_scheme=scheme, viewport={"width": width, "height": 800}
    )
    page = context.new_page()
    for path in PATHS:
        page.goto(f"/{lang}{path}")
        page.evaluate("() => document.querySelectorAll('details').forEach(d => d.open = true)")
        found = axe.Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}})
        problems = [
            (violation["id"], [node["html"] for node in violation["nodes"]][:3])
            for violation in found.response["violations"]
        ]
        assert problems == [], path
    context.close()
