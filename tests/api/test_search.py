"""Searching over the API: the contract's shape, honest numbers, odd input."""

from collections import Counter
import re

import pytest

from kb.core.language import Locale
from kb.practices.facets import FACETS, facets_of
from kb.practices.queries import public_views
from tests.api.small_content import LESSON, ODD_TITLE, PUBLIC

ADDRESS = "/api/v1/practices"


@pytest.fixture(scope="module")
def site(runtime):
    """Public views and vocabularies, to count by hand."""
    with runtime.reading() as session:
        return public_views(session), runtime.vocabularies.get(session)


def without_time(answer):
    took = answer.pop("took_ms")
    assert isinstance(took, float)
    assert took >= 0
    return answer


def slugs(answer):
    return [result["slug"] for result in answer["results"]]


def counts(*values):
    return [{"value": code, "label": label, "count": count} for code, label, count in values]


def test_the_whole_answer(small):
    answer = without_time(small.get(f"{ADDRESS}?kind=all&sort=title&lang=en&per_page=1").json)
    [hit] = answer.pop("results")
    facets = answer.pop("facets")
    assert answer == {
        "total": 2,
        "page": 1,
        "per_page": 1,
        "query": {
            "q": "",
            "lang": "en",
            "kind": "all",
            "sort": "title",
            "exact": False,
            "filters": {},
            "ignored": [],
        },
        "suggestion": None,
        "expansions": [],
        "corrected": None,
        "promoted": [],
    }
    published = hit.pop("published_at")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", published)
    assert isinstance(hit.pop("score"), float)
    assert isinstance(hit.pop("snippet"), str)
    assert hit == {
        "slug": PUBLIC,
        "url": f"https://palabre.example/en/practices/{PUBLIC}",
        "lang": "en",
        "title": "The shared well",
        "summary": "Body & résumé.",
        "countries": ["ML"],
        "regions": ["ML-DZ"],
        "actor_types": ["women-leaders"],
        "themes": ["water"],
        "kind": "practice",
        "maturity": "unknown",
        "evidence": "thin",
    }
    # Nothing of the members' practice, which alone is in NE; a facet of one value is left out.
    assert facets == {
        "region": counts(("ML-5", "ML-5 (en)", 1), ("ML-DZ", "ML-DZ (en)", 1)),
        "kind": counts(("practice", "practice (en)", 1), ("lesson", "lesson (en)", 1)),
        "has_lang": counts(("fr", "fr (en)", 2), ("en", "en (en)", 1)),
    }


def test_a_text_that_is_missing_in_the_language_comes_in_its_own(small):
    [hit] = small.get(f"{ADDRESS}?kind=lesson&lang=en").json["results"]
    assert (hit["slug"], hit["lang"]) == (LESSON, "fr")
    assert hit["url"] == f"https://palabre.example/en/practices/{LESSON}"


def test_text_stays_text(small):
    [hit] = small.get(ADDRESS).json["results"]
    assert hit["title"] == ODD_TITLE
    assert re.sub("</?mark>", "", hit["snippet"]).count("<") == 0


def test_lessons_are_left_out_unless_asked_for(client, site):
    views, _ = site
    kinds = {
        kind: client.get(f"{ADDRESS}?kind={kind}").json["total"]
        for kind in ("practice", "lesson", "all")
    }
    lessons = sum(view.kind == "lesson" for view in views.values())
    assert kinds == {"practice": len(views) - lessons, "lesson": lessons, "all": len(views)}
    assert client.get(ADDRESS).json["total"] == kinds["practice"]


@pytest.mark.parametrize("country", ["ML", "BF", "NE"])
def test_results_and_counts_equal_a_count_by_hand(client, site, country):
    views, vocabularies = site
    expected = {
        slug for slug, v in views.items() if v.kind == "practice" and country in v.countries
    }
    answer = client.get(f"{ADDRESS}?country={country}&per_page=100&sort=title").json
    assert (answer["total"], set(slugs(answer))) == (len(expected), expected)
    for facet in set(answer["facets"]) - {"country", "kind"}:
        by_hand = Counter(
            code
            for slug in expected
            for code in vocabularies.with_ancestors(FACETS[facet], facets_of(views[slug])[facet])
        )
        assert {v["value"]: v["count"] for v in answer["facets"][facet]} == by_hand


