"""Error pages: one per language and status, telling nothing they should not."""

from dataclasses import replace
import logging

import pytest

from kb.app import create_app
from kb.core.errors import Conflict, Forbidden, Invalid
from kb.core.messages import msg
from kb.core.ports import SearchRequest, SearchResult
from kb.runtime import Runtime
from tests.web.html import parse


class BrokenIndex:
    """An index with a fault nobody foresaw."""

    def search(self, request: SearchRequest) -> SearchResult:
        raise RuntimeError("canary-in-the-traceback")


@pytest.mark.parametrize(
    ("lang", "title"), [("fr", "Quelque chose a échoué"), ("en", "Something went wrong")]
)
def test_a_fault_is_a_page_and_a_line_in_the_log(runtime: Runtime, caplog, lang, title):
    client = create_app(replace(runtime, index=BrokenIndex())).test_client()
    with caplog.at_level(logging.ERROR):
        response = client.get(f"/{lang}/practices?q=canary-in-the-query")
    assert response.status_code == 500
    assert response.headers["Cache-Control"] == "no-store"
    page = parse(response.text)
    assert page.one("h1").text == title
    assert "canary" not in response.text
    record = next(r for r in caplog.records if "failed" in r.getMessage())
    assert record.getMessage() == "GET browse.search failed"


def test_an_address_cannot_forge_a_line_in_the_log(runtime: Runtime, caplog):
    app = create_app(runtime)
    app.add_url_rule("/fr/break/<anything>", "break", lambda anything: [][len(anything)])
    app.test_client().get("/fr/break/x%0D%0AERROR forged")
    message = next(r for r in caplog.records if "failed" in r.getMessage()).getMessage()
    assert message == "GET break failed"


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_pages_take_nothing_but_questions(client, method):
    for path in ("/fr/", "/fr/practices", "/fr/practices/case-de-la-paix-gao", "/fr/glossary"):
        response = client.open(path, method=method.upper(), data={"status": "published"})
        assert response.status_code == 405
        assert {"GET", "HEAD", "OPTIONS"} == set(response.headers["Allow"].split(", "))
        assert parse(response.text).one("h1").text == "Cela ne peut pas se faire ici"


def test_head_is_get_without_a_body(client):
    for path in ("/fr/", "/fr/practices?q=puits", "/fr/nothing"):
        whole, head = client.get(path), client.head(path)
        assert (head.status_code, head.data) == (whole.status_code, b"")
        assert head.headers["Content-Length"] == str(len(whole.data))


def test_errors_of_the_layers_below_are_told_in_the_reader_s_language(runtime: Runtime):
    app = create_app(runtime)
    problems = {"title": msg("is missing")}
    errors = {
        403: Forbidden(msg("You may not do this.")),
        409: Conflict(msg("Somebody else changed this at the same time.")),
        422: Invalid(msg("The practice is not valid."), problems),
    }

    def fail(status: int) -> None:
        raise errors[status]

    app.add_url_rule("/fr/fail/<int:status>", "fail", fail)
    client = app.test_client()
    titles = {403: "Vous ne pouvez pas faire cela", 409: "Quelque chose a changé entre-temps"}
    titles[422] = "Quelque chose manque ou n’est pas correct"
    leads = {
        403: "Votre compte n’a pas le rôle nécessaire. La rédaction peut vous dire qui le donne."
    }
    leads[409] = "Quelqu’un d’autre a fait une modification en même temps."
    leads[422] = "La pratique n’est pas valable."
    for status, title in titles.items():
        response = client.get(f"/fr/fail/{status}")
        assert response.status_code == status
        page = parse(response.text).one("main")
        assert (page.one("h1").text, page.one("p", class_="lead").text) == (title, leads[status])
    assert [li.text for li in page.all("li")] == ["title manque"]


def test_error_pages_lead_home_in_both_languages(client):
    page = parse(client.get("/en/nothing/at/all").text)
    assert page.one("html").attributes["lang"] == "en"
    assert page.one("a", class_="lang").attributes["href"] == "/fr/"
    assert page.all("link", rel="canonical") == []


@pytest.mark.parametrize(("wished", "title"), [("en", "This page does not exist")])
def test_outside_the_languages_the_browser_decides(client, wished, title):
    response = client.get("/nothing", headers={"Accept-Language": wished})
    assert parse(response.text).one("h1").text == title
    assert {"Accept-Language", "Cookie"} <= {
        name.strip() for name in response.headers["Vary"].split(",")
    }
