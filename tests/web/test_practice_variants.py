"""Practices unlike those shipped: one language only, stale, due, hostile, not public."""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import Any

from flask.testing import FlaskClient
import pytest

from kb.app import create_app
from kb.practices.lifecycle import Action, State
from kb.runtime import Runtime
from kb.web.security import LATER
from tests.conftest import FrozenClock
from tests.make import make_content, make_revision, make_text, make_vocabularies, take_step
from tests.web.html import Element, parse

Publish = Callable[..., None]


@pytest.fixture
def publish(sqlite_runtime: Runtime) -> Publish:
    with sqlite_runtime.begin() as work:
        make_vocabularies(work)

    def publish(slug: str, state: State = State.PUBLISHED, **changes: Any) -> None:
        with sqlite_runtime.begin() as work:
            make_revision(work, state, make_content(slug, **changes))

    return publish


@pytest.fixture
def site(sqlite_runtime: Runtime) -> FlaskClient:
    return create_app(sqlite_runtime).test_client()


def get(site: FlaskClient, address: str) -> Element:
    response = site.get(address)
    assert response.status_code == 200, address
    return parse(response.text)


def test_a_missing_language_shows_the_original_and_says_so(publish, site):
    publish("seulement-francais")
    page = get(site, "/en/practices/seulement-francais")
    article = page.one("article")
    assert "does not exist in English yet" in article.one("div", class_="note").text
    assert page.one("html").attributes["lang"] == "en"
    assert article.one("h1").attributes["lang"] == "fr"
    assert {div.attributes["lang"] for div in article.all("div", class_="prose")} == {"fr"}
    assert article.one("section", id="results").one("h2").text == "Results"
    assert "lang" not in article.one("section", id="results").one("h2").attributes
    home = get(site, "/fr/practices/seulement-francais")
    assert home.one("article").all("div", class_="note") == []
    card = get(site, "/en/practices").one("li", class_="card")
    assert card.one("h3").attributes["lang"] == "fr"


def test_a_stale_translation_points_to_the_original(publish, site):
    texts = {"fr": make_text("double"), "en": make_text("double", title="Title in English")}
    publish("double", texts=texts, translations={"fr": "original", "en": "stale"})
    note = get(site, "/en/practices/double").one("article").one("div", class_="note")
    assert "has changed since this translation" in note.text
    assert note.links() == ["/fr/practices/double"]
    assert get(site, "/fr/practices/double").one("article").all("div", class_="note") == []


def test_a_review_that_is_due_is_told(publish, site, clock: FrozenClock):
    publish("old")
    before = get(site, "/en/practices/old").one("section", class_="basis").text
    assert "re-reviewed" not in before
    assert "Imported" not in before
    clock.advance(days=365 * 2 + 10)
    after = get(site, "/en/practices/old").one("section", class_="basis").text
    assert "To be re-reviewed since 1 March 2028" in after


def test_an_own_caution_stands_beside_the_standard_one(publish, site):
    note = {"fr": "Ne pas citer le village.", "en": "Do not name the village."}
    publish("prudence", caution="do-no-harm", caution_note=note)
    banner = get(site, "/fr/practices/prudence").one("article").one("div", class_="banner")
    assert "Ne pas citer le village." in banner.text
    assert "Do not" not in banner.text


def test_places_are_left_out_where_the_region_is_all_that_may_be_told(publish, site):
    publish("exact", location_precision="commune")
    publish("coarse", location_precision="region")
    publish("coarser", location_precision="country")
    assert "Ansongo" in get(site, "/fr/practices/exact").one("dl", class_="facts").text
    for slug, regions in (("coarse", 1), ("coarser", 0)):
        page = get(site, f"/fr/practices/{slug}")
        assert "Ansongo" not in page.text
        links = page.one("dl", class_="facts").links()
        assert len([link for link in links if "region=" in link]) == regions


def test_credits_and_an_unreviewed_method(publish, site):
    publish(
        "credited",
        method="field-study",
        credited_authors=[{"name": "A. Author", "affiliation": "An Institute"}],
        credited_reviewers=[{"name": "R. Reviewer"}],
    )
    page = get(site, "/en/practices/credited")
    reuse = page.one("section", id="reuse").text
    assert "A. Author (An Institute)" in reuse
    assert "R. Reviewer" in reuse
    assert "Method: field-study en" in page.one("section", class_="basis").text
    assert "Desk study" not in page.text


def test_named_relatives_come_first(publish, site):
    for slug in ("a-one", "b-two", "c-three"):
        publish(slug)
    publish("d-four", related=["c-three", "never-existed"])
    links = get(site, "/fr/practices/d-four").one("ul", class_="related").links()
    assert links[0] == "/fr/practices/c-three"
    assert len(links) == len(set(links)) <= 4


