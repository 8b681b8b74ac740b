"""Finding and reading a practice as people do: on a phone, without script, in two languages."""

from playwright.sync_api import BrowserContext, expect
import pytest

WORDS = {
    "fr": {
        "button": "Chercher",
        "filter": "Filtrer et trier",
        "country": "Mali",
        "apply": "Voir les résultats",
        "chip": "Pays : Mali",
        "title": "La Case de la paix de Gao",
        "results": "Résultats",
        "other": "English",
        "twin": "The Gao women's Peace Hut (Case de la paix)",
    },
    "en": {
        "button": "Search",
        "filter": "Filter and sort",
        "country": "Mali",
        "apply": "Show the results",
        "chip": "Country: Mali",
        "title": "The Gao women's Peace Hut (Case de la paix)",
        "results": "Results",
        "other": "Français",
        "twin": "La Case de la paix de Gao",
    },
}


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_from_the_home_page_to_a_source(reader: BrowserContext, lang):
    words = WORDS[lang]
    page = reader.new_page()
    page.goto(f"/{lang}/")
    page.get_by_role("searchbox").fill("case de la paix")
    page.get_by_role("button", name=words["button"]).click()
    expect(page.locator("h1")).to_contain_text("case de la paix")
    page.get_by_text(words["filter"]).first.click()
    page.get_by_role("checkbox", name=words["country"]).check()
    page.get_by_role("button", name=words["apply"]).click()
    chip = page.get_by_role("link", name=words["chip"])
    expect(chip).to_be_visible()
    chip.click()
    expect(page.get_by_role("link", name=words["chip"])).to_have_count(0)
    page.get_by_role("link", name=words["title"]).click()
    expect(page.locator("h1")).to_have_text(words["title"])
    page.locator("sup a", has_text="S3").first.click()
    expect(page).to_have_url(f"{page.url.split('#')[0]}#S3")
    source = page.locator("#S3")
    expect(source).to_be_in_viewport()
    source.get_by_role("link", name=words["results"], exact=True).click()
    expect(page.locator("#results")).to_be_in_viewport()
    page.get_by_role("link", name=words["other"]).click()
    expect(page.locator("h1")).to_have_text(words["twin"])


def test_back_and_forth_through_the_pages_of_a_search(reader: BrowserContext):
    page = reader.new_page()
    page.goto("/fr/practices?kind=all")
    first = page.locator("h3").all_inner_texts()
    page.get_by_role("link", name="Suivante").click()
    second = page.locator("h3").all_inner_texts()
    assert not set(first) & set(second)
    page.get_by_role("link", name="Précédente").click()
    assert page.locator("h3").all_inner_texts() == first


def test_keyboard_alone(reader: BrowserContext):
    page = reader.new_page()
    page.goto("/fr/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    expect(page.locator(".skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("puits")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("puits")
    page.locator("summary").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("combobox")).to_be_visible()


def test_wide_screens_show_the_filters_unasked(browser, site):
    context = browser.new_context(base_url=site, viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto("/fr/practices")
    if page.evaluate("CSS.supports('selector(::details-content)')"):
        expect(page.get_by_role("combobox", name="Ordre")).to_be_visible()
        expect(page.get_by_role("checkbox", name="Mali")).to_be_visible()
        page.goto("/fr/practices/case-de-la-paix-gao")
        expect(page.locator("dl.facts")).to_be_visible()
    context.close()


def test_paper_has_the_text_and_not_the_menus(examiner: BrowserContext):
    page = examiner.new_page()
    page.emulate_media(media="print")
    page.goto("/fr/practices/case-de-la-paix-gao")
    expect(page.locator("#how_it_works")).to_be_visible()
    expect(page.locator("#S1")).to_be_visible()
    for selector in (".top nav", "footer", ".related", ".lang"):
        expect(page.locator(selector)).to_be_hidden()
