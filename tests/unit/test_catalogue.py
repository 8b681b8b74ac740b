"""Controlled terms as values, and their files."""

from typing import Any

import pytest

from kb.core.errors import Invalid
from kb.core.language import Locale
from kb.vocabularies.catalogue import GlossaryEntry, Vocabularies, Vocabulary
from kb.vocabularies.files import (
    dump_glossary,
    dump_vocabulary,
    load_glossary,
    load_vocabulary,
)


def words(text: str) -> dict[str, str]:
    return {"fr": f"{text} fr", "en": f"{text} en"}


def term(code: str, parent: str | None = None, **more: Any) -> dict[str, Any]:
    return {"code": code, "label": words(code), "parent": parent, **more}


def vocabulary(*terms: dict[str, Any], name: str = "regions") -> dict[str, Any]:
    return {"name": name, "label": words(name), "terms": list(terms)}


TREE = Vocabulary.parse(
    vocabulary(
        term("ML"),
        term("ML-7", "ML"),
        term("ansongo", "ML-7", synonyms={"fr": ["Ansongo ville"]}),
        term("NE"),
    )
)
ALL = Vocabularies.of([TREE, Vocabulary.parse(vocabulary(term("ML"), name="countries"))])


@pytest.mark.parametrize(
    ("codes", "found"),
    [
        ((), ()),
        (("ML",), ("ML",)),
        (("ansongo",), ("ansongo", "ML-7", "ML")),
        (("ansongo", "ML-7", "NE"), ("ansongo", "ML-7", "ML", "NE")),
        (("NE", "ML", "ansongo"), ("NE", "ML", "ansongo", "ML-7")),
        (("nowhere",), ("nowhere",)),
    ],
)
def test_ancestors_each_once(codes, found):
    assert ALL.with_ancestors("regions", codes) == found


def test_ancestors_end_even_where_a_vocabulary_is_circular():
    circle = Vocabulary.model_construct(
        name="regions",
        terms=tuple(
            t.model_copy(update={"parent": {"ML": "ansongo"}.get(t.code, t.parent)})
            for t in TREE.terms
        ),
    )
    assert Vocabularies.of([circle]).with_ancestors("regions", ["ML"]) == ("ML", "ansongo", "ML-7")


def test_terms_and_labels():
    assert ALL.label("regions", "ML-7", Locale.FR) == "ML-7 fr"
    assert ALL.label("regions", "ML-7", Locale.EN) == "ML-7 en"
    assert ALL.label("regions", "unknown", Locale.EN) == "unknown"
    assert ALL.label("countries", "ML-7", Locale.EN) == "ML-7"
    assert ALL.term("countries", "ML-7") is None
    assert ALL.unknown("countries", ["ML", "NE", "ML-7"]) == ("NE", "ML-7")
    assert ALL.unknown("nothing", ["ML"]) == ("ML",)


def problems(data: object) -> dict[str, str]:
    with pytest.raises(Invalid) as refusal:
        Vocabulary.parse(data)
    assert str(refusal.value.message) == "The vocabulary is not valid."
    return {field: str(why) for field, why in refusal.value.problems.items()}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (vocabulary(term("a"), term("b"), term("a")), {"a": "is there twice"}),
        (vocabulary(term("a", "b"), term("c")), {"a": "has an unknown parent"}),
        (vocabulary(term("a", "a"), term("b")), {"a": "is its own ancestor"}),
        (
            vocabulary(term("a", "b"), term("b", "c"), term("c", "b"), term("d")),
            {"b": "is its own ancestor", "c": "is its own ancestor"},
        ),
        (
            vocabulary(term("a"), name="Regions"),
            {"name": "String should match pattern '^[a-z][a-z_]{1,39}$'"},
        ),
        (vocabulary({"code": "a"}), {"terms.0.label": "is missing"}),
        (
            vocabulary({"code": "a", "label": {"fr": "a"}}),
            {"terms.0.label.en": "is missing"},
        ),
        (
            vocabulary({**term("a"), "colour": "red"}),
            {"terms.0.colour": "Extra inputs are not permitted"},
        ),
        (
            "text",
            {"file": "Input should be a valid dictionary or instance of Vocabulary"},
        ),
    ],
)
def test_what_is_wrong_with_a_vocabulary(data, expected):
    assert problems(data) == expected


def test_a_vocabulary_as_a_file():
    text = dump_vocabulary(TREE)
    assert load_vocabulary(text, "vocabularies/regions.yaml") == TREE
    with pytest.raises(Invalid) as refusal:
        load_vocabulary(text, "vocabularies/zones.yaml")
    assert {place: str(why) for place, why in refusal.value.problems.items()} == {
        "vocabularies/zones.yaml: name": "differs from the file's name"
    }


def test_problems_of_a_vocabulary_file_name_the_file():
    bad = "name: regions\nlabel: {fr: a, en: b}\nterms:\n- {code: a b, label: {fr: a, en: b}}\n"
    with pytest.raises(Invalid) as refusal:
        load_vocabulary(bad, "vocabularies/regions.yaml")
    assert list(refusal.value.problems) == ["vocabularies/regions.yaml: terms.0.code"]
    with pytest.raises(Invalid) as refusal:
        load_vocabulary("name: [", "vocabularies/regions.yaml")
    assert list(refusal.value.problems) == ["vocabularies/regions.yaml:2"]


ENTRIES = tuple(
    GlossaryEntry.parse({"id": code, "kind": "concept", **words(code), "local": ["x"]})
    for code in ("peace-hut", "palaver")
)


def test_the_glossary_as_a_file():
    assert load_glossary(dump_glossary(ENTRIES), "glossary.yaml") == ENTRIES


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("[]", ["glossary.yaml"]),
        ("terms: text", ["glossary.yaml"]),
        ("terms:\n- {id: a, kind: b, fr: c}", ["glossary.yaml: terms.1: en"]),
        (dump_glossary((*ENTRIES, ENTRIES[0])), ["glossary.yaml: peace-hut"]),
        ("terms:\n- {id: A B, kind: b, fr: c, en: d}", ["glossary.yaml: terms.1: id"]),
    ],
)
def test_what_is_wrong_with_a_glossary_names_file_and_entry(text, places):
    with pytest.raises(Invalid) as refusal:
        load_glossary(text, "glossary.yaml")
    assert list(refusal.value.problems) == places
