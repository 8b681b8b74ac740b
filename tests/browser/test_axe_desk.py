"""WCAG 2.2 AA as far as a program can tell: axe on the pages of those who are signed in."""

from itertools import groupby

from playwright.sync_api import Browser
import pytest

from kb.runtime import Runtime
from tests.browser.furnished import furnished
from tests.browser.page_types import FURNISHED
from tests.browser.test_axe import problems_of

EXAMINED = sorted((kind for kind in FURNISHED if not kind.is_alike), key=lambda kind: kind.who)


@pytest.mark.parametrize(
    ("lang", "scheme", "width", "turn"), [("fr", "light", 360, 0), ("en", "dark", 1280, 1)]
)
def test_no_violations_when_signed_in(  # noqa: PLR0917
    request: pytest.FixtureRequest,
    browser: Browser,
    content_runtime: Runtime,
    lang,
    scheme,
    width,
    turn,
):
    """Every page in one of the two ways; the long form has every page in both."""
    examined = EXAMINED if request.config.getoption("--long") else EXAMINED[turn::2]
    with furnished(content_runtime) as site:
        for who, kinds in groupby(examined, lambda kind: kind.who):
            context = browser.new_context(
                base_url=site.address,
                color_scheme=scheme,
                viewport={"width": width, "height": 800},
            )
            context.add_cookies(site.cookies(who))
            page = context.new_page()
            for kind in kinds:
                kind.open(page, lang, site.names)
                assert problems_of(page) == [], kind
                assert page.evaluate("document.documentElement.scrollWidth") <= width, kind
            context.close()
