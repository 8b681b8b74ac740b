"""A search request answered from one generation."""

from collections.abc import Mapping

from markupsafe import Markup

from kb.adapters.whoosh_index.arrays import Array
from kb.adapters.whoosh_index.correcting import understand
from kb.adapters.whoosh_index.facets import Bits, documents_of
from kb.adapters.whoosh_index.generation import Generation
from kb.adapters.whoosh_index.matching import Matching
from kb.adapters.whoosh_index.scoring import leading, total
from kb.adapters.whoosh_index.snippets import Wanted, snippet, wanted
from kb.adapters.whoosh_index.thesaurus import lookup, named
from kb.core.language import Locale
from kb.core.ports import SearchHit, SearchRequest, SearchResult, Sort


def search(generation: Generation, request: SearchRequest) -> SearchResult:
    """One page of what was asked for, with exact counts."""
    matching = Matching(generation, request.locale, is_exact=request.is_exact)
    meaning = understand(matching, request, lookup(request.thesaurus))
    node, matches = meaning.node, meaning.matches
    left, counts = generation.facets.narrow(matches.bits, request.filters)
    scores = total(matches.parts, generation.size)
    sought: dict[Locale, Wanted] = {}
    if request.has_passages:
        sought = {locale: wanted(node, locale, matching.expand) for locale in Locale}
    return SearchResult(
        total=left.bit_count(),
        hits=tuple(
            SearchHit(
                slug=generation.slugs[number],
                score=float(scores[number]),
                snippet=_snippet(generation, number, request.locale, sought),
                stamp=generation.stamps[number],
            )
            for number in _page(generation, request, left, scores if matches.parts else None)
        ),
        facets=counts,
        suggestion=meaning.suggestion,
        is_loosened=matches.is_loosened,
        expansions=named(node, request.locale, matching.occurs),
        corrected=meaning.corrected,
    )


def _page(
    generation: Generation, request: SearchRequest, left: Bits, scores: Array | None
) -> list[int]:
    """The document numbers of the page, in order; without scores in the order of a browse."""
    first = max(0, request.paging.offset)
    if first >= left.bit_count():
        return []
    last = first + request.paging.per_page
    documents = documents_of(left, generation.size)
    if request.sort is Sort.RELEVANCE and scores is not None:
        return leading(scores, documents, generation.slug_ranks, last)[first:]
    ranks = generation.ranks(request.sort, request.locale)
    return leading(-ranks, documents, ranks, last)[first:]


def _snippet(
    generation: Generation, number: int, locale: Locale, sought: Mapping[Locale, Wanted]
) -> Markup:
    if not sought:
        return Markup()
    record = generation.record(number, locale) or generation.record(number, locale.other)
    if record is None:
        return Markup()
    words = sought[record.locale]
    return snippet(record.text, words, lambda field: record.likely(field, words.keys_of_words))
