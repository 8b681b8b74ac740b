"""Each check finds what it is for, and nothing where all is well."""

from copy import deepcopy
from typing import Any

import pytest

from kb.core.language import Locale
from kb.practices.check_rules import quoted, works_perhaps
from kb.practices.checks import AT_MOST, RULES, Check, Level, counts, evaluate
from kb.practices.examined import LOOKED_AT, LOOKED_AT_IN_ALL, Examined, FileWords
from kb.practices.safety import Danger
from kb.practices.similarity import Near
from kb.practices.template import SECTION_KEYS

FR, EN = Locale.FR, Locale.EN
SENTENCE = "Les anciens et les femmes entendent chaque partie, puis cherchent un accord [S1]. "
ENGLISH = "Elders and women listen to each side, then look for an agreement all accept [S1]. "


def text(sentence: str, **changes: Any) -> dict[str, Any]:
    sections = dict.fromkeys(SECTION_KEYS, sentence + sentence.replace("[S1]", "[S2]"))
    return {
        "title": "Arbitrage des femmes",
        "summary": sentence.replace(" [S1]", ""),
        "places": ["Niger : région de Téra"],
        "period": "depuis 2019",
        "sections": sections,
        **changes,
    }


GOOD: dict[str, Any] = {
    "slug": "arbitrage",
    "countries": ["NE"],
    "regions": ["NE-6"],
    "actor_types": ["women-leaders"],
    "themes": ["land-tenure"],
    "evidence": "solid",
    "method": "desk-study",
    "original_language": "fr",
    "translations": {"fr": "original", "en": "up-to-date"},
    "credited_authors": [{"name": "Mme Aïssata Diallo", "affiliation": "Université", "orcid": ""}],
    "sources": [
        {"id": "S1", "title": "Rapport", "url": "https://www.paix.ne/rapport-2019"},
        {"id": "S2", "title": "Étude", "publisher": "Éditions du fleuve", "year": "2020"},
    ],
    "texts": {"fr": text(SENTENCE), "en": text(ENGLISH)},
}


def changed(path: str, value: Any) -> dict[str, Any]:
    """The good text with one thing changed, or left out."""
    copy = deepcopy(GOOD)
    inner: Any = copy
    *way, last = [int(step) if step.isdigit() else step for step in path.split("/")]
    for step in way:
        inner = inner[step]
    if value is None:
        del inner[last]
    else:
        inner[last] = value
    return copy


def found(copy: dict[str, Any], **more: Any) -> list[tuple[str, str, str]]:
    return [(c.key, c.part, c.field) for c in evaluate(Examined(copy, **more))]


def test_nothing_is_found_in_a_text_in_which_all_is_well():
    assert found(GOOD) == []


def test_the_keys_are_unique_and_the_lint_is_whole():
    keys = [rule.key for rule in RULES]
    assert len(set(keys)) == len(keys)
    assert set(Danger) <= set(keys)
    assert Level.FAILURE not in {rule.level for rule in RULES}


