"""What an entry point is handed: everything it needs, and nothing global."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
import logging
import threading

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from kb.accounts.passwords import Passwords
from kb.core.database import reading
from kb.core.errors import Conflict
from kb.core.ports import Clock, FileStore, Mailer, Renderer, SearchIndex
from kb.core.settings import Settings
from kb.core.unit_of_work import UnitOfWork, unit_of_work
from kb.events.audit import record
from kb.events.dispatcher import Handlers, deliver_batch
from kb.indicators.remembered import FiguresCache
from kb.practices.readers import MEMBER, VISITOR, Reader
from kb.search.sync import Indexes, follow_all, reconcile_all
from kb.search.thesaurus import ThesaurusCache
from kb.vocabularies.service import VocabularyCache

LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Runtime:
    """The wired application: settings, database, indexes, files, renderer and clock.

    `index` holds what everybody may read, and nothing else; `member_index` what members may.
    """

    settings: Settings
    engine: Engine
    clock: Clock
    renderer: Renderer
    index: SearchIndex
    member_index: SearchIndex
    files: FileStore
    mailer: Mailer
    handlers: Handlers
    close_renderer: Callable[[], None]
    healing: threading.Lock = field(default_factory=threading.Lock)
    vocabularies: VocabularyCache = field(default_factory=VocabularyCache)
    thesaurus: ThesaurusCache = field(default_factory=ThesaurusCache)
    figures: FiguresCache = field(default_factory=FiguresCache)
    passwords: Passwords = field(default_factory=Passwords)

    @property
    def indexes(self) -> Indexes:
        """Every index, by whom it is for. What is restricted is in none of them."""
        return {VISITOR: self.index, MEMBER: self.member_index}

    def index_for(self, reader: Reader) -> SearchIndex:
        """The index of all that this reader may find by searching."""
        reads_more = reader.visibilities > VISITOR.visibilities
        return self.member_index if reads_more else self.index

    def reading(self) -> AbstractContextManager[Session]:
        """A session for queries."""
        return reading(self.engine)

    @contextmanager
    def begin(self, *, deliver: bool = True) -> Iterator[UnitOfWork]:
        """One use case: committed with its events on leaving, then delivered at once.

        Not at once where the time it takes would tell whether anything happened.
        """
        with self._unit_of_work() as work:
            yield work
        if work.events and deliver:
            try:
                self.deliver()
            except Exception:
                # Only a nudge: what is queued is delivered by the housekeeping.
                LOG.exception("delivery after commit failed")

    def note(self, task: Callable[[UnitOfWork], None]) -> bool:
        """Write something that may as well be left out: it never waits and never fails.

        Returns whether it was written; it is not while somebody else writes.
        """
        try:
            with self._unit_of_work(waits=False) as work:
                task(work)
        except (OperationalError, Conflict):
            return False
        except Exception:
            LOG.exception("a note could not be written")
            return False
        return True

    def deliver(self) -> int:
        """Let the indexes follow and hand over what is queued; returns how much there was.

        An index that fails keeps nobody waiting; the housekeeping tries it again.
        """
        try:
            handled = self.follow()
        except Exception:
            LOG.exception("the index does not follow")
            handled = 0
        return handled + self.hand_over()

    def follow(self, *, again: bool = False) -> int:
        """Let this machine's indexes take what changed; `again`: also what they once refused."""
        return follow_all(self.reading, self.indexes, again=again)

    def hand_over(self) -> int:
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
        """Rebuild unusable indexes, one at a time; returns whether they can be tried again."""
        if not self.healing.acquire(blocking=False):
            return False
        try:
            reconcile_all(self.reading, self.indexes)
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

    def _unit_of_work(self, *, waits: bool = True) -> AbstractContextManager[UnitOfWork]:
        return unit_of_work(
            self.engine,
            self.clock,
            self.renderer,
            record,
            review_quorum=self.settings.review_quorum,
            waits=waits,
        )
