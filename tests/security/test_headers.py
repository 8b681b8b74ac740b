"""Promise 13: the exact headers of every surface, method and error."""

from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
import re

from flask import Flask
from flask.testing import FlaskClient
import pytest

from kb.app import create_app
from kb.runtime import Runtime
from tests.make import client_as, make_revision, make_vocabularies
from tests.web.html import parse

PAGE = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
# Of the words that fetch a script of ours once the page is there.
LATER = "'sha256-jGjmvCCxWfNCd1RgOrhOfzYelGy3KjDwYy/Wm+ZcP2M='"
# Where words to search for are typed, one script of ours may propose some.
FINDING = (
    f"default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self' {LATER}; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# Where an entry may be kept on the phone, one script of ours may start the worker that keeps it;
# it fetches nothing itself. The list of kept entries starts none.
KEEPING = (
    f"default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self' {LATER}; "
    "worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
KEPT = (
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
WORKER = "default-src 'none'; connect-src 'self'; frame-ancestors 'none'"
DATA = "default-src 'none'; frame-ancestors 'none'"
EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Strict-Transport-Security": "max-age=31536000",
}
SLUG = "case-de-la-paix-gao"
SEARCHES = [
    ("/fr/", 200),
    ("/en/", 200),
    ("/fr/practices", 200),
    ("/fr/practices?q=puits", 200),
    ("/fr/practices?page=99", 404),
    ("/fr/suggest", 200),
    ("/en/suggest?q=me", 200),
]
PAGES = [
    ("/", 302),
    (f"/en/practices/{SLUG}/history", 200),
    ("/fr/practices/unknown", 404),
    ("/fr/glossary", 200),
    ("/fr/help", 200),
    ("/fr/about", 200),
    ("/fr/privacy", 200),
    ("/fr/accessibility", 200),
    ("/fr", 308),
    ("/de/", 404),
    ("/static/style.css", 404),
    ("/static/style.000000000000.css", 404),
]
WITH_A_SCRIPT = [
    (f"/en/practices/{SLUG}", 200, KEEPING),
    (f"/fr/practices/{SLUG}", 200, KEEPING),
    ("/fr/offline", 200, KEPT),
    ("/en/offline", 200, KEPT),
    ("/sw.js", 200, WORKER),
]
OTHERS = [
    (f"/fr/practices/{SLUG}.md", 200),
    (f"/fr/practices/{SLUG}.json", 200),
    ("/api/v1/practices", 200),
    ("/api/v1/suggest?q=me", 200),
    ("/api/v1/nothing", 404),
    ("/api/v1/openapi.json", 200),
    ("/sitemap.xml", 200),
    ("/robots.txt", 200),
    ("/healthz", 200),
    ("/readyz", 200),
]


def check(response, policy: str) -> None:
    assert response.headers.getlist("Content-Security-Policy") == [policy]
    for name, value in EVERYWHERE.items():
        assert response.headers.getlist(name) == [value], name
    assert "Cache-Control" in response.headers
    for revealing in ("Server", "X-Powered-By"):
        assert revealing not in response.headers


@pytest.mark.parametrize(("path", "status"), PAGES)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_pages(client: FlaskClient, path, status, method):
    response = client.open(path, method=method)
    assert response.status_code == status
    check(response, PAGE)


@pytest.mark.parametrize(("path", "status"), SEARCHES)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_pages_with_a_search_box(client: FlaskClient, path, status, method):
    response = client.open(path, method=method)
    assert response.status_code == status
    check(response, FINDING)


@pytest.mark.parametrize(("path", "status", "policy"), WITH_A_SCRIPT)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_where_entries_are_kept(client: FlaskClient, path, status, policy, method):
    response = client.open(path, method=method)
    assert response.status_code == status
    check(response, policy)


@pytest.mark.parametrize(("path", "status"), OTHERS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_everything_else(client: FlaskClient, path, status, method):
    response = client.open(path, method=method)
    assert response.status_code == status
    check(response, DATA)


@pytest.mark.parametrize("path", ["/", "/fr/", "/fr/practices", f"/fr/practices/{SLUG}", "/x"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
def test_refused_methods(client: FlaskClient, path, method):
    response = client.open(path, method=method)
    assert response.status_code == (404 if path == "/x" else 405)
    check(response, PAGE)


def test_static_files_and_what_is_unchanged(client: FlaskClient):
    page = client.get("/fr/")
    links = parse(page.text).all("link")
    for link in links:
        address = link.attributes["href"]
        if address.startswith("/static/"):
            check(client.get(address), DATA)
    again = client.get("/fr/", headers={"If-None-Match": page.headers["ETag"]})
    assert again.status_code == 304
    check(again, FINDING)


def test_faults(runtime: Runtime):
    class Broken:
        def search(self, request: object) -> object:
            raise RuntimeError

    client = create_app(replace(runtime, index=Broken())).test_client()
    response = client.get("/fr/practices")
    assert response.status_code == 500
    check(response, PAGE)
    assert client.get("/api/v1/practices").status_code == 500
    check(client.get("/api/v1/practices"), DATA)


def test_an_address_cannot_add_headers(client: FlaskClient):
    for path in ("/fr/%0d%0aX-Evil:%201", "/fr/practices?q=%0d%0aX-Evil:%201", "//evil.example/"):
        response = client.get(path)
        assert "X-Evil" not in response.headers
        location = response.headers.get("Location", "/")
        assert location.startswith("/")
        assert not location.startswith("//")


def test_the_host_header_is_in_no_page(client: FlaskClient):
    for path in ("/", "/fr", "/fr/", "/fr/practices", f"/fr/practices/{SLUG}", "/fr/nothing"):
        headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
        response = client.get(path, headers=headers)
        assert "evil.example" not in response.text + str(response.headers)


def test_no_page_asks_for_anything_from_elsewhere(app: Flask):
    client = app.test_client()
    for path in ("/fr/", "/fr/practices?q=puits", f"/fr/practices/{SLUG}", "/fr/glossary"):
        page = parse(client.get(path).text)
        scripts = [script.attributes for script in page.all("script")]
        own = ["suggest"] * bool(page.all("input", id="q")) + ["keep"] * bool(
            page.all("*", id="keep")
        )
        assert [set(attributes) for attributes in scripts] == [{"data-src"}] * len(own)
        sources = [attributes["data-src"].split(".")[0] for attributes in scripts]
        assert sources == [f"/static/{name}" for name in own]
        assert not page.all("iframe")
        assert not page.all("style")
        others = [e for e in page.all("*") if e.tag != "script"]
        assert not [e for e in others if "style" in e.attributes or "src" in e.attributes]
        loaded = [
            link.attributes["href"]
            for link in page.all("link")
            if link.attributes["rel"] in {"stylesheet", "icon"}
        ]
        assert len(loaded) == 2
        assert all(address.startswith("/static/") for address in loaded)
        assert {form.attributes["action"] for form in page.all("form")} <= {"/fr/practices"}


WRITING = FINDING.replace(f" {LATER}", "")
FORMS = ["/fr/login", "/en/password", "/fr/request-access", "/fr/password/unknown"]


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_forms_of_visitors(client: FlaskClient, path, method):
    """There, and only there, the browser may say within the site where a form comes from."""
    response = client.open(path, method=method)
    expected = EVERYWHERE | {"Referrer-Policy": "same-origin", "Cache-Control": "no-store"}
    assert response.headers.getlist("Content-Security-Policy") == [PAGE]
    for name, value in expected.items():
        assert response.headers.getlist(name) == [value], name
    assert "Set-Cookie" not in response.headers


MEMBERS = [
    ("GET", "/fr/", 200, FINDING),
    ("GET", "/fr/practices", 200, FINDING),
    ("GET", "/fr/suggest?q=me", 200, FINDING),
    ("GET", "/fr/offline", 200, KEPT),
    ("GET", "/fr/contribute", 200, PAGE),
    ("GET", "/fr/contribute/revisions/{id}/fr", 200, WRITING),
    ("POST", "/fr/contribute/revisions/{id}/fr", 409, WRITING),
    ("GET", "/fr/contribute/revisions/999999/fr", 404, PAGE),
    ("POST", "/fr/contribute/new", 422, PAGE),
    ("GET", "/fr/review", 403, PAGE),
    ("GET", "/fr/notifications", 200, PAGE),
    ("POST", "/fr/notifications/read", 303, PAGE),
    ("DELETE", "/fr/account", 405, PAGE),
    ("GET", "/api/v1/practices", 200, DATA),
]


@pytest.mark.parametrize(("method", "path", "status", "policy"), MEMBERS)
def test_pages_of_somebody_signed_in(sqlite_runtime, client_of, method, path, status, policy):
    """Nothing that was made for one person is kept by a cache or a browser's history."""
    with sqlite_runtime.begin() as work:
        make_vocabularies(work)
        revision, people = make_revision(work)
        address = path.format(id=revision.id)
    browser = client_of(sqlite_runtime)
    key = client_as(sqlite_runtime, browser, people["author"].user_id or 0)
    response = browser.open(address, method=method, data={"csrf_token": key})
    assert response.status_code == status
    check(response, policy)
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/fr/", "/en/practices", "/fr/suggest", f"/en/practices/{SLUG}"])
def test_the_only_words_of_script_in_a_page_are_those_of_its_policy(client: FlaskClient, path):
    answer = client.get(path)
    (words,) = re.findall("<script[^>]*>(.*?)</script>", answer.text, re.DOTALL)
    digest = b64encode(sha256(words.encode()).digest()).decode()
    assert f"script-src 'self' 'sha256-{digest}';" in answer.headers["Content-Security-Policy"]
