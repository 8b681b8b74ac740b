"""A search request answered from one generation."""

from collections.abc import Mapping
from heapq import nsmallest

from markupsafe import Markup

from kb.adapters.whoosh_index.analysis import is_stop
from kb.adapters.whoosh_index.facets import Bits, documents_of
from kb.adapters.whoosh_index.generation import Generation
from kb.adapters.whoosh_index.matching import Matches, Matching
from kb.adapters.whoosh_index.query import Joined, Node, Phrase, Word, parse, positive_leaves
from kb.adapters.whoosh_index.snippets import Wanted, snippet, wanted
from kb.core.language import Locale
from kb.core.ports import SearchHit, SearchRequest, SearchResult, Sort

# A longer text is not one that somebody misspelt.
LONGEST_CORRECTED = 200
# How many slips are believed: fewer where the other words find something as they are.
BOLD, TIMID = 2, 1


def search(generation: Generation, request: SearchRequest) -> SearchResult:
    """One page of what was asked for, with exact counts."""
    text, node = parse(request.text)
    matching = Matching(generation)
    matches = matching.find(node)
    left, counts = generation.facets.narrow(matches.bits, request.filters)
    sought = {locale: wanted(node, locale, matching.expand) for locale in Locale}
    return SearchResult(
        total=left.bit_count(),
        hits=tuple(
            SearchHit(
                slug=generation.cards[number].slug,
                score=matches.score(number),
                snippet=_snippet(generation, number, request.locale, sought),
                stamp=generation.cards[number].stamp,
            )
            for number in _page(generation, request, matches, left)
        ),
        facets=counts,
        suggestion=_suggestion(matching, text, node, request.locale, found=bool(matches.bits)),
        is_loosened=matches.is_loosened,
    )


def _page(
    generation: Generation, request: SearchRequest, matches: Matches, left: Bits
) -> list[int]:
    """The document numbers of the page, in order."""
    first = max(0, request.paging.offset)
    if first >= left.bit_count():
        return []
    last = first + request.paging.per_page
    if request.sort is Sort.RELEVANCE and matches.parts:
        slugs = generation.slug_ranks
        scored = ((-matches.score(number), slugs[number], number) for number in documents_of(left))
        return [number for _, _, number in nsmallest(last, scored)[first:]]
    ranks = generation.ranks(request.sort, request.locale)
    return nsmallest(last, documents_of(left), key=ranks.__getitem__)[first:]


def _snippet(
    generation: Generation, number: int, locale: Locale, sought: Mapping[Locale, Wanted]
) -> Markup:
    texts = generation.texts(number)
    language = locale if locale in texts else locale.other
    return snippet(texts[language], sought[language]) if language in texts else Markup()


def _suggestion(
    matching: Matching, text: str, node: Node | None, locale: Locale, *, found: bool
) -> str | None:
    """The query with unknown words corrected, if that finds something."""
    if len(text) > LONGEST_CORRECTED:
        return None
    corrected = text
    for word in sorted(_unknown(matching, node), key=lambda word: -word.start):
        spelling = matching.lexicon.correction(word.folded, locale, BOLD if not found else TIMID)
        if spelling:
            corrected = corrected[: word.start] + spelling + corrected[word.end :]
    corrected = " ".join(corrected.split())
    if corrected == " ".join(text.split()):
        return None
    return corrected if matching.find(parse(corrected)[1]).bits else None


def _unknown(matching: Matching, node: Node | None) -> set[Word]:
    """The words looked for that are in no text."""
    words: set[Word] = set()
    for leaf in positive_leaves(node):
        match leaf:
            case Word():
                words.add(leaf)
            case Phrase(parts):
                words.update(parts)
            case Joined(_, parts) if not matching.evaluate(leaf).bits:
                words.update(parts.words)
            case _:
                pass
    return {
        word for word in words if not is_stop(word.folded) and not matching.evaluate(word).bits
    }
