"""What we need from the outside: time, safe HTML, a search index, files and mail."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from markupsafe import Markup

from kb.core.language import Locale
from kb.core.paging import Paging


class Clock(Protocol):
    """The current time, aware and in UTC."""

    def now(self) -> datetime: ...


class Renderer(Protocol):
    """Markdown to safe HTML, within a bounded time whatever the text."""

    @property
    def version(self) -> str: ...

    def render(self, markdown: str) -> Markup: ...

    def render_all(self, texts: Mapping[str, str]) -> "Rendered": ...


@dataclass(frozen=True, slots=True)
class Rendered:
    """The safe HTML of several texts; not `complete` if some are shown as they were written."""

    html: Mapping[str, Markup]
    complete: bool


class Sort(StrEnum):
    """Orders a reader can ask for."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    TITLE = "title"


@dataclass(frozen=True, slots=True)
class SearchText:
    """What is searched in one language; plain text without markup."""

    title: str
    local_name: str
    summary: str
    body: str
    tags: str


@dataclass(frozen=True, slots=True)
class SearchDocument:
    """A published practice as the index knows it; `stamp` changes when anything in it does."""

    slug: str
    stamp: str
    published_at: datetime
    texts: Mapping[Locale, SearchText]
    facets: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, eq=False)
class Thesaurus:
    """Words that stand for each other: each group holds words and phrases of any language.

    Made once and asked with often, so one is told from another by identity.
    """

    groups: tuple[tuple[str, ...], ...] = ()


NO_THESAURUS = Thesaurus()


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A query, chosen facet values (any within a facet, all facets together) and a page.

    An exact one is answered as typed: not widened by the thesaurus, not corrected, and with all
    the words. Passages take as long as everything else: who shows none need not ask for them.
    """

    text: str = ""
    locale: Locale = Locale.FR
    filters: Mapping[str, frozenset[str]] = field(default_factory=dict)
    sort: Sort = Sort.RELEVANCE
    paging: Paging = field(default_factory=Paging)
    thesaurus: Thesaurus = NO_THESAURUS
    is_exact: bool = False
    has_passages: bool = True


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A practice found, as it was when indexed with this stamp.

    `snippet` is escaped text with `<mark>` around what matched; empty where none was asked for.
    """

    slug: str
    score: float
    snippet: Markup
    stamp: str


@dataclass(frozen=True, slots=True)
class SearchResult:
    """One page of hits; each facet is counted with the filters of the *other* facets applied.

    `is_loosened` says that these do not all have all the words: few texts have every word of a
    question.
    `expansions` are the words of the thesaurus that were also looked for, as far as they are in
    a text. `corrected` is set when nothing has the words as typed: these are the results for it.
    """

    total: int
    hits: tuple[SearchHit, ...]
    facets: Mapping[str, Mapping[str, int]]
    suggestion: str | None = None
    is_loosened: bool = False
    expansions: tuple[str, ...] = ()
    corrected: str | None = None


class SearchIndex(Protocol):
    """A disposable projection of the published practices. Any query text gets an answer.

    Raises IndexUnavailable when the index is missing, damaged or foreign. Writers read what they
    are given - upserts first - while all other writers wait: an iterable that looks at the
    database only then cannot bring back what another writer has just taken out.

    A bookmark is a text of the writer's own that changes in the same moment as the index: asked
    for after everything else was read. Without one `apply` leaves it, `replace_all` empties it.

    Writers raise NotIndexable, having changed nothing, for a document they cannot take.
    """

    def search(self, request: SearchRequest) -> SearchResult: ...

    def related(self, slug: str, limit: int) -> tuple[str, ...]: ...

    def complete(self, text: str, locale: Locale, limit: int) -> tuple[str, ...]:
        """What is being typed, with its last word completed in ways that find something."""
        ...

    def stamps(self) -> Mapping[str, str]: ...

    def bookmark(self) -> str: ...

    def apply(
        self,
        upserts: Iterable[SearchDocument],
        deletions: Iterable[str],
        bookmark: Callable[[], str] | None = None,
    ) -> None: ...

    def replace_all(
        self, documents: Iterable[SearchDocument], bookmark: Callable[[], str] | None = None
    ) -> None: ...


class IndexUnavailable(Exception):
    """There is no usable index right now; a rebuild makes one."""


class IndexBusy(IndexUnavailable):
    """Another writer takes too long; the index may well be good."""


class NotIndexable(Exception):
    """A document that the engine cannot take; nothing was written because of it."""

    def __init__(self, slug: str) -> None:
        super().__init__(slug)
        self.slug = slug


class FileStore(Protocol):
    """Files by the SHA-256 of their content: written once, whole, and never changed."""

    def put(self, body: bytes) -> str: ...

    def read(self, content_hash: str) -> bytes:
        """The content; raises NotFound where there is none."""
        ...

    def written_at(self, content_hash: str) -> datetime:
        """When it was last put; raises NotFound where there is none."""
        ...

    def remove(self, content_hash: str) -> None: ...

    def hashes(self) -> Iterable[str]: ...

    def free_bytes(self) -> int:
        """How much more may be put, leaving room for everything that is not a file."""
        ...

    def remove_unfinished(self, before: datetime) -> int:
        """Clear away what a crash left half written before this time; returns how much."""
        ...


@dataclass(frozen=True, slots=True)
class Letter:
    """A plain-text mail; `key` names it, so that sending it again can be told from another."""

    key: str
    to: str
    subject: str
    body: str
    locale: Locale


class Mailer(Protocol):
    """Hands a letter over; raises MailNotAccepted where it certainly was not taken."""

    def send(self, letter: Letter) -> None: ...


class MailNotAccepted(Exception):
    """The mail server is away, slow or refuses; the letter can be tried again later."""
