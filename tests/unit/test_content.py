"""The one definition of a valid practice: each kind of bad field is named, and only it."""

import json
from typing import Any

import pytest

from kb.core.errors import Invalid
from kb.practices.content import LocationPrecision, PracticeContent
from kb.practices.template import REQUIRED_SECTIONS, SECTION_KEYS
from tests.make import make_content, make_text


class _Missing:
    """Stands for a field that is not there; it has the same name in every process."""

    def __repr__(self) -> str:
        return "missing"


LOST = _Missing()


def changed(path: str, value: object) -> dict[str, Any]:
    """A valid practice with one thing changed, or lost."""
    data = make_content("a-practice")
    *parents, last = path.split(".")
    place: Any = data
    for part in parents:
        place = place[int(part)] if part.isdigit() else place[part]
    key: Any = int(last) if last.isdigit() else last
    if value is LOST:
        del place[key]
    else:
        place[key] = value
    return data


def problems(data: object) -> dict[str, str]:
    with pytest.raises(Invalid) as refusal:
        PracticeContent.parse(data)
    assert str(refusal.value.message) == "The practice is not valid."
    return {field: str(why) for field, why in refusal.value.problems.items()}


SECTIONS = "texts.fr.sections"
ALL = {key: f"Text of {key}" for key in REQUIRED_SECTIONS}
LONG = "x" * 301
BAD_FIELDS = [
    ("slug", LOST, "slug", "is missing"),
    ("slug", "", "slug", "is not written as it should be"),
    ("slug", "A-practice", "slug", "is not written as it should be"),
    ("slug", "../etc", "slug", "is not written as it should be"),
    ("slug", "a--b", "slug", "is not written as it should be"),
    ("slug", "a-practice\n", None, ""),
    ("slug", "x" * 101, "slug", "is longer than 100 characters"),
    ("colour", "red", "colour", "is not a known field"),
    ("kind", "story", "kind", "is not one of 'practice' or 'lesson'"),
    ("countries", LOST, "countries", "is missing"),
    ("countries", [], "countries", "needs at least one value"),
    ("countries", "ML", "countries", "is not a list"),
    ("countries", ["M L"], "countries.0", "is not written as it should be"),
    ("countries", ["ML", 3], "countries.1", "is not a text"),
    ("countries", [False], "countries.0", "is not a text"),
    ("actor_types", [], "actor_types", "needs at least one value"),
    ("themes", [], "themes", "needs at least one value"),
    ("evidence", LOST, "evidence", "is missing"),
    ("method", LOST, "method", "is missing"),
    ("cross_border", "perhaps", "cross_border", "is neither true nor false"),
    ("visibility", "secret", "visibility", "is not one of 'public', 'members' or 'restricted'"),
    (
        "location_precision",
        "house",
        "location_precision",
        "is not one of 'country', 'region' or 'commune'",
    ),
    ("original_language", "ff", "original_language", "is not one of 'fr' or 'en'"),
    ("original_language", "en", "practice", "there is no text in the original language"),
    (
        "translations",
        {"fr": "original", "en": "stale"},
        "practice",
        "the translation statuses and the texts name different languages",
    ),
    (
        "translations",
        {"fr": "stale"},
        "practice",
        "the original language must have the status original",
    ),
    (
        "translations",
        {"fr": "perfect"},
        "translations.fr",
        "is not one of 'original', 'up-to-date' or 'stale'",
    ),
    (
        "caution",
        "lesson-only",
        "practice",
        "a lesson, and only a lesson, has the caution lesson-only",
    ),
    ("kind", "lesson", "practice", "a lesson, and only a lesson, has the caution lesson-only"),
    ("caution_note", {"fr": ""}, "caution_note.fr", "is empty"),
    ("credited_authors", [{"name": ""}], "credited_authors.0.name", "is empty"),
    (
        "credited_authors",
        [{"name": "A", "orcid": "12"}],
        "credited_authors.0.orcid",
        "is not written as it should be",
    ),
    ("related", ["Other"], "related.0", "is not written as it should be"),
    ("sources", [], "sources", "needs at least one value"),
    ("sources.0.id", "1", "sources.0.id", "is not written as it should be"),
    ("sources.0.id", "S0", "sources.0.id", "is not written as it should be"),
    ("sources.0.title", "", "sources.0.title", "is empty"),
    ("sources.0.title", LOST, "sources.0.title", "is missing"),
    ("sources.0.colour", "red", "sources.0.colour", "is not a known field"),
    *[
        ("sources.0.url", url, "sources.0.url", "is not a web address")
        for url in (
            "javascript:alert(1)",
            "ftp://example.org/",
            "example.org",
            "https://",
            "//example.org/",
            "http://[",
            "https://example.org/ onclick=x",
        )
    ],
    ("sources.0.url", "https://example.org/\nx", "sources.0.url", "is more than one line"),
    ("sources.0.note", "x\x00", "sources.0.note", "has a control character"),
    (
        "sources",
        [{"id": "S1", "title": "A"}, {"id": "S1", "title": "B"}],
        "practice",
        "two sources have the same id",
    ),
    (
        "sources.0.id",
        "S2",
        "practice",
        "cites a source that is not listed: S1",
    ),
    ("texts", {}, "practice", "there is no text in the original language"),
    ("texts", [], "texts", "is not a mapping"),
    ("texts.fr", "text", "texts.fr", "is not a mapping"),
    ("texts.fr.title", LOST, "texts.fr.title", "is missing"),
    ("texts.fr.title", " \t ", "texts.fr.title", "is empty"),
    ("texts.fr.title", LONG, "texts.fr.title", "is longer than 300 characters"),
    ("texts.fr.title", "one\r\ntwo", "texts.fr.title", "is more than one line"),
    ("texts.fr.title", "one\u2028two", "texts.fr.title", "is more than one line"),
    ("texts.fr.title", "one\x1btwo", "texts.fr.title", "has a control character"),
    ("texts.fr.summary", LOST, "texts.fr.summary", "is missing"),
    ("texts.fr.summary", "x" * 601, "texts.fr.summary", "is longer than 600 characters"),
    ("texts.fr.summary", "x\x00", "texts.fr.summary", "has a control character"),
    ("texts.fr.local_name", LONG, "texts.fr.local_name", "is longer than 300 characters"),
    ("texts.fr.places", ["Gao", ""], "texts.fr.places.1", "is empty"),
    ("texts.fr.places", "Gao", "texts.fr.places", "is not a list"),
    ("texts.fr.colour", "red", "texts.fr.colour", "is not a known field"),
    (SECTIONS, LOST, SECTIONS, "is missing"),
    (SECTIONS, [], SECTIONS, "is not a mapping"),
    (SECTIONS, {**ALL, "aside": "x"}, SECTIONS, "not a section of the template: aside"),
    *[
        (f"{SECTIONS}.{key}", LOST, SECTIONS, f"required section missing: {key}")
        for key in REQUIRED_SECTIONS
    ],
    (f"{SECTIONS}.results", "", f"{SECTIONS}.results", "is empty"),
    (f"{SECTIONS}.results", 7, f"{SECTIONS}.results", "is not a text"),
    (f"{SECTIONS}.results", "a\x07b", f"{SECTIONS}.results", "has a control character"),
    (
        f"{SECTIONS}.results",
        "x" * 200_001,
        f"{SECTIONS}.results",
        "is longer than 200000 characters",
    ),
    *[
        (f"{SECTIONS}.results", text, SECTIONS, "headings inside a section start at ###: results")
        for text in (
            "# One",
            "## Two",
            "##Two",
            "#One",
            "text\n\n## Two\n\nmore",
            "text\r\n\r\n## Two",
            "   ## Two",
            "##",
            "Underlined\n---",
            "Underlined\n===",
            "a\n\nUnderlined\n   -----  \nb",
        )
    ],
    (
        f"{SECTIONS}.results",
        "See [S1], [S7] and [S3].",
        "practice",
        "cites a source that is not listed: S3, S7",
    ),
]


