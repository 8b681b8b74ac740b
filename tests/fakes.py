"""In-memory stand-ins for the ports; each passes the contract of the real adapter."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
import hashlib
from itertools import islice

from markupsafe import Markup

from kb.adapters.letters import message_of
from kb.adapters.whoosh_index.analysis import is_stop, occurrences, sort_key, term
from kb.adapters.whoosh_index.completing import completions
from kb.adapters.whoosh_index.conditions import (
    AllOf,
    AnyOf,
    Bare,
    Joined,
    Leaf,
    Node,
    Not,
    Phrase,
    Prefix,
    Widened,
    Within,
    Word,
    positive_leaves,
)
from kb.adapters.whoosh_index.correcting import understand
from kb.adapters.whoosh_index.lexicon import Lexicon
from kb.adapters.whoosh_index.matching import (
    ALTERNATIVE,
    BOTH,
    OTHER_LANGUAGE,
    QUESTION,
    demands,
)
from kb.adapters.whoosh_index.schema import WEIGHTS, texts_of
from kb.adapters.whoosh_index.snippets import snippet, wanted
from kb.adapters.whoosh_index.thesaurus import lookup, named
from kb.core.errors import NotFound
from kb.core.language import Locale
from kb.core.messages import msg
from kb.core.ports import (
    Clock,
    IndexUnavailable,
    Letter,
    MailNotAccepted,
    NotIndexable,
    SearchDocument,
    SearchHit,
    SearchIndex,
    SearchRequest,
    SearchResult,
    Sort,
)
from kb.practices.readers import MEMBER, VISITOR, Reader


@dataclass(frozen=True)
class _Indexed:
    """A document and where each term stands in its texts, by language and field."""

    document: SearchDocument
    terms: dict[tuple[Locale, str], dict[str, list[int]]]

    def title(self, locale: Locale) -> str:
        texts = self.document.texts
        titles = (sort_key(texts[each].title) for each in (locale, locale.other) if each in texts)
        return next(filter(None, titles), "")


class MemoryIndex:
    """Looks at every document for every query; like the real one it starts without an index."""

    def __init__(self) -> None:
        self._indexed: dict[str, _Indexed] | None = None
        self._bookmark = ""

    def replace_all(
        self, documents: Iterable[SearchDocument], bookmark: Callable[[], str] | None = None
    ) -> None:
        indexed: dict[str, _Indexed] = {}
        for document in documents:
            if document.slug in indexed:
                raise ValueError(f"two documents are called {document.slug}")
            indexed[document.slug] = _index(document)
        self._indexed, self._bookmark = indexed, bookmark() if bookmark else ""

    def apply(
        self,
        upserts: Iterable[SearchDocument],
        deletions: Iterable[str],
        bookmark: Callable[[], str] | None = None,
    ) -> None:
        upserts = list(upserts)
        deletions = set(deletions)
        stamps = self.stamps()
        changed = {
            document.slug: _index(document)
            for document in upserts
            if stamps.get(document.slug) != document.stamp
        }
        kept = {**self._all(), **changed}
        self._bookmark = bookmark() if bookmark else self._bookmark
        self._indexed = {slug: value for slug, value in kept.items() if slug not in deletions}

    def bookmark(self) -> str:
        self._all()
        return self._bookmark

    def stamps(self) -> Mapping[str, str]:
        return {slug: indexed.document.stamp for slug, indexed in self._all().items()}

    def related(self, slug: str, limit: int) -> tuple[str, ...]:
        chosen = self._all().get(slug)
        if chosen is None:
            return ()
        likeness = {
            other: _likeness(chosen, indexed)
            for other, indexed in self._all().items()
            if other != slug
        }
        near = sorted((-score, other) for other, score in likeness.items() if score)
        return tuple(other for _, other in near[: max(0, limit)])

    def complete(self, text: str, locale: Locale, limit: int) -> tuple[str, ...]:
        found = completions(_Texts(self._all(), locale, is_exact=True), text)
        return tuple(islice(found, max(0, limit)))

    def search(self, request: SearchRequest) -> SearchResult:
        texts = _Texts(self._all(), request.locale, is_exact=request.is_exact)
        meaning = understand(texts, request, lookup(request.thesaurus))
        node, found = meaning.node, meaning.matches
        left = [one for one in found.documents if _passes(one, request.filters)]
        ordered = sorted(left, key=lambda one: _key(texts, one, node, request))
        first = request.paging.offset
        return SearchResult(
            total=len(left),
            hits=tuple(
                SearchHit(
                    one.document.slug,
                    texts.score(one, node),
                    texts.snippet(one, node) if request.has_passages else Markup(),
                    one.document.stamp,
                )
                for one in ordered[first : first + request.paging.per_page]
            ),
            facets=self._facets(found.documents, request.filters),
            suggestion=meaning.suggestion,
            is_loosened=found.is_loosened,
            expansions=named(node, request.locale, texts.occurs),
            corrected=meaning.corrected,
        )

    def _all(self) -> dict[str, _Indexed]:
        if self._indexed is None:
            raise IndexUnavailable("there is no index yet")
        return self._indexed

    def _facets(
        self, found: list[_Indexed], filters: Mapping[str, frozenset[str]]
    ) -> dict[str, dict[str, int]]:
        chosen = {facet: values for facet, values in filters.items() if values}
        known = {facet for one in self._all().values() for facet in one.document.facets}
        counts: dict[str, dict[str, int]] = {}
        for facet in known | chosen.keys():
            others = {name: values for name, values in chosen.items() if name != facet}
            counter = Counter(dict.fromkeys(chosen.get(facet, ()), 0))
            for one in found:
                if _passes(one, others):
                    counter.update(set(one.document.facets.get(facet, ())))
            counts[facet] = dict(counter)
        return counts


@dataclass(frozen=True)
class _Found:
    documents: list[_Indexed]
    is_loosened: bool = False

    @property
    def bits(self) -> int:
        return len(self.documents)


class _Texts:
    """All documents, asked by a reader of a language."""

    def __init__(self, indexed: Mapping[str, _Indexed], locale: Locale, *, is_exact: bool) -> None:
        self._documents = list(indexed.values())
        self._is_exact = is_exact
        self.locale = locale
        self.lexicon = Lexicon()
        for one in self._documents:
            self.lexicon.add(texts_of(one.document))

    def find(self, node: Node | None) -> _Found:
        """What is meant, or what comes near it."""
        if node is None:
            return _Found(self._documents)
        if isinstance(node, AllOf) and node.implied and not self._is_exact:
            found = self._conjunction(node)
        else:
            found = _Found(self._having(node))
        leaves = list(positive_leaves(node))
        stopped = [leaf for leaf in leaves if isinstance(leaf, Word) and is_stop(leaf.folded)]
        is_nothing = not found.documents and leaves and leaves == stopped
        return _Found(self._documents) if is_nothing else found

    def is_known(self, leaf: Leaf) -> bool:
        return any(self.occurs(locale, leaf) for locale in Locale)

    def occurs(self, locale: Locale, leaf: Leaf) -> bool:
        return any(
            times and at is locale
            for one in self._documents
            for at, _, times in self._times(one, leaf)
        )

    def score(self, one: _Indexed, node: Node | None) -> float:
        match node:
            case AllOf(parts) | AnyOf(parts):
                return sum(self.score(one, part) for part in parts)
            case Widened(literal, others):
                besides = ALTERNATIVE * max(self.score(one, other.leaf) for other in others)
                return max(self.score(one, literal), besides) + BOTH * besides
            case None | Not():
                return 0.0
        weighed: Counter[Locale] = Counter()
        for locale, field, times in self._times(one, node):
            weighed[locale] += times * WEIGHTS[field].boost
        return max(
            (
                (1 if locale is self.locale else OTHER_LANGUAGE) * weight / (weight + 2)
                for locale, weight in weighed.items()
            ),
            default=0.0,
        )

    def snippet(self, one: _Indexed, node: Node | None) -> Markup:
        texts = texts_of(one.document)
        for locale in (self.locale, self.locale.other):
            if locale in texts:
                return snippet(texts[locale], wanted(node, locale, self._expand))
        return Markup()

    def _conjunction(self, node: AllOf) -> _Found:
        strict = self._having(node)
        bare = [part for part in node.parts if isinstance(part, Bare)]
        if len(bare) < 2 or (strict and len(bare) < QUESTION):
            return _Found(strict)
        rest = self._having(AllOf(tuple(part for part in node.parts if part not in bare)))
        having = [len(self._having(part)) for part in bare]
        weights, quorums = demands(having, len(self._documents))
        for quorum in quorums:
            found = [
                one
                for one in rest
                if sum(w for w, part in zip(weights, bare, strict=True) if self._holds(one, part))
                >= quorum
            ]
            if found:
                return _Found(found, is_loosened=found != strict)
        return _Found([])

    def _having(self, node: Node) -> list[_Indexed]:
        return [one for one in self._documents if self._holds(one, node)]

    def _holds(self, one: _Indexed, node: Node) -> bool:
        match node:
            case AllOf(parts):
                return all(self._holds(one, part) for part in parts)
            case AnyOf(parts):
                return any(self._holds(one, part) for part in parts)
            case Not(part):
                return not self._holds(one, part)
            case Widened(literal, others):
                return any(self._holds(one, leaf) for leaf in (literal, *(o.leaf for o in others)))
            case leaf:
                return any(times for *_, times in self._times(one, leaf))

    def _times(self, one: _Indexed, leaf: Node) -> Iterator[tuple[Locale, str, int]]:
        for (locale, field), terms in one.terms.items():
            match leaf:
                case Within(fields, within):
                    inside = (found for found in self._times(one, within) if found[1] in fields)
                    yield from (found for found in inside if found[:2] == (locale, field))
                    continue
                case Word(folded):
                    times = len(terms.get(term(folded, locale), ()))
                case Prefix(folded):
                    stems = set(self._expand(folded, locale))
                    times = sum(len(terms.get(stem, ())) for stem in stems)
                case Phrase():
                    times = _times_in_a_row(leaf, locale, terms)
                case Joined(whole, parts):
                    times = len(terms.get(term(whole.folded, locale), ()))
                    times += _times_in_a_row(parts, locale, terms)
                case _:
                    times = 0
            yield locale, field, times

    def _expand(self, prefix: str, locale: Locale) -> tuple[str, ...]:
        return tuple(term(word, locale) for word in self.lexicon.beginning(prefix, locale, 100))


def _key(
    texts: _Texts, one: _Indexed, node: Node | None, request: SearchRequest
) -> tuple[object, ...]:
    newest, slug = -one.document.published_at.timestamp(), one.document.slug
    title = one.title(request.locale)
    if request.sort is Sort.RELEVANCE and list(positive_leaves(node)):
        return (-texts.score(one, node), slug)
    return {
        Sort.RELEVANCE: (newest, title, slug),
        Sort.NEWEST: (newest, slug),
        Sort.TITLE: (title, slug),
    }[request.sort]


def memory_indexes() -> dict[Reader, SearchIndex]:
    """One for visitors, one for members."""
    return {VISITOR: MemoryIndex(), MEMBER: MemoryIndex()}


def _index(document: SearchDocument) -> _Indexed:
    try:
        terms = {
            (locale, field): occurrences(getattr(text, field), locale)
            for locale, text in texts_of(document).items()
            for field in WEIGHTS
        }
    except Exception as error:
        raise NotIndexable(document.slug) from error
    return _Indexed(document, terms)


def _passes(one: _Indexed, filters: Mapping[str, frozenset[str]]) -> bool:
    return all(
        not values or values & set(one.document.facets.get(facet, ()))
        for facet, values in filters.items()
    )


def _times_in_a_row(phrase: Phrase, locale: Locale, terms: Mapping[str, list[int]]) -> int:
    wanted_terms = phrase.terms(locale)
    beginnings = [{at - offset for at in terms.get(stem, ())} for offset, stem in wanted_terms]
    return len(set.intersection(*beginnings)) if beginnings else 0


def _likeness(first: _Indexed, second: _Indexed) -> float:
    def shared(facet: str) -> int:
        both = (set(one.document.facets.get(facet, ())) for one in (first, second))
        return len(set.intersection(*both))

    words = [{stem for terms in one.terms.values() for stem in terms} for one in (first, second)]
    likeness = 3 * shared("theme") + 2 * shared("actor") + 0.1 * len(words[0] & words[1])
    return likeness if shared("kind") else likeness * 0.7


class MemoryFiles:
    """Files in a dictionary; `free` is how much more may be put."""

    def __init__(self, clock: Clock, free: int = 1 << 30) -> None:
        self.free = free
        self._clock = clock
        self._files: dict[str, tuple[bytes, datetime]] = {}

    def put(self, body: bytes) -> str:
        content_hash = hashlib.sha256(body).hexdigest()
        self._files[content_hash] = (body, self._clock.now())
        return content_hash

    def read(self, content_hash: str) -> bytes:
        return self._found(content_hash)[0]

    def written_at(self, content_hash: str) -> datetime:
        return self._found(content_hash)[1]

    def remove(self, content_hash: str) -> None:
        self._files.pop(content_hash, None)

    def hashes(self) -> Iterable[str]:
        return sorted(self._files)

    def free_bytes(self) -> int:
        return self.free

    def remove_unfinished(self, before: datetime) -> int:
        return 0

    def _found(self, content_hash: str) -> tuple[bytes, datetime]:
        if content_hash not in self._files:
            raise NotFound(msg("There is no such page."))
        return self._files[content_hash]


class MemoryMailer:
    """Letters in a list; `down` makes it refuse everything."""

    def __init__(self, clock: Clock) -> None:
        self.letters: list[Letter] = []
        self.down = False
        self._clock = clock

    def send(self, letter: Letter) -> None:
        message_of(letter, "palabre@palabre.example", self._clock.now())
        if self.down:
            raise MailNotAccepted("down") from ConnectionRefusedError()
        self.letters.append(letter)
