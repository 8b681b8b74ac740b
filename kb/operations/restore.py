"""`restore`: a backup into an empty place, verified before anything there counts."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
import shutil

from sqlalchemy import delete, inspect, update
from sqlalchemy.exc import SQLAlchemyError

from kb.accounts.models import ApiToken, OneTimeLink, UserSession
from kb.core.database import make_engine
from kb.core.errors import Conflict
from kb.core.event import Event
from kb.core.messages import msg
from kb.core.settings import Settings
from kb.core.unit_of_work import unit_of_work
from kb.events.audit import record
from kb.events.types import EventType
from kb.following.models import FeedToken
from kb.operations import postgresql, schema
from kb.operations.backup import (
    DEMO,
    ROOM_TO_SPARE,
    FreeBytes,
    check_sqlite,
    free_bytes,
    holdings_of,
    sqlite_path,
    sync_folder,
)
from kb.operations.backup_archive import DATABASE, FILES, SECRET, Manifest, unpack
from kb.operations.schema_version import current
from kb.runtime import Runtime

STAGING = ".restoring"

Build = Callable[[Settings], Runtime]


def restore(
    settings: Settings, build: Build, source: Path, free: FreeBytes = free_bytes
) -> Manifest:
    """Put a backup in place of nothing and bring it up to date; says what it holds.

    Raises Conflict, leaving things as they were, where the place is not empty or anything
    about the backup is odd. The search index is made by whoever opens the place next.
    """
    if not source.is_file():
        raise Conflict(msg("There is no such file: %(file)s", file=source))
    require_empty(settings)
    with _staging(settings) as folder:
        _require_room(folder, source, free)
        manifest = unpack(source, folder)
        _require_fit(settings, manifest)
        if manifest.database == "sqlite":
            _prepare_sqlite(settings, build, folder, manifest)
            _move(folder, settings)
        else:
            with _cleared_on_failure(settings):
                _load_postgresql(settings, build, folder, manifest)
                _move(folder, settings)
    return manifest


def require_empty(settings: Settings) -> None:
    """Raise Conflict unless there is neither a table nor a file nor a key."""
    path = sqlite_path(settings)
    if (settings.data_dir / SECRET).exists():
        raise _not_empty(settings.data_dir / SECRET)
    if settings.files_dir.exists() and any(settings.files_dir.iterdir()):
        raise _not_empty(settings.files_dir)
    if path is not None:
        if path.exists() and path.stat().st_size:
            raise _not_empty(path)
        return
    engine = make_engine(settings.database_url)
    try:
        tables = inspect(engine).get_table_names()
    finally:
        engine.dispose()
    if tables:
        raise _not_empty(engine.url.database)


def _not_empty(place: object) -> Conflict:
    return Conflict(
        msg("Nothing was restored: there is something here already (%(place)s).", place=place)
    )


@contextmanager
def _staging(settings: Settings) -> Iterator[Path]:
    """A folder on the disk of the data directory; afterwards there is no trace of it."""
    data = settings.data_dir
    was_there = data.exists()
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = data / STAGING
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        raise Conflict(
            msg("Another restore is under way, or was interrupted: see %(place)s.", place=folder)
        ) from None
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
        if not was_there and not any(data.iterdir()):
            data.rmdir()


def _require_room(folder: Path, source: Path, free: FreeBytes) -> None:
    needed = 2 * source.stat().st_size + ROOM_TO_SPARE
    if free(folder) < needed:
        raise Conflict(
            msg(
                "There is not enough room in %(folder)s: %(number)s MB are needed.",
                folder=folder.parent,
                number=-(-needed // (1 << 20)),
            )
        )


def _require_fit(settings: Settings, manifest: Manifest) -> None:
    """The kind of database, the version and the purpose must be those of this place."""
    kind = "postgresql" if sqlite_path(settings) is None else "sqlite"
    if manifest.database != kind:
        raise Conflict(
            msg(
                "This is the backup of a %(theirs)s database, and this place has %(ours)s.",
                theirs=manifest.database,
                ours=kind,
            )
        )
    if manifest.holdings.migration not in schema.known():
        raise Conflict(msg("This backup was made by a newer Palabre: use that one."))
    if manifest.holdings.demo != (settings.data_dir.name == DEMO):
        raise Conflict(
            msg("A demonstration is only restored as one: into a data directory named “demo”.")
            if manifest.holdings.demo
            else msg("A data directory named “demo” is for demonstrations only.")
        )


def _prepare_sqlite(settings: Settings, build: Build, folder: Path, manifest: Manifest) -> None:
    """Check and bring up to date the copy, before it has its place."""
    copy = folder / DATABASE
    if check_sqlite(copy) != manifest.holdings:
        raise _lies()
    _bring_up_to_date(replace(settings, database_url=f"sqlite:///{copy}"), build, manifest)


def _load_postgresql(settings: Settings, build: Build, folder: Path, manifest: Manifest) -> None:
    engine = make_engine(settings.database_url)
    options = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"]
    try:
        postgresql.run(engine, "pg_restore", [*options, str(folder / DATABASE)])
        runtime = build(settings)
        try:
            with runtime.reading() as session:
                if holdings_of(session, current(engine) or "") != manifest.holdings:
                    raise _lies()
        finally:
            runtime.close()
    except SQLAlchemyError:
        raise _lies() from None
    finally:
        engine.dispose()
    _bring_up_to_date(settings, build, manifest)


def _lies() -> Conflict:
    return Conflict(msg("The backup does not hold what it says it holds."))


def _bring_up_to_date(settings: Settings, build: Build, manifest: Manifest) -> None:
    """Migrate, and end what may have been ended since the backup was made.

    Sessions that were signed out, links that were used, keys that were revoked, passwords that
    were changed in between would otherwise be good again: a phone that was taken must not open the
    site once more.
    """
    runtime = build(settings)
    try:
        schema.upgrade(runtime.engine)
        # Not `runtime.begin`: nothing is delivered from a place that is not in use yet.
        with unit_of_work(
            runtime.engine, runtime.clock, runtime.renderer, record, review_quorum=1
        ) as work:
            now = work.clock.now()
            open_sessions = update(UserSession).where(UserSession.ended_at.is_(None))
            work.session.execute(open_sessions.values(ended_at=now))
            unused_links = update(OneTimeLink).where(OneTimeLink.used_at.is_(None))
            work.session.execute(unused_links.values(used_at=now))
            keys = update(ApiToken).where(ApiToken.revoked_at.is_(None))
            work.session.execute(keys.values(revoked_at=now))
            work.session.execute(delete(FeedToken))
            data = {"made_at": manifest.made_at, "entries": manifest.holdings.entries}
            work.emit(Event(EventType.BACKUP_RESTORED, data=data))
    finally:
        runtime.close()


@contextmanager
def _cleared_on_failure(settings: Settings) -> Iterator[None]:
    """A server's database was empty before: what goes wrong leaves it so."""
    try:
        yield
    except BaseException:
        engine = make_engine(settings.database_url)
        postgresql.clear(engine)
        engine.dispose()
        raise


def _move(folder: Path, settings: Settings) -> None:
    """Files and key first, the database last: without it nothing takes this for a site."""
    if settings.files_dir.exists():
        settings.files_dir.rmdir()
    (folder / FILES).rename(settings.files_dir)
    if (folder / SECRET).exists():
        (folder / SECRET).rename(settings.data_dir / SECRET)
    path = sqlite_path(settings)
    if path is not None:
        for leftover in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
            leftover.unlink(missing_ok=True)
        shutil.move(folder / DATABASE, path)
        sync_folder(path.parent)
    sync_folder(settings.data_dir)