@pytest.mark.parametrize(
    ("path", "value", "field", "why"), BAD_FIELDS, ids=lambda part: str(part)[:30]
)
def test_a_bad_field_is_named_with_its_reason_and_no_other(path, value, field, why):
    data = changed(path, value)
    if field is None:
        PracticeContent.parse(data)
        return
    assert problems(data) == {field: why}


@pytest.mark.parametrize("data", [None, [], "text", 3])
def test_what_is_no_mapping_at_all(data):
    assert problems(data) == {"practice": "is not a mapping"}


def test_all_bad_fields_are_told_at_once():
    data = changed("texts.fr.title", "")
    data["countries"] = []
    data["sources"][0]["url"] = "nowhere"
    assert problems(data) == {
        "texts.fr.title": "is empty",
        "countries": "needs at least one value",
        "sources.0.url": "is not a web address",
    }


@pytest.mark.parametrize(
    "text",
    [
        "### A heading of its own",
        "###Close",
        "text # not a heading",
        "code:\n\n    ## not a heading",
        "a rule:\n\n---\n\nafter it",
        "| a | b |\n|---|---|\n| 1 | 2 |",
        "\\## escaped",
        "[S1][S1] and [s1] and [S01] and [SX]",
    ],
)
def test_what_a_section_may_hold(text):
    parsed = PracticeContent.parse(changed(f"{SECTIONS}.results", text))
    assert parsed.texts["fr"].sections["results"] == text.strip()


