"""Which language a reader gets, and how pages know their twins."""

from flask.testing import FlaskClient
import pytest

from tests.web.html import parse

PATHS = [
    "/",
    "/practices",
    "/practices?q=médiation&theme=reconciliation&theme=cattle-theft",
    "/practices/case-de-la-paix-gao",
    "/glossary",
    "/help",
    "/about",
    "/privacy",
    "/accessibility",
]


@pytest.mark.parametrize(
    ("headers", "cookie", "target"),
    [
        ({}, None, "/fr/"),
        ({"Accept-Language": "en-GB,en;q=0.9,fr;q=0.8"}, None, "/en/"),
        ({"Accept-Language": "fr;q=0.4,en;q=0.5"}, None, "/en/"),
        ({"Accept-Language": "de,ha"}, None, "/fr/"),
        ({"Accept-Language": "*"}, None, "/fr/"),
        ({"Accept-Language": "\x01;;q=x"}, None, "/fr/"),
        ({"Accept-Language": "fr"}, "en", "/en/"),
        ({"Accept-Language": "en"}, "fr", "/fr/"),
        ({"Accept-Language": "en"}, "de", "/en/"),
    ],
)
def test_root_leads_to_the_reader_s_language(app, headers, cookie, target):
    client = app.test_client()
    if cookie:
        client.set_cookie("lang", cookie, domain="localhost")
    response = client.get("/", headers=headers)
    assert (response.status_code, response.headers["Location"]) == (302, target)
    assert {"Accept-Language", "Cookie"} <= {
        v.strip() for v in response.headers["Vary"].split(",")
    }
    assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_pages_name_their_language_and_their_twin(client: FlaskClient, lang, path):
    other = {"fr": "en", "en": "fr"}[lang]
    response = client.get(f"/{lang}{path}")
    assert response.status_code == 200
    page = parse(response.text)
    assert page.one("html").attributes["lang"] == lang
    titles = page.one("head").all("title")
    assert len(titles) == len(page.all("h1")) == len(page.all("main")) == 1
    twin = page.one("a", class_="lang").attributes
    assert (twin["hreflang"], twin["lang"]) == (other, other)
    assert client.get(twin["href"]).status_code == 200
    back = parse(client.get(twin["href"]).text).one("a", class_="lang").attributes["href"]
    again = parse(client.get(back).text)
    assert again.one("h1").text == page.one("h1").text
    alternates = {
        link.attributes["hreflang"]: link.attributes["href"]
        for link in page.all("link", rel="alternate")
        if "hreflang" in link.attributes
    }
    assert alternates[other] == "https://palabre.example" + twin["href"]
    assert alternates[lang] == page.one("link", rel="canonical").attributes["href"]


def test_the_twin_of_a_search_keeps_the_query(client: FlaskClient):
    page = parse(client.get("/fr/practices?q=puits&country=ML&country=NE&page=x").text)
    twin = page.one("a", class_="lang").attributes["href"]
    assert twin == "/en/practices?q=puits&country=ML&country=NE&page=x"


def test_a_page_depends_on_its_address_alone(client: FlaskClient):
    for path in PATHS:
        one = client.get(f"/fr{path}", headers={"Accept-Language": "en"})
        other = client.get(f"/fr{path}", headers={"Accept-Language": "fr", "Host": "evil.example"})
        assert one.data == other.data, path
        assert "Accept-Language" not in one.headers.get("Vary", "")


def test_an_unknown_language_is_an_unknown_page(client: FlaskClient):
    for path in ("/de/", "/de/practices", "/FR/", "/frr/", "/fr-FR/"):
        response = client.get(path, headers={"Accept-Language": "en"})
        assert response.status_code == 404, path
        assert parse(response.text).one("h1").text == "This page does not exist"
