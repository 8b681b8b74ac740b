"""The search index on Whoosh: the port, over immutable generations in a directory."""

from collections.abc import Callable, Iterable, Mapping
import logging
import os
from pathlib import Path
import threading
from typing import TypeVar

from kb.adapters.whoosh_index import searching, writing
from kb.adapters.whoosh_index.completing import complete
from kb.adapters.whoosh_index.generation import LEXICON, Generation, reading
from kb.adapters.whoosh_index.related import related
from kb.adapters.whoosh_index.schema import FORMAT
from kb.adapters.whoosh_index.store import Pointer, Signature, Store
from kb.core.language import Locale
from kb.core.ports import IndexUnavailable, SearchDocument, SearchRequest, SearchResult

LOG = logging.getLogger(__name__)
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
        self._opened: tuple[Pointer, Signature, Generation] | None = None

    def search(self, request: SearchRequest) -> SearchResult:
        return self._ask(lambda generation: searching.search(generation, request))

    def related(self, slug: str, limit: int) -> tuple[str, ...]:
        return self._ask(lambda generation: related(generation, slug, limit))

    def complete(self, text: str, locale: Locale, limit: int) -> tuple[str, ...]:
        return self._ask(lambda generation: complete(generation, text, locale, limit))

    def stamps(self) -> Mapping[str, str]:
        return self._ask(
            lambda generation: {card.slug: card.stamp for card in generation.cards.values()}
        )

    def apply(self, upserts: Iterable[SearchDocument], deletions: Iterable[str]) -> None:
        """One commit; what is both upserted and deleted is deleted, the same stamp is skipped."""
        with self._store.writing():
            upserted = list(upserts)
            deletions = set(deletions)
            documents = {
                document.slug: document for document in upserted if document.slug not in deletions
            }
            pointer, signature, generation = self._current()
            stamps = {card.slug: card.stamp for card in generation.cards.values()}
            changed = {
                slug: document
                for slug, document in documents.items()
                if stamps.get(slug) != document.stamp
            }
            deletions &= stamps.keys()
            self._store.require_unchanged(pointer, signature)
            if changed or deletions:
                amended = self._store.amended(pointer, signature, but=LEXICON)
                with amended as folder, reading("amending the index"):
                    writing.amend(folder, generation, changed, deletions)

    def replace_all(self, documents: Iterable[SearchDocument]) -> None:
        """A new index of exactly these; `documents` is read while all other writers wait.

        Raises ValueError when two documents have the same slug.
        """
        self._store.prepare()
        with self._store.writing(), self._store.draft() as folder:
            writing.build(folder, documents)

    def _ask(self, question: Callable[[Generation], Answer]) -> Answer:
        for _ in range(ATTEMPTS):
            pointer = self._store.current()
            try:
                _, signature, generation = self._current(pointer)
                answer = question(generation)
                # Afterwards: what was read from a file that is still as checked, was right.
                self._store.require_unchanged(pointer, signature)
            except IndexUnavailable as error:
                # A newer generation may have removed this one under our hands.
                if self._store.current() == pointer:
                    LOG.warning("search index unavailable: %s", error, exc_info=error.__cause__)
                    raise
            else:
                return answer
        raise IndexUnavailable("the index changes faster than it can be read")

    def _current(self, pointer: Pointer | None = None) -> tuple[Pointer, Signature, Generation]:
        """The generation of the pointer, opened once; the one before goes with its last user."""
        pointer = pointer or self._store.current()
        process = os.getpid()
        with self._opening.setdefault(process, threading.Lock()):
            opened = self._opened
            # A forked process would share file positions with its parent.
            if opened and opened[0] == pointer and opened[2].process == process:
                return opened
            signature = self._store.verify(pointer)
            opened = (pointer, signature, Generation(self._store.folder(pointer)))
            self._opened = opened
            return opened