def test_line_ends_and_byte_order_marks_are_made_plain():
    data = changed(f"{SECTIONS}.results", "\ufeffone\r\ntwo\rthree\n")
    data["texts"]["fr"]["summary"] = "one\r\ntwo"
    data["texts"]["fr"]["title"] = " \ufeff A title "
    text = PracticeContent.parse(data).texts["fr"]
    assert text.sections["results"] == "one\ntwo\nthree"
    assert text.summary == "one\ntwo"
    assert text.title == "A title"


def test_sections_come_in_the_order_of_the_template():
    data = changed(
        SECTIONS, dict(reversed({key: f"Text of {key}" for key in SECTION_KEYS}.items()))
    )
    assert tuple(PracticeContent.parse(data).texts["fr"].sections) == SECTION_KEYS


def test_plain_data_parses_back_to_the_same():
    data = make_content(
        "full",
        kind="lesson",
        caution="lesson-only",
        caution_note={"fr": "Ne pas copier."},
        translations={"fr": "original", "en": "stale"},
        texts={"fr": make_text("full"), "en": make_text("full", places=[])},
        credited_authors=[{"name": "A. B.", "orcid": "0000-0001-2345-678X"}],
    )
    content = PracticeContent.parse(data)
    assert PracticeContent.parse(json.loads(json.dumps(content.to_json()))) == content


REGIONS, PLACES = ("ML-7",), ("Ansongo",)


@pytest.mark.parametrize(
    ("precision", "regions", "places"),
    [
        (LocationPrecision.COMMUNE, REGIONS, PLACES),
        (LocationPrecision.REGION, REGIONS, ()),
        (LocationPrecision.COUNTRY, (), ()),
    ],
)
def test_coarsening(precision, regions, places):
    content = PracticeContent.parse(make_content("a-practice"))
    coarse = content.coarsened(precision)
    assert (coarse.regions, coarse.texts["fr"].places) == (regions, places)
    assert coarse.location_precision is precision
    same = content.model_copy(
        update={
            "regions": regions,
            "location_precision": precision,
            "texts": {"fr": content.texts["fr"].model_copy(update={"places": places})},
        }
    )
    assert coarse == same
