"""The wire format of what a search answers."""

from kb.api.schemas import PracticeSummary, Wire
from kb.core.language import Locale


class Hit(PracticeSummary):
    """A practice found; `snippet` is escaped HTML with `<mark>` around what matched."""

    snippet: str
    score: float


class FacetCount(Wire):
    """A value to filter by, and how many results it would leave."""

    value: str
    label: str
    count: int


class QueryEcho(Wire):
    """The query as it was understood; `ignored` names the parameters that were not."""

    q: str
    lang: Locale
    kind: str
    sort: str
    exact: bool
    filters: dict[str, tuple[str, ...]]
    ignored: tuple[str, ...]


class SearchAnswer(Wire):
    """One page of a search, with the facets counted over all pages.

    `expansions` are words of the thesaurus that were also searched for. `corrected`, if not null,
    is what these are the results for: nothing has the words as they were sent. `promoted` is what
    the editors put above the results of this query; it is not counted in `total`.
    """

    total: int
    page: int
    per_page: int
    took_ms: float
    query: QueryEcho
    suggestion: str | None
    expansions: tuple[str, ...]
    corrected: str | None
    promoted: tuple[PracticeSummary, ...]
    results: tuple[Hit, ...]
    facets: dict[str, tuple[FacetCount, ...]]


class RelatedAnswer(Wire):
    """Similar practices, nearest first."""

    results: tuple[PracticeSummary, ...]


class SuggestedWords(Wire):
    """Words to search for; `url` is the page of their results."""

    text: str
    url: str


class SuggestedPractice(Wire):
    """A practice that is called so; `lang` is the language of its title."""

    slug: str
    lang: Locale
    title: str
    url: str


class SuggestAnswer(Wire):
    """What may be meant by the letters typed so far; `ignored` as in a search."""

    query: str
    ignored: tuple[str, ...]
    suggestions: tuple[SuggestedWords, ...]
    practices: tuple[SuggestedPractice, ...]
