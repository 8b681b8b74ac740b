"""Searching what a reader may read: parameters in, one page of practices with facets out."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from markupsafe import Markup
from sqlalchemy.orm import Session

from kb.core.language import Locale
from kb.core.paging import PER_PAGE, PER_PAGE_LIMIT, Paging
from kb.core.ports import (
    NO_THESAURUS,
    SearchHit,
    SearchIndex,
    SearchRequest,
    Sort,
    Thesaurus,
)
from kb.practices.facets import FACETS
from kb.practices.public import PublicPractice
from kb.practices.queries import public_views
from kb.practices.readers import VISITOR, Reader
from kb.search.documents import is_indexed
from kb.vocabularies.catalogue import Vocabularies

QUERY_LIMIT = 1000
VALUES_LIMIT = 50
PAGE_LIMIT = 100_000
DIGITS = 9
EVERY_KIND = "all"
DEFAULT_KIND = "practice"
MultiMapping = Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value one can filter by, with how many results it would leave."""

    code: str
    label: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Found:
    """A practice on the page, with what matched."""

    practice: PublicPractice
    snippet: Markup
    score: float


@dataclass(frozen=True, slots=True)
class Query:
    """What the reader asked for, made valid; `ignored` names the parameters that were not.

    An exact one looks for the words as typed, and for no others in their place. Of a text that
    `is_cut` only the beginning is searched.
    """

    text: str = ""
    locale: Locale = Locale.FR
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    kind: str = DEFAULT_KIND
    sort: Sort = Sort.RELEVANCE
    paging: Paging = field(default_factory=Paging)
    is_exact: bool = False
    is_cut: bool = False
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Results:
    """One page of a search; `lessons` is how many cautionary lessons match besides.

    `expansions`, `corrected` and `is_loosened` say how the query was widened, as in SearchResult.
    """

    query: Query
    total: int
    found: tuple[Found, ...]
    facets: Mapping[str, tuple[FacetValue, ...]]
    lessons: int
    suggestion: str | None
    is_loosened: bool
    expansions: tuple[str, ...] = ()
    corrected: str | None = None

    @property
    def pages(self) -> int:
        return self.query.paging.pages(self.total)


def parse_query(parameters: MultiMapping, locale: Locale, vocabularies: Vocabularies) -> Query:
    """A valid query from request parameters; what is unknown is left out and named."""
    ignored: list[str] = []
    filters: dict[str, tuple[str, ...]] = {}
    for facet, vocabulary in FACETS.items():
        if facet == "kind":
            continue
        values = list(dict.fromkeys(v for v in parameters.get(facet, []) if v))
        known = [v for v in values[:VALUES_LIMIT] if vocabularies.term(vocabulary, v)]
        if len(known) < len(values):
            ignored.append(facet)
        if known:
            filters[facet] = tuple(known)
    typed = _first(parameters, "q").replace("\0", " ").strip()
    return Query(
        text=typed[:QUERY_LIMIT],
        locale=locale,
        filters=filters,
        kind=_kind(parameters, vocabularies, ignored),
        sort=_sort(parameters, ignored),
        paging=Paging(
            whole_number(parameters, "page", 1, PAGE_LIMIT, ignored),
            whole_number(parameters, "per_page", PER_PAGE, PER_PAGE_LIMIT, ignored),
        ),
        is_exact=_switch(parameters, "exact", ignored),
        is_cut=len(typed) > QUERY_LIMIT,
        ignored=tuple(ignored),
    )


