"""The contract of SearchIndex: what is kept, filtered, counted, sorted, paged, related."""

from collections import Counter
from dataclasses import replace

from hypothesis import given, settings
import pytest

from kb.core.language import Locale
from kb.core.paging import Paging
from kb.core.ports import IndexUnavailable, SearchRequest, Sort
from tests.contract.search_samples import (
    KINDS,
    NOISE,
    ask,
    corpora,
    document,
    opened,
    requests,
    slugs,
    text,
)

NOISE_SLUGS = {noise.slug for noise in NOISE}


@pytest.mark.parametrize("kind", KINDS)
def test_without_an_index_every_method_says_so_until_it_is_built(kind):
    with opened(kind) as index:
        for question in (
            lambda: index.search(SearchRequest("paix")),
            lambda: index.search(SearchRequest()),
            lambda: index.related("a", 3),
            index.stamps,
            lambda: index.apply([document("a")], []),
            lambda: index.apply([], []),
        ):
            with pytest.raises(IndexUnavailable):
                question()
        index.replace_all([])
        assert index.stamps() == {}
        assert ask(index, "paix").total == 0
        assert ask(index).hits == ()
        assert index.related("a", 3) == ()


def test_apply_adds_replaces_and_deletes(search_index):
    first = document("wells", text(title="Puits de Dori"), day=1)
    search_index.apply([first, document("gone", text(title="Oubli"))], [])
    assert search_index.stamps() == {**dict.fromkeys(NOISE_SLUGS, "1"), "wells": "1", "gone": "1"}
    assert slugs(search_index, "puits") == ["wells"]

    search_index.apply(
        [replace(first, stamp="2", texts={Locale.FR: text(title="Forage")})], ["gone", "never"]
    )
    assert search_index.stamps() == {**dict.fromkeys(NOISE_SLUGS, "1"), "wells": "2"}
    assert slugs(search_index, "puits") == []
    assert slugs(search_index, "forage") == ["wells"]
    assert slugs(search_index, "oubli") == []


def test_apply_skips_a_known_stamp_and_a_deletion_wins(search_index):
    search_index.apply([document("wells", text(title="Puits"))], [])
    search_index.apply([document("wells", text(title="Forage"))], [])
    assert slugs(search_index, "puits") == ["wells"]
    search_index.apply([document("wells", text(title="Forage"), stamp="2")], ["wells"])
    assert set(search_index.stamps()) == NOISE_SLUGS
    search_index.apply([], [])
    assert set(search_index.stamps()) == NOISE_SLUGS


def test_replace_all_leaves_nothing_of_before(search_index):
    search_index.replace_all(iter([document("wells", text(title="Puits"))]))
    assert search_index.stamps() == {"wells": "1"}
    assert slugs(search_index, "marché") == []
    with pytest.raises(ValueError, match="twice"):
        search_index.replace_all([document("twice"), document("twice")])
    assert search_index.stamps() == {"wells": "1"}


def test_a_failing_source_changes_nothing(search_index):
    def failing():
        yield document("wells", text(title="Puits"))
        raise KeyError("database")

    with pytest.raises(KeyError):
        search_index.replace_all(failing())
    with pytest.raises(KeyError):
        search_index.apply(failing(), [])
    assert set(search_index.stamps()) == NOISE_SLUGS


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=15, deadline=None)
@given(before=corpora(), after=corpora(), request_=requests)
def test_apply_ends_where_a_rebuild_does(kind, before, after, request_):
    with opened(kind) as applied, opened(kind) as rebuilt:
        applied.replace_all(before)
        newer = [replace(one, stamp="2") for one in after]
        applied.apply(newer[:2], [])
        applied.apply(newer[2:], {one.slug for one in before} - {one.slug for one in after})
        rebuilt.replace_all(newer)
        assert applied.stamps() == rebuilt.stamps()
        assert applied.search(request_) == rebuilt.search(request_)
        for one in after:
            assert applied.related(one.slug, 9) == rebuilt.related(one.slug, 9)


def having(slug, **facets):
    return document(slug, text(title="Paix"), facets=facets)


def test_filters_any_within_a_facet_and_all_facets(search_index):
    search_index.apply(
        [
            having("ml-land", country=("ml",), theme=("land",)),
            having("ml-water", country=("ml",), theme=("water",)),
            having("ne-both", country=("ne",), theme=("land", "water")),
            having("bf-none", country=("bf",)),
        ],
        [],
    )
    chosen = {"country": frozenset({"ml", "ne"}), "theme": frozenset({"land"})}
    result = ask(search_index, "paix", filters=chosen)
    assert {hit.slug for hit in result.hits} == {"ml-land", "ne-both"}
    assert result.total == 2
    # Countries as if no country were chosen, themes as if no theme were.
    assert result.facets == {
        "country": {"ml": 1, "ne": 1},
        "theme": {"land": 2, "water": 2},
        "kind": {},
    }


