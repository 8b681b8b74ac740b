"""What the map page shows: the regions as a map and as a table, countries and themes as bars."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from flask import url_for

from kb.core.folding import fold
from kb.core.language import Locale
from kb.practices.facets import FACETS
from kb.search.counts import Counts
from kb.vocabularies.catalogue import Term, Vocabularies
from kb.web.figures.bars import Bar, bar_chart
from kb.web.figures.choropleth import Choropleth, choropleth
from kb.web.figures.outlines import Outlines
from kb.web.figures.value import Value


@dataclass(frozen=True, slots=True)
class Row:
    """A region of the table; one that was taken out of the row above is counted there, too."""

    value: Value
    is_part: bool


@dataclass(frozen=True, slots=True)
class Country:
    """A country with those of its regions that have practices."""

    name: str
    rows: tuple[Row, ...]


class MapPage:
    """The practices by place and theme, in the reader's language."""

    def __init__(
        self, counts: Counts, outlines: Outlines, vocabularies: Vocabularies, locale: Locale
    ) -> None:
        self.total = counts.total
        self._counts = counts
        self._outlines = outlines
        self._vocabularies = vocabularies
        self._locale = locale

    @cached_property
    def map(self) -> Choropleth:
        """All regions that have an outline, those without practices included."""
        codes = (outline.code for outline in self._outlines.regions)
        return choropleth(self._outlines, {code: self._value("region", code) for code in codes})

    @property
    def countries(self) -> list[Country]:
        """The table beside the map, the countries in the order of the vocabulary."""
        codes = self._codes("region")
        # ISO 3166-2: what stands before the hyphen is the country.
        country_of = {code: code.partition("-")[0] for code in codes}
        known = [term.code for term in self._terms("country")]
        unknown = sorted(set(country_of.values()) - set(known))
        return [
            Country(self._label("country", country), rows)
            for country in (*known, *unknown)
            if (rows := tuple(self._rows([c for c in codes if country_of[c] == country])))
        ]

    @property
    def parts(self) -> list[tuple[str, str]]:
        """Regions without an outline, each with the one it is counted in."""
        return [
            (self._label("region", term.code), self._label("region", term.parent))
            for term in self._terms("region")
            if term.parent is not None and term.code not in self._drawn
        ]

    @property
    def elsewhere(self) -> list[str]:
        """Regions with practices that the map does not show, not even as part of another."""
        return [
            self._label("region", code)
            for code in self._codes("region")
            if code not in self._drawn and self._parent(code) is None
        ]

    def bars(self, facet: str) -> tuple[Bar, ...]:
        """The values of a facet that have practices, as a chart."""
        return bar_chart(self._value(facet, code) for code in self._codes(facet))

    @cached_property
    def _drawn(self) -> frozenset[str]:
        return frozenset(outline.code for outline in self._outlines.regions)

    def _rows(self, codes: list[str]) -> Iterator[Row]:
        for code in codes:
            if self._parent(code) not in codes:
                yield Row(self._value("region", code), is_part=False)
                for part in codes:
                    if self._parent(part) == code:
                        yield Row(self._value("region", part), is_part=True)

    def _codes(self, facet: str) -> list[str]:
        """What has practices, the most first."""
        counts = self._counts.by_facet.get(facet, {})
        return sorted(
            (code for code, count in counts.items() if count > 0),
            key=lambda code: (-counts[code], fold(self._label(facet, code)), code),
        )

    def _value(self, facet: str, code: str) -> Value:
        count = self._counts.by_facet.get(facet, {}).get(code, 0)
        address = {facet: code}
        url = url_for("browse.search", **address) if count else ""  # type: ignore[arg-type]
        return Value(self._label(facet, code), count, url)

    def _label(self, facet: str, code: str) -> str:
        return self._vocabularies.label(FACETS[facet], code, self._locale)

    def _parent(self, code: str) -> str | None:
        term = self._vocabularies.term(FACETS["region"], code)
        return term.parent if term else None

    def _terms(self, facet: str) -> tuple[Term, ...]:
        vocabulary = self._vocabularies.by_name.get(FACETS[facet])
        return vocabulary.terms if vocabulary else ()
