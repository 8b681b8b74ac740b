"""Posting lists, documents and records as arrays: what is written is what is read."""

from array import array
from dataclasses import astuple
from pathlib import Path
import tempfile

from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
import pytest

from kb.adapters.whoosh_index.analysis import fold, runs, term
from kb.adapters.whoosh_index.arrays import ArrayFile, Octets, write_arrays
from kb.adapters.whoosh_index.documents import Card, Documents, GatheredDocuments
from kb.adapters.whoosh_index.postings import FIELD_BITS, Gathered, Postings
from kb.adapters.whoosh_index.records import SHOWN, Keys, Record, pack
from kb.core.language import Locale
from kb.core.ports import SearchText

LARGE = 2**29 - 1
positions = st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=4)
# document -> field -> positions
occurrences = st.dictionaries(
    st.sampled_from([0, 1, 2, 3, 255, 70_000, LARGE]),
    st.dictionaries(st.integers(0, 7), positions, min_size=1, max_size=3),
    min_size=1,
    max_size=5,
)
lexicons = st.dictionaries(st.text(min_size=1, max_size=5), occurrences, max_size=6)
strings = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
search_texts = st.builds(
    SearchText, title=strings, local_name=strings, summary=strings, body=strings, tags=strings
)
cards = st.builds(
    Card,
    slug=strings,
    stamp=strings,
    published_at=st.floats(allow_nan=False),
    titles=st.fixed_dictionaries(dict.fromkeys(Locale, strings)),
    facets=st.dictionaries(
        strings.filter(bool), st.lists(strings.filter(bool), unique=True, max_size=3), max_size=3
    ),
    lengths=st.fixed_dictionaries(
        {locale: st.lists(st.integers(0, 2**32 - 1), min_size=5, max_size=5) for locale in Locale}
    ),
)
documents = st.lists(st.tuples(cards, st.dictionaries(st.sampled_from(Locale), search_texts)))


def gathered(lexicon):
    """As a writer gathers them: document by document, terms in any order."""
    into = Gathered()
    numbers = sorted({number for places in lexicon.values() for number in places})
    for number in numbers:
        for word, places in reversed(lexicon.items()):
            for field, found in reversed(places.get(number, {}).items()):
                into.add(word.encode(), number << FIELD_BITS | field, array("I", found).tobytes())
    return into


def read_back(into, folder):
    path = Path(folder) / "postings"
    path.unlink(missing_ok=True)
    write_arrays(path, {"other.terms": np.arange(3), **into.arrays("fr")})
    return ArrayFile(path)


def as_read(postings):
    lexicon = {}
    for number, word in enumerate(postings.terms):
        places, times = postings.entries(number)
        assert places.tolist() == sorted(places.tolist())
        ends = np.cumsum(times.astype(np.int64))[:-1]
        of_word = lexicon[word.decode()] = {}
        for place, found in zip(
            places.tolist(), np.split(postings.positions(number), ends), strict=True
        ):
            document, field = divmod(place, 1 << FIELD_BITS)
            of_word.setdefault(document, {})[field] = found.tolist()
    return lexicon


@settings(deadline=None)
@given(lexicons)
def test_postings_are_read_as_they_were_written(lexicon):
    with tempfile.TemporaryDirectory() as folder:
        file = read_back(gathered(lexicon), folder)
        postings = Postings(file, "fr")
        assert as_read(postings) == lexicon
        assert postings.terms == sorted(word.encode() for word in lexicon)
        for word in lexicon:
            assert postings.terms[postings.find(word.encode())] == word.encode()
        for missing in (b"", b"\xff", b"no such term"):
            assert postings.find(missing) is None
        file.close()


@settings(deadline=None)
@given(lexicons, st.lists(st.text(min_size=1, max_size=2), min_size=1, max_size=4))
def test_the_entries_of_some_terms_are_those_of_each(lexicon, others):
    with tempfile.TemporaryDirectory() as folder:
        file = read_back(gathered(lexicon), folder)
        postings = Postings(file, "fr")
        wanted = [word.encode() for word in [*list(lexicon)[::2], *others]]
        expected = [
            entry
            for word in sorted(set(wanted))
            if (number := postings.find(word)) is not None
            for entry in zip(*map(np.ndarray.tolist, postings.entries(number)), strict=True)
        ]
        found = postings.entries_of(wanted)
        assert list(zip(*map(np.ndarray.tolist, found), strict=True)) == expected
        file.close()


@settings(deadline=None)
@given(lexicons, lexicons, st.sets(st.sampled_from([0, 1, 2, 3, 255])))
def test_merging_moves_documents_and_drops_the_deleted(first, second, deleted):
    small = {
        word: {n: fields for n, fields in places.items() if n < 256}
        for word, places in second.items()
    }
    small = {word: places for word, places in small.items() if places}
    renumbered = np.array([-1 if n in deleted else LARGE - 300 + n for n in range(256)])
    expected = {word: dict(places) for word, places in first.items()}
    for word, places in small.items():
        moved = {int(renumbered[n]): fields for n, fields in places.items() if n not in deleted}
        if moved:
            expected.setdefault(word, {}).update(moved)
    with tempfile.TemporaryDirectory() as folder:
        file = read_back(gathered(small), folder)
        into = gathered(first)
        into.append(Postings(file, "fr"), renumbered)
        file.close()
        merged = read_back(into, folder)
        assert as_read(Postings(merged, "fr")) == expected
        merged.close()


