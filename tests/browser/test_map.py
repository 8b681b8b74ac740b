"""The map in a real browser: labels that do not touch, and all of it by keyboard."""

from itertools import combinations
import re

from playwright.sync_api import Browser, BrowserContext
import pytest

LABELS = """() => [...document.querySelectorAll('.map text')]
    .filter(e => getComputedStyle(e).display !== 'none')
    .map(e => { const box = e.getBBox(); return [e.textContent, box.x, box.y, box.width]; })"""
FONT_SIZE = "() => parseFloat(getComputedStyle(document.querySelector('.map text')).fontSize)"
NAMES = """() => [...document.querySelectorAll('.map tspan')]
    .filter(e => getComputedStyle(e).display !== 'none').length"""
SCALE = "() => document.querySelector('.map > svg').getScreenCTM().a"
FILLS = """() => [0, 1, 2, 3, 4].map(n => getComputedStyle(
    document.querySelector(`.key .m${n} path`)))
    .map(style => `${style.fill} ${style.fillOpacity}`)"""


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("width", [320, 360, 767, 768, 960, 1280])
def test_labels_can_be_read_and_do_not_touch(examiner: BrowserContext, lang, width):
    page = examiner.new_page()
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"/{lang}/map")
    size, scale = page.evaluate(FONT_SIZE), page.evaluate(SCALE)
    assert size * scale >= 11
    labels = page.evaluate(LABELS)
    assert len(labels) >= 10
    # Names need room.
    assert (page.evaluate(NAMES) > 5) == (width >= 768)
    for (one, x, y, wide), (other, other_x, other_y, other_wide) in combinations(labels, 2):
        apart = x + wide <= other_x or other_x + other_wide <= x or abs(y - other_y) >= size * 0.8
        assert apart, (one, other)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


def test_a_region_is_reached_and_followed_by_keyboard(reader: BrowserContext):
    page = reader.new_page()
    page.goto("/fr/map")
    map_links = page.locator(".map a")
    for _ in range(40):
        page.keyboard.press("Tab")
        focused = page.locator(".map a:focus")
        if focused.count():
            break
    assert focused.count() == 1
    name = focused.locator("title").text_content() or ""
    colour = "e => getComputedStyle(e.querySelector('path')).fill"
    others = {map_links.nth(n).evaluate(colour) for n in range(1, map_links.count())}
    assert focused.evaluate(colour) not in others
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/fr/practices\?region="))
    count = re.findall(r"\d+", name)[-1]
    assert (page.locator("h2.total").text_content() or "").strip().startswith(count)
    page.close()


@pytest.mark.parametrize("colours", ["light", "dark", "forced"])
def test_every_shade_is_another(browser: Browser, site: str, colours):
    context = browser.new_context(
        base_url=site,
        color_scheme="dark" if colours == "dark" else "light",
        forced_colors="active" if colours == "forced" else "none",
    )
    page = context.new_page()
    page.goto("/en/map")
    assert len(set(page.evaluate(FILLS))) == 5
    context.close()
