"""Suggestions while typing: with the keyboard, by touch, and without a script."""

from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect
import pytest

from kb.web.transport import compress

STATIC = Path(__file__).parents[2] / "kb" / "web" / "static"
TITLE = "La Case de la paix de Gao"
PAUSE = 400


@pytest.fixture
def page(examiner: BrowserContext) -> Iterator[Page]:
    """The home page in French on a phone; time stands still but for the ticks of the tests."""
    page = examiner.new_page()
    page.clock.install()
    page.goto("/fr/")
    page.locator("#suggestions").wait_for(state="attached")
    yield page
    page.close()


def box(page: Page) -> Locator:
    return page.locator("#q")


def suggested(page: Page) -> Locator:
    return page.get_by_role("listbox", name="Suggestions").get_by_role("option")


def write(page: Page, text: str) -> None:
    box(page).press_sequentially(text)
    page.clock.run_for(PAUSE)


def test_a_title_is_chosen_with_the_keyboard(page: Page):
    field = page.get_by_role("combobox", name="Chercher une pratique")
    expect(field).to_have_attribute("aria-expanded", "false")
    write(page, "case de la p")
    expect(field).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("status")).to_contain_text("Suggestions : ")
    count = suggested(page).count()
    page.keyboard.press("ArrowUp")
    last = suggested(page).nth(count - 1)
    expect(last).to_have_text(f"{TITLE} fiche")
    expect(last).to_have_attribute("aria-selected", "true")
    expect(field).to_have_attribute("aria-activedescendant", f"suggestion-{count - 1}")
    # Behind the last one there is the box again, then the first.
    page.keyboard.press("ArrowDown")
    assert field.get_attribute("aria-activedescendant") is None
    page.keyboard.press("ArrowDown")
    expect(field).to_have_attribute("aria-activedescendant", "suggestion-0")
    expect(field).to_be_focused()
    expect(field).to_have_value("case de la p")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(TITLE)


def test_a_word_is_searched_for_by_touch(page: Page):
    write(page, "fula")
    suggested(page).filter(has_text="Fulani").first.click()
    expect(page.locator("h1")).to_have_text("Recherche : Fulani")
    expect(page.locator(".widened")).to_contain_text("Peul")


def test_escape_closes_and_keeps_what_was_typed_and_enter_searches_for_it(page: Page):
    write(page, "puits")
    expect(suggested(page).first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#suggestions")).to_be_hidden()
    expect(box(page)).to_have_value("puits")
    page.keyboard.press("ArrowDown")
    expect(suggested(page).first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Recherche : puits")


def test_leaving_the_box_closes_the_list(page: Page):
    write(page, "puits")
    expect(suggested(page).first).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.locator("#suggestions")).to_be_hidden()


def test_only_a_pause_asks_and_an_older_answer_is_given_up(page: Page):
    asked: list[str] = []
    held: list[Route] = []

    def hold(route: Route) -> None:
        asked.append(route.request.url.partition("q=")[2])
        if len(asked) == 1:
            held.append(route)
        else:
            route.continue_()

    page.route("**/api/v1/suggest**", hold)
    box(page).press_sequentially("p")
    page.clock.run_for(PAUSE)
    box(page).press_sequentially("ui")
    page.clock.run_for(100)
    box(page).press_sequentially("t")
    with page.expect_event("requestfailed"):
        page.clock.run_for(PAUSE)
        page.wait_for_timeout(100)
        write(page, "s")
    expect(suggested(page).last).to_contain_text("fiche")
    assert asked == ["puit", "puits"]


def test_what_is_sent_back_is_shown_as_text(page: Page):
    attack = "<img src=x onerror=document.title='taken'>"
    answer = {
        "suggestions": [{"text": attack, "url": "/x"}],
        "practices": [{"slug": "x", "lang": "fr", "title": attack, "url": "javascript:alert(1)"}],
    }
    page.route("**/api/v1/suggest**", lambda route: route.fulfill(json=answer))
    write(page, "pu")
    expect(suggested(page).first).to_have_text(attack)
    assert page.locator("#suggestions img").count() == 0


@pytest.mark.parametrize("answer", ["", "{}", "null", "<html>"])
def test_an_answer_that_makes_no_sense_shows_nothing(page: Page, answer: str):
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.route("**/api/v1/suggest**", lambda route: route.fulfill(body=answer))
    with page.expect_response("**/api/v1/suggest**"):
        write(page, "pu")
    expect(page.locator("#suggestions")).to_be_hidden()
    expect(box(page)).to_have_value("pu")
    assert faults == []


@pytest.mark.parametrize("line", ["{saveData: true}", "{effectiveType: 'slow-2g'}"])
def test_nothing_extra_is_asked_of_a_slow_or_thrifty_line(examiner: BrowserContext, line: str):
    page = examiner.new_page()
    page.add_init_script(
        f"Object.defineProperty(navigator, 'connection', {{ get: () => ({line}) }})"
    )
    page.clock.install()
    page.goto("/fr/")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    write(page, "puits")
    assert page.get_by_role("combobox").count() == 0
    assert [address for address in asked if "/api/" in address] == []
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Recherche : puits")
    page.close()


def test_without_a_script_a_page_suggests_the_same(reader: BrowserContext):
    page = reader.new_page()
    page.goto("/fr/")
    box(page).fill("case")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Mots et titres qui commencent ainsi").click()
    expect(page.locator("h1")).to_have_text("Suggestions : case")
    box(page).fill("case de la p")
    page.get_by_role("button", name="Proposer des mots et des titres").click()
    page.get_by_role("link", name="case de la paix", exact=True).click()
    expect(page.locator("h1")).to_have_text("Recherche : case de la paix")
    page.go_back()
    page.get_by_role("link", name=TITLE).click()
    expect(page.locator("h1")).to_have_text(TITLE)
    page.close()


def test_the_scripts_together_are_small():
    assert sum(len(compress(path.read_bytes(), 9)) for path in STATIC.glob("*.js")) <= 10_000
    assert len(compress((STATIC / "suggest.js").read_bytes(), 9)) <= 4_000


def test_an_open_list_has_no_violations(browser: Browser, site: str):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    for width in (360, 1280):
        context = browser.new_context(base_url=site, viewport={"width": width, "height": 800})
        page = context.new_page()
        for address in ("/fr/", "/fr/practices", "/fr/suggest"):
            page.goto(address)
            box(page).press_sequentially("paix")
            page.keyboard.press("ArrowDown")
            expect(suggested(page).last).to_be_visible()
            page.keyboard.press("ArrowDown")
            found = axe.Axe().run(page)
            problems = [
                (violation["id"], [node["html"] for node in violation["nodes"]][:3])
                for violation in found.response["violations"]
            ]
            assert problems == [], (width, address)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        context.close()