CASES = [
    ("regions", [], [("no_region", "about", "regions")]),
    ("texts/fr/title", "Titre " * 30, [("long_title", "fr", "title")]),
    ("texts/en/summary", "They talk.", [("short_summary", "en", "summary")]),
    ("texts/fr/sections/results", "Calme [S1] [S2].", [("short_section", "fr", "results")]),
    (
        "texts/fr/sections/results",
        "Le calme dure depuis lors, dit-on dans toutes les familles des deux villages.",
        [
            ("uncited_section", "fr", "results"),
            ("translation_sources", "en", "results"),
        ],
    ),
    (
        "texts/fr/sections/lessons",
        SENTENCE * 110 + "[S2]",
        [("long_section", "fr", "lessons"), ("translation_uneven", "en", "lessons")],
    ),
    (
        "texts/fr/sections/lessons",
        None,
        [("translation_gap", "fr", "lessons"), ("empty_section", "fr", "lessons")],
    ),
    ("texts/en/sections/lessons", None, [("translation_gap", "en", "lessons")]),
    ("translations/en", "stale", [("translation_stale", "en", "translation")]),
    (
        "texts/en/sections/results",
        ENGLISH + ENGLISH.replace("[S1]", "[S2]") + "It lasted 24 months.",
        [("translation_figures", "en", "results")],
    ),
    ("texts/en/sections/results", ENGLISH, [("translation_sources", "en", "results")]),
    ("sources/0/url", "https://example.org/x", [
        ("no_way_to_check", "sources", "source_1_url"),
        ("unlikely_address", "sources", "source_1_url"),
    ]),
    ("sources/1/year", "", [("unfindable_source", "sources", "source_2_url")]),
    ("caution_note", {"fr": "Écrire à a.b@exemple.ml."}, [("email", "about", "caution_note_fr")]),
    ("texts/fr/title", "Sous l'arbre de M. Ousmane Ba", [("named_person", "fr", "title")]),
    ("texts/fr/period", "le 3 mai 2021", [("dated_place", "fr", "period")]),
    ("texts/en/period", "3 May 2021 in Téra", [("dated_place", "en", "period")]),
    ("texts/en/places", ["14.2547, -3.1234"], [("coordinates", "en", "places")]),
    ("texts/fr/communities", ["70 12 34 56"], [("phone", "fr", "communities")]),
    ("texts/fr/summary", f"{SENTENCE[:-6]} le 3 mai 2021 à Kobadjé.",
     [("dated_place", "fr", "summary"), ("translation_figures", "en", "summary")]),
    ("texts/en/sections/limits_risks", f"{ENGLISH} [S2] The car 11 KH 4521 passes.",
     [("id_number", "en", "limits_risks"), ("translation_figures", "en", "limits_risks")]),
    ("sources/1/note", "Entretien avec le capitaine Ba", [
        ("named_person", "sources", "source_2_note"),
    ]),
    ("credited_authors/0/affiliation", "a.diallo@exemple.ne", [
        ("email", "about", "author_1_affiliation"),
    ]),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "expected"), CASES)
def test_each_rule_finds_its_own(path, value, expected):
    assert sorted(found(changed(path, value))) == sorted(expected)


def test_a_day_without_a_place_is_no_danger():
    copy = changed("texts/fr/period", "le 3 mai 2021")
    for text in copy["texts"].values():
        text["places"] = []
    assert found(copy) == []


def test_one_language_is_enough_and_told():
    copy = changed("texts/en", None)
    del copy["translations"]["en"]
    assert found(copy) == [("translation_missing", "en", "title")]


def test_solid_takes_two_sources():
    copy = changed("sources/1", None)
    copy["texts"]["en"]["sections"] = dict.fromkeys(SECTION_KEYS, ENGLISH * 2)
    copy["texts"]["fr"]["sections"] = dict.fromkeys(SECTION_KEYS, SENTENCE * 2)
    assert found(copy) == [("solid_on_one", "about", "evidence")]
    assert found(copy | {"evidence": "thin"}) == []


def test_a_source_nobody_cites():
    copy = deepcopy(GOOD)
    copy["sources"].append({"id": "S3", "title": "Autre", "url": "https://www.paix.ne/autre"})
    assert found(copy) == [("uncited_source", "sources", "source_3_title")]


def test_a_described_field_method_stands_for_an_address():
    copy = changed("sources/0/url", "")
    copy["sources"][0] |= {"publisher": "Enquête", "year": "2024"}
    assert found(copy) == [("no_way_to_check", "sources", "source_1_url")]
    copy["method"] = "field-study"
    assert found(copy) == [("no_way_to_check", "sources", "source_1_url")]
    copy["sources"][0]["note"] = (
        "Huit entretiens de groupe en mars 2024, en songhay et en fulfuldé, avec des femmes et des"
        " chefs ; les notes ont été relues par eux."
    )
    assert found(copy) == []
    assert found(copy | {"method": "desk-study"}) == [
        ("no_way_to_check", "sources", "source_1_url")
    ]


def test_what_is_needed_to_submit_is_a_failure_and_comes_first():
    copy = changed("texts/fr/sections/results", None) | {"countries": []}
    copy["texts"]["fr"]["summary"] = "Court."
    checks = evaluate(Examined(copy))
    failures = [(c.part, c.field) for c in checks if c.level is Level.FAILURE]
    assert failures == [("about", "countries"), ("fr", "results")]
    assert [(c.key, c.level) for c in checks if c.part == "fr"] == [
        ("needed", Level.FAILURE),
        ("short_summary", Level.WARNING),
    ]
    assert counts(checks)[Level.FAILURE] == 2


def test_staleness_told_from_elsewhere():
    expected = [("translation_stale", "en", "translation")]
    assert found(GOOD, stale=frozenset({EN})) == expected
    assert found(GOOD, stale=frozenset({FR})) == []


