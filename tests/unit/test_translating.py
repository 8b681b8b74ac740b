"""What a translation corresponds to: the status is true at every moment."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from kb.core.language import Locale
from kb.practices.diff import Kind, Piece
from kb.practices.draft import Part
from kb.practices.translating import (
    changed_since,
    followed,
    original_fields,
    status_of,
    statuses_of,
)


def copy_of(french: str, english: str | None, status: str = "up-to-date") -> dict[str, Any]:
    texts = {"fr": {"title": "Titre", "sections": {"context": french}}}
    translations = {"fr": "original"}
    if english is not None:
        texts["en"] = {"title": "Title", "sections": {"context": english}}
        translations["en"] = status
    return {"original_language": "fr", "texts": texts, "translations": translations}


def saved(before, after, bases, part):
    return followed(before, after, bases, part)


def test_editing_the_original_makes_an_imported_translation_stale_and_tells_what_changed():
    before, after = copy_of("un puits", "a well"), copy_of("deux puits", "a well")
    copy, bases = saved(before, after, {}, Part.FR)
    assert statuses_of(copy) == {Locale.FR: "original", Locale.EN: "stale"}
    pieces = changed_since(copy, bases)["context"]
    assert pieces == (
        Piece(Kind.REMOVED, "un"),
        Piece(Kind.ADDED, "deux"),
        Piece(Kind.SAME, " puits"),
    )
    # Taken back, it is what the translation says again.
    copy, bases = saved(copy, copy_of("un puits", "a well", "stale"), bases, Part.FR)
    assert (status_of(copy, "en"), changed_since(copy, bases)) == ("up-to-date", {})


def test_an_imported_stale_translation_stays_so_until_somebody_says_otherwise():
    before = copy_of("un", "one", "stale")
    copy, bases = saved(before, copy_of("deux", "one", "stale"), {}, Part.FR)
    assert (status_of(copy, "en"), bases, changed_since(copy, bases)) == ("stale", {}, {})
    copy, bases = saved(copy, copy_of("deux", "two", "up-to-date"), bases, Part.EN)
    assert status_of(copy, "en") == "up-to-date"
    assert bases["en"]["original"] == original_fields(copy)


def test_a_begun_translation_is_not_up_to_date_although_nothing_changed():
    before = copy_of("un", None)
    copy, bases = saved(before, copy_of("un", "on", "stale"), {}, Part.EN)
    assert (status_of(copy, "en"), changed_since(copy, bases)) == ("stale", {})
    copy, bases = saved(copy, copy_of("deux", "on", "stale"), bases, Part.FR)
    copy, bases = saved(copy, copy_of("un", "on", "stale"), bases, Part.FR)
    assert status_of(copy, "en") == "stale"


def test_a_removed_translation_is_missing_and_leaves_nothing_behind():
    before = copy_of("un", "one")
    copy, bases = saved(before, copy_of("un", None), {"en": {"is_current": True}}, Part.EN)
    assert (status_of(copy, "en"), bases) == ("missing", {})


def test_when_the_original_is_another_language_nothing_is_known_any_more():
    before, after = copy_of("un", "one"), copy_of("un", "one")
    after |= {"original_language": "en", "translations": {"fr": "up-to-date", "en": "original"}}
    bases = {"en": {"is_current": True, "original": original_fields(before)}}
    assert saved(before, after, bases, Part.ABOUT) == (after, {})


def test_two_originals_follow_nothing():
    before, after = copy_of("un", "one", "original"), copy_of("deux", "one", "original")
    assert saved(before, after, {}, Part.FR) == (after, {})


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("fr"), st.sampled_from("abc"), st.just(value=False)),
        st.tuples(st.just("en"), st.sampled_from("abc"), st.booleans()),
    ),
    max_size=12,
)


@given(STEPS)
def test_up_to_date_means_said_of_this_very_original(steps):
    copy, bases = copy_of("a", None), {}
    said_of = None
    for part, words, is_said in steps:
        french = words if part == "fr" else copy["texts"]["fr"]["sections"]["context"]
        english = copy["texts"].get("en", {}).get("sections", {}).get("context")
        status = copy["translations"].get("en", "stale")
        was_current = status == "up-to-date"
        if part == "en":
            english, status = words, "up-to-date" if is_said else "stale"
            if is_said:
                said_of = french
            elif was_current:
                said_of = None
        copy, bases = saved(copy, copy_of(french, english, status), bases, Part(part))
        if english is None:
            assert status_of(copy, "en") == "missing"
        else:
            is_true = said_of == french
            assert status_of(copy, "en") == ("up-to-date" if is_true else "stale")
