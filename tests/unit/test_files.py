"""A practice as files: a round trip for any text, and errors that name file, line or key."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
import pytest

from kb.core.errors import Invalid
from kb.core.language import Locale
from kb.practices.content import PracticeContent
from kb.practices.files import Note, PracticeFiles, dump, load
from kb.practices.template import BY_KEY, REQUIRED_SECTIONS, SECTION_KEYS
from tests.make import make_content, make_text

# What breaks naive writers of YAML and Markdown.
HOSTILE = [
    "---",
    "text\n\n---\n\nmore",
    "...",
    ": colon",
    "key: value",
    "\\# not a comment # nor this",
    "- dash",
    "? mark",
    "& anchor * alias ! tag | pipe > fold % percent @ at ` tick",
    "'single' \"double\"",
    "{braces: [brackets]}",
    "yes",
    "null",
    "~",
    "1_000",
    "2026-01-01",
    "0x1F",
    "1e3",
    ".inf",
    "trailing  ",
    "two  \nspaces",
    "tab\there",
    "a\u2028b",
    "a\u2029b",
    "a\u00a0b",
    "\u202eright to left",
    "e\u0301",
    "\U0001f54a\ufe0f",
    "\\n \\x00",
    "<script>alert(1)</script>",
    "%(title)s {title} {{ title }}",
    "l'eau « du puits »",
    "> quoted\n> twice",
    "\n\n\nblank lines\n\n\n\nbetween",
    "long " * 60,
    "x" * 300,
    "[S1]",
    "    code",
    "### Own heading\n\ntext",
    "#### ## deeper",
]
CHARACTERS = st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff")
WORDS = st.one_of(st.sampled_from(HOSTILE), st.text(CHARACTERS, min_size=1, max_size=60))
LINES = WORDS.map(lambda text: " ".join(text.split())[:300]).filter(bool)
PARAGRAPHS = st.lists(st.one_of(WORDS, st.just("")), min_size=1, max_size=6).map("\n".join)


def is_valid(data: dict[str, Any]) -> bool:
    try:
        PracticeContent.parse(data)
    except Invalid:
        return False
    return True


@st.composite
def texts(draw: st.DrawFn) -> dict[str, Any]:
    optional = draw(st.sets(st.sampled_from(SECTION_KEYS)))
    return {
        "title": draw(LINES),
        "summary": draw(PARAGRAPHS)[:600],
        "local_name": draw(st.one_of(st.just(""), LINES)),
        "places": draw(st.lists(LINES, max_size=3)),
        "period": draw(st.one_of(st.just(""), LINES)),
        "communities": draw(st.lists(LINES, max_size=2)),
        "practice_type": draw(st.one_of(st.just(""), LINES)),
        "sections": {key: draw(PARAGRAPHS) for key in {*REQUIRED_SECTIONS, *optional}},
    }


@st.composite
def practices(draw: st.DrawFn) -> PracticeFiles:
    languages = draw(st.sampled_from([("fr",), ("en",), ("fr", "en")]))
    lesson = draw(st.booleans())
    data = shape(languages, lesson=lesson)
    data["texts"] = {language: draw(texts()) for language in languages}
    data["sources"] = [
        {"id": "S1", "title": draw(LINES), "note": draw(st.one_of(st.just(""), WORDS))}
    ]
    data["caution_note"] = draw(st.dictionaries(st.sampled_from(["fr", "en"]), LINES, max_size=2))
    data["credited_authors"] = draw(st.lists(LINES.map(lambda name: {"name": name}), max_size=2))
    notes = st.builds(
        Note,
        st.one_of(st.just(""), WORDS),
        st.dictionaries(st.sampled_from(["fr", "en"]), st.one_of(st.just(""), WORDS), min_size=1),
    )
    if not is_valid(data):
        data["texts"] = {language: make_text("a-practice") for language in languages}
        data["sources"] = [{"id": "S1", "title": "A source"}]
    return PracticeFiles(PracticeContent.parse(data), tuple(draw(st.lists(notes, max_size=2))))


def shape(languages: tuple[str, ...], *, lesson: bool) -> dict[str, Any]:
    return make_content(
        "a-practice",
        original_language=languages[0],
        translations={
            language: "original" if language == languages[0] else "stale" for language in languages
        },
        texts={language: make_text("a-practice") for language in languages},
        kind="lesson" if lesson else "practice",
        caution="lesson-only" if lesson else "none",
    )


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(practices())
def test_loading_what_was_dumped_gives_the_same(practice):
    assert load(dump(practice), "a-practice") == practice


def practice_of(text: str) -> dict[str, Any]:
    line = " ".join(text.split())[:300]
    sections = dict.fromkeys(SECTION_KEYS, text)
    return make_content(
        "a-practice",
        texts={"fr": make_text("a-practice", title=line, summary=text[:600], sections=sections)},
        sources=[{"id": "S1", "title": line, "note": text, "url": "https://example.org/?a=b#c:d"}],
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_each_hostile_text_survives_in_every_field(text):
    content = PracticeContent.parse(practice_of(text))
    practice = PracticeFiles(content, (Note(text, {"fr": text, "en": ""}),))
    assert load(dump(practice), "a-practice") == practice


def files(**changes: str | None) -> dict[str, str]:
    """A valid folder in two languages, with files replaced, added or (None) lost."""
    made = dump(PracticeFiles(PracticeContent.parse(shape(("fr", "en"), lesson=False))))
    made |= {name.replace("_", "."): text for name, text in changes.items() if text is not None}
    return {name: t for name, t in made.items() if changes.get(name.replace(".", "_"), t)}


def problems(made: dict[str, str], folder: str = "a-practice") -> dict[str, str]:
    with pytest.raises(Invalid) as refusal:
        load(made, folder)
    return {place: str(why) for place, why in refusal.value.problems.items()}


VALID = files()
FRENCH = VALID["fr.md"]


def line_of(text: str, wanted: str) -> int:
    return text.splitlines().index(wanted) + 1


def test_the_valid_folder_is_valid():
    practice = load(VALID, "a-practice")
    assert set(practice.content.texts) == set(Locale)
    assert dump(practice) == VALID


HEADING = f"## {BY_KEY['results'].heading[Locale.FR]}"
HEADING_LINE = line_of(FRENCH, HEADING)
BROKEN = {
    "metadata missing": (
        files(practice_yaml=None),
        {"a-practice/practice.yaml": "is missing"},
    ),
    "a file too many": (
        files(notes_txt="x", de_md="---\n---\n"),
        {
            "a-practice/notes.txt": "is not a file of a practice",
            "a-practice/de.md": "is not a file of a practice",
        },
    ),
    "metadata is a list": (
        files(practice_yaml="- a"),
        {"a-practice/practice.yaml": "is not a mapping"},
    ),
    "metadata brings texts": (
        files(practice_yaml=VALID["practice.yaml"] + "texts: {}\n"),
        {"a-practice/practice.yaml": "is not a mapping"},
    ),
    "metadata is empty": (
        files(practice_yaml="\n"),
        {"a-practice/practice.yaml": "is not a mapping"},
    ),
    "broken YAML": (
        files(practice_yaml="slug: a-practice\ncountries: [ML\nthemes: x\n"),
        {"a-practice/practice.yaml:3": "did not find expected ',' or ']'"},
    ),
    "a key twice": (
        files(practice_yaml=VALID["practice.yaml"] + "kind: lesson\n"),
        {
            f"a-practice/practice.yaml:{VALID['practice.yaml'].count(chr(10)) + 1}": (
                "the key 'kind' is there twice"
            )
        },
    ),
    "unknown key": (
        files(practice_yaml=VALID["practice.yaml"] + "colour: red\n"),
        {"a-practice/practice.yaml: colour": "is not a known field"},
    ),
    "bad value": (
        files(practice_yaml=VALID["practice.yaml"].replace("kind: practice", "kind: story")),
        {"a-practice/practice.yaml: kind": "is not one of 'practice' or 'lesson'"},
    ),
    "slug differs": (
        files(practice_yaml=VALID["practice.yaml"].replace("slug: a-practice", "slug: other")),
        {"a-practice/practice.yaml: slug": "differs from the folder's name"},
    ),
    "no text at all": (
        files(fr_md=None, en_md=None),
        {"a-practice/practice.yaml: practice": "there is no text in the original language"},
    ),
    "translation missing": (
        files(en_md=None),
        {
            "a-practice/practice.yaml: practice": (
                "the translation statuses and the texts name different languages"
            )
        },
    ),
    "no front matter": (
        files(fr_md="## Résultats\n\ntext"),
        {"a-practice/fr.md:1": "does not begin with front matter between two --- lines"},
    ),
    "front matter not closed": (
        files(fr_md="---\ntitle: x\n\n## Résultats"),
        {"a-practice/fr.md:1": "does not begin with front matter between two --- lines"},
    ),
    "front matter empty": (
        files(fr_md="---\n---\n"),
        {"a-practice/fr.md:1": "has no front matter"},
    ),
    "front matter broken": (
        files(fr_md="---\ntitle: one\nsummary: 'two\nplaces: []\n---\n"),
        {"a-practice/fr.md:4": "found unexpected end of stream"},
    ),
    "title missing": (
        files(fr_md=FRENCH.replace("title: ", "local_name: ")),
        {"a-practice/fr.md: title": "is missing"},
    ),
    "front matter unknown": (
        files(fr_md=FRENCH.replace("title: ", "colour: red\ntitle: ")),
        {"a-practice/fr.md: colour": "is not a known field"},
    ),
    "foreign heading": (
        files(fr_md=FRENCH.replace(HEADING, "## Conclusion")),
        {f"a-practice/fr.md:{HEADING_LINE}": "not a heading of the template: Conclusion"},
    ),
    "heading of the other language": (
        files(fr_md=FRENCH.replace(HEADING, "## Results")),
        {f"a-practice/fr.md:{HEADING_LINE}": "not a heading of the template: Results"},
    ),
    "heading without a space": (
        files(fr_md=FRENCH.replace(HEADING, "##Conclusion")),
        {f"a-practice/fr.md:{HEADING_LINE}": "not a heading of the template: Conclusion"},
    ),
    "heading twice": (
        files(fr_md=FRENCH + f"\n{HEADING}\n"),
        {
            f"a-practice/fr.md:{FRENCH.count(chr(10)) + 2}": (
                "heading out of order or there twice: Résultats"
            )
        },
    ),
    "text before the first section": (
        files(fr_md=FRENCH.replace("\n---\n", "\n---\nForeword\n")),
        {f"a-practice/fr.md:{line_of(FRENCH[4:], '---') + 2}": "text before the first section"},
    ),
    "section missing": (
        files(fr_md=FRENCH[: FRENCH.index("## Limites")]),
        {"a-practice/fr.md: sections": "required section missing: limits_risks"},
    ),
    "section empty": (
        files(fr_md=FRENCH[: FRENCH.index("## Limites")] + "## Limites et risques\n"),
        {"a-practice/fr.md: sections.limits_risks": "is empty"},
    ),
    "heading too high in a section": (
        files(fr_md=FRENCH + "\n# High\n"),
        {"a-practice/fr.md: sections": ("headings inside a section start at ###: limits_risks")},
    ),
    "notes are no list": (
        files(notes_yaml="notes: text"),
        {"a-practice/notes.yaml": "is not a list of notes with text and origin"},
    ),
    "a note without origin": (
        files(notes_yaml="notes:\n- text: {fr: x}"),
        {"a-practice/notes.yaml": "is not a list of notes with text and origin"},
    ),
    "a note in another language": (
        files(notes_yaml="notes:\n- {text: {de: x}, origin: y}"),
        {"a-practice/notes.yaml": "is not a list of notes with text and origin"},
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_wrong_is_told_with_its_place(case):
    made, expected = BROKEN[case]
    assert problems(made) == expected


def test_windows_line_ends_are_read_alike():
    windows = {name: text.replace("\n", "\r\n") for name, text in VALID.items()}
    assert load(windows, "a-practice") == load(VALID, "a-practice")


def test_optional_fields_that_are_empty_are_not_written():
    assert "publisher" not in VALID["practice.yaml"]
    assert "local_name" not in VALID["fr.md"]


def test_the_template_has_a_heading_for_each_section_in_both_languages():
    headings = [section.heading[locale] for section in BY_KEY.values() for locale in Locale]
    assert len(headings) == len(set(headings)) == 2 * len(SECTION_KEYS)
