"""The search of the application as a page of results asks it: with a passage for each hit."""

from dataclasses import replace

from benchmarks.engines.own import Own
from benchmarks.queries import Query
from kb.core.ports import SearchRequest


class OwnPassages(Own):
    """Searches the index of `Own`."""

    def request(self, query: Query) -> SearchRequest:
        return replace(super().request(query), has_passages=True)


ENGINE = OwnPassages
