"""A working copy as the parts of a form: nothing is lost on the way there and back."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

from kb.core.language import Locale
from kb.practices.content import PracticeContent
from kb.practices.draft import Fields, Part, begun, filled, names_of, next_source, shown, too_long
from kb.practices.draft_address import address_base, slugify, with_suffix
from kb.practices.draft_check import completeness, findings, progress
from kb.practices.draft_view import unchecked
from kb.practices.template import REQUIRED_SECTIONS, SECTION_KEYS
from tests.make import make_content, make_text

LINE = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\u2028\u2029\ufeff"),
    min_size=1,
    max_size=20,
).filter(lambda text: text.strip() and "\ufffe" not in text and "\uffff" not in text)
PROSE = st.lists(LINE, min_size=1, max_size=3).map("\n".join).filter(str.strip)
CODE = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9.-]{0,9}", fullmatch=True)
CODES = st.lists(CODE, min_size=1, max_size=3)
SLUG = st.from_regex(r"[a-z0-9]{1,5}(-[a-z0-9]{1,5}){0,2}", fullmatch=True)


@st.composite
def texts(draw: st.DrawFn) -> dict[str, Any]:
    optional = draw(st.sets(st.sampled_from(SECTION_KEYS)))
    keys = [key for key in SECTION_KEYS if key in REQUIRED_SECTIONS or key in optional]
    safe = PROSE.filter(lambda text: "#" not in text and "=" not in text and "-" not in text)
    return {
        "title": draw(LINE),
        "summary": draw(PROSE),
        "local_name": draw(st.one_of(st.just(""), LINE)),
        "places": draw(st.lists(LINE, max_size=3)),
        "period": draw(st.one_of(st.just(""), LINE)),
        "communities": draw(st.lists(LINE, max_size=3)),
        "practice_type": draw(st.one_of(st.just(""), LINE)),
        "sections": {key: draw(safe.filter(lambda t: "[S" not in t)) for key in keys},
    }


@st.composite
def contents(draw: st.DrawFn) -> PracticeContent:
    original = draw(st.sampled_from(list(Locale)))
    locales = draw(st.sampled_from([[original], list(Locale)]))
    status = st.sampled_from(["original", "up-to-date", "stale"])
    kind = draw(st.sampled_from(["practice", "lesson"]))
    numbers = draw(st.lists(st.integers(1, 999), min_size=1, max_size=4, unique=True))
    return PracticeContent.parse(
        {
            "slug": draw(SLUG),
            "kind": kind,
            "caution": "lesson-only"
            if kind == "lesson"
            else draw(st.sampled_from(["none", "do-no-harm"])),
            "caution_note": draw(st.dictionaries(st.sampled_from(["fr", "en"]), LINE)),
            "countries": draw(CODES),
            "regions": draw(st.lists(CODE, max_size=2)),
            "actor_types": draw(CODES),
            "themes": draw(CODES),
            "sdg_targets": draw(st.lists(CODE, max_size=2)),
            **{name: draw(CODE) for name in ("origin", "maturity", "evidence", "method", "zone")},
            "licence": draw(CODE),
            "cross_border": draw(st.booleans()),
            "visibility": draw(st.sampled_from(["public", "members", "restricted"])),
            "location_precision": draw(st.sampled_from(["country", "region", "commune"])),
            "original_language": original.value,
            "translations": {
                locale.value: "original" if locale is original else draw(status)
                for locale in locales
            },
            "credited_authors": draw(
                st.lists(
                    st.fixed_dictionaries(
                        {
                            "name": LINE,
                            "affiliation": st.one_of(st.just(""), LINE),
                            "orcid": st.sampled_from(["", "0000-0001-2345-678X"]),
                        }
                    ),
                    max_size=2,
                )
            ),
            "credited_reviewers": draw(st.lists(st.fixed_dictionaries({"name": LINE}))),
            "related": draw(st.lists(SLUG, max_size=2)),
            "sources": [
                {
                    "id": f"S{number}",
                    "title": draw(LINE),
                    "publisher": draw(st.one_of(st.just(""), LINE)),
                    "year": draw(st.sampled_from(["", "2019", "vers 1990"])),
                    "url": draw(st.sampled_from(["", "https://example.org/a?b=c&d"])),
                    "note": draw(st.one_of(st.just(""), PROSE)),
                }
                for number in numbers
            ],
            "texts": {locale.value: draw(texts()) for locale in locales},
        }
    )


def as_sent(part: Part, fields: Fields) -> Fields:
    """What the server reads of a form that shows these fields, line ends as browsers send them."""
    sent = {name: value.replace("\n", "\r\n") for name, value in fields.values.items()}
    singles, many = names_of(part, sent)
    return Fields(
        {name: sent.get(name, "") for name in singles},
        {name: fields.lists.get(name, ()) for name in many},
    )


@settings(max_examples=60, deadline=None)
@given(contents())
def test_a_form_gives_back_what_it_was_shown(content: PracticeContent):
    data = content.to_json()
    copy = data
    for part in Part:
        copy = filled(part, copy, as_sent(part, shown(part, copy)))
    assert copy == data
    assert findings(copy) == ()
    looked_at = unchecked(copy).to_json()
    # Who reviewed it, and what it is related to, is for readers of the published text.
    assert looked_at == data | {"credited_reviewers": [], "related": []}


@pytest.mark.parametrize("part", Part)
def test_a_part_changes_nothing_outside_itself(part):
    data = make_content(
        "a-practice",
        texts={"fr": make_text("x"), "en": make_text("y")},
        translations={"fr": "original", "en": "stale"},
        credited_reviewers=[{"name": "Somebody"}],
    )
    emptied = filled(part, data, Fields({}, {}))
    own = {
        Part.ABOUT: {"countries", "regions", "actor_types", "themes", "evidence", "method"},
        Part.SOURCES: {"sources"},
        Part.FR: {"texts", "translations"},
        Part.EN: {"texts", "translations"},
    }[part]
    changed = {key for key in data if emptied.get(key) != data[key]}
    assert changed == own
    if part is Part.EN:
        assert emptied["texts"] == {"fr": data["texts"]["fr"]}
        assert emptied["translations"] == {"fr": "original"}


def test_fields_that_are_not_the_forms_own_are_no_part_of_it():
    sent = ["title", "status", "state", "owner_id", "version_id", "slug", "source_1_id"]
    for part in Part:
        singles, many = names_of(part, sent)
        assert not {"status", "state", "owner_id", "version_id", "slug", "source_1_id"} & {
            *singles,
            *many,
        }


def test_sources_keep_their_numbers():
    copy = make_content("a-practice")
    copy["sources"] = [{"id": f"S{n}", "title": f"T{n}"} for n in (3, 1, 2)]
    fields = shown(Part.SOURCES, copy)
    left = {k: v for k, v in fields.values.items() if not k.startswith("source_1_")}
    copy = filled(Part.SOURCES, copy, Fields(left | {"source_7_url": "https://example.org"}, {}))
    assert [source["id"] for source in copy["sources"]] == ["S3", "S2", "S7"]


@pytest.mark.parametrize(
    ("sources", "cited", "expected"),
    [((), "", 1), ((1, 2), "", 3), ((2,), "[S1]", 3), ((1,), "[S4]", 5), ((999,), "", 1)],
)
def test_a_new_source_gets_a_number_that_means_nothing_else(sources, cited, expected):
    copy = {
        "sources": [{"id": f"S{n}"} for n in sources],
        "texts": {"fr": {"sections": {"context": cited}}},
    }
    assert next_source(copy) == expected


def test_another_original_language_turns_the_text_into_a_translation():
    copy = begun("Titre", Locale.FR, "practice")
    fields = shown(Part.ABOUT, copy)
    changed = filled(
        Part.ABOUT, copy, Fields({**fields.values, "original_language": "en"}, fields.lists)
    )
    assert changed["translations"] == {"fr": "up-to-date"}
    assert {f.field for f in findings(changed) if f.part is Part.EN} == {
        "title",
        "summary",
        *REQUIRED_SECTIONS,
    }


def test_a_lesson_has_the_caution_of_lessons():
    copy = begun("Titre", Locale.FR, "practice")
    fields = shown(Part.ABOUT, copy)
    lesson = Fields({**fields.values, "kind": "lesson", "caution": "none"}, fields.lists)
    assert filled(Part.ABOUT, copy, lesson)["caution"] == "lesson-only"


def test_what_no_keyboard_writes_is_left_out():
    copy = begun("Titre", Locale.FR, "practice")
    sent = Fields({"title": "\ufeffA\x00 b\nc\x1b", "context": "x\x0by\x07\r\nz"}, {})
    text = filled(Part.FR, copy, sent)["texts"]["fr"]
    assert (text["title"], text["sections"]["context"]) == ("A b c", "x\ny\nz")


def test_what_is_far_too_long_is_named():
    lengths = {"title": 10_001, "context": 200_000, "results": 200_001}
    fields = Fields({name: "x" * length for name, length in lengths.items()}, {})
    assert set(too_long(fields)) == {"title", "results"}


def test_findings_stand_at_the_field_that_puts_them_right():
    copy = make_content("a-practice")
    copy["countries"] = []
    copy["sources"] = [{"id": "S3", "title": "x", "url": "javascript:alert(1)"}]
    copy["credited_authors"] = [{"name": "A", "orcid": "12"}]
    copy["caution"] = "lesson-only"
    text = copy["texts"]["fr"]
    text["title"] = ""
    text["summary"] = "x" * 601
    text["sections"] |= {"results": "## Mine", "lessons": "[S3] [S9]", "context": "x"}
    del text["sections"]["limits_risks"]
    found = {(finding.part.value, finding.field): str(finding.why) for finding in findings(copy)}
    # The other sections cite S1, which is no longer there.
    assert found == {
        ("about", "caution"): "a lesson, and only a lesson, has the caution of lessons",
        ("about", "countries"): "needs at least one value",
        ("about", "author_1_orcid"): "is not written as it should be",
        ("fr", "title"): "is missing",
        ("fr", "summary"): "is longer than 600 characters",
        ("fr", "actors_roles"): "cites a source that is not listed: S1",
        ("fr", "how_it_works"): "cites a source that is not listed: S1",
        ("fr", "results"): "has a heading above ###: begin headings with ###",
        ("fr", "limits_risks"): "is missing",
        ("fr", "lessons"): "cites a source that is not listed: S9",
        ("sources", "source_3_url"): "is not a web address",
    }


@pytest.mark.parametrize(
    "copy",
    [
        {},
        {"texts": None, "sources": "x", "translations": 3},
        {"texts": {"fr": 3}, "sources": [1, {"id": 7}], "visibility": "secret"},
        {"texts": {"fr": {"sections": ["x"], "places": "y"}}, "credited_authors": [1]},
        {"original_language": "ff", "caution_note": [], "countries": {"ML": 1}},
    ],
)
def test_no_working_copy_breaks_the_form(copy):
    for part in Part:
        filled(part, copy, as_sent(part, shown(part, copy)))
        progress(part, copy)
    assert findings(copy)
    assert completeness(copy).filled == 0
    unchecked(copy)


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//evil.example"])
def test_an_unfinished_address_leads_nowhere(url):
    rows = Fields({"source_1_title": "A", "source_1_url": url}, {})
    copy = filled(Part.SOURCES, begun("A", Locale.FR, "practice"), rows)
    assert [source.url for source in unchecked(copy).sources] == [""]
    assert shown(Part.SOURCES, copy).get("source_1_url") == url


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Les Sœurs de l’eau : à Téra !", "les-soeurs-de-l-eau-a-tera"),
        ("الصلح", "practice"),
        ("../../etc/passwd", "etc-passwd"),
        ("mot " * 60, "-".join(["mot"] * 23)),
        ("x" * 300, "x" * 95),
    ],
)
def test_addresses_come_from_titles(title, slug):
    assert slugify(title) == slug
    address = with_suffix(slug, "-_aB9zQ")
    assert address == f"{slug}-ab9z"
    assert len(address) <= 100
    assert address_base(address) == slug
