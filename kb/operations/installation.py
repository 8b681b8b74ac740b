"""Setting an installation up: migrate, import, index; telling demonstrations from the rest."""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from kb.accounts.models import User
from kb.core.errors import Conflict
from kb.core.messages import Message, msg
from kb.operations import schema
from kb.operations.content_folder import read_folder
from kb.operations.content_transfer import import_folder
from kb.operations.models import SiteFact
from kb.operations.schema_version import is_current
from kb.practices.models import Practice
from kb.runtime import Runtime
from kb.search.sync import reconcile_all
from kb.vocabularies.models import VocabularyRow

CONTENT = Path(__file__).resolve().parents[2] / "content"
DEMO = "demo"
IMPORTED = "imported-content"

Say = Callable[[Message], None]


def set_up(runtime: Runtime, say: Say, *, content: Path | None, demo: bool = False) -> None:
    """Bring an installation to where it can serve; doing it twice changes nothing more.

    `content` is the folder to import (None: leave the practices alone). Raises Conflict where
    a demonstration database is used for real or the other way round.
    """
    check_demo(runtime, wanted=demo)
    if not is_current(runtime.engine):
        say(msg("Preparing the database…"))
        schema.upgrade(runtime.engine)
    with runtime.begin() as work:
        if demo and work.session.get(SiteFact, DEMO) is None:
            work.session.add(SiteFact(name=DEMO, value="yes"))
    if content is not None:
        _import_once(runtime, say, content)
    reconcile_all(runtime.reading, runtime.indexes)


def _import_once(runtime: Runtime, say: Say, content: Path) -> None:
    """Import a folder unless it is the very one of the last time.

    A restart must not undo what the operator has imported or corrected since.
    """
    folder = read_folder(content)
    with runtime.reading() as session:
        last = session.get(SiteFact, IMPORTED)
        if last is not None and last.value == folder.digest:
            return
    say(msg("Importing the practices…"))
    with runtime.begin() as work:
        import_folder(work, folder)
        work.session.merge(SiteFact(name=IMPORTED, value=folder.digest))


def check_ready(runtime: Runtime) -> None:
    """Raise Conflict unless this is a real installation with an up-to-date database."""
    check_demo(runtime, wanted=False)
    if not is_current(runtime.engine):
        raise Conflict(msg("The database is not ready: run `palabre init` first."))


def check_demo(runtime: Runtime, *, wanted: bool) -> None:
    """Raise Conflict if the database is a demonstration and must not be, or the reverse."""
    tables = inspect(runtime.engine).get_table_names()
    if "site_facts" not in tables:
        if wanted and tables:
            raise Conflict(msg("This database is not a demonstration."))
        return
    with runtime.reading() as session:
        is_demo = is_demonstration(session)
    if is_demo and not wanted:
        raise Conflict(msg("This database is a demonstration: it is never served for real."))
    if wanted and not is_demo and not _is_empty(runtime):
        raise Conflict(msg("This database is not a demonstration."))


def is_demonstration(session: Session) -> bool:
    """Whether this database is for trying things out, never for real."""
    return session.get(SiteFact, DEMO) is not None


def _is_empty(runtime: Runtime) -> bool:
    """Migrated and nothing more: a demonstration that was interrupted before it was marked."""
    with runtime.reading() as session:
        return not any(
            session.scalar(select(table).limit(1))
            for table in (User.id, Practice.id, VocabularyRow.name)
        )