def test_chosen_values_are_counted_even_when_nothing_is_left(search_index):
    search_index.apply([having("ml-land", country=("ml",), theme=("land",))], [])
    chosen = {"country": frozenset({"zz"}), "shape": frozenset({"round"}), "theme": frozenset()}
    result = ask(search_index, filters=chosen)
    assert (result.total, result.hits) == (0, ())
    assert result.facets == {"country": {"zz": 0}, "shape": {"round": 0}, "theme": {}, "kind": {}}
    result = ask(search_index, filters={"country": frozenset({"zz"})})
    assert result.facets["country"] == {"ml": 1, "zz": 0}


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=40, deadline=None)
@given(corpus=corpora(), request_=requests)
def test_facets_and_totals_equal_a_count_by_hand(kind, corpus, request_):
    with opened(kind) as index:
        index.replace_all(corpus)
        every = replace(request_, filters={}, paging=Paging(1, 100))
        found = {hit.slug for hit in index.search(every).hits}
        result = index.search(request_)

    def left(*besides):
        return [
            one
            for one in corpus
            if one.slug in found
            and all(
                not values or facet in besides or values & set(one.facets.get(facet, ()))
                for facet, values in request_.filters.items()
            )
        ]

    assert result.total == len(left())
    for facet, counts in result.facets.items():
        expected = Counter(
            value for one in left(facet) for value in set(one.facets.get(facet, ()))
        )
        expected.update(dict.fromkeys(request_.filters.get(facet, ()), 0))
        assert counts == dict(expected)
    assert set(result.facets) == {facet for one in corpus for facet in one.facets} | {
        facet for facet, values in request_.filters.items() if values
    }


@settings(max_examples=80, deadline=None)
@given(corpus=corpora(), request_=requests)
def test_the_engine_agrees_with_looking_at_every_document(corpus, request_):
    request_ = replace(request_, paging=Paging(1, 100))
    with opened("memory") as plain, opened("whoosh") as engine:
        plain.replace_all(corpus)
        engine.replace_all(corpus)
        expected, result = plain.search(request_), engine.search(request_)
    assert {hit.slug: hit.snippet for hit in result.hits} == {
        hit.slug: hit.snippet for hit in expected.hits
    }
    assert result.total == expected.total
    assert result.facets == expected.facets
    assert result.suggestion == expected.suggestion
    assert result.expansions == expected.expansions
    assert result.corrected == expected.corrected
    assert result.is_loosened == expected.is_loosened
    if request_.sort is not Sort.RELEVANCE:
        assert [hit.slug for hit in result.hits] == [hit.slug for hit in expected.hits]


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=20, deadline=None)
@given(corpus=corpora(), request_=requests)
def test_pages_are_stable_and_complete(kind, corpus, request_):
    with opened(kind) as index:
        index.replace_all(corpus)
        whole = [hit.slug for hit in index.search(replace(request_, paging=Paging(1, 100))).hits]
        total = index.search(request_).total
        paged = [
            hit.slug
            for page in range(1, request_.paging.pages(total) + 2)
            for hit in index.search(
                replace(request_, paging=replace(request_.paging, page=page))
            ).hits
        ]
    assert len(whole) == total
    assert paged == whole


def test_a_page_far_beyond_the_end_is_empty_with_the_right_total(search_index):
    result = ask(search_index, paging=Paging(10**9, 20))
    assert (result.hits, result.total) == ((), 2)


def test_sort_orders(search_index):
    search_index.replace_all(
        [
            document("d", text(title="éclair"), text(title="Zebra"), day=1),
            document("c", text(title="Eau"), text(title="Water"), day=3),
            document("b", text(title="Zèbre"), None, day=2),
            document("a", None, text(title="eclipse"), day=2),
        ]
    )
    assert slugs(search_index, sort=Sort.NEWEST) == ["c", "a", "b", "d"]
    assert slugs(search_index, sort=Sort.TITLE) == ["c", "d", "a", "b"]
    assert slugs(search_index, sort=Sort.TITLE, locale=Locale.EN) == ["a", "c", "d", "b"]
    # A browse by relevance: the newest first, then by title.
    assert slugs(search_index, sort=Sort.RELEVANCE) == ["c", "a", "b", "d"]


def test_equal_scores_come_in_the_order_of_slugs(search_index):
    same = [document(slug, text(title="Puits"), day=number) for number, slug in enumerate("cab")]
    search_index.apply(same, [])
    assert slugs(search_index, "puits") == ["a", "b", "c"]


def like(slug, title, kind="practice", **facets):
    return document(slug, text(title=title), facets={"kind": (kind,), **facets})


def test_related_practices_share_themes_actors_and_words(search_index):
    search_index.apply(
        [
            like("one", "Puits pastoral", theme=("water", "herding"), actor=("elders",)),
            like("near", "Puits et forage", theme=("water", "herding"), actor=("elders",)),
            like("less", "Abreuvoir", theme=("water",), actor=("women",)),
            like("words", "Pastoral"),
            like("far", "Mariage", theme=("family",), actor=("women",)),
        ],
        [],
    )
    assert search_index.related("one", 9)[0] == "near"
    assert set(search_index.related("one", 9)) == {"near", "less", "words"}
    assert search_index.related("one", 1) == ("near",)
    assert search_index.related("one", 0) == ()
    assert search_index.related("unknown", 5) == ()


def test_related_prefers_the_same_kind(search_index):
    search_index.apply(
        [
            like("one", "Puits", theme=("water",)),
            like("a-lesson", "Forage", kind="lesson", theme=("water",)),
            like("b-practice", "Mare", theme=("water",)),
        ],
        [],
    )
    assert search_index.related("one", 5) == ("b-practice", "a-lesson")
    search_index.apply([], ["b-practice"])
    assert search_index.related("one", 5) == ("a-lesson",)


def test_a_document_without_texts_is_kept_and_counted(search_index):
    search_index.apply([document("bare", facets={"theme": ("water",)}), like("b", "Puits")], [])
    assert set(slugs(search_index)) == {"bare", "b", *NOISE_SLUGS}
    assert ask(search_index, filters={"theme": frozenset({"water"})}).hits[0].snippet == ""
    assert search_index.related("bare", 5) == ()
    search_index.apply([], ["bare"])
    assert set(search_index.stamps()) == {"b", *NOISE_SLUGS}
