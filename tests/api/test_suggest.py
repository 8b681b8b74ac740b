"""Suggestions over the API: the contract's shape, bounds, odd input, and nothing hidden."""

import pytest

from tests.api.small_content import LESSON, ODD_TITLE, PUBLIC, SECRET

ADDRESS = "/api/v1/suggest"
SITE = "https://palabre.example"


def words(answer):
    return [found["text"] for found in answer["suggestions"]]


def test_the_whole_answer(small):
    assert small.get(f"{ADDRESS}?q=%20pu&lang=fr").json == {
        "query": "pu",
        "ignored": [],
        "suggestions": [{"text": "puits", "url": f"{SITE}/fr/practices?q=puits"}],
        "practices": [
            {
                "slug": PUBLIC,
                "lang": "fr",
                "title": ODD_TITLE,
                "url": f"{SITE}/fr/practices/{PUBLIC}",
            }
        ],
    }


def test_titles_come_in_the_language_there_is(small):
    [found] = small.get(f"{ADDRESS}?q=lecon&lang=en").json["practices"]
    assert found == {
        "slug": LESSON,
        "lang": "fr",
        "title": f"Titre {LESSON}",
        "url": f"{SITE}/en/practices/{LESSON}",
    }


def test_what_is_for_members_is_never_suggested(small):
    for letters in ("puits s", "secret", "secr", "titre puits", SECRET):
        answer = small.get(f"{ADDRESS}?q={letters}&lang=fr").json
        assert SECRET not in [found["slug"] for found in answer["practices"]]
        assert not [text for text in words(answer) if "secret" in text]


def test_a_local_word_is_proposed_and_finds_what_it_stands_for(client):
    for letters, word in (("ful", "Fulani"), ("qad", "qadi"), ("cadi", "cadis")):
        answer = client.get(f"{ADDRESS}?q={letters}&lang=fr").json
        assert word.casefold() in [text.casefold() for text in words(answer)], letters
        assert client.get(f"/api/v1/practices?q={word}&lang=fr").json["total"] > 0


def test_every_suggestion_finds_something_and_there_are_not_too_many(client):
    for lang in ("fr", "en"):
        assert len(client.get(f"{ADDRESS}?q=co&lang={lang}").json["suggestions"]) == 8
        for letters in ("pe", "co", "case de", "women m", "puits c"):
            answer = client.get(f"{ADDRESS}?q={letters}&lang={lang}").json
            assert len(answer["suggestions"]) <= 8
            assert len(answer["practices"]) <= 5
            assert len({text.casefold() for text in words(answer)}) == len(words(answer))
            for text in words(answer):
                assert text.casefold() != letters
                parameters = {"q": text, "kind": "all", "lang": lang}
                found = client.get("/api/v1/practices", query_string=parameters).json
                assert (found["total"] > 0, found["corrected"]) == (True, None), text


@pytest.mark.parametrize(
    ("parameters", "ignored", "most"),
    [
        ("limit=1", [], 1),
        ("limit=8", [], 8),
        ("limit=9", ["limit"], 8),
        ("limit=0", ["limit"], 8),
        ("limit=x", ["limit"], 8),
        ("country=ML&limit=3", ["country"], 3),
    ],
)
def test_limit(client, parameters, ignored, most):
    answer = client.get(f"{ADDRESS}?q=co&lang=fr&{parameters}").json
    assert answer["ignored"] == ignored
    assert len(answer["suggestions"]) == most


def test_another_language_is_refused(client):
    response = client.get(f"{ADDRESS}?q=co&lang=de")
    assert (response.status_code, response.mimetype) == (422, "application/problem+json")


@pytest.mark.parametrize(
    "typed",
    ["", " ", "a", "\0", "a\0", "🕊", '"', "((((", "*", "-", "x" * 101, "x" * 10_000, "e " * 5_000],
    ids=range(13),
)
def test_too_little_or_too_much_to_go_by(client, typed):
    response = client.get(ADDRESS, query_string={"q": typed})
    assert response.status_code == 200
    assert len(response.json["query"]) <= 1000
    assert (response.json["suggestions"], response.json["practices"]) == ([], [])


@pytest.mark.parametrize(
    "typed",
    [
        "a\0b",
        "NOT me",
        "title:",
        "title:pe",
        "me*",
        "(paix",
        '"paix',
        "\u202epaix",
        "السلام",
        "%_",
    ],
)
def test_anything_typed_gets_an_answer(client, typed):
    response = client.get(ADDRESS, query_string={"q": typed, "lang": "fr"})
    assert response.status_code == 200
    assert set(response.json) == {"query", "ignored", "suggestions", "practices"}


def test_the_same_letters_get_the_same_answer_and_a_304(client):
    address = f"{ADDRESS}?q=paix&lang=fr"
    first = client.get(address)
    assert first.data == client.get(address).data
    known = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (known.status_code, known.data) == (304, b"")
    assert first.headers["Cache-Control"] == "public, no-cache"
