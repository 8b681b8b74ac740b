"""The template as a file: filled in and brought back, it is what was written."""

import time

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

from kb.attachments.docx_reading import read_docx
from kb.core.language import Locale
from kb.practices.exchange import (
    Slot,
    chosen_terms,
    has_headings,
    read,
    source_lines,
    source_rows,
    written,
)
from kb.practices.template import TEMPLATE
from kb.practices.template_docx import written_docx

TITLES = {Locale.FR: "Fiche de pratique", Locale.EN: "Description of a practice"}
SLOTS = {
    locale: (
        Slot("title", {"fr": "Titre", "en": "Title"}[locale], "What is done. Example: <a> -- b"),
        *(Slot(s.key, s.heading[locale], f"Help for {s.key}.") for s in TEMPLATE),
        Slot("sources", "Sources", "One on a line."),
    )
    for locale in Locale
}
NAMES = [slot.name for slot in SLOTS[Locale.FR]]
HELP = {slot.help for each in SLOTS.values() for slot in each}
WORDS = st.text(
    st.characters(
        exclude_categories=("Cs", "Cc"), exclude_characters="\ufeff\ufffe\uffff\u2028\u2029#"
    ),
    min_size=1,
    max_size=20,
).filter(lambda text: text == text.strip() and text.strip() and text not in HELP)
PROSE = st.lists(
    st.lists(WORDS, min_size=1, max_size=3).map("\n".join), min_size=1, max_size=3
).map("\n\n".join)
TEXTS = st.dictionaries(st.sampled_from(NAMES), PROSE, min_size=1)


@given(st.sampled_from(list(Locale)), TEXTS)
def test_a_filled_markdown_template_comes_back_as_it_was_written(locale, texts):
    found = read(written(TITLES[locale], SLOTS[locale], texts), TITLES, SLOTS)
    assert (found.locale, dict(found.texts), found.strays) == (locale, texts, ())


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(list(Locale)), TEXTS)
def test_a_filled_word_template_comes_back_as_it_was_written(locale, texts):
    markdown = read_docx(written_docx(TITLES[locale], SLOTS[locale], texts)).markdown
    found = read(markdown, TITLES, SLOTS)
    assert (found.locale, dict(found.texts), found.strays) == (locale, texts, ())


@pytest.mark.parametrize("filler", [" ", "#", "\u00a0", "# "])
def test_a_heading_that_is_made_to_take_long_does_not(filler):
    """It is read where pages are answered: nobody can stop it from outside."""
    text = f"## Titre ##\n\nUn puits\n\n## x{filler * 100_000}x\n"
    began = time.process_time()
    found = read(text, TITLES, SLOTS)
    assert time.process_time() - began < 2
    assert dict(found.texts) == {"title": "Un puits"}


def test_what_has_no_heading_of_the_template_is_handed_back():
    text = "# Notes of mine\n\n## titre \n\nUn puits\n\n## Budget\n\nDeux\n\n## Titre\n\nAutre\n"
    found = read(f"Avant\n{text}", TITLES, SLOTS)
    assert found.texts == {"title": "Un puits"}
    assert found.strays == (
        ("", "Avant\n# Notes of mine"),
        ("Budget", "Deux"),
        ("Titre", "Autre"),
    )


def test_a_word_processor_may_change_apostrophes_and_blanks():
    heading = "Leçons, et ce qu’il\u00a0ne faut pas copier"
    assert read(f"## {heading}\n\nx", TITLES, SLOTS).texts == {"lessons": "x"}


def test_any_other_file_has_no_headings_of_the_template():
    assert has_headings("## Titre\n", SLOTS)
    assert not has_headings("# Titre\n\n### Titre\n\nTitre\n", SLOTS)


ROWS = st.dictionaries(
    st.integers(1, 999),
    st.fixed_dictionaries(
        {"title": WORDS},
        optional=dict.fromkeys(("publisher", "year", "url", "note"), WORDS | st.just("")),
    ),
    max_size=4,
)


def filled_in(row):
    return {name: words for name, words in row.items() if words}


@given(ROWS)
def test_sources_come_back_under_their_numbers(rows):
    found, strays = source_rows(source_lines(rows))
    kept = {
        number: {name: words for name, words in row.items() if words}
        for number, row in found.items()
    }
    expected = {
        n: {name: words for name, words in row.items() if words} for n, row in rows.items()
    }
    assert (kept, strays) == (expected, [])


def test_lines_that_are_no_sources_are_handed_back():
    found, strays = source_rows("- [S2] A | B\n[S2] again\nA report, 2020\n[S0] x\n")
    assert found == {2: {"title": "A", "publisher": "B"}}
    assert strays == ["[S2] again", "A report, 2020", "[S0] x"]


def test_terms_are_found_by_their_name_or_code():
    terms = {"Mali": "ML", "Burkina Faso": "BF"}
    assert chosen_terms("- mali\nBF\nMali\nTogo", terms) == (("ML", "BF"), ["Togo"])
