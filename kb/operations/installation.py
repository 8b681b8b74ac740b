"""Setting an installation up: migrate, import, index; telling demonstrations from the rest."""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import inspect

from kb.core.errors import Conflict
from kb.core.messages import Message, msg
from kb.operations import schema
from kb.operations.content_folder import read_folder
from kb.operations.content_transfer import import_folder
from kb.operations.models import SiteFact
from kb.operations.schema_version import current, is_current
from kb.runtime import Runtime
from kb.search.sync import reconcile

CONTENT = Path(__file__).resolve().parents[2] / "content"
DEMO = "demo"

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
        say(msg("Importing the practices…"))
        folder = read_folder(content)
        with runtime.begin() as work:
            import_folder(work, folder)
    with runtime.reading() as session:
        reconcile(session, runtime.index)


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
        is_demo = session.get(SiteFact, DEMO) is not None
    if is_demo and not wanted:
        raise Conflict(msg("This database is a demonstration: it is never served for real."))
    if wanted and not is_demo and current(runtime.engine) is not None:
        raise Conflict(msg("This database is not a demonstration."))
