"""The search index on Whoosh: the port, over immutable generations in a directory."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
import logging
import os
from pathlib import Path
import threading
from typing import NamedTuple, TypeVar

from kb.adapters.whoosh_index import searching, writing
from kb.adapters.whoosh_index.completing import complete
from kb.adapters.whoosh_index.generation import LEXICON, Generation, reading
from kb.adapters.whoosh_index.related import related
from kb.adapters.whoosh_index.schema import FORMAT
from kb.adapters.whoosh_index.store import Pointer, Signature, Store
from kb.core.language import Locale
from kb.core.ports import IndexUnavailable, SearchDocument, SearchRequest, SearchResult

LOG = logging.getLogger(__name__)
BOOKMARK = "bookmark"
LOCK_TIMEOUT = 30.0
# Under a storm of writes a reader looks again so many times.
ATTEMPTS = 20
Answer = TypeVar("Answer")


class WhooshIndex:
    """The index in a directory; any number of threads and processes may share it.

    Every method raises IndexUnavailable when there is no index or it is damaged, foreign or of
    another version; `replace_all` makes it good again, and raises it only when it cannot write.
    """

    def __init__(self, directory: Path, lock_timeout: float = LOCK_TIMEOUT) -> None:
        """`lock_timeout`: how many seconds a writer waits for another one."""
        self._store = Store(directory, FORMAT, lock_timeout)
        # By process: a lock that was held when the process forked would never open in the child.
        self._opening: dict[int, threading.Lock] = {}
        self._opened: _Opened | None = None

    def search(self, request: SearchRequest) -> SearchResult:
        return self._ask(lambda generation: searching.search(generation, request))

    def related(self, slug: str, limit: int) -> tuple[str, ...]:
        return self._ask(lambda generation: related(generation, slug, limit))

    def complete(self, text: str, locale: Locale, limit: int) -> tuple[str, ...]:
        return self._ask(lambda generation: complete(generation, text, locale, limit))

    def stamps(self) -> Mapping[str, str]:
        return self._ask(
            lambda generation: dict(zip(generation.slugs, generation.stamps, strict=True))
        )

    def bookmark(self) -> str:
        return self._ask_opened(lambda opened: opened.bookmark)

    def apply(
        self,
        upserts: Iterable[SearchDocument],
        deletions: Iterable[str],
        bookmark: Callable[[], str] | None = None,
    ) -> None:
        """One commit; what is both upserted and deleted is deleted, the same stamp is skipped."""
        with self._store.writing():
            upserted = list(upserts)
            deletions = set(deletions)
            documents = {
                document.slug: document for document in upserted if document.slug not in deletions
            }
            opened = self._current()
            mark = opened.bookmark if bookmark is None else bookmark()
            stamps = dict(zip(opened.generation.slugs, opened.generation.stamps, strict=True))
            changed = {
                slug: document
                for slug, document in documents.items()
                if stamps.get(slug) != document.stamp
            }
            deletions &= stamps.keys()
            self._store.require_unchanged(opened.pointer, opened.signature)
            if changed or deletions:
                with self._amended(opened, mark, but={LEXICON}) as folder:
                    writing.amend(folder, opened.generation, changed, deletions)
            elif mark != opened.bookmark:
                with self._amended(opened, mark):
                    pass

    def replace_all(
        self, documents: Iterable[SearchDocument], bookmark: Callable[[], str] | None = None
    ) -> None:
        """A new index of exactly these; `documents` is read while all other writers wait.

        Raises ValueError when two documents have the same slug.
        """
        self._store.prepare()
        with self._store.writing(), self._store.draft() as folder:
            writing.build(folder, documents)
            (folder / BOOKMARK).write_text(bookmark() if bookmark else "", "utf-8")

    @contextmanager
    def _amended(
        self, opened: "_Opened", bookmark: str, but: Collection[str] = ()
    ) -> Iterator[Path]:
        drafting = self._store.amended(opened.pointer, opened.signature, but={*but, BOOKMARK})
        with drafting as folder, reading("amending the index"):
            yield folder
            (folder / BOOKMARK).write_text(bookmark, "utf-8")

    def _ask(self, question: Callable[[Generation], Answer]) -> Answer:
        return self._ask_opened(lambda opened: question(opened.generation))

    def _ask_opened(self, question: Callable[["_Opened"], Answer]) -> Answer:
        for _ in range(ATTEMPTS):
            pointer = self._store.current()
            try:
                opened = self._current(pointer)
                answer = question(opened)
                # Afterwards: what was read from a file that is still as checked, was right.
                self._store.require_unchanged(pointer, opened.signature)
            except IndexUnavailable as error:
                # A newer generation may have removed this one under our hands.
                if self._store.current() == pointer:
                    LOG.warning("search index unavailable: %s", error, exc_info=error.__cause__)
                    raise
            else:
                return answer
        raise IndexUnavailable("the index changes faster than it can be read")

    def _current(self, pointer: Pointer | None = None) -> "_Opened":
        """The generation of the pointer, opened once; the one before goes with its last user."""
        pointer = pointer or self._store.current()
        process = os.getpid()
        with self._opening.setdefault(process, threading.Lock()):
            opened = self._opened
            # A forked process would share file positions with its parent.
            if opened and opened.pointer == pointer and opened.generation.process == process:
                return opened
            signature = self._store.verify(pointer)
            folder = self._store.folder(pointer)
            with reading("reading the bookmark"):
                bookmark = (folder / BOOKMARK).read_text("utf-8")
            opened = _Opened(pointer, signature, Generation(folder), bookmark)
            self._opened = opened
            return opened


class _Opened(NamedTuple):
    """A generation that was found to be as it was written."""

    pointer: Pointer
    signature: Signature
    generation: Generation
    bookmark: str
