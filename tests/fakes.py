"""In-memory stand-ins for the ports; each passes the contract of the real adapter."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
import hashlib

from markupsafe import Markup

from kb.adapters.letters import message_of
from kb.adapters.whoosh_index.analysis import (
    fold,
    hyphen_runs,
    is_stop,
    occurrences,
    sort_key,
    term,
)
from kb.adapters.whoosh_index.lexicon import Lexicon
from kb.adapters.whoosh_index.query import (
    AllOf,
    AnyOf,
    Joined,
    Node,
    Not,
    Phrase,
    Prefix,
    Word,
    parse,
    positive_leaves,
)
from kb.adapters.whoosh_index.schema import WEIGHTS, texts_of
from kb.adapters.whoosh_index.snippets import snippet, wanted
from kb.core.errors import NotFound
from kb.core.language import Locale
from kb.core.messages import msg
from kb.core.ports import (
    Clock,
    IndexUnavailable,
    Letter,
    MailNotAccepted,
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

    def replace_all(self, documents: Iterable[SearchDocument]) -> None:
        indexed: dict[str, _Indexed] = {}
        for document in documents:
            if document.slug in indexed:
                raise ValueError(f"two documents are called {document.slug}")
            indexed[document.slug] = _index(document)
        self._indexed = indexed

    def apply(self, upserts: Iterable[SearchDocument], deletions: Iterable[str]) -> None:
        upserts = list(upserts)
        deletions = set(deletions)
        stamps = self.stamps()
        changed = {
            document.slug: _index(document)
            for document in upserts
            if stamps.get(document.slug) != document.stamp
        }
        kept = {**self._all(), **changed}
        self._indexed = {slug: value for slug, value in kept.items() if slug not in deletions}

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
        last = next(reversed(list(hyphen_runs(text))), None)
        if last is None or last.end() < len(text):
            return ()
        words = self._lexicon().beginning(fold(last[0]), locale, limit)
        return tuple(text[: last.start()] + word for word in words)

    def search(self, request: SearchRequest) -> SearchResult:
        text, node = parse(request.text)
        found, is_loosened = self._find(node)
        left = [one for one in found if _passes(one, request.filters)]
        ordered = sorted(left, key=lambda one: self._key(one, node, request))
        first = request.paging.offset
        return SearchResult(
            total=len(left),
            hits=tuple(
                SearchHit(
                    one.document.slug,
                    self._score(one, node),
                    self._snippet(one, node, request),
                    one.document.stamp,
                )
                for one in ordered[first : first + request.paging.per_page]
            ),
            facets=self._facets(found, request.filters),
            suggestion=self._suggestion(text, node, request.locale, found=bool(found)),
            is_loosened=is_loosened,
        )

    def _all(self) -> dict[str, _Indexed]:
        if self._indexed is None:
            raise IndexUnavailable("there is no index yet")
        return self._indexed

    def _find(self, node: Node | None) -> tuple[list[_Indexed], bool]:
        """What is meant, and whether it only comes near."""
        everything = list(self._all().values())
        if node is None:
            return everything, False
        found = [one for one in everything if self._holds(one, node)]
        exact = bool(found)
        if not found and isinstance(node, AllOf) and node.implied:
            bare = [part for part in node.parts if isinstance(part, Word | Joined)]
            others = AllOf(tuple(part for part in node.parts if part not in bare))
            for quorum in (-(-len(bare) // 2), 1) if len(bare) > 1 else ():
                found = found or [
                    one
                    for one in everything
                    if sum(self._holds(one, part) for part in bare) >= quorum
                    and self._holds(one, others)
                ]
        leaves = list(positive_leaves(node))
        stopped = [leaf for leaf in leaves if isinstance(leaf, Word) and is_stop(leaf.folded)]
        if found:
            return found, not exact
        return (everything if leaves and leaves == stopped else []), False

    def _holds(self, one: _Indexed, node: Node) -> bool:
        match node:
            case AllOf(parts):
                return all(self._holds(one, part) for part in parts)
            case AnyOf(parts):
                return any(self._holds(one, part) for part in parts)
            case Not(part):
                return not self._holds(one, part)
            case leaf:
                return any(times for *_, times in self._times(one, leaf))

    def _times(self, one: _Indexed, leaf: Node) -> Iterator[tuple[Locale, str, int]]:
        for (locale, field), terms in one.terms.items():
            match leaf:
                case Word(folded):
                    times = len(terms.get(term(folded, locale), ()))
                case Prefix(folded):
                    words = self._lexicon().beginning(folded, locale, 100)
                    times = sum(
                        len(terms.get(stem, ())) for stem in {term(w, locale) for w in words}
                    )
                case Phrase():
                    times = _times_in_a_row(leaf, locale, terms)
                case Joined(whole, parts):
                    times = len(terms.get(term(whole.folded, locale), ()))
                    times += _times_in_a_row(parts, locale, terms)
                case _:
                    times = 0
            yield locale, field, times

    def _score(self, one: _Indexed, node: Node | None) -> float:
        score = 0.0
        for leaf in positive_leaves(node):
            weighed: Counter[Locale] = Counter()
            for locale, field, times in self._times(one, leaf):
                weighed[locale] += times * WEIGHTS[field].boost
            score += max((weight / (weight + 2) for weight in weighed.values()), default=0.0)
        return score

    def _key(self, one: _Indexed, node: Node | None, request: SearchRequest) -> tuple[object, ...]:
        newest, slug = -one.document.published_at.timestamp(), one.document.slug
        title = one.title(request.locale)
        if request.sort is Sort.RELEVANCE and list(positive_leaves(node)):
            return (-self._score(one, node), slug)
        return {
            Sort.RELEVANCE: (newest, title, slug),
            Sort.NEWEST: (newest, slug),
            Sort.TITLE: (title, slug),
        }[request.sort]

    def _snippet(self, one: _Indexed, node: Node | None, request: SearchRequest) -> Markup:
        texts = texts_of(one.document)
        for locale in (request.locale, request.locale.other):
            if locale in texts:
                return snippet(texts[locale], wanted(node, locale, self._expand))
        return Markup()

    def _expand(self, prefix: str, locale: Locale) -> tuple[str, ...]:
        return tuple(term(word, locale) for word in self._lexicon().beginning(prefix, locale, 100))

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

    def _suggestion(
        self, text: str, node: Node | None, locale: Locale, *, found: bool
    ) -> str | None:
        corrected = text
        words = [word for leaf in positive_leaves(node) for word in _words(leaf)]
        for word in sorted(set(words), key=lambda word: -word.start):
            known = any(self._holds(one, word) for one in self._all().values())
            if not known and not is_stop(word.folded):
                near = self._lexicon().correction(word.folded, locale, 1 if found else 2)
                if near:
                    corrected = corrected[: word.start] + near + corrected[word.end :]
        corrected = " ".join(corrected.split())
        unchanged = len(text) > 200 or corrected == " ".join(text.split())
        return None if unchanged or not self._find(parse(corrected)[1]) else corrected

    def _lexicon(self) -> Lexicon:
        lexicon = Lexicon()
        for one in self._all().values():
            lexicon.add(texts_of(one.document))
        return lexicon


def memory_indexes() -> dict[Reader, SearchIndex]:
    """One for visitors, one for members."""
    return {VISITOR: MemoryIndex(), MEMBER: MemoryIndex()}


def _index(document: SearchDocument) -> _Indexed:
    return _Indexed(
        document,
        {
            (locale, field): occurrences(getattr(text, field), locale)
            for locale, text in texts_of(document).items()
            for field in WEIGHTS
        },
    )


def _passes(one: _Indexed, filters: Mapping[str, frozenset[str]]) -> bool:
    return all(
        not values or values & set(one.document.facets.get(facet, ()))
        for facet, values in filters.items()
    )


def _words(leaf: Node) -> tuple[Word, ...]:
    match leaf:
        case Word():
            return (leaf,)
        case Phrase(words) | Joined(_, Phrase(words)):
            return words
        case _:
            return ()


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
