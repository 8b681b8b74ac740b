"""What the search page shows around its results: chips, filters, notes and page links."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flask import url_for

from kb.core.messages import Message, msg
from kb.core.paging import PER_PAGE
from kb.core.ports import Sort
from kb.practices.facets import FACETS
from kb.search.service import DEFAULT_KIND, EVERY_KIND, FacetValue, Query, Results
from kb.search.suggesting import can_suggest
from kb.vocabularies.catalogue import Vocabularies
from kb.web.language import tell

Parameters = list[tuple[str, str]]

FACET_LABELS: dict[str, Message] = {
    "country": msg("Country"),
    "region": msg("Region"),
    "actor": msg("Who is involved"),
    "theme": msg("Theme"),
    "kind": msg("Kind of entry"),
    "origin": msg("Origin"),
    "maturity": msg("Maturity"),
    "evidence": msg("Documentation"),
    "women": msg("Role of women"),
    "youth": msg("Role of young people"),
    "has_lang": msg("Language of the text"),
    "sort": msg("Order"),
    "page": msg("Page"),
    "per_page": msg("Results per page"),
    "exact": msg("Exact words"),
}
# Few values that many readers want: shown at once. The other groups open on demand.
OPEN_FACETS = frozenset({"country", "theme"})
KIND_LABELS: dict[str, Message] = {
    DEFAULT_KIND: msg("Practices"),
    "lesson": msg("Cautionary lessons"),
    EVERY_KIND: msg("Practices and lessons"),
}
SORT_LABELS: dict[Sort, Message] = {
    Sort.RELEVANCE: msg("Most relevant first"),
    Sort.NEWEST: msg("Newest first"),
    Sort.TITLE: msg("By title"),
}
NEIGHBOURS = 2


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a select, radio group or facet."""

    code: str
    label: str
    chosen: bool
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """A facet as a group of checkboxes."""

    name: str
    label: str
    choices: tuple[Choice, ...]
    open: bool
    chosen: int


@dataclass(frozen=True, slots=True)
class Chip:
    """Something the results are narrowed by, and the address without it."""

    name: str
    value: str
    url: str


class SearchPage:
    """A query with its surroundings; the links keep all that is chosen."""

    def __init__(self, query: Query, vocabularies: Vocabularies) -> None:
        self.query = query
        self._vocabularies = vocabularies

    @property
    def ignored(self) -> list[tuple[str, str]]:
        """Parameters that made no sense, by label and by name in the address."""
        return [(tell(FACET_LABELS[name]), name) for name in self.query.ignored]

    @property
    def can_suggest(self) -> bool:
        """Whether there are letters that words and titles may begin with."""
        return can_suggest(self.query.text)

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the order was asked for."""
        return bool(self.query.text or self.query.filters or self.query.kind != DEFAULT_KIND)

    @property
    def chips(self) -> list[Chip]:
        chips = [
            Chip(
                tell(FACET_LABELS[facet]),
                self._vocabularies.label(FACETS[facet], code, self.query.locale),
                self._url([p for p in self._parameters() if p != (facet, code)]),
            )
            for facet, codes in self.query.filters.items()
            for code in codes
        ]
        if self.query.kind != DEFAULT_KIND:
            label = tell(KIND_LABELS[self.query.kind])
            chips.append(Chip(tell(FACET_LABELS["kind"]), label, self.url_with(kind="")))
        return chips

    @property
    def kinds(self) -> tuple[Choice, ...]:
        return tuple(
            Choice(kind, tell(label), kind == self.query.kind)
            for kind, label in KIND_LABELS.items()
        )

    @property
    def sorts(self) -> tuple[Choice, ...]:
        return tuple(
            Choice(sort.value, tell(label), sort is self.query.sort)
            for sort, label in SORT_LABELS.items()
        )

    def groups(self, facets: Mapping[str, tuple[FacetValue, ...]]) -> Iterator[Group]:
        """The facets that can narrow these results, as groups of checkboxes."""
        for name, values in facets.items():
            if name != "kind":
                chosen = sum(value.chosen for value in values)
                choices = tuple(Choice(v.code, v.label, v.chosen, v.count) for v in values)
                is_open = bool(chosen) or name in OPEN_FACETS
                yield Group(name, tell(FACET_LABELS[name]), choices, is_open, chosen)

    def page_numbers(self, results: Results) -> list[int | None]:
        """First, last and the pages around this one; None where some are left out."""
        last, here = results.pages, self.query.paging.page
        near = range(max(1, here - NEIGHBOURS), min(last, here + NEIGHBOURS) + 1)
        numbers: list[int | None] = []
        for number in sorted({1, last, *near}):
            if numbers and number != (numbers[-1] or 0) + 1:
                numbers.append(None)
            numbers.append(number)
        return numbers

    def url_with(self, **changes: str) -> str:
        """The same search with parameters set, or left out where empty; it starts on page 1."""
        kept = [(name, value) for name, value in self._parameters() if name not in changes]
        return self._url(kept + [(name, value) for name, value in changes.items() if value])

    def _parameters(self) -> Parameters:
        """What was asked, without what is the default anyway."""
        query = self.query
        found = [("q", query.text)] if query.text else []
        found += [(facet, code) for facet, codes in query.filters.items() for code in codes]
        if query.kind != DEFAULT_KIND:
            found.append(("kind", query.kind))
        if query.sort is not Sort.RELEVANCE:
            found.append(("sort", query.sort.value))
        if query.paging.per_page != PER_PAGE:
            found.append(("per_page", str(query.paging.per_page)))
        if query.is_exact:
            found.append(("exact", "1"))
        return found

    def _url(self, parameters: Parameters) -> str:
        values: dict[str, list[str]] = {}
        for name, value in parameters:
            values.setdefault(name, []).append(value)
        return url_for("browse.search", **values)  # type: ignore[arg-type]