def written(folder, name, given_documents=(), other=None, kept=()):
    paths = Path(folder) / f"{name}.columns", Path(folder) / f"{name}.records"
    into = GatheredDocuments(*paths)
    for card, texts in given_documents:
        into.add(card, {locale: packed(text, locale) for locale, text in texts.items()})
    if other:
        into.append(other, np.array(kept, np.int64))
    into.write()
    return Documents(*paths)


def packed(text, locale):
    return pack(text, {field: list(runs(getattr(text, field))) for field in SHOWN}, locale)


def as_told(found):
    """Every document as it can be told from the columns and records."""
    told = []
    starts = found.chosen_starts.tolist()
    for number, slug in enumerate(found.strings("slugs")):
        chosen = [found.choices[at] for at in found.chosen[starts[number] : starts[number + 1]]]
        records = [found.record(number, locale) for locale in Locale]
        told.append(
            (
                slug,
                found.strings("stamps")[number],
                float(found.published[number]),
                [found.titles(locale)[number] for locale in Locale],
                chosen,
                found.lengths[number].tolist(),
                [record and astuple(record.text) for record in records],
            )
        )
    return told


def as_given(given_documents):
    return [
        (
            card.slug,
            card.stamp,
            card.published_at,
            [card.titles[locale] for locale in Locale],
            [(facet, value) for facet, values in card.facets.items() for value in values or [""]],
            [card.lengths[locale] for locale in Locale],
            [texts.get(locale) and astuple(texts[locale]) for locale in Locale],
        )
        for card, texts in given_documents
    ]


@settings(deadline=None)
@given(documents, st.data())
def test_documents_are_read_as_they_were_written_and_merged(given_documents, data):
    kept = [number for number in range(len(given_documents)) if data.draw(st.booleans())]
    with tempfile.TemporaryDirectory() as folder:
        first = written(folder, "first", given_documents)
        merged = written(folder, "merged", given_documents[:1], first, kept)
        assert as_told(first) == as_given(given_documents)
        expected = [*given_documents[:1], *(given_documents[number] for number in kept)]
        assert as_told(merged) == as_given(expected)
        # Nothing of what was left out.
        assert {choice for *_, told, _, _ in as_told(merged) for choice in told} == set(
            merged.choices
        )
        first.close()
        merged.close()


WORDS = (
    "médiation",
    "conflits",
    "inter-communautaire",
    "de",
    "paix",
    "l’eau",
    "2018-2020",
    "a-b-c",
)
sentences = st.lists(st.sampled_from([*WORDS, "ʼodd", "puits\u2011mare"]), max_size=12).map(
    " ".join
)


@given(sentences, sentences, st.sampled_from(Locale), st.data())
def test_every_word_that_is_meant_is_among_the_likely_ones(summary, body, locale, data):
    text = SearchText(title="", local_name="", summary=summary, body=body, tags="")
    record = Record(packed(text, locale), locale)
    assert record.text == text
    folded = [token.text for run in runs(f"{summary} {body}") for token in run]
    words = data.draw(st.lists(st.sampled_from([*folded, "mare"]), max_size=2))
    prefixes = [word[:length] for word in words for length in (2, 4)][
        : data.draw(st.integers(0, 4))
    ]
    keys = Keys({term(word, locale) for word in words} - {""}, prefixes)
    for field in SHOWN:
        likely = record.likely(field, keys)
        meant = {
            run[0].start
            for run in runs(getattr(text, field))
            for word in [*(token.text for token in run), fold("".join(t.text for t in run))]
            if (term(word, locale) and word in words) or word.startswith(tuple(prefixes))
        }
        assert likely is None or (meant <= set(likely) and likely == sorted(likely))


def test_a_single_letter_or_an_odd_sign_says_to_look_everywhere():
    text = SearchText(title="", local_name="", summary="eau", body="l\u02bceau", tags="")
    record = Record(packed(text, Locale.FR), Locale.FR)
    assert record.likely("summary", Keys({"eau"}, [])) == [0]
    assert record.likely("summary", Keys({"autre"}, [])) == []
    assert record.likely("summary", Keys(set(), ["e"])) is None
    assert record.likely("body", Keys({"eau"}, [])) is None


def test_a_file_that_is_cut_short_is_not_read(tmp_path):
    path = tmp_path / "arrays"
    write_arrays(path, {"one": np.arange(100), "none": np.empty(0, np.uint8)})
    file = ArrayFile(path)
    assert file.whole("one").tolist() == list(range(100))
    assert file.part("one", 3, 5).tolist() == [3, 4]
    assert file.whole("none").tolist() == []
    with path.open("r+b") as shortened:
        shortened.truncate(300)
    with pytest.raises(ValueError, match="cut short"):
        file.whole("one")
    file.close()
    path.write_bytes((99).to_bytes(8, "little") + b"{}")
    with pytest.raises(ValueError, match="cut short"):
        ArrayFile(path)
    octets = Octets(path)
    assert octets.read(8, 2) == b"{}"
    octets.close()
