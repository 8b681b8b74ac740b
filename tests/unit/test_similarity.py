"""Near-duplicates: the sketches estimate what counting all shingles tells."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
import pytest

from kb.core.language import Locale
from kb.practices.similarity import (
    SKETCH,
    Sketch,
    compare,
    is_near,
    resemblance,
    sketches,
    title_likeness,
)

FR, EN = Locale.FR, Locale.EN


def content(**texts: tuple[str, str]) -> dict[str, Any]:
    """A text per language, as its title and its words."""
    return {
        "texts": {
            locale: {"title": title, "summary": "", "sections": {"context": words}}
            for locale, (title, words) in texts.items()
        }
    }


def numbered(first: int, last: int) -> str:
    return " ".join(f"mot{number}" for number in range(first, last))


def sketch_of(numbers: set[int]) -> Sketch:
    ordered = np.array(sorted(numbers), dtype=np.uint32)
    return Sketch(frozenset(), ordered[:SKETCH])


@settings(max_examples=60, deadline=None)
@given(
    st.sets(st.integers(0, 2**32 - 1), max_size=SKETCH // 2),
    st.sets(st.integers(0, 2**32 - 1), max_size=SKETCH // 2),
    st.sets(st.integers(0, 2**32 - 1), min_size=8, max_size=SKETCH // 2),
)
def test_small_texts_are_compared_exactly(one, other, common):
    one, other = one | common, other | common
    if len(one | other) <= SKETCH:
        expected = len(one & other) / len(one | other)
        assert resemblance(sketch_of(one), sketch_of(other)) == expected


def test_large_texts_are_estimated():
    random = np.random.default_rng(5)
    numbers = [int(n) for n in random.choice(2**32, size=3000, replace=False)]
    one, other = set(numbers[:2000]), set(numbers[1000:])
    estimate = resemblance(sketch_of(one), sketch_of(other))
    assert estimate == pytest.approx(1 / 3, abs=0.1)
    assert resemblance(sketch_of(one), sketch_of(one)) == 1.0


def test_what_is_written_otherwise_but_the_same_is_the_same():
    one = content(
        fr=("Titre", "Les **Anciens** jugent [S1], près du puits, dès l'aube ensemble. " * 3)
    )
    two = content(fr=("Autre", "les anciens JUGENT pres du puits [S2] des l’aube ensemble " * 3))
    assert compare(sketches(one), sketches(two))[0] == 1.0


def test_unlike_texts_and_a_few_common_words_are_not_near():
    one = content(fr=("Le puits", numbered(0, 300)), en=("The well", numbered(500, 700)))
    two = content(fr=("Le marché", numbered(400, 700)), en=("The market", numbered(0, 300)))
    # Each is compared with the same language only.
    assert compare(sketches(one), sketches(two)) == (0.0, 0.0)
    few = content(fr=("Le marché", numbered(293, 600)))
    assert compare(sketches(one), sketches(few)) == (0.0, 0.0)


def test_the_language_in_which_they_are_most_alike_counts():
    one = content(fr=("Femmes de paix", numbered(0, 200)), en=("Peace women", numbered(0, 100)))
    two = content(fr=("Radios locales", numbered(300, 500)), en=("Peace women", numbered(0, 100)))
    assert compare(sketches(one), sketches(two)) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Conciliation foncière au village", "La conciliation foncière de village", 1.0),
        ("Conciliation foncière", "Conciliation familiale", 1 / 3),
        ("Radio", "Radio", 0.0),
        ("", "", 0.0),
    ],
)
def test_titles_are_compared_by_their_words(one, other, expected):
    here, there = (sketches(content(fr=(title, "x")))[FR].title for title in (one, other))
    assert title_likeness(here, there) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("text", "title", "expected"),
    [(0.15, 0.0, True), (0.14, 0.69, False), (0.0, 0.7, True)],
)
def test_what_is_worth_telling(text, title, expected):
    assert is_near(text, title) is expected


@given(st.text(max_size=300), st.text(max_size=50))
def test_any_text_has_a_sketch(words, title):
    found = sketches(content(fr=(title, words)))
    assert found == {} or compare(found, found)[0] in {0.0, 1.0}
