"""Promise 16: redirects stay in the house; the database gets expressions, never pasted text."""

from flask import Flask
import pytest

from kb.core.language import Locale

ELSEWHERE = "evil.example"
HEADERS = [
    {"Host": ELSEWHERE},
    {"X-Forwarded-Host": ELSEWHERE},
    {"X-Forwarded-Proto": "javascript", "X-Forwarded-Host": ELSEWHERE},
    {"X-Original-URL": f"//{ELSEWHERE}/"},
    {"X-Rewrite-URL": f"//{ELSEWHERE}/"},
    {"Referer": f"https://{ELSEWHERE}/"},
    {"Forwarded": f"host={ELSEWHERE}"},
    {"Accept-Language": f"//{ELSEWHERE}"},
    {"Accept-Language": "en\r\n"[:2] + f";q=1, //{ELSEWHERE}"},
    {"Cookie": f"lang=//{ELSEWHERE}"},
    {"Cookie": f"lang=en/../..//{ELSEWHERE}"},
    {"Cookie": "lang=de"},
]
QUERIES = [
    "",
    *[
        f"?{name}={value}"
        for name in ("next", "url", "return", "lang", "redirect")
        for value in (f"//{ELSEWHERE}", f"https:{ELSEWHERE}", f"/\\{ELSEWHERE}", "%09//e")
    ],
]


@pytest.mark.parametrize("headers", HEADERS, ids=str)
def test_the_way_home_leads_home(app: Flask, headers: dict[str, str]) -> None:
    client = app.test_client(use_cookies=False)
    for query in QUERIES:
        answer = client.get(f"/{query}", headers=headers)
        assert answer.status_code == 302
        assert answer.headers["Location"] in {f"/{locale}/" for locale in Locale}


@pytest.mark.parametrize(
    "path",
    [
        f"//{ELSEWHERE}",
        f"//{ELSEWHERE}/",
        f"//{ELSEWHERE}/..",
        f"/\\{ELSEWHERE}/",
        f"/%5c{ELSEWHERE}",
        f"/%2f{ELSEWHERE}/",
        f"/%2f%2f{ELSEWHERE}/%2e%2e",
        f"/%09/{ELSEWHERE}",
        f"/fr//{ELSEWHERE}",
        f"/fr/%0d%0aLocation:%20//{ELSEWHERE}",
    ],
)
def test_no_address_makes_a_redirect_to_elsewhere(app: Flask, path: str) -> None:
    """Frameworks that tidy up slashes have been talked into this."""
    answer = app.test_client().get(path)
    assert answer.status_code in {301, 302, 308, 404}
    location = answer.headers.get("Location", "/")
    assert location.startswith("/")
    assert not location.startswith(("//", "/\\"))


def test_every_redirect_of_the_map_is_known(app: Flask) -> None:
    """A route that redirects must join the tests above."""
    client = app.test_client()
    redirecting = []
    for rule in app.url_map.iter_rules():
        if rule.arguments:
            continue
        answer = client.get(rule.rule)
        if 300 <= answer.status_code < 400:
            redirecting.append(rule.endpoint)
    assert redirecting == ["browse.root"]


INJECTIONS = [
    "' OR '1'='1",
    "'; DROP TABLE practices; --",
    '" OR ""="',
    "1 UNION SELECT email FROM users",
    "%' OR slug LIKE '%",
    "\\'; --",
    "case-de-la-paix-gao' --",
    "case-de-la-paix-gao%00",
    "_" * 19,
    "%",
]


@pytest.mark.parametrize("text", INJECTIONS)
def test_nothing_typed_becomes_sql(app: Flask, text: str) -> None:
    client = app.test_client()
    before = client.get("/api/v1/practices?kind=all").get_json()["total"]
    never = client.get("/fr/practices/never-existed")
    for path in ("/fr/practices/{}", "/fr/practices/{}.md"):
        answer = client.get(path.format(text.replace("/", "%2f").replace("%", "%25")))
        assert (answer.status_code, answer.data) == (404, never.data)
    assert client.get("/api/v1/practices", query_string={"theme": text}).status_code == 200
    assert client.get(f"/api/v1/vocabularies/{text}").status_code == 404
    assert client.get("/api/v1/practices?kind=all").get_json()["total"] == before == 43
