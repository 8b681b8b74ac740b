"""Promise 12: hostile Markdown is answered with its source, and everything else goes on."""

from flask.testing import FlaskClient
import pytest

from kb.rendering.renderer import APOLOGY
from kb.runtime import Runtime
from tests.make import make_content, make_text
from tests.security.imports import import_contents
from tests.web.html import parse

HOSTILE = "[" * 10_000


@pytest.fixture(scope="module")
def site(house: Runtime) -> Runtime:
    hostile = make_text("hostile")
    hostile["sections"]["results"] = HOSTILE
    import_contents(
        house,
        [
            make_content("before"),
            {**make_content("hostile"), "texts": {"fr": hostile}},
            make_content("later"),
        ],
    )
    return house


def test_the_page_says_so_and_shows_the_source(site: Runtime, visitor: FlaskClient) -> None:
    page = visitor.get("/fr/practices/hostile")
    assert page.status_code == 200
    section = parse(page.text).one("section", id="results")
    assert section.one("pre").text == HOSTILE
    (apology,) = section.all("em", lang="fr")
    assert apology.text.replace("\u202f", " ") in APOLOGY.striptags().replace("\u202f", " ")


def test_the_other_sections_and_practices_are_as_ever(site: Runtime, visitor: FlaskClient) -> None:
    for slug in ("before", "hostile", "later"):
        tree = parse(visitor.get(f"/fr/practices/{slug}").text)
        context = tree.one("section", id="context")
        assert context.one("li").text == f"Texte context de {slug} S1"
        assert context.one("sup").one("a").attributes == {"href": "#S1"}


def test_it_is_found_like_any_other(site: Runtime, visitor: FlaskClient) -> None:
    found = visitor.get("/api/v1/practices?q=hostile").get_json()
    assert [result["slug"] for result in found["results"]] == ["hostile"]
