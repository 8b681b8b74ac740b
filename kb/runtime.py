"""What an entry point is handed: everything it needs, and nothing global."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
import logging
import threading

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from kb.core.database import reading
from kb.core.ports import Clock, Renderer, SearchIndex
from kb.core.settings import Settings
from kb.core.unit_of_work import UnitOfWork, unit_of_work
from kb.events.audit import record
from kb.events.dispatcher import Handlers, deliver_batch
from kb.search.sync import reconcile
from kb.vocabularies.service import VocabularyCache

LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Runtime:
    """The wired application: settings, database, index, renderer and clock."""

    settings: Settings
    engine: Engine
    clock: Clock
    renderer: Renderer
    index: SearchIndex
    handlers: Handlers
    close_renderer: Callable[[], None]
    healing: threading.Lock = field(default_factory=threading.Lock)
    vocabularies: VocabularyCache = field(default_factory=VocabularyCache)

    def reading(self) -> AbstractContextManager[Session]:
        """A session for queries."""
        return reading(self.engine)

    @contextmanager
    def begin(self) -> Iterator[UnitOfWork]:
        """One use case: committed with its events on leaving, then delivered at once."""
        with self._unit_of_work() as work:
            yield work
        if work.events:
            try:
                self.deliver()
            except Exception:
                # Only a nudge: what is queued is delivered by the housekeeping.
                LOG.exception("delivery after commit failed")

    def deliver(self) -> int:
        """Hand all due events to their consumers; returns how many were handled."""
        handled = 0
        for consumer, handler in self.handlers.items():
            while True:
                with self._unit_of_work() as work:
                    taken = deliver_batch(work, consumer, handler)
                handled += taken
                if not taken:
                    break
        return handled

    def heal_index(self) -> bool:
        """Rebuild an unusable index, one at a time; returns whether it can be tried again."""
        if not self.healing.acquire(blocking=False):
            return False
        try:
            reconcile(self.reading, self.index)
        except Exception:
            LOG.exception("the index could not be rebuilt")
            return False
        finally:
            self.healing.release()
        return True

    def close(self) -> None:
        """Let go of connections and the rendering child."""
        self.close_renderer()
        self.engine.dispose()

    def _unit_of_work(self) -> AbstractContextManager[UnitOfWork]:
        return unit_of_work(
            self.engine,
            self.clock,
            self.renderer,
            record,
            review_quorum=self.settings.review_quorum,
        )
