"""How many practices there are, by facet value: for maps and charts."""

from collections.abc import Mapping
from dataclasses import dataclass

from kb.core.paging import Paging
from kb.core.ports import SearchIndex, SearchRequest
from kb.search.service import DEFAULT_KIND


@dataclass(frozen=True, slots=True)
class Counts:
    """All practices, and facet -> code -> those that have it; a parent counts its children's."""

    total: int
    by_facet: Mapping[str, Mapping[str, int]]


def count_practices(index: SearchIndex) -> Counts:
    """What the readers of this index can find, lessons left out; raises IndexUnavailable."""
    only_practices = {"kind": frozenset({DEFAULT_KIND})}
    result = index.search(
        SearchRequest(filters=only_practices, paging=Paging(per_page=1), has_passages=False)
    )
    return Counts(result.total, result.facets)
