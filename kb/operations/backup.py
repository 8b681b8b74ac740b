"""`backup`: database, uploaded files and secret key as they are at one moment, in one file."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
import os
from pathlib import Path
import shutil
import sqlite3
import tempfile

from sqlalchemy import Engine, func, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from kb.accounts.models import User
from kb.core.database import make_engine
from kb.core.errors import Conflict
from kb.core.messages import msg
from kb.core.settings import Settings
from kb.events.audit import GENESIS, first_broken_entry
from kb.events.models import AuditEntry, AuditHead
from kb.operations import postgresql
from kb.operations.backup_archive import (
    DATABASE,
    FILES,
    FORMAT,
    MEMBER,
    SECRET,
    Holdings,
    Manifest,
    writing,
)
from kb.operations.models import SiteFact
from kb.operations.schema_version import current
from kb.practices.models import Practice
from kb.runtime import Runtime

DEMO = "demo"
# The database stands beside the archive for a moment, so it takes its space twice.
ROOM_TO_SPARE = 20 << 20

FreeBytes = Callable[[Path], int]


def free_bytes(folder: Path) -> int:
    """How much more the disk of a folder takes."""
    return shutil.disk_usage(folder).free


def make_backup(runtime: Runtime, target: Path, free: FreeBytes = free_bytes) -> Manifest:
    """Write everything to a new file, readable by its owner only; says what it holds.

    The database comes first: files are only ever added, so all that it names are there.
    Raises Conflict, leaving nothing behind, where it cannot be done.
    """
    settings = runtime.settings
    _require_new(target)
    kind = runtime.engine.dialect.name
    if not sqlite_is_there(settings) or current(runtime.engine) is None:
        raise Conflict(msg("The database is not ready: run `palabre init` first."))
    _require_room(runtime, target, free)
    with _working_folder(target) as folder:
        copy = folder / DATABASE
        taken = _copy_sqlite if kind == "sqlite" else _dump_postgresql
        holdings = taken(runtime.engine, copy)
        with writing(folder / "archive") as writer:
            writer.add(DATABASE, copy)
            if (settings.data_dir / SECRET).exists():
                writer.add(SECRET, settings.data_dir / SECRET)
            for path in uploaded_files(settings.files_dir):
                with suppress(FileNotFoundError):  # nothing names it any more: it was tidied away
                    writer.add(FILES + path.relative_to(settings.files_dir).as_posix(), path)
            unsealed = Manifest(
                format=FORMAT,
                made_at=runtime.clock.now().isoformat(),
                database=kind,
                holdings=holdings,
                members=writer.members,
            )
            manifest = writer.close(unsealed)
        _require_new(target)
        (folder / "archive").rename(target)
    sync_folder(target.parent)
    return manifest


def uploaded_files(folder: Path) -> list[Path]:
    """The files of the store under its folder; what is being written at the moment is none yet."""
    return sorted(
        path
        for path in folder.rglob("*")
        if MEMBER.fullmatch(FILES + path.relative_to(folder).as_posix())
        and path.is_file()
        and not path.is_symlink()
    )


def sqlite_is_there(settings: Settings) -> bool:
    """Whether a SQLite database has its file: connecting would make an empty one."""
    path = sqlite_path(settings)
    return path is None or path.exists()


def sqlite_path(settings: Settings) -> Path | None:
    """Where the SQLite database is; None for a server's."""
    url = make_url(settings.database_url)
    is_sqlite = url.get_backend_name() == "sqlite"
    return Path(url.database or "") if is_sqlite else None


def holdings_of(session: Session, migration: str) -> Holdings:
    """What the database holds; raises Conflict where its audit trail does not hold."""
    if first_broken_entry(session) is not None:
        raise Conflict(msg("The audit trail of this database is broken."))
    head = session.get(AuditHead, 1)

    def count(table: type[Practice | User | AuditEntry]) -> int:
        return session.scalar(select(func.count()).select_from(table)) or 0

    return Holdings(
        migration=migration,
        demo=session.get(SiteFact, DEMO) is not None,
        practices=count(Practice),
        users=count(User),
        entries=count(AuditEntry),
        head=head.hash if head else GENESIS,
    )


def check_sqlite(path: Path) -> Holdings:
    """What a SQLite file holds; raises Conflict where it is damaged in any way."""
    engine = make_engine(f"sqlite:///{path}")
    damaged = Conflict(msg("The database is damaged."))
    try:
        with Session(engine) as session:
            answers = session.scalars(text("PRAGMA integrity_check")).all()
            broken = session.execute(text("PRAGMA foreign_key_check")).first()
            migration = current(engine)
            if answers != ["ok"] or broken or migration is None:
                raise damaged
            return holdings_of(session, migration)
    except (DatabaseError, sqlite3.DatabaseError, ValueError):
        raise damaged from None
    finally:
        engine.dispose()


def sync_folder(folder: Path) -> None:
    """A new name in a folder is only sure to outlive a power cut after this."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _copy_sqlite(engine: Engine, copy: Path) -> Holdings:
    """VACUUM INTO reads one snapshot: a file copied under a writer lacks what is in the log."""
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        if driver is None:
            raise Conflict(msg("The database is damaged."))
        driver.execute("VACUUM INTO ?", (str(copy),))
    return check_sqlite(copy)


def _dump_postgresql(engine: Engine, copy: Path) -> Holdings:
    """The dump and what is said of it come from the same snapshot."""
    isolated = engine.execution_options(isolation_level="REPEATABLE READ")
    with Session(isolated) as session:
        snapshot = session.scalar(text("SELECT pg_export_snapshot()"))
        holdings = holdings_of(session, current(engine) or "")
        options = ["--format=custom", "--no-owner", "--no-privileges"]
        arguments = [*options, f"--snapshot={snapshot}", f"--file={copy}"]
        postgresql.run(engine, "pg_dump", arguments)
    return holdings


@contextmanager
def _working_folder(target: Path) -> Iterator[Path]:
    """A folder beside the target, closed to others; always removed."""
    folder = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _require_new(target: Path) -> None:
    if target.exists() or target.is_symlink():
        raise Conflict(msg("%(file)s is there already.", file=target))


def _require_room(runtime: Runtime, target: Path, free: FreeBytes) -> None:
    path = sqlite_path(runtime.settings)
    if path is None:
        with runtime.reading() as session:
            query = text("SELECT pg_database_size(current_database())")
            database = session.scalar(query) or 0
    else:
        database = path.stat().st_size
    files = sum(path.stat().st_size for path in uploaded_files(runtime.settings.files_dir))
    needed = 2 * database + files + ROOM_TO_SPARE
    if free(target.parent) < needed:
        raise Conflict(
            msg(
                "There is not enough room in %(folder)s: %(number)s MB are needed.",
                folder=target.parent,
                number=-(-needed // (1 << 20)),
            )
        )
