"""The SQL database: table base, column types, and an engine set up for safe writes."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
import enum
from typing import Any

from sqlalchemy import (
    JSON,
    Connection,
    DateTime,
    Engine,
    Enum,
    MetaData,
    create_engine,
    event,
    text,
)
from sqlalchemy.engine import Dialect, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
BUSY_TIMEOUT_SECONDS = 30
# What a column of whole numbers holds; a larger number names nothing.
LARGEST_ID = 2**31 - 1


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC datetimes on every database; a naive value is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Every table; names of constraints follow one convention, so migrations can name them."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {
        datetime: UtcDateTime(),
        dict[str, Any]: JSON(),
        list[str]: JSON(),
    }


def value_enum(cls: type[enum.Enum], name: str) -> Enum:
    """An enum column that stores values, guarded by a named CHECK constraint."""
    return Enum(
        cls,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=40,
        values_callable=lambda members: [member.value for member in members],
    )


def make_engine(url: str) -> Engine:
    """An engine for SQLite or PostgreSQL; raises ValueError for anything else."""
    try:
        backend = make_url(url).get_backend_name()
    except ArgumentError:
        raise ValueError("KB_DATABASE_URL is not the address of a database") from None
    if backend == "postgresql":
        return create_engine(url, pool_pre_ping=True, hide_parameters=True)
    if backend != "sqlite":
        raise ValueError(f"unsupported database: {backend}")
    # Parameters are texts and names: an error message that shows them would end up in a log.
    engine = create_engine(
        url, connect_args={"timeout": BUSY_TIMEOUT_SECONDS}, hide_parameters=True
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - a DBAPI connection
    # SQLAlchemy, not the driver, says BEGIN; FULL because power cuts are ordinary here.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A deferred BEGIN that turns into a write fails under other writers; asking first waits.
    options = connection.get_execution_options()
    begin = "BEGIN IMMEDIATE" if options.get("writes", False) else "BEGIN"
    if options.get("waits", True):
        connection.exec_driver_sql(begin)
        return
    connection.exec_driver_sql("PRAGMA busy_timeout=0")
    try:
        connection.exec_driver_sql(begin)
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={BUSY_TIMEOUT_SECONDS * 1000}")


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session for queries; whatever it changed is rolled back."""
    with Session(engine) as session:
        yield session


@contextmanager
def writing(engine: Engine, *, waits: bool = True) -> Iterator[Session]:
    """A session that takes the write lock first; it commits on leaving, or rolls back.

    One that does not wait for other writers raises OperationalError where there are any.
    """
    with (
        Session(engine.execution_options(writes=True, waits=waits)) as session,
        session.begin(),
    ):
        if not waits and engine.dialect.name == "postgresql":
            session.execute(text("SET LOCAL lock_timeout = '10ms'"))
        yield session
