"""The engine beside Whoosh's own: the same documents and counts for the same words."""

from pathlib import Path
import tempfile

from hypothesis import given, settings
from hypothesis import strategies as st
from whoosh import fields, sorting
from whoosh.filedb.filestore import RamStorage
from whoosh.index import open_dir
from whoosh.query import And, Or, Term

from kb.adapters.whoosh_index.analysis import occurrences, term
from kb.adapters.whoosh_index.codec import field_name
from kb.adapters.whoosh_index.index import WhooshIndex
from kb.adapters.whoosh_index.records import FIELDS
from kb.adapters.whoosh_index.schema import INDEX, schema
from kb.core.language import Locale
from kb.core.paging import Paging
from kb.core.ports import SearchRequest
from tests.contract.search_on_disk import generation
from tests.contract.search_samples import corpora

# Folded, and in no stop list.
WORDS = ("mediation", "conflit", "conflits", "puits", "paix", "wells", "well", "peace", "locaux")
FACETS = ("theme", "country")
EVERY_FIELD = [(field, locale) for locale in Locale for field in FIELDS]
queries = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3, unique=True)


def every_word(words):
    """Each word in some field of some language."""
    return And(
        [
            Or(
                [
                    Term(field_name(field, locale), term(word, locale))
                    for field, locale in EVERY_FIELD
                ]
            )
            for word in words
        ]
    )


def native_index(corpus):
    """A plain Whoosh index of the same terms."""
    index = RamStorage().create_index(
        fields.Schema(
            slug=fields.ID(stored=True),
            **{field_name(*at): fields.KEYWORD() for at in EVERY_FIELD},
            **{facet: fields.KEYWORD() for facet in FACETS},
        )
    )
    writer = index.writer()
    for one in corpus:
        terms = {
            field_name(field, locale): " ".join(occurrences(getattr(text, field), locale))
            for locale, text in one.texts.items()
            for field in FIELDS
        }
        chosen = {facet: " ".join(set(one.facets.get(facet, ()))) for facet in FACETS}
        writer.add_document(slug=one.slug, **terms, **chosen)
    writer.commit()
    return index


def native_answer(corpus, words):
    """Slugs, and documents by facet value."""
    groups = {facet: sorting.FieldFacet(facet, allow_overlap=True) for facet in FACETS}
    with native_index(corpus).searcher() as searcher:
        found = searcher.search(every_word(words), limit=None, groupedby=groups)
        counts = {
            facet: {value: len(has) for value, has in found.groups(facet).items() if value}
            for facet in FACETS
        }
        return {hit["slug"] for hit in found}, counts


@settings(max_examples=60, deadline=None)
@given(corpora(), queries)
def test_totals_facets_and_documents_are_those_of_whoosh(corpus, words):
    expected, counts = native_answer(corpus, words)
    request = SearchRequest(" AND ".join(words), paging=Paging(1, 100), is_exact=True)
    with tempfile.TemporaryDirectory() as folder:
        index = WhooshIndex(Path(folder) / "index")
        index.replace_all(corpus)
        result = index.search(request)
    assert {hit.slug for hit in result.hits} == expected
    assert result.total == len(expected)
    assert {facet: dict(result.facets.get(facet, {})) for facet in FACETS} == counts


@settings(max_examples=40, deadline=None)
@given(corpora(), corpora(), queries)
def test_whoosh_itself_can_search_the_index(first, second, words):
    second = [one for one in second if one.slug not in {other.slug for other in first}]
    expected, _ = native_answer([*first, *second], words)
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder) / "index"
        index = WhooshIndex(directory)
        index.replace_all(first)
        index.apply(second, [])
        slugs = list(index.stamps())
        with open_dir(str(generation(directory)), INDEX, schema=schema()).searcher() as searcher:
            found = {slugs[number] for number in searcher.docs_for_query(every_word(words))}
            for field, text in searcher.reader().all_terms():
                documents = searcher.reader().doc_frequency(field, text)
                assert documents == len(list(searcher.postings(field, text).all_ids())) > 0
    assert found == expected