@pytest.mark.parametrize(
    "state", [State.DRAFT, State.SUBMITTED, State.IN_REVIEW, State.APPROVED, State.ARCHIVED]
)
def test_what_is_not_published_is_like_what_never_was(publish, site, state):
    publish("noise")
    publish("canary", state)
    for suffix in ("", ".md"):
        hidden = site.get(f"/fr/practices/canary{suffix}")
        missing = site.get(f"/fr/practices/missing{suffix}")
        assert (hidden.status_code, hidden.data) == (404, missing.data)
        assert dict(hidden.headers) == dict(missing.headers)
    for path in ("/fr/", "/fr/practices?kind=all", "/fr/practices/noise", "/fr/glossary"):
        assert "canary" not in site.get(path).text
    for words in ("canary", "canar", "canari", "Titre"):
        cards = get(site, f"/fr/practices?q={words}&kind=all").all("li", class_="card")
        assert [card.links()[0] for card in cards if "noise" not in card.links()[0]] == []


@pytest.mark.parametrize("visibility", ["members", "restricted"])
def test_what_is_not_for_everybody_is_like_what_never_was(publish, site, visibility):
    publish("for-all")
    publish("for-few", visibility=visibility)
    missing = site.get("/fr/practices/missing")
    answer = site.get("/fr/practices/for-few")
    assert (answer.status_code, answer.data) == (404, missing.data)
    page = get(site, "/fr/practices?kind=all")
    assert page.one("h2", class_="total").text == "1 résultat"
    assert "for-few" not in site.get("/fr/").text
    assert site.get("/fr/practices/for-few.md").status_code == 404


def test_a_text_published_since_is_seen_at_once(publish, site, sqlite_runtime: Runtime):
    assert site.get("/fr/practices/new").status_code == 404
    publish("new")
    assert get(site, "/fr/practices/new").one("h1").text == "Titre new"
    assert get(site, "/fr/practices").one("h2", class_="total").text == "1 pratique"


def test_withdrawing_hides_at_once(sqlite_runtime: Runtime, site, publish):
    with sqlite_runtime.begin() as work:
        revision, people = make_revision(work, State.PUBLISHED, make_content("brief"))
        number = revision.id
    assert site.get("/fr/practices/brief").status_code == 200
    with sqlite_runtime.begin() as work:
        again = type(revision)
        take_step(work, people, work.session.get_one(again, number), Action.WITHDRAW)
    assert site.get("/fr/practices/brief").status_code == 410
    assert "brief" not in site.get("/fr/practices").text


def test_hostile_words_are_only_words(publish, site):
    attack = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    text = make_text(
        "x",
        title=f"T {attack}",
        summary=f"R {attack}",
        local_name=attack,
        places=[attack],
        period=attack,
        communities=[attack],
        sections={
            "context": f"{attack} [S1] <a href='javascript:alert(3)'>y</a>",
            "actors_roles": "![x](http://evil.example/pixel.png)",
            "how_it_works": "1. [z](javascript:alert(4))",
            "results": "<style>*{display:none}</style>",
            "limits_risks": "<iframe src=//evil.example></iframe>",
        },
    )
    source = {"id": "S1", "title": attack, "publisher": attack, "year": attack, "note": attack}
    publish("hostile", texts={"fr": text}, sources=[source], credited_authors=[{"name": attack}])
    for address in ("/fr/practices/hostile", "/en/practices/hostile", "/fr/practices?q=script"):
        page = get(site, address)
        tags = {element.tag for element in page.all("*")}
        assert not tags & {"iframe", "style", "object"}
        # One script of this site's own, with nothing in it that a page could write: the words
        # are those that the policy names by their hash.
        (script,) = page.all("script")
        digest = b64encode(sha256(script.text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" == LATER
        name = "suggest" if "?" in address else "keep"
        for element in page.all("*"):
            own = element.tag == "script"
            assert element.attributes.get("data-src", "").startswith(f"/static/{name}.") is own
            assert "src" not in element.attributes
            assert not [name for name in element.attributes if name.startswith("on")]
            assert "javascript" not in element.attributes.get("href", "").lower().split(":")[0]


def test_long_words_numbers_and_scripts(publish, site):
    text = make_text(
        "long", title="m" * 300, summary="ⵜⵉⴼⵉⵏⴰⵖ سلام " + "w" * 500, communities=["c" * 300] * 30
    )
    publish("long", texts={"fr": text}, themes=["land-tenure", "reconciliation"])
    page = get(site, "/fr/practices/long")
    assert page.one("h1").text == "m" * 300
    assert page.one("article").one("p", class_="lead").attributes["dir"] == "auto"


def test_https_only_where_the_site_is_on_https(sqlite_runtime: Runtime):
    plain = replace(sqlite_runtime.settings, base_url="http://127.0.0.1:8000")
    insecure = create_app(replace(sqlite_runtime, settings=plain)).test_client()
    assert "Strict-Transport-Security" not in insecure.get("/fr/").headers
