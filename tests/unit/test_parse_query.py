"""Request parameters to a valid query: what is unknown is left out and named."""

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

from kb.core.language import Locale
from kb.core.paging import Paging
from kb.core.ports import Sort
from kb.practices.facets import FACETS
from kb.search.service import Query, parse_query
from kb.vocabularies.catalogue import Vocabularies, Vocabulary
from tests.make import TERMS

VOCABULARIES = Vocabularies.of(
    Vocabulary.model_validate(
        {
            "name": name,
            "label": {"fr": name, "en": name},
            "terms": [{"code": c, "label": {"fr": c, "en": c}} for c in codes],
        }
    )
    for name, codes in TERMS.items()
)
ELSEWHERE = "not-a-term"
ONE_KNOWN = {
    "country": "ML",
    "region": "ML-7",
    "actor": "women-leaders",
    "theme": "land-tenure",
    "origin": "ancestral",
    "maturity": "good",
    "evidence": "solid",
    "women": "leaders",
    "youth": "addressed",
    "has_lang": "en",
}


def parse(**parameters: list[str]) -> Query:
    return parse_query(parameters, Locale.EN, VOCABULARIES)


def expected(**fields: object) -> Query:
    return Query(locale=Locale.EN, **fields)  # type: ignore[arg-type]


def test_nothing_asked():
    assert parse() == expected()


def test_every_facet_is_in_the_table():
    assert set(ONE_KNOWN) | {"kind"} == set(FACETS)


@pytest.mark.parametrize("facet", ONE_KNOWN)
def test_each_facet(facet):
    code = ONE_KNOWN[facet]
    only = expected(filters={facet: (code,)})
    assert parse(**{facet: [code]}) == only
    assert parse(**{facet: [code, code, "", code]}) == only
    assert parse(**{facet: [""]}) == expected()
    assert parse(**{facet: [ELSEWHERE]}) == expected(ignored=(facet,))
    assert parse(**{facet: [ELSEWHERE, code]}) == expected(
        filters={facet: (code,)}, ignored=(facet,)
    )


def test_facets_repeat_and_combine():
    assert parse(country=["NE", "ML"], theme=["land-tenure"]) == expected(
        filters={"country": ("NE", "ML"), "theme": ("land-tenure",)}
    )


def test_a_code_of_another_vocabulary_is_unknown():
    assert parse(country=["ML-7"]) == expected(ignored=("country",))


def test_endless_values_are_cut_and_named():
    assert parse(country=[*[f"x{n}" for n in range(50)], "ML"]) == expected(ignored=("country",))


@pytest.mark.parametrize(
    ("given_", "kind", "ignored"),
    [
        ([], "practice", ()),
        ([""], "practice", ()),
        (["practice"], "practice", ()),
        (["lesson"], "lesson", ()),
        (["all"], "all", ()),
        (["lesson", "all"], "lesson", ()),
        (["story"], "practice", ("kind",)),
        (["ALL"], "practice", ("kind",)),
    ],
)
def test_kind(given_, kind, ignored):
    assert parse(kind=given_) == expected(kind=kind, ignored=ignored)


@pytest.mark.parametrize(
    ("given_", "sort", "ignored"),
    [
        ([""], Sort.RELEVANCE, ()),
        (["relevance"], Sort.RELEVANCE, ()),
        (["newest"], Sort.NEWEST, ()),
        (["title"], Sort.TITLE, ()),
        (["size"], Sort.RELEVANCE, ("sort",)),
        (["Title"], Sort.RELEVANCE, ("sort",)),
    ],
)
def test_sort(given_, sort, ignored):
    assert parse(sort=given_) == expected(sort=sort, ignored=ignored)


NOT_NUMBERS = ["0", "-1", "+1", "1.0", "1e1", " 1", "1 ", "1_0", "१", "²", "x", "9" * 10, "0x1"]


@pytest.mark.parametrize(
    ("page", "number", "ignored"),
    [
        ("", 1, ()),
        ("1", 1, ()),
        ("007", 7, ()),
        ("100000", 100_000, ()),
        ("100001", 1, ("page",)),
        *[(text, 1, ("page",)) for text in NOT_NUMBERS],
    ],
)
def test_page(page, number, ignored):
    assert parse(page=[page]) == expected(paging=Paging(page=number), ignored=ignored)


@pytest.mark.parametrize(
    ("per_page", "number", "ignored"),
    [
        ("", 20, ()),
        ("1", 1, ()),
        ("100", 100, ()),
        ("101", 20, ("per_page",)),
        *[(text, 20, ("per_page",)) for text in NOT_NUMBERS],
    ],
)
def test_per_page(per_page, number, ignored):
    assert parse(per_page=[per_page]) == expected(paging=Paging(per_page=number), ignored=ignored)


@pytest.mark.parametrize(
    ("given_", "text", "is_cut"),
    [
        ("", "", False),
        ("  land  ", "land", False),
        ("a\0b", "a b", False),
        (f" {'x' * 1000} ", "x" * 1000, False),
        ("x" * 1001, "x" * 1000, True),
        ("'; DROP TABLE practices; --", "'; DROP TABLE practices; --", False),
    ],
)
def test_text(given_, text, is_cut):
    assert parse(q=[given_, "second"]) == expected(text=text, is_cut=is_cut)


@pytest.mark.parametrize(
    ("given_", "is_exact", "ignored"),
    [
        ([], False, ()),
        ([""], False, ()),
        (["0"], False, ()),
        (["1"], True, ()),
        (["1", "0"], True, ()),
        (["yes"], False, ("exact",)),
        (["١"], False, ("exact",)),
    ],
)
def test_exact(given_, is_exact, ignored):
    assert parse(exact=given_) == expected(is_exact=is_exact, ignored=ignored)


def test_unknown_parameters_are_not_our_business():
    assert parse(colour=["red"], lang=["de"]) == expected()


def test_all_that_is_ignored_is_named():
    query = parse(
        country=["x"], kind=["x"], sort=["x"], page=["x"], per_page=["x"], has_lang=["de"]
    )
    assert set(query.ignored) == {"country", "kind", "sort", "page", "per_page", "has_lang"}
    assert len(query.ignored) == 6


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from([*FACETS, "q", "sort", "page", "per_page", "exact"]),
        st.lists(st.text(max_size=20), max_size=3),
    )
)
def test_any_parameters_give_a_query(parameters):
    query = parse_query(parameters, Locale.FR, VOCABULARIES)
    assert query.paging.page >= 1
    assert 1 <= query.paging.per_page <= 100
    assert set(query.ignored) <= set(parameters)


def test_nothing_is_ignored_of_nothing_even_without_any_terms():
    query = parse_query({}, Locale.FR, Vocabularies({}))
    assert (query.kind, query.ignored) == ("practice", ())
    assert parse_query({"kind": ["practice"]}, Locale.FR, Vocabularies({})).ignored == ()
    assert parse_query({"kind": ["else"]}, Locale.FR, Vocabularies({})).ignored == ("kind",)
