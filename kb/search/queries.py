"""A query as a key: what editors steer by is the same query however it was typed."""

import re

from kb.core.folding import fold
from kb.practices.draft import tidy
from kb.search.models import TEXT_LENGTH
from kb.search.service import DEFAULT_KIND, EVERY_KIND, Query

_WORD = re.compile(r"[^\W_]+")


def query_key(text: str) -> str:
    """The words of a query without accents, capitals and signs; empty where it has none."""
    return " ".join(_WORD.findall(fold(text)))


def shown_text(text: str) -> str:
    """A query as it was typed, on one line and no longer than is kept."""
    return " ".join(tidy(text, many_lines=False).split())[:TEXT_LENGTH].strip()


def is_plain(query: Query) -> bool:
    """Whether this is the first page for some words alone, not narrowed by any filter."""
    is_whole = not query.filters and query.kind in {DEFAULT_KIND, EVERY_KIND}
    return is_whole and query.paging.page == 1 and bool(query_key(query.text))