def search(
    session: Session,
    index: SearchIndex,
    vocabularies: Vocabularies,
    query: Query,
    reader: Reader = VISITOR,
    thesaurus: Thesaurus = NO_THESAURUS,
) -> Results:
    """One page of results from the index of this reader; raises IndexUnavailable without one."""
    result = index.search(_request(query, thesaurus))
    views = public_views(session, [hit.slug for hit in result.hits], reader)
    kinds = result.facets.get("kind", {})
    return Results(
        query=query,
        total=result.total,
        # The index may lag behind a withdrawal by a moment; the database has the last word.
        found=tuple(
            Found(views[hit.slug], _snippet(hit, views[hit.slug], query.locale), hit.score)
            for hit in result.hits
            if hit.slug in views
        ),
        facets=_label_facets(result.facets, query, vocabularies),
        lessons=kinds.get("lesson", 0) if query.kind == DEFAULT_KIND else 0,
        suggestion=result.suggestion,
        is_loosened=result.is_loosened,
        expansions=result.expansions,
        corrected=result.corrected,
    )


def related(
    session: Session, index: SearchIndex, slug: str, limit: int, reader: Reader = VISITOR
) -> list[PublicPractice]:
    """Similar practices, nearest first; raises IndexUnavailable while there is no index."""
    slugs = index.related(slug, limit)
    views = public_views(session, slugs, reader)
    return [views[slug] for slug in slugs if slug in views]


def _request(query: Query, thesaurus: Thesaurus) -> SearchRequest:
    filters = {facet: frozenset(values) for facet, values in query.filters.items()}
    if query.kind != EVERY_KIND:
        filters["kind"] = frozenset({query.kind})
    return SearchRequest(
        text=query.text,
        locale=query.locale,
        filters=filters,
        sort=query.sort,
        paging=query.paging,
        thesaurus=thesaurus,
        is_exact=query.is_exact,
    )


def _snippet(hit: SearchHit, practice: PublicPractice, locale: Locale) -> Markup:
    """What matched; while the index lags behind a correction, the corrected summary instead."""
    if is_indexed(hit.stamp, practice):
        return hit.snippet
    return Markup.escape(practice.text_for(locale).summary)


def _label_facets(
    facets: Mapping[str, Mapping[str, int]], query: Query, vocabularies: Vocabularies
) -> dict[str, tuple[FacetValue, ...]]:
    """The facets with labels, in the vocabulary's order; one that cannot narrow is left out."""
    labelled: dict[str, tuple[FacetValue, ...]] = {}
    for facet, name in FACETS.items():
        chosen = query.filters.get(facet, ())
        counts = facets.get(facet, {})
        vocabulary = vocabularies.by_name.get(name)
        values = tuple(
            FacetValue(t.code, t.label[query.locale], counts.get(t.code, 0), t.code in chosen)
            for t in (vocabulary.terms if vocabulary else ())
            if counts.get(t.code, 0) or t.code in chosen
        )
        if len(values) > 1 or chosen:
            labelled[facet] = values
    return labelled


def _first(parameters: MultiMapping, name: str) -> str:
    return next(iter(parameters.get(name, [])), "")


def _kind(parameters: MultiMapping, vocabularies: Vocabularies, ignored: list[str]) -> str:
    value = _first(parameters, "kind") or DEFAULT_KIND
    # The default makes sense even where there are no terms yet.
    if value in {DEFAULT_KIND, EVERY_KIND} or vocabularies.term("kinds", value):
        return value
    ignored.append("kind")
    return DEFAULT_KIND


def _sort(parameters: MultiMapping, ignored: list[str]) -> Sort:
    value = _first(parameters, "sort") or Sort.RELEVANCE
    try:
        return Sort(value)
    except ValueError:
        ignored.append("sort")
        return Sort.RELEVANCE


def _switch(parameters: MultiMapping, name: str, ignored: list[str]) -> bool:
    value = _first(parameters, name)
    if value not in {"", "0", "1"}:
        ignored.append(name)
    return value == "1"


def whole_number(
    parameters: MultiMapping, name: str, default: int, limit: int, ignored: list[str]
) -> int:
    """A parameter from 1 to `limit`, or the default; named in `ignored` if it is anything else."""
    value = _first(parameters, name)
    if not value:
        return default
    # Only plain ASCII digits: int() also takes "१", "1_0" and " 1".
    if value.isascii() and value.isdigit() and len(value) <= DIGITS and 1 <= int(value) <= limit:
        return int(value)
    ignored.append(name)
    return default