def test_change_note_and_words_about_files():
    photo = FileWords(
        "puits.jpg", is_image=True, texts={FR: "Mme Awa Ba", EN: ""}, credit="Studio"
    )
    report = FileWords("76 12 34 56.pdf", is_image=False, texts={FR: "", EN: ""}, credit="")
    assert found(GOOD, change_note="Corrigé par M. Ba Oumar", files=(photo, report)) == [
        ("named_person", "about", "change_note"),
        ("phone", "files", "76 12 34 56.pdf"),
        ("named_person", "files", "puits.jpg"),
        ("image", "files", "puits.jpg"),
        ("document", "files", "76 12 34 56.pdf"),
    ]


def test_many_passages_in_a_field_are_counted_and_quoted_with_their_words():
    results = " ".join(f"Appeler le 76 12 34 {number} [S1] [S2]." for number in range(10, 22))
    copy = changed("texts/fr/sections/results", results)
    phone = next(check for check in evaluate(Examined(copy)) if check.key == "phone")
    assert (len(phone.quotes), phone.more) == (AT_MOST, 12 - AT_MOST)
    assert [quote.passage for quote in phone.quotes][:2] == ["76 12 34 10", "76 12 34 11"]
    assert phone.quotes[0].before == "Appeler le "


def test_a_quote_has_whole_words_around_it():
    words = "un deux trois quatre cinq six sept huit neuf dix"
    quote = quoted(f"{words} ICI {words}", len(words) + 1, len(words) + 4)
    assert (quote.before, quote.passage, quote.after) == (
        "… quatre cinq six sept huit neuf dix ",
        "ICI",
        " un deux trois quatre cinq six sept …",
    )
    assert quoted("a ICI b", 2, 5).before + "|" + quoted("a ICI b", 2, 5).after == "a | b"


def test_what_is_not_looked_at_is_told():
    padding = "Les anciens parlent [S1] [S2]. " * (LOOKED_AT // 30)
    copy = changed("texts/fr/sections/lessons", padding + "Appeler le 76 12 34 56.")
    keys = {key for key, part, field in found(copy) if field == "lessons" and part == "fr"}
    assert keys == {"not_looked_at", "long_section"}


def test_all_texts_together_have_a_limit_too():
    copy = deepcopy(GOOD)
    long = "Les anciens parlent [S1] [S2]. " * (LOOKED_AT // 31)
    copy["texts"]["fr"]["sections"] = dict.fromkeys(SECTION_KEYS, long)
    copy["texts"]["en"]["summary"] = (
        "She may be called on 76 12 34 56, day and night, by everybody."
    )
    examined = Examined(copy)
    assert sum(len(portion) for _, portion in examined.portions()) == LOOKED_AT_IN_ALL
    spots = [(part, field) for key, part, field in found(copy) if key == "not_looked_at"]
    assert ("fr", "training_use") in spots
    assert ("en", "summary") in spots
    assert ("fr", "context") not in spots


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://www.paix.ne/rapport", True),
        ("http://hdl.handle.net/10625/1", True),
        ("https://8.8.8.8/x", True),
        ("https://xn--paix-dua.ml/x", True),
        ("https://localhost/x", False),
        ("https://serveur/x", False),
        ("https://192.168.1.4/x", False),
        ("https://www.example.org/x", False),
        ("https://site.123/x", False),
        ("https://[::1]/x", False),
        ("https://[oops/x", False),
    ],
)
def test_addresses_that_will_hardly_work(url, expected):
    assert works_perhaps(url) is expected


@pytest.mark.parametrize(
    ("likeness", "level", "words"),
    [
        ((0.8, 0.0), Level.WARNING, "Most of the text"),
        ((0.2, 0.9), Level.WARNING, "Passages of the text"),
        ((0.0, 0.9), Level.INFO, "Another practice has nearly the same title."),
    ],
)
def test_near_duplicates_are_told_by_what_is_alike(likeness, level, words):
    near = Near({FR: "Autre"}, "autre", 7, is_published=True, text=likeness[0], title=likeness[1])
    (check,) = evaluate(Examined(GOOD), [near])
    assert isinstance(check, Check)
    assert (check.key, check.level, check.near) == ("near", level, near)
    assert str(check.why).startswith(words)


@pytest.mark.parametrize(
    "copy", [{}, {"texts": 3, "sources": [4, {"url": 5}]}, {"texts": {"fr": {}}}]
)
def test_any_working_copy_can_be_examined(copy):
    assert all(check.level in set(Level) for check in evaluate(Examined(copy)))
