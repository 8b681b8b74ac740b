"""What the editors' dashboard shows: numbers by group, their figures, and ways to the rows."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from urllib.parse import urlencode

from flask import url_for

from kb.adoption.stages import STAGE_LABELS, Stage
from kb.core.folding import fold
from kb.core.language import Locale
from kb.indicators.definitions import COVERING, GROUP_TITLES, Group, Key, Unit
from kb.indicators.filters import TERMS, Filters
from kb.indicators.measuring import Measured, Measures, quarters_and_counts
from kb.vocabularies.catalogue import Term, Vocabularies
from kb.web.figures.bars import Bar, bar_chart
from kb.web.figures.choropleth import Choropleth, choropleth
from kb.web.figures.lines import LineChart, Series, line_chart
from kb.web.figures.outlines import Outlines
from kb.web.figures.stacked import StackedBars, stacked_bars
from kb.web.figures.value import Value
from kb.web.indicators.words import Names, number_of, quarter_name
from kb.web.language import tell

# Over time, in one chart each.
ENTRIES_OVER_TIME = (Key.IDENTIFIED, Key.SUBMITTED, Key.PUBLISHED)
ADOPTIONS_OVER_TIME = (Key.RECORDED,)


class Dashboard:
    """All measures in the reader's language; every number leads to what was counted."""

    def __init__(
        self, measures: Measures, outlines: Outlines, vocabularies: Vocabularies, locale: Locale
    ) -> None:
        self.measures = measures
        self.filters = measures.filters
        self._outlines = outlines
        self._vocabularies = vocabularies
        self.names = Names(vocabularies, locale)

    @property
    def groups(self) -> Iterator[tuple[Group, str, list[Measured]]]:
        """Code, heading and measures of each group."""
        for group, title in GROUP_TITLES.items():
            listed = [one for one in self.measures.listed() if one.indicator.group is group]
            yield group, tell(title), listed

    def number(self, measured: Measured) -> str:
        return number_of(measured)

    def rows_url(self, key: Key, part: str = "") -> str:
        """Where the rows of an indicator, or of a part of it, are listed."""
        return address_of_rows(self.filters, key, part)

    def has_rows(self, measured: Measured) -> bool:
        """Whether its number is one of rows: that of terms is told by the bars."""
        one = measured.indicator
        counted = measured.numerator if one.unit is Unit.COUNT else measured.denominator
        return one.key not in COVERING and bool(counted)

    def bars(self, key: Key) -> tuple[Bar, ...]:
        """The parts of an indicator, the most first."""
        parts = self.measures[key].parts
        ordered = sorted(parts, key=lambda c: (-parts[c], fold(self.names.part(key, c)), c))
        return bar_chart(self._value(key, code) for code in ordered)

    @cached_property
    def map(self) -> Choropleth:
        codes = (outline.code for outline in self._outlines.regions)
        return choropleth(self._outlines, {code: self._value(Key.REGIONS, code) for code in codes})

    @property
    def entries_over_time(self) -> LineChart:
        return self._over_time(ENTRIES_OVER_TIME)

    @property
    def adoptions_over_time(self) -> LineChart:
        return self._over_time(ADOPTIONS_OVER_TIME)

    @cached_property
    def stages(self) -> StackedBars:
        """Kinds of organisations by how far they are."""
        found = self.measures.stages
        order = [term.code for term in self._terms("organisation_types") if term.code in found]
        order += sorted(set(found) - set(order))
        rows = [
            (
                self.names.organisation_type(kind),
                [found[kind].get(stage, 0) for stage in Stage],
            )
            for kind in order
        ]
        urls = [self.rows_url(Key.STAGES, kind) for kind in order]
        return stacked_bars([tell(STAGE_LABELS[stage]) for stage in Stage], rows, urls)

    @property
    def choices(self) -> Mapping[str, list[tuple[str, str]]]:
        """What each filter may be set to, for its field."""
        return filter_choices(self._vocabularies, self.names)

    def download_url(self, form: str) -> str:
        return with_filters("indicators.download", self.filters, form=form)

    @property
    def report_url(self) -> str:
        return with_filters("indicators.report", self.filters)

    def _value(self, key: Key, code: str) -> Value:
        count = self.measures[key].parts.get(code, 0)
        return Value(self.names.part(key, code), count, self.rows_url(key, code) if count else "")

    def _over_time(self, keys: tuple[Key, ...]) -> LineChart:
        lines = quarters_and_counts(self.measures, keys)
        return line_chart(
            [quarter_name(quarter) for quarter, _ in lines],
            [
                Series(tell(self.measures[key].indicator.title), tuple(c[at] for _, c in lines))
                for at, key in enumerate(keys)
            ],
        )

    def _terms(self, name: str) -> tuple[Term, ...]:
        vocabulary = self._vocabularies.by_name.get(name)
        return vocabulary.terms if vocabulary else ()


def filter_choices(
    vocabularies: Vocabularies, names: Names
) -> Mapping[str, list[tuple[str, str]]]:
    """Codes and names for each filter, with "all" in front left to the template."""
    found = {}
    for name, vocabulary in TERMS.items():
        listed = vocabularies.by_name.get(vocabulary)
        found[name] = (
            [(term.code, names.term(vocabulary, term.code)) for term in listed.terms]
            if listed
            else []
        )
    return found


def address_of_rows(filters: Filters, key: Key, part: str = "") -> str:
    """The rows of an indicator with these filters."""
    address = with_filters("indicators.rows", filters, key=key)
    return f"{address}&{urlencode({'of': part})}" if part else address


def with_filters(endpoint: str, filters: Filters, **values: str) -> str:
    """The address of a page with these filters."""
    query = urlencode(filters.parameters, doseq=True)
    return f"{url_for(endpoint, **values)}?{query}"  # type: ignore[arg-type]
