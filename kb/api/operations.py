"""How an operation of the API is written down: one row makes its route and its description."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
import re
from typing import Any

from flask import Response
from pydantic import BaseModel

from kb.core.language import Locale
from kb.core.paging import PER_PAGE, PER_PAGE_LIMIT
from kb.core.ports import Sort
from kb.practices.facets import FACETS
from kb.search.service import DEFAULT_KIND, PAGE_LIMIT
from kb.search.suggesting import WORDS_LIMIT

PLACEHOLDER = re.compile(r"<([a-z_]+)>")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A query parameter; its schema is JSON Schema."""

    name: str
    description: str
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """A route: its rule, what runs, and what comes back. `also` are answers in other types."""

    rule: str
    endpoint: str
    view: Callable[..., Response]
    summary: str
    answer: type[BaseModel] | None = None
    also: Mapping[str, type[BaseModel]] = field(default_factory=dict)
    parameters: tuple[Parameter, ...] = ()
    uses_index: bool = False
    may_be_missing: bool = False
    # What is sent, with a key: the operation writes.
    body: type[BaseModel] | None = None

    @property
    def method(self) -> str:
        return "GET" if self.body is None else "POST"

    @property
    def path(self) -> str:
        """The address as OpenAPI writes it."""
        return PLACEHOLDER.sub(r"{\1}", self.rule)

    @property
    def path_parameters(self) -> tuple[str, ...]:
        return tuple(PLACEHOLDER.findall(self.rule))


LANG = Parameter(
    "lang",
    "Language of texts, labels and errors; any other value is refused with 422. Without it the "
    "site's own, French unless its operator chose otherwise.",
    {"type": "string", "enum": [locale.value for locale in Locale]},
)
_CODES = {"type": "array", "items": {"type": "string"}}
SEARCH_PARAMETERS: tuple[Parameter, ...] = (
    Parameter(
        "q",
        'Words, "a phrase", prefix*, AND, OR, NOT, field:word: the page `/{lang}/help` tells.',
        {"type": "string"},
    ),
    *(
        Parameter(
            facet,
            f"Codes of the vocabulary `{vocabulary}`; repeat the parameter for any of several.",
            _CODES,
        )
        for facet, vocabulary in FACETS.items()
        if facet != "kind"
    ),
    Parameter(
        "kind",
        "`practice`, `lesson` (what not to copy) or `all`.",
        {"type": "string", "default": DEFAULT_KIND},
    ),
    Parameter(
        "sort",
        "Order of the results.",
        {
            "type": "string",
            "enum": [sort.value for sort in Sort],
            "default": Sort.RELEVANCE.value,
        },
    ),
    Parameter(
        "page",
        "Number of the page, from 1.",
        {"type": "integer", "minimum": 1, "maximum": PAGE_LIMIT, "default": 1},
    ),
    Parameter(
        "per_page",
        "Results on a page.",
        {"type": "integer", "minimum": 1, "maximum": PER_PAGE_LIMIT, "default": PER_PAGE},
    ),
    Parameter(
        "exact",
        "`1` searches for the words as sent: neither widened by the thesaurus nor corrected.",
        {"type": "string", "enum": ["0", "1"], "default": "0"},
    ),
)
SUGGEST_PARAMETERS: tuple[Parameter, ...] = (
    Parameter("q", "What was typed so far; two letters or more.", {"type": "string"}),
    Parameter(
        "limit",
        "Words at most.",
        {"type": "integer", "minimum": 1, "maximum": WORDS_LIMIT, "default": WORDS_LIMIT},
    ),
)
INDICATOR_PARAMETERS: tuple[Parameter, ...] = (
    Parameter(
        "quarter",
        "A quarter that is over, such as `2026-q1`; without it the last one.",
        {"type": "string", "pattern": "^[0-9]{4}-q[1-4]$"},
    ),
)
