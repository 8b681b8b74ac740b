"""Two saves of one part: whatever both sides changed is asked about, and no text is lost."""

from hypothesis import given
from hypothesis import strategies as st
import pytest

from kb.practices.draft import Fields, Part
from kb.practices.merging import chosen, marks, merged, unit_of, units

WORDS = st.sampled_from(["", "a", "b", "c"])
NAMES = ("title", "context", "source_1_title", "source_1_year", "source_2_title")
VALUES = st.fixed_dictionaries(dict.fromkeys(NAMES, WORDS))
LISTS = st.fixed_dictionaries({"themes": st.sampled_from([(), ("x",), ("x", "y")])})
FIELDS = st.builds(Fields, VALUES, LISTS)
PART = Part.SOURCES


def of(fields: Fields, name: str) -> dict[str, tuple[str, ...]]:
    """What a unit holds, without what is empty."""
    return {key: value for key, value in units(PART, fields).get(name, ()) if any(value)}


@given(FIELDS, FIELDS, FIELDS)
def test_a_unit_is_taken_from_whoever_changed_it_or_asked_about(base, mine, theirs):
    found = merged(PART, marks(PART, base), mine, theirs)
    for name in {unit_of(PART, each) for each in NAMES} | {"themes"}:
        was, one, other = of(base, name), of(mine, name), of(theirs, name)
        expected = other if one == was else one
        assert of(found.fields, name) == expected
        assert (name in found.conflicts) == (one != other and was not in (one, other))


@given(FIELDS, FIELDS)
def test_without_marks_every_difference_is_asked_about(mine, theirs):
    found = merged(PART, "", mine, theirs)
    names = {unit_of(PART, each) for each in NAMES} | {"themes"}
    assert set(found.conflicts) == {n for n in names if of(mine, n) != of(theirs, n)}
    assert all(of(found.fields, name) == of(mine, name) for name in names)


@given(FIELDS, FIELDS)
def test_whoever_chooses_both_keeps_both(mine, theirs):
    found = chosen(PART, mine, theirs, {"context": "both", "source_1": "theirs", "title": "both"})
    texts = [theirs.get("context"), mine.get("context")]
    assert found.get("context") == "\n\n".join(filter(None, texts))
    assert of(found, "source_1") == of(theirs, "source_1")
    assert of(found, "source_2") == of(mine, "source_2")
    # Of what has one line, nothing is made of two.
    assert found.get("title") == mine.get("title")
    assert found.lists == mine.lists


@given(FIELDS, FIELDS)
def test_an_unknown_choice_changes_nothing(mine, theirs):
    found = chosen(PART, mine, theirs, {"context": "whatever", "elsewhere": "theirs"})
    assert (dict(found.values), found.lists) == (dict(mine.values), mine.lists)


@pytest.mark.parametrize("base", ["base title", "base =", "x=y", "base title=="])
def test_odd_marks_do_no_harm(base):
    mine, theirs = Fields({"title": "a"}, {}), Fields({"title": "b"}, {})
    assert merged(Part.FR, base, mine, theirs).conflicts == ("title",)


def test_a_form_that_was_opened_empty_has_marks():
    empty, mine = Fields({"title": ""}, {}), Fields({"title": "a", "context": ""}, {})
    theirs = Fields({"title": "", "context": "b"}, {})
    found = merged(Part.FR, marks(Part.FR, empty), mine, theirs)
    assert found == (Fields({"title": "a", "context": "b"}, {}), ())
