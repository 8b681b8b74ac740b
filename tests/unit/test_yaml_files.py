"""YAML read strictly, and answered whatever it holds."""

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

from kb.core.errors import Invalid
from kb.core.yaml_files import read_yaml, write_yaml

REFUSED = {
    "a key twice": ("a: 1\nb: 2\na: 3\n", {"f.yaml:3": "the key 'a' is there twice"}),
    "twice further down": (
        "a:\n  - {x: 1, y: 2}\n  - {x: 1, x: 2}\n",
        {"f.yaml:3": "the key 'x' is there twice"},
    ),
    "twice, spelt differently": ("a: 1\n'a': 2\n", {"f.yaml:2": "the key 'a' is there twice"}),
    "a tab": ("a:\n\t- b\n", {"f.yaml:2": "found character that cannot start any token"}),
    "not closed": ("a: [1, 2\nb: 3\n", {"f.yaml:2": "did not find expected ',' or ']'"}),
    "a control character": ("a: 1\nb: \x01\n", {"f.yaml:2": "control characters are not allowed"}),
    "two documents": ("a: 1\n---\nb: 2\n", {"f.yaml:2": "but found another document"}),
    "unknown alias": ("a: *b\n", {"f.yaml:1": "found undefined alias"}),
    "a mapping as key": ("? {a: 1}\n: 2\n", {"f.yaml:1": "found unhashable key"}),
    "a Python object": (
        "!!python/object/apply:os.system ['true']\n",
        {
            "f.yaml:1": (
                "could not determine a constructor for the tag "
                "'tag:yaml.org,2002:python/object/apply:os.system'"
            )
        },
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_names_file_line_and_reason(case):
    text, problems = REFUSED[case]
    with pytest.raises(Invalid) as refusal:
        read_yaml(text, "f.yaml")
    assert str(refusal.value.message) == "The file is not valid YAML."
    assert {place: str(why) for place, why in refusal.value.problems.items()} == problems


@pytest.mark.parametrize(
    "text",
    ["a: !!int x", "a: !!float x", "a: !!bool x", "a: " + "9" * 5000, "a: !!binary é"],
    ids=["int", "float", "bool", "5000 digits", "binary"],
)
def test_values_that_python_cannot_make_are_refused_too(text):
    with pytest.raises(Invalid) as refusal:
        read_yaml(text, "f.yaml")
    assert [place.split(":")[0] for place in refusal.value.problems] == ["f.yaml"]


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
@pytest.mark.parametrize("depth", [201, 200_000])
def test_endless_nesting_is_refused_and_does_not_kill_the_process(opening, depth):
    with pytest.raises(Invalid) as refusal:
        read_yaml(opening * depth, "f.yaml")
    why = {place: str(reason) for place, reason in refusal.value.problems.items()}
    assert why == {"f.yaml": "nested too deeply"}


def test_a_long_list_is_not_deep():
    assert read_yaml("- [{a: 1}]\n" * 2000, "f.yaml") == [[{"a": 1}]] * 2000


def test_dates_stay_text_and_words_stay_what_yaml_says():
    assert read_yaml("a: 2026-01-31\nb: no\nc: 1\nd: '1'\n", "f.yaml") == {
        "a": "2026-01-31",
        "b": False,
        "c": 1,
        "d": "1",
    }


def test_a_merge_key_is_no_duplicate():
    text = "base: &b {x: 1, y: 2}\nmore:\n  <<: *b\n  x: 3\n"
    assert read_yaml(text, "f.yaml")["more"] == {"x": 3, "y": 2}


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=("Cs",))),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(st.characters(exclude_categories=("Cs", "Cc"))), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(PLAIN)
def test_reading_what_was_written_gives_the_same(data):
    assert read_yaml(write_yaml(data), "f.yaml") == data
