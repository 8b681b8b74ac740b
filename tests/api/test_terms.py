"""Vocabularies, SKOS and the thesaurus."""

import pytest

from tests.api.small_content import CODES, both

REGIONS = "https://palabre.example/api/v1/vocabularies/regions"


def test_the_list_of_vocabularies(small):
    assert small.get("/api/v1/vocabularies").json == {
        "vocabularies": [
            {
                "name": name,
                "label": both(name),
                "terms": len(codes),
                "url": f"https://palabre.example/api/v1/vocabularies/{name}",
            }
            for name, codes in CODES.items()
        ]
    }


def test_a_vocabulary(small):
    bare = {"definition": None, "synonyms": {"fr": [], "en": []}, "parent": None}
    bare |= {"sentence": None, "note": None, "former_names": [], "new_names": []}
    bare |= {"zone_class": None, "source_urls": []}
    response = small.get("/api/v1/vocabularies/regions")
    assert response.mimetype == "application/json"
    assert "Accept" in response.headers["Vary"].split(", ")
    assert response.json == {
        "name": "regions",
        "label": both("regions"),
        "terms": [
            {"code": "ML-5", "label": both("ML-5"), **bare},
            {
                **bare,
                "code": "ML-DZ",
                "label": both("ML-DZ"),
                "parent": "ML-5",
                "definition": both("Since 2023"),
                "note": both("Ours"),
                "synonyms": {"fr": ["Douentza-ville"], "en": []},
                "former_names": ["Cercle de Douentza"],
                "source_urls": ["https://example.org/reform"],
            },
        ],
    }


def test_a_vocabulary_as_skos(small):
    response = small.get("/api/v1/vocabularies/regions", headers={"Accept": "application/ld+json"})
    assert (response.status_code, response.mimetype) == (200, "application/ld+json")
    assert response.json["@context"]["skos"] == "http://www.w3.org/2004/02/skos/core#"
    assert response.json["@graph"] == [
        {
            "@id": REGIONS,
            "@type": "ConceptScheme",
            "prefLabel": both("regions"),
            "hasTopConcept": [f"{REGIONS}#ML-5"],
        },
        {
            "@id": f"{REGIONS}#ML-5",
            "@type": "Concept",
            "inScheme": REGIONS,
            "notation": "ML-5",
            "prefLabel": both("ML-5"),
            "topConceptOf": REGIONS,
            "narrower": [f"{REGIONS}#ML-DZ"],
        },
        {
            "@id": f"{REGIONS}#ML-DZ",
            "@type": "Concept",
            "inScheme": REGIONS,
            "notation": "ML-DZ",
            "prefLabel": both("ML-DZ"),
            "altLabel": {"fr": ["Douentza-ville"], "@none": ["Cercle de Douentza"]},
            "definition": both("Since 2023"),
            "scopeNote": both("Ours"),
            "broader": f"{REGIONS}#ML-5",
            "source": ["https://example.org/reform"],
        },
    ]


@pytest.mark.parametrize(
    ("accept", "mimetype"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("text/html", "application/json"),
        ("application/json", "application/json"),
        ("application/ld+json;q=0.5, application/json", "application/json"),
        ("application/ld+json, application/json;q=0.5", "application/ld+json"),
    ],
)
def test_the_reader_chooses_the_form(small, accept, mimetype):
    response = small.get("/api/v1/vocabularies/kinds", headers={"Accept": accept})
    assert response.mimetype == mimetype


def test_the_two_forms_have_different_tags(small):
    first = small.get("/api/v1/vocabularies/kinds")
    second = small.get(
        "/api/v1/vocabularies/kinds",
        headers={"Accept": "application/ld+json", "If-None-Match": first.headers["ETag"]},
    )
    assert second.status_code == 200


def test_every_term_in_the_words_of_skos(client):
    for item in client.get("/api/v1/vocabularies").json["vocabularies"]:
        plain = client.get(f"/api/v1/vocabularies/{item['name']}").json
        linked = client.get(
            f"/api/v1/vocabularies/{item['name']}", headers={"Accept": "application/ld+json"}
        ).json
        used = {key for node in linked["@graph"] for key in node if not key.startswith("@")}
        notations = [n["notation"] for n in linked["@graph"] if n["@type"] == "Concept"]
        assert used <= set(linked["@context"])
        assert notations == [term["code"] for term in plain["terms"]]
        assert len(notations) == item["terms"]


def test_the_glossary(small):
    assert small.get("/api/v1/glossary").json == {
        "entries": [
            {
                "id": "puits",
                "kind": "thing",
                "fr": "puits",
                "en": "well",
                "local": ["boulli"],
                "synonyms": [],
                "note": None,
                "sourced": False,
                "source_urls": [],
            }
        ]
    }


def test_the_glossary_of_the_site(client):
    entries = client.get("/api/v1/glossary").json["entries"]
    assert len(entries) == 152