def test_facet_values_are_labelled_in_the_language(client, site):
    _, vocabularies = site
    for locale in Locale:
        facets = client.get(f"{ADDRESS}?lang={locale}").json["facets"]
        labels = {
            (facet, v["value"]): v["label"] for facet, values in facets.items() for v in values
        }
        assert labels == {
            (facet, code): vocabularies.label(FACETS[facet], code, locale)
            for facet, code in labels
        }


@pytest.mark.parametrize("sort", ["relevance", "newest", "title"])
def test_the_pages_together_are_the_whole(client, sort):
    whole = slugs(client.get(f"{ADDRESS}?kind=all&per_page=100&sort={sort}").json)
    address = f"{ADDRESS}?kind=all&per_page=10&sort={sort}&page="
    pages = [slugs(client.get(f"{address}{page}").json) for page in range(1, 7)]
    assert [slug for page in pages for slug in page] == whole
    assert len(set(whole)) == len(whole)
    assert pages[5] == []


@pytest.mark.parametrize(
    ("parameters", "ignored"),
    [
        ("page=abc", ["page"]),
        ("page=0", ["page"]),
        ("page=-1", ["page"]),
        ("page=1.5", ["page"]),
        ("page=१", ["page"]),
        ("page=1000000000", ["page"]),
        ("page=", []),
        ("page=99999", []),
        ("per_page=0", ["per_page"]),
        ("per_page=-1", ["per_page"]),
        ("per_page=abc", ["per_page"]),
        ("per_page=1000000000", ["per_page"]),
        ("per_page=101", ["per_page"]),
        ("per_page=100", []),
        ("country=XX", ["country"]),
        ("country=ML&country=XX", ["country"]),
        ("theme=%00", ["theme"]),
        ("kind=secret", ["kind"]),
        ("sort=random", ["sort"]),
        ("has_lang=de&women=maybe", ["women", "has_lang"]),
        ("exact=2", ["exact"]),
        ("exact=0", []),
        ("countries=ML", ["countries"]),
        ("visibility=members", ["visibility"]),
    ],
)
def test_what_is_not_understood_is_named_and_changes_nothing(client, parameters, ignored):
    response = client.get(f"{ADDRESS}?{parameters}")
    assert response.status_code == 200
    assert response.json["query"]["ignored"] == ignored
    assert response.json["per_page"] == (100 if parameters == "per_page=100" else 20)
    if parameters != "country=ML&country=XX":
        assert response.json["total"] == client.get(ADDRESS).json["total"]


def test_a_thousand_unknown_names_are_not_all_repeated(client):
    parameters = "&".join(f"{'x' * 50}{number}=1" for number in range(500))
    ignored = client.get(f"{ADDRESS}?{parameters}").json["query"]["ignored"]
    assert ignored == ["x" * 40] * 20


@pytest.mark.parametrize(
    "query",
    [
        "x" * 10_000,
        "paix " * 2_000,
        "a\0b",
        '"',
        "((((",
        "AND OR NOT",
        "*",
        "\u202epaix",
        "title:x",
    ],
)
def test_every_query_gets_an_answer(client, query):
    response = client.get(ADDRESS, query_string={"q": query})
    assert response.status_code == 200
    assert response.json["query"]["q"] == query.replace("\0", " ").strip()[:1000]


def test_the_same_question_gets_the_same_answer_and_a_304(client):
    address = f"{ADDRESS}?q=paix&country=ML"
    first, second = client.get(address), client.get(address)
    assert without_time(first.json) == without_time(second.json)
    known = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (known.status_code, known.data) == (304, b"")
    other = client.get(f"{address}&lang=en", headers={"If-None-Match": first.headers["ETag"]})
    assert other.status_code == 200


def test_a_local_word_is_widened_unless_the_question_is_exact(small):
    answer = small.get(f"{ADDRESS}?q=boulli&kind=all&lang=fr").json
    assert set(slugs(answer)) == {PUBLIC, LESSON}
    assert "puits" in answer["expansions"]
    exact = small.get(f"{ADDRESS}?q=puits&kind=all&lang=fr&exact=1").json
    assert (exact["query"]["exact"], exact["expansions"]) == (True, [])
    assert slugs(exact) == [PUBLIC]


def test_what_nothing_has_is_corrected_unless_the_question_is_exact(small):
    answer = small.get(f"{ADDRESS}?q=puyts&lang=fr").json
    assert (answer["corrected"], slugs(answer)) == ("puits", [PUBLIC])
    exact = small.get(f"{ADDRESS}?q=puyts&lang=fr&exact=1").json
    assert (exact["corrected"], exact["total"]) == (None, 0)
