"""Suggestions as a plain page: the same for whoever has no script."""

from urllib.parse import quote

from flask.testing import FlaskClient
import pytest

from tests.api.small_content import practices, publish
from tests.web.html import Element, parse


def get(client: FlaskClient, address: str) -> Element:
    response = client.get(address)
    assert response.status_code == 200, address
    return parse(response.text)


def listed(page: Element) -> dict[str, list[str]]:
    """The links of each section, by its id."""
    return {
        section.one("h2").attributes["id"]: section.links()
        for section in page.one("main").all("section")
    }


def test_words_lead_to_results_and_titles_to_practices(client: FlaskClient):
    page = get(client, "/fr/suggest?q=case%20de%20la%20p")
    assert page.one("h1").text == "Suggestions : case de la p"
    assert page.one("input", id="q").attributes["value"] == "case de la p"
    found = listed(page)
    assert set(found) == {"words", "titles"}
    assert "/fr/practices?q=case+de+la+paix" in [
        link.replace("%20", "+") for link in found["words"]
    ]
    assert found["titles"] == ["/fr/practices/case-de-la-paix-gao"]
    assert len(found["words"]) <= 8
    for link in found["words"]:
        assert get(client, link).all("li", class_="card"), link


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("letters", ["me", "pe", "fu", "ko", "wa", "ca", "ci"])
def test_every_word_finds_something(client: FlaskClient, lang, letters):
    words = listed(get(client, f"/{lang}/suggest?q={letters}"))["words"]
    assert 1 <= len(words) <= 8
    for link in words:
        found = get(client, f"{link}&kind=all")
        assert found.all("li", class_="card"), link
        assert found.all("p", class_="suggestion") == [], link


def test_a_search_leads_to_suggestions(client: FlaskClient):
    page = get(client, "/en/practices?q=medi&country=ML")
    assert "/en/suggest?q=medi" in page.links()
    assert listed(get(client, "/en/suggest?q=medi"))["words"]
    for text in ("", "m", "x" * 101):
        links = get(client, f"/en/practices?q={text}").links()
        assert not [link for link in links if link.startswith("/en/suggest")]


def test_the_form_searches_or_suggests_again(client: FlaskClient):
    form = get(client, "/en/suggest?q=me").one("form")
    assert form.attributes["action"] == "/en/practices"
    search, again = form.all("button")
    assert "formaction" not in search.attributes
    assert again.attributes["formaction"] == "/en/suggest"


def test_nothing_that_begins_so(client: FlaskClient):
    page = get(client, "/fr/suggest?q=zzxxqq")
    assert listed(page) == {}
    main = page.one("main")
    assert "Aucun mot ni aucun titre ne commence ainsi." in main.text
    assert {"/fr/practices?q=zzxxqq", "/fr/glossary", "/fr/practices"} <= set(main.links())


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "a",
        "\0",
        "a\0",
        "🕊",
        "-",
        '"',
        "((((",
        "*",
        "x" * 101,
        "x" * 10_000,
        "paix " * 2_000,
    ],
    ids=range(13),
)
def test_too_little_or_too_much_to_go_by(client: FlaskClient, typed):
    page = get(client, f"/fr/suggest?q={quote(typed)}")
    assert listed(page) == {}
    assert "deux lettres ou plus" in page.one("main").text


@pytest.mark.parametrize(
    "typed",
    ["a\0b", "NOT me", "title:", "me*", "(paix", '"paix', "\u202epaix", "السلام", "paix OR", "%_"],
)
def test_anything_typed_gets_an_answer(client: FlaskClient, typed):
    page = get(client, f"/fr/suggest?q={quote(typed)}")
    assert len(page.all("h1")) == 1


def test_a_title_in_the_other_language_is_marked(sqlite_runtime, client_of):
    small = client_of(publish(sqlite_runtime, *practices()))
    page = get(small, "/en/suggest?q=titre")
    item = next(li for li in page.all("li") if "/en/practices/lecon-du-marche" in li.links())
    assert item.attributes["lang"] == "fr"
    card = get(small, "/en/practices?kind=lesson").one("li", class_="card")
    assert card.one("h3").attributes["lang"] == "fr"
    assert get(small, "/fr/practices?kind=lesson").one("h3").attributes.get("lang") is None


def test_it_is_not_for_search_engines(client: FlaskClient):
    assert get(client, "/fr/suggest?q=me").one("meta", name="robots")
