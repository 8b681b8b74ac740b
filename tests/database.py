"""Looking at a whole database, and working without the deliveries after a commit."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import select

from kb.adoption import models as adoption  # noqa: F401 - registers its tables
from kb.attachments import models as attachments  # noqa: F401 - registers its table
from kb.core.database import Base
from kb.core.unit_of_work import UnitOfWork
from kb.events.models import AuditEntry, Delivery
from kb.events.types import Consumer
from kb.following import models as following  # noqa: F401 - registers its tables
from kb.runtime import Runtime

Rows = dict[str, list[tuple[Any, ...]]]


def snapshot(runtime: Runtime) -> Rows:
    """Every row of every table as the database spells it, in a fixed order."""
    whole_row = "CAST({0} AS text)" if runtime.engine.dialect.name == "postgresql" else "*"
    with runtime.engine.connect() as connection:
        return {
            name: sorted(
                (
                    tuple(row)
                    for row in connection.exec_driver_sql(
                        f"SELECT {whole_row.format(name)} FROM {name}"  # noqa: S608 - our names
                    )
                ),
                key=repr,
            )
            for name in Base.metadata.tables
        }


def changes(before: Rows, after: Rows) -> dict[str, int]:
    """By how many rows each table grew; tables whose rows were changed in place count as 0."""
    return {
        name: len(rows) - len(before[name]) for name, rows in after.items() if rows != before[name]
    }


def undelivered(runtime: Runtime) -> AbstractContextManager[UnitOfWork]:
    """A use case that is committed with its events, which nobody takes yet."""
    return runtime._unit_of_work()


def entries(runtime: Runtime, after: int = 0) -> Sequence[AuditEntry]:
    with runtime.reading() as session:
        query = select(AuditEntry).where(AuditEntry.id > after).order_by(AuditEntry.id)
        return session.scalars(query).all()


def deliveries(
    runtime: Runtime, consumer: Consumer | str = Consumer.NOTIFICATIONS
) -> Sequence[Delivery]:
    """What one consumer has still to take."""
    query = select(Delivery).where(Delivery.consumer == consumer).order_by(Delivery.entry_id)
    with runtime.reading() as session:
        return session.scalars(query).all()
