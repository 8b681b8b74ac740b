"""Keeping the indexes in step with the database: follow, rebuild, reconcile."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
import logging

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.core.ports import (
    IndexBusy,
    IndexUnavailable,
    NotIndexable,
    SearchDocument,
    SearchIndex,
)
from kb.events.queries import Place, end_of_trail
from kb.events.types import EventType
from kb.practices.models import Practice
from kb.practices.queries import public_slugs
from kb.practices.readers import VISITOR, Reader
from kb.search.documents import documents_of
from kb.search.progress import Progress, news_since, parse

LOG = logging.getLogger(__name__)
# With more than these to look at, the whole index is compared.
MANY = 500

Read = Callable[[], AbstractContextManager[Session]]
# One index for each kind of reader: whatever is counted, weighed or suggested in one of them
# comes from what its readers may read. The visitors' stands first: what is withdrawn leaves it
# even where another one is broken.
Indexes = Mapping[Reader, SearchIndex]


@dataclass(frozen=True, slots=True)
class Standing:
    """How far an index has followed the trail; `waiting` is how many changes it lacks.

    That is None where it has not come by this trail: it will be compared as a whole.
    """

    practices: int
    waiting: int | None
    left_out: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Task:
    """Which practices to look at (None: all), and where in the trail the index is with them."""

    slugs: frozenset[str] | None
    place: Place | None
    changes: int = 0


_Choose = Callable[[Session, Progress], _Task]


def follow_all(read: Read, indexes: Indexes, *, again: bool = False) -> int:
    """Let every index follow; returns how many changes there were.

    An index that cannot follow stops no other; its error is raised afterwards.
    """
    taken = 0
    failure: Exception | None = None
    for reader, index in indexes.items():
        try:
            taken = max(taken, follow(read, index, reader, again=again))
        except Exception as error:  # noqa: BLE001 - raised when all have had their turn
            failure = failure or error
    if failure is not None:
        raise failure
    return taken


def rebuild_all(read: Read, indexes: Indexes) -> None:
    """Make every index anew."""
    for reader, index in indexes.items():
        rebuild(read, index, reader)


def reconcile_all(read: Read, indexes: Indexes) -> int:
    """Repair every index; returns on how many practices they differed, all in all."""
    return sum(reconcile(read, index, reader) for reader, index in indexes.items())


def left_out(indexes: Indexes) -> frozenset[str]:
    """What an index could not take; raises IndexUnavailable."""
    refused = (parse(index.bookmark()).left_out for index in indexes.values())
    return frozenset().union(*refused)


def follow(
    read: Read, index: SearchIndex, reader: Reader = VISITOR, *, again: bool = False
) -> int:
    """Take what the audit trail tells since the index was written; returns how many changes.

    `again`: try once more what could not be indexed. An index that comes from another database,
    or is ahead of this one since a backup was restored, is compared with it as a whole.
    """

    def choose(session: Session, progress: Progress) -> _Task:
        return _told(session, progress, again=again)

    try:
        progress = parse(index.bookmark())
        with read() as session:
            task = choose(session, progress)
        # Asked before anything is locked: mostly there is nothing to do.
        if task.slugs == frozenset() and not task.changes:
            return 0
        return _amend(read, index, reader, choose).taken
    except IndexBusy:
        raise
    except IndexUnavailable:
        rebuild(read, index, reader)
        return 0


def rebuild(read: Read, index: SearchIndex, reader: Reader = VISITOR) -> int:
    """Make the index anew from the public views; returns how many there are."""
    writing = _Writing(read, index, reader, _everything)
    while True:
        try:
            index.replace_all(writing.documents(anew=True), writing.bookmark)
        except NotIndexable as error:
            writing.leave_out(error)
        else:
            return writing.differing


def reconcile(read: Read, index: SearchIndex, reader: Reader = VISITOR) -> int:
    """Compare the index with the database and repair the difference; returns its size."""
    try:
        return _amend(read, index, reader, _everything).differing
    except IndexBusy:
        raise
    except IndexUnavailable:
        return rebuild(read, index, reader)


def difference(read: Read, index: SearchIndex, reader: Reader = VISITOR) -> tuple[str, ...]:
    """The slugs on which index and database disagree; raises IndexUnavailable."""
    refused = parse(index.bookmark()).left_out
    with read() as session:
        documents = documents_of(session, None, reader, but=refused)
        expected = dict.fromkeys(public_slugs(session, reader, among=refused), "")
    expected |= {slug: document.stamp for slug, document in documents.items()}
    stamps = index.stamps()
    return tuple(
        sorted(
            slug
            for slug in expected.keys() | stamps.keys()
            if expected.get(slug) != stamps.get(slug)
        )
    )


def standing(read: Read, index: SearchIndex) -> Standing:
    """How far the index has come; raises IndexUnavailable."""
    progress = parse(index.bookmark())
    with read() as session:
        news = news_since(session, progress)
    return Standing(
        practices=len(index.stamps()),
        waiting=None if news.entries is None else len(news.entries),
        left_out=progress.left_out,
    )


@dataclass(slots=True)
class _Writing:
    """One write of an index, tried again without what the index cannot take.

    All it needs is read when the index asks for the documents, while all other writers wait.
    """

    read: Read
    index: SearchIndex
    reader: Reader
    choose: _Choose
    refused: set[str] = field(default_factory=set)
    # Filled before the index asks for it, since documents come first.
    gone: set[str] = field(default_factory=set)
    differing: int = 0
    taken: int = 0
    progress: Progress = field(default_factory=Progress)

    def documents(self, *, anew: bool = False) -> Iterator[SearchDocument]:
        """What is new or changed; what has to go is known afterwards, and where the index is."""
        before = Progress() if anew else parse(self.index.bookmark())
        with self.read() as session:
            task = self.choose(session, before)
            documents = documents_of(session, task.slugs, self.reader, but=self.refused)
        stamps = {} if anew else self.index.stamps()
        looked_at = stamps.keys() if task.slugs is None else task.slugs
        changed = [d for slug, d in documents.items() if stamps.get(slug) != d.stamp]
        left_out = frozenset() if task.slugs is None else before.left_out - task.slugs
        self.gone.clear()
        self.gone.update((looked_at & stamps.keys()) - documents.keys())
        self.differing = len(changed) + len(self.gone)
        self.taken = task.changes
        self.progress = Progress(task.place, left_out | self.refused)
        yield from changed

    def bookmark(self) -> str:
        return self.progress.written()

    def leave_out(self, error: NotIndexable) -> None:
        """Go on without it: a text that is not found does less harm than an older one that is."""
        LOG.error("a practice cannot be indexed", exc_info=error.__cause__)
        self.refused.add(error.slug)


def _amend(read: Read, index: SearchIndex, reader: Reader, choose: _Choose) -> _Writing:
    writing = _Writing(read, index, reader, choose)
    while True:
        try:
            index.apply(writing.documents(), writing.gone, writing.bookmark)
        except NotIndexable as error:
            writing.leave_out(error)
        else:
            return writing


def _everything(session: Session, _progress: Progress) -> _Task:
    return _Task(None, end_of_trail(session))


def _told(session: Session, progress: Progress, *, again: bool) -> _Task:
    """What the trail tells since then, and, on request, what was left out."""
    news = news_since(session, progress)
    if news.entries is None:
        return _Task(None, news.end)
    changes = len(news.entries)
    ids = {entry.practice_id for entry in news.entries if entry.practice_id is not None}
    if len(ids) > MANY or any(e.type == EventType.VOCABULARIES_REPLACED for e in news.entries):
        return _Task(None, news.end, changes)
    slugs = session.scalars(select(Practice.slug).where(Practice.id.in_(ids))) if ids else ()
    return _Task(frozenset(slugs) | (progress.left_out if again else set()), news.end, changes)
