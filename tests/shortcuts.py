"""What costs every test time and proves nothing: disks, compiling templates, migrating."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
import os
from pathlib import Path
import tempfile
from types import CodeType

from flask import Flask
from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket
from sqlalchemy import Connection, Engine, event

from kb.core.database import make_engine
from kb.operations.schema import upgrade
from kb.operations.schema_version import is_current


def migrate(engine: Engine) -> None:
    """Give an empty database its tables; on SQLite, where there is no file yet, by copying one."""
    place = Path(engine.url.database or "")
    if engine.dialect.name == "sqlite" and not place.exists():
        place.write_bytes(_migrated())
    elif not is_current(engine):
        upgrade(engine)


@cache
def _migrated() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "migrated.db"
        engine = make_engine(f"sqlite:///{file}")
        upgrade(engine)
        engine.dispose()
        return file.read_bytes()


@contextmanager
def no_waiting_for_disks() -> Iterator[None]:
    """Nothing here outlives a power cut, so nothing has to be on the disk before going on."""
    fsync = os.fsync
    os.fsync = lambda _descriptor: None
    event.listen(Engine, "engine_connect", _without_syncing)
    yield
    event.remove(Engine, "engine_connect", _without_syncing)
    os.fsync = fsync


def _without_syncing(connection: Connection) -> None:
    driver = connection.connection.driver_connection
    if connection.dialect.name == "sqlite" and driver is not None:
        driver.execute("PRAGMA synchronous=OFF")


class _CompiledTemplates(BytecodeCache):
    """In memory, and for this process only."""

    def __init__(self) -> None:
        self.codes: dict[tuple[str, str], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self.codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.codes[bucket.key, bucket.checksum] = bucket.code


@contextmanager
def templates_compiled_once() -> Iterator[None]:
    """Most tests make an application of their own; each would compile every template anew."""
    compiled = _CompiledTemplates()
    make_environment = Flask.create_jinja_environment

    def with_cache(app: Flask) -> Environment:
        environment = make_environment(app)
        environment.bytecode_cache = compiled
        return environment

    Flask.create_jinja_environment = with_cache  # type: ignore[method-assign]
    yield
    Flask.create_jinja_environment = make_environment  # type: ignore[method-assign]
