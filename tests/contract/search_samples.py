"""Documents, requests and indexes for the tests of the search."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
import tempfile

from hypothesis import strategies as st

from kb.adapters.whoosh_index.index import WhooshIndex
from kb.core.language import Locale
from kb.core.paging import Paging
from kb.core.ports import (
    SearchDocument,
    SearchIndex,
    SearchRequest,
    SearchResult,
    SearchText,
    Sort,
    Thesaurus,
)
from tests.fakes import MemoryIndex

KINDS = ("memory", "whoosh")
START = datetime(2024, 1, 1, tzinfo=UTC)
FR, EN = Locale.FR, Locale.EN


@contextmanager
def opened(kind: str) -> Iterator[SearchIndex]:
    """An index of a kind, as on a fresh machine."""
    if kind == "memory":
        yield MemoryIndex()
        return
    with tempfile.TemporaryDirectory() as directory:
        yield WhooshIndex(Path(directory) / "index")


def text(**fields: str) -> SearchText:
    return SearchText(**(dict.fromkeys(SearchText.__slots__, "") | fields))


def document(
    slug: str,
    fr: SearchText | None = None,
    en: SearchText | None = None,
    *,
    day: int = 0,
    stamp: str = "1",
    facets: Mapping[str, tuple[str, ...]] | None = None,
) -> SearchDocument:
    texts = {locale: given for locale, given in ((FR, fr), (EN, en)) if given is not None}
    return SearchDocument(slug, stamp, START + timedelta(days=day), texts, facets or {})


NOISE = (
    document(
        "noise-market",
        text(title="Marché hebdomadaire", summary="Vente de mil.", body="Sel et dattes."),
        text(title="Weekly market", summary="Selling millet.", body="Salt and dates."),
        facets={"theme": ("trade",), "kind": ("practice",)},
    ),
    document(
        "noise-weaving",
        text(title="Tissage du coton", summary="Métier ancien.", body="Fil et navette."),
        text(title="Cotton weaving", summary="An ancient craft.", body="Thread and shuttle."),
        facets={"theme": ("craft",), "kind": ("practice",)},
    ),
)


def ask(index: SearchIndex, typed: str = "", **options: object) -> SearchResult:
    return index.search(SearchRequest(typed, **options))


def slugs(index: SearchIndex, typed: str = "", **options: object) -> list[str]:
    """What is found, in order, on one large page."""
    options.setdefault("paging", Paging(1, 100))
    return [hit.slug for hit in ask(index, typed, **options).hits]


# Few words, so that random queries find something; pairs that fold or stem alike are among them.
WORDS = (
    *("médiation", "mediation", "conflit", "conflits", "puits", "paix", "l'eau", "de", "la"),
    *("the", "of", "wells", "well", "peace", "inter-communautaire", "intercommunautaire"),
    *("local", "locaux", "cadi", "2018", "Fulɓe"),
)
passages = st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join)
texts = st.builds(
    SearchText, title=passages, local_name=passages, summary=passages, body=passages, tags=passages
)
facet_values = st.lists(st.sampled_from("abcd"), max_size=3).map(tuple)
facets = st.fixed_dictionaries({}, optional={"theme": facet_values, "country": facet_values})


@st.composite
def corpora(draw: st.DrawFn, max_size: int = 7) -> list[SearchDocument]:
    """Some documents, each in one language or both."""
    return [
        SearchDocument(
            slug=f"p{number}",
            stamp="1",
            published_at=START + timedelta(days=draw(st.integers(0, 3))),
            texts=draw(st.dictionaries(st.sampled_from(Locale), texts, min_size=1)),
            facets=draw(facets),
        )
        for number in range(draw(st.integers(0, max_size)))
    ]


filters = st.dictionaries(
    st.sampled_from(["theme", "country", "unknown"]),
    st.frozensets(st.sampled_from("abcde"), max_size=3),
    max_size=3,
)
_atoms = st.one_of(
    st.sampled_from(WORDS),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(lambda it: f'"{" ".join(it)}"'),
    st.sampled_from(WORDS).map(lambda word: f"{word[:3]}*"),
    st.sampled_from(WORDS).map(lambda word: f"titre:{word}"),
)
THESAURI = (
    Thesaurus(),
    Thesaurus((("cadi", "paix"), ("l'eau", "wells", "puits"), ("médiation locale", "2018"))),
    Thesaurus(
        (("conflit", "mediation", "Fulɓe"), ("inter-communautaire", "local"), ("paix", "x"))
    ),
)
queries = st.recursive(
    _atoms,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(" ".join),
        st.tuples(inner, st.sampled_from(["AND", "OU", "NOT", "SAUF"]), inner).map(" ".join),
        inner.map(lambda query: f"-({query})"),
        inner.map(lambda query: f"({query})"),
    ),
    max_leaves=5,
)
requests = st.builds(
    SearchRequest,
    text=queries,
    locale=st.sampled_from(Locale),
    filters=filters,
    sort=st.sampled_from(Sort),
    paging=st.builds(Paging, page=st.integers(1, 3), per_page=st.integers(1, 3)),
    thesaurus=st.sampled_from(THESAURI),
    is_exact=st.booleans(),
)
