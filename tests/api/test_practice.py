"""One practice on the wire, word for word."""

import pytest

from kb.practices.queries import public_view, public_views
from kb.practices.template import BY_KEY, REQUIRED_SECTIONS
from tests.api.small_content import LESSON, ODD_TITLE, PUBLIC, SECRET, label_of, practices, publish

BASE = "https://palabre.example"


def one(field, code):
    return label_of(field, code)


def expected_text(locale, title, body, translation):
    return {
        "title": title,
        "summary": f"{body} & résumé.",
        "local_name": "Boulli",
        "places": ["Douentza"],
        "period": "2020",
        "communities": ["Dogon"],
        "practice_type": "accord",
        "translation": translation,
        "sections": [
            {
                "key": key,
                "heading": BY_KEY[key].heading[locale],
                "markdown": f"{body} {key} [S1].",
                "html": f'<p>{body} {key}&nbsp;<sup><a href="#S1">S1</a></sup>.</p>',
            }
            for key in REQUIRED_SECTIONS
        ],
    }


def expected_public(view):
    return {
        "slug": PUBLIC,
        "revision": 1,
        "imported": True,
        "published_at": view.published_at.isoformat().replace("+00:00", "Z"),
        "review_due_on": view.review_due_on.isoformat(),
        "original_language": "fr",
        "kind": one("kind", "practice"),
        "countries": [one("countries", "ML")],
        "regions": [one("regions", "ML-DZ")],
        "actor_types": [one("actor_types", "women-leaders")],
        "themes": [one("themes", "water")],
        "origin": one("origin", "unknown"),
        "maturity": one("maturity", "unknown"),
        "evidence": one("evidence", "thin"),
        "method": one("method", "desk-study"),
        "zone": one("zone", "core"),
        "cross_border": False,
        "women": one("women", "leaders"),
        "youth": one("youth", "not-described"),
        "sdg_targets": [one("sdg_targets", "16.1")],
        "caution": {**one("caution", "none"), "sentence": None, "note": {}},
        "texts": {
            "en": expected_text("en", "The shared well", "Body", "up-to-date"),
            "fr": expected_text("fr", ODD_TITLE, "Corps", "original"),
        },
        "attachments": [],
        "sources": [
            {
                "id": "S1",
                "title": "Rapport",
                "publisher": "",
                "year": "",
                "url": "https://example.org/r?a=1&b=2",
                "note": "",
            }
        ],
        # The members' practice is related too, and stays unmentioned.
        "related": [LESSON],
        "credits": {
            "authors": [{"name": "A. Diallo <x>", "affiliation": "ALG", "orcid": ""}],
            "reviewers": [],
        },
        "licence": {**one("licence", "CC-BY-SA-4.0"), "url": "https://example.org/by-sa"},
        "links": {
            "self": f"{BASE}/api/v1/practices/{PUBLIC}",
            "related": f"{BASE}/api/v1/practices/{PUBLIC}/related",
            "page": {
                "fr": f"{BASE}/fr/practices/{PUBLIC}",
                "en": f"{BASE}/en/practices/{PUBLIC}",
            },
            "markdown": {
                "fr": f"{BASE}/fr/practices/{PUBLIC}.md",
                "en": f"{BASE}/en/practices/{PUBLIC}.md",
            },
            "json": {
                "fr": f"{BASE}/fr/practices/{PUBLIC}.json",
                "en": f"{BASE}/en/practices/{PUBLIC}.json",
            },
        },
    }


def test_the_whole_document(small, small_runtime):
    with small_runtime.reading() as session:
        view = public_view(session, PUBLIC)
    response = small.get(f"/api/v1/practices/{PUBLIC}")
    assert (response.status_code, response.mimetype) == (200, "application/json")
    assert response.json == expected_public(view)


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_beside_the_page_lies_the_same_document(small, lang):
    document = small.get(f"/api/v1/practices/{PUBLIC}")
    response = small.get(f"/{lang}/practices/{PUBLIC}.json")
    assert (response.status_code, response.data) == (200, document.data)
    assert response.mimetype == "application/json"
    assert response.headers["Content-Disposition"] == f'inline; filename="{PUBLIC}.json"'


def test_a_lesson_says_so_and_its_places_are_coarse(small):
    document = small.get(f"/api/v1/practices/{LESSON}").json
    assert document["kind"] == one("kind", "lesson")
    assert document["caution"] == {
        **one("caution", "lesson-only"),
        "sentence": {"fr": "Not to be imitated. (fr)", "en": "Not to be imitated. (en)"},
        "note": {"fr": "Note propre"},
    }
    assert document["regions"] == []
    assert list(document["texts"]) == ["fr"]
    assert document["texts"]["fr"]["places"] == []


@pytest.mark.parametrize("address", ["/api/v1/practices/{}", "/fr/practices/{}.json"])
def test_a_known_tag_is_answered_304(small, address):
    first = small.get(address.format(PUBLIC))
    second = small.get(address.format(PUBLIC), headers={"If-None-Match": first.headers["ETag"]})
    assert (second.status_code, second.data) == (304, b"")
    assert second.headers["ETag"] == first.headers["ETag"]
    other = small.get(address.format(LESSON), headers={"If-None-Match": first.headers["ETag"]})
    assert other.status_code == 200


ADDRESSES = ["/api/v1/practices/{}", "/api/v1/practices/{}/related", "/en/practices/{}.json"]


@pytest.mark.parametrize("slug", [SECRET, "nothing", "a%00b", "%ff", "a" * 5000, "Puits-Partage"])
def test_what_is_not_public_is_like_what_never_was(fresh_runtime, client_of, slug):
    client = client_of(publish(fresh_runtime, *practices()))
    for address in ADDRESSES:
        response = client.get(address.format(slug), headers={"Accept-Language": "en"})
        assert (response.status_code, response.mimetype) == (404, "application/problem+json")
        assert response.json == {
            "type": "about:blank",
            "title": "Not found",
            "status": 404,
            "detail": "There is no such page.",
            "errors": [],
        }


def test_related_practices_are_public_ones_in_the_reader_s_language(small):
    response = small.get(f"/api/v1/practices/{LESSON}/related?lang=en")
    slugs = [item["slug"] for item in response.json["results"]]
    assert response.status_code == 200
    assert set(slugs) <= {PUBLIC}
    assert all(item["lang"] == "en" for item in response.json["results"])


def test_every_practice_of_the_site_has_its_related_ones(client, runtime):
    with runtime.reading() as session:
        views = public_views(session)
    for slug in views:
        found = [
            i["slug"] for i in client.get(f"/api/v1/practices/{slug}/related").json["results"]
        ]
        assert 0 < len(found) <= 6
        assert len(set(found)) == len(found)
        assert set(found) <= set(views) - {slug}
