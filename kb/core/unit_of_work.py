"""One transaction of one use case: the only place that commits."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
import secrets

from sqlalchemy import Engine
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from kb.core.database import writing
from kb.core.errors import Conflict, Invalid
from kb.core.event import Event
from kb.core.messages import msg
from kb.core.ports import Clock, Renderer

Recorder = Callable[["UnitOfWork"], None]


@dataclass(slots=True)
class UnitOfWork:
    """What a use case is handed: session, clock, renderer, and a list for its events.

    `review_quorum` is how many content reviewers must accept a version; `new_token` makes a
    random text that nobody can guess.
    """

    session: Session
    clock: Clock
    renderer: Renderer
    review_quorum: int = 1
    new_token: Callable[[], str] = secrets.token_urlsafe
    events: list[Event] = field(default_factory=list)

    def emit(self, event: Event) -> None:
        """Announce a fact; it is recorded in the same transaction."""
        self.events.append(event)


@contextmanager
def unit_of_work(
    engine: Engine,
    clock: Clock,
    renderer: Renderer,
    record: Recorder,
    *,
    review_quorum: int,
    waits: bool = True,
) -> Iterator[UnitOfWork]:
    """Commit the use case with its events, or roll all of it back.

    Raises Conflict where the database refuses what the use case wrote, Invalid where it cannot
    hold it: PostgreSQL takes no NUL, no database half a character, no column more than it has.
    """
    try:
        with writing(engine, waits=waits) as session:
            work = UnitOfWork(session, clock, renderer, review_quorum)
            yield work
            session.flush()
            record(work)
    except (IntegrityError, StaleDataError) as error:
        raise Conflict(msg("Somebody else changed this at the same time.")) from error
    except (DataError, UnicodeEncodeError) as error:
        raise Invalid(msg("The request is not valid.")) from error
