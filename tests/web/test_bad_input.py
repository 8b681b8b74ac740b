"""Input nobody should send: an answer, never a fault."""

from flask.testing import FlaskClient
import pytest

from tests.web.html import parse

QUERIES = [
    "",
    " ",
    "%00",
    "a%00b",
    "x" * 10_000,
    "%C3%A9" * 3_000,
    "(" * 5_000,
    '"unbalanced',
    "%22",
    "AND",
    "AND OR NOT",
    "-",
    "--",
    "*",
    "**",
    "a*" * 500,
    "?",
    "a:b",
    "title:[a TO z]",
    "\\",
    "%5C%5C%22",
    "~5 ^9",
    "%FF%FE",
    "%ED%A0%80",
    "%E2%80%AE%D8%B3%D9%84%D8%A7%D9%85",
    "%D8%A7%D9%84%D8%B5%D9%84%D8%AD",
    "%E2%B4%B0%E2%B5%A3%E2%B5%93%E2%B5%8D",
    "%F0%9F%95%8A",
    "' OR 1=1 --",
    "%25s%25(x)s%7B%7B7*7%7D%7D",
    "%0D%0ASet-Cookie:%20a=b",
]


@pytest.mark.parametrize("query", QUERIES, ids=range(len(QUERIES)))
def test_any_query_gets_an_answer(client: FlaskClient, query):
    for lang in ("fr", "en"):
        response = client.get(f"/{lang}/practices?q={query}")
        assert response.status_code == 200
        page = parse(response.text)
        assert len(page.all("h1")) == 1
        assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize(
    "path",
    [
        "/fr/practices/unknown",
        "/fr/practices/unknown.md",
        "/fr/practices/CASE-DE-LA-PAIX-GAO",
        "/fr/practices/case-de-la-paix-gao/",
        "/fr/practices/case-de-la-paix-gao%00",
        "/fr/practices/..%2f..%2fetc%2fpasswd",
        "/fr/practices/" + "a" * 5_000,
        "/fr/practices/%27%3B--",
        "/fr/practices/%E2%80%AE",
        "/fr/practices/case-de-la-paix-gao.exe",
        "/fr/nothing",
        "/fr/%0D%0Ax",
        "/nothing",
        "/fr/practices/practice.md.md",
    ],
)
def test_unknown_addresses_are_the_same_page(client: FlaskClient, path):
    headers = {"Accept-Language": "fr"}
    response = client.get(path, headers=headers)
    assert response.status_code == 404
    assert response.data == client.get("/fr/practices/never-existed", headers=headers).data


def test_repeated_and_endless_parameters(client: FlaskClient):
    repeated = "&".join(["theme=reconciliation"] * 500)
    chips = parse(client.get(f"/fr/practices?{repeated}").text).one("ul", class_="chips")
    assert chips.all("a")[0].text == "Enlever : Thème : Réconciliation×"
    assert len(chips.all("li")) == 2
    endless = "&".join(f"theme=t{number}" for number in range(5_000))
    assert client.get(f"/fr/practices?{endless}").status_code == 200
    first = parse(client.get("/fr/practices?q=puits&q=radio").text)
    assert first.one("input", id="q").attributes["value"] == "puits"


SCRIPTS = [
    "<script>alert(1)</script>",
    '"><script>alert(1)</script>',
    "'><img src=x onerror=alert(1)>",
    '" autofocus onfocus=alert(1) x="',
    "</title><script>alert(1)</script>",
    "<svg/onload=alert(1)>",
    "<svg><style><img/src=x onerror=alert(1)></style></svg>",
    "javascript:alert(1)",
    "{{ 7*7 }}{% raw %}",
    "<mark>puits</mark>",
    "puits</mark><script>alert(1)</script>",
    "&lt;script&gt;",
    "\u2028<b>\u202e</b>",
    "<!--<img src=--><img src=x onerror=alert(1)//>",
    "<a href=//evil.example>x</a>",
]


@pytest.mark.parametrize("attack", SCRIPTS)
@pytest.mark.parametrize("name", ["q", "theme", "sort", "page", "lang", "x"])
def test_what_is_sent_comes_back_as_text_only(client: FlaskClient, attack, name):
    harmless = parse(client.get("/fr/practices").text)
    response = client.get("/fr/practices", query_string={name: attack})
    page = parse(response.text)
    tags = {element.tag for element in page.all("*")} - {"mark", "section"}
    known = {element.tag for element in harmless.all("*")} | {"p", "code", "li", "ul", "nav"}
    assert tags <= known | {"div", "a", "h2", "b", "fieldset", "legend", "input", "option"}
    for element in page.all("*"):
        assert not [name for name in element.attributes if name.startswith("on")]
        assert "autofocus" not in element.attributes
        for address in ("href", "action", "src"):
            link = element.attributes.get(address, "/")
            assert link.startswith(("/", "#", "https://palabre.example/")), link
            assert not link.startswith("//")
    if name == "q":
        shown = page.one("input", id="q").attributes["value"]
        assert shown == attack.strip()
        assert page.one("h1").text.startswith("Recherche : ")


def test_long_words_are_cut_in_headings_only(client: FlaskClient):
    page = parse(client.get("/fr/practices?q=" + "y" * 1_200).text)
    assert len(page.one("h1").text) < 150
    assert len(page.one("title").text) < 100
    assert page.one("input", id="q").attributes["value"] == "y" * 1_000
