"""The home page against the database."""

from collections import Counter

from flask.testing import FlaskClient
import pytest

from kb.core.language import Locale
from kb.practices.queries import public_views
from kb.runtime import Runtime
from tests.web.html import Element, parse


def counted(page: Element, tag: str, name: str) -> dict[str, int]:
    rows = page.one(tag, class_=name).all("a")
    return {
        row.attributes["href"].split("=")[1]: int(row.one("span", class_="n").text) for row in rows
    }


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_counts_are_those_of_the_database(client: FlaskClient, runtime: Runtime, lang):
    with runtime.reading() as session:
        views = public_views(session).values()
    practices = [view for view in views if view.kind == "practice"]
    lessons = [view for view in views if view.kind == "lesson"]
    response = client.get(f"/{lang}/")
    assert response.status_code == 200
    page = parse(response.text)
    words = {
        "fr": f"{len(practices)} pratiques et {len(lessons)} leçons de prudence",
        "en": f"{len(practices)} practices and {len(lessons)} cautionary lessons",
    }
    assert page.one("p", class_="count").text == words[lang]
    assert counted(page, "section", "theme") == Counter(
        code for view in practices for code in view.themes
    )
    assert counted(page, "div", "country") == Counter(
        c for view in practices for c in view.countries
    )


def test_every_count_leads_to_as_many_results(client: FlaskClient):
    page = parse(client.get("/en/").text)
    for link in page.one("section", class_="theme").all("a"):
        found = parse(client.get(link.attributes["href"]).text)
        number = link.one("span", class_="n").text
        assert found.one("h2", class_="total").text.split()[0] == number, link.attributes["href"]


def test_newest_practices_are_cards_in_the_language_of_the_page(
    client: FlaskClient, runtime: Runtime
):
    page = parse(client.get("/fr/").text)
    cards = page.all("li", class_="card")
    assert len(cards) == 4
    with runtime.reading() as session:
        views = public_views(session)
    for card in cards:
        slug = card.links()[0].rsplit("/", 1)[1]
        assert card.one("h3").text == " ".join(views[slug].texts[Locale.FR].title.split())
        assert views[slug].kind == "practice"


def test_examples_of_searches_find_something(client: FlaskClient):
    for lang in ("fr", "en"):
        links = parse(client.get(f"/{lang}/").text).one("p", class_="examples").links()
        assert len(links) == 4
        for link in links:
            assert parse(client.get(link).text).all("li", class_="card"), link
