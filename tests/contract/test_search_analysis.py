"""How words are folded, stemmed and joined; how queries are understood and words corrected."""

from hypothesis import given
from hypothesis import strategies as st
import pytest

from kb.adapters.whoosh_index import analysis
from kb.adapters.whoosh_index.conditions import (
    AllOf,
    AnyOf,
    Not,
    Phrase,
    Prefix,
    Word,
    positive_leaves,
)
from kb.adapters.whoosh_index.facets import bits_of, documents_of
from kb.adapters.whoosh_index.lexicon import Lexicon
from kb.adapters.whoosh_index.likeness import edit_distance
from kb.adapters.whoosh_index.query import MOST_PREFIXES, MOST_WORDS, parse
from kb.core.language import Locale
from tests.contract.search_samples import texts


@pytest.mark.parametrize(
    ("word", "folded"),
    [
        ("Médiation", "mediation"),
        ("Œuvre", "oeuvre"),
        ("ǝƝƊƁŊƳ", "endbny"),
        ("so\u00adcial", "social"),
        ("𞤆𞤵𞤤𞤢𞤪", "𞤨𞤵𞤤𞤢𞤪"),
        ("STRASSE", "strasse"),
        ("straße", "strasse"),
        ("İ", "i"),
        ("x" * 100, "x" * 64),
    ],
)
def test_fold(word, folded):
    assert analysis.fold(word) == folded


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("conflit", "conflits"),
        ("local", "locaux"),
        ("eau", "eaux"),
        ("gere", "geree"),
        ("geree", "gerees"),
        ("mediation", "mediations"),
        ("fonciere", "foncieres"),
        ("voix", "voi"),
    ],
)
def test_french_terms_that_fall_together(one, other):
    assert analysis.term(one, Locale.FR) == analysis.term(other, Locale.FR) != ""


@pytest.mark.parametrize("word", ["les", "d", "qu", "ete", "meme", "a", "puisqu", "entre"])
def test_french_stop_words_are_folded(word):
    assert analysis.term(word, Locale.FR) == ""


@given(st.text(max_size=80))
def test_any_text_has_words_where_they_stand(text):
    clean = analysis.clean(text)
    assert len(clean) == len(text)
    clean.encode()
    last = -1
    for run in analysis.runs(clean):
        for token in run:
            assert (
                analysis.fold(clean[token.start : token.end].translate(analysis._SIGNS))
                == token.text
            )
            assert token.position == last + 1
            last = token.position
            for locale in Locale:
                analysis.term(token.text, locale).encode()


def test_positions_leave_room_for_stop_words():
    found = analysis.occurrences("La case de la paix, la case inter-communautaire", Locale.FR)
    assert found["pai"] == [4]
    assert [len(places) for places in found.values()] == [2, 1, 1, 1, 1]
    joined = analysis.term("intercommunautaire", Locale.FR)
    assert found[joined] == [7]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("a", AllOf(())),
        ("puits", "puits"),
        ("puits mare", ("puits", "mare")),
        ("le puits", "puits"),
        ("son", "son"),
        ("son puits", "puits"),
        ("puits OU mare", {"puits", "mare"}),
    ],
)
def test_meaning(typed, expected):
    def simple(node):
        match node:
            case None:
                return AllOf(())
            case Word(folded):
                return folded
            case AllOf(parts):
                return tuple(simple(part) for part in parts)
            case AnyOf(parts):
                return {simple(part) for part in parts}
            case _:
                return node

    assert simple(parse(typed)[1]) == expected


def test_words_know_their_place_in_the_query():
    text, node = parse('lieu:Mali\x00 "case  de paix" d’Oudalan')
    words = [word for leaf in positive_leaves(node) for word in getattr(leaf, "words", (leaf,))]
    assert [text[word.start : word.end] for word in words] == [
        *("lieu", "Mali", "case", "de", "paix", "Oudalan")
    ]


@given(st.text(max_size=300) | st.text('ab "*()-«»', max_size=300) | st.just("(a OR -b* " * 400))
def test_queries_are_bounded(typed):
    text, node = parse(typed)
    leaves = list(positive_leaves(node))
    assert sum(len(leaf.words) if isinstance(leaf, Phrase) else 1 for leaf in leaves) <= MOST_WORDS
    assert sum(isinstance(leaf, Prefix) for leaf in leaves) <= MOST_PREFIXES
    assert len(text) <= len(typed)


def test_deep_brackets_are_flattened():
    _, node = parse("(" * 500 + "puits" + ")" * 499 + " -mare)")
    assert node == AllOf((Word("puits", 500, 505), Not(Word("mare", 1006, 1010))))


def distance(first, second):
    """Optimal string alignment, as the definition says."""
    table = {(i, 0): i for i in range(len(first) + 1)} | {
        (0, j): j for j in range(len(second) + 1)
    }
    for i in range(1, len(first) + 1):
        for j in range(1, len(second) + 1):
            other = first[i - 1] != second[j - 1]
            table[i, j] = min(
                table[i - 1, j] + 1, table[i, j - 1] + 1, table[i - 1, j - 1] + other
            )
            if i > 1 and j > 1 and first[i - 2 : i] == second[j - 1] + second[j - 2]:
                table[i, j] = min(table[i, j], table[i - 2, j - 2] + 1)
    return table[len(first), len(second)]


@given(st.text("abc", max_size=7), st.text("abc", max_size=7), st.integers(0, 3))
def test_edit_distance_up_to_its_limit(first, second, limit):
    assert min(edit_distance(first, second, limit), limit + 1) == min(
        distance(first, second), limit + 1
    )


@given(st.lists(texts, max_size=4), st.lists(texts, max_size=4))
def test_a_lexicon_forgets_what_is_counted_out(kept, removed):
    lexicon, expected = Lexicon(), Lexicon()
    for text in kept + removed:
        lexicon.add({Locale.FR: text, Locale.EN: text})
    lexicon = Lexicon.load(lexicon.dump())
    for text in removed:
        lexicon.remove({Locale.FR: text, Locale.EN: text})
    for text in kept:
        expected.add({Locale.FR: text, Locale.EN: text})
    assert lexicon.dump() == expected.dump()


@given(st.sets(st.integers(0, 300)))
def test_bits_hold_document_numbers(numbers):
    bits = bits_of(sorted(numbers), 301)
    assert documents_of(bits, 301).tolist() == sorted(numbers)
    assert bits.bit_count() == len(numbers)
