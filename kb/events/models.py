"""Tables of the audit trail, the outbox and the housekeeping lease."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Table, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kb.core.append_only import append_only
from kb.core.database import Base


class AuditEntry(Base):
    """A fact, kept for ever; its hash covers the entry and the hash before it."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        UniqueConstraint("hash"),
        UniqueConstraint("previous_hash"),
        # Each machine asks every second what of some kinds came after a number.
        Index(None, "type", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    # No CHECK: an append-only table cannot be rebuilt whenever there is a new kind of event.
    type: Mapped[str] = mapped_column(String(40))
    actor_id: Mapped[int | None]
    practice_id: Mapped[int | None] = mapped_column(index=True)
    revision_id: Mapped[int | None]
    data: Mapped[dict[str, Any]]
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class AuditHead(Base):
    """How long the chain is and how it ends; one row, locked by whoever appends."""

    __tablename__ = "audit_head"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entries: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))


class Delivery(Base):
    """An entry that a consumer has still to take; deleted when done."""

    __tablename__ = "deliveries"
    __table_args__ = (UniqueConstraint("entry_id", "consumer"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("audit_entries.id"))
    consumer: Mapped[str] = mapped_column(String(40))
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    last_error: Mapped[str] = mapped_column(String(200), default="")


class Lease(Base):
    """Who may do the housekeeping, and until when."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    holder: Mapped[str] = mapped_column(String(80))
    until: Mapped[datetime]


append_only(cast("Table", AuditEntry.__table__))
