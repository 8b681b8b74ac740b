"""Tables of what people are told: in the site, and by mail."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kb.core.database import Base, value_enum


class Notification(Base):
    """An event that concerns somebody; its words are made when it is shown."""

    __tablename__ = "notifications"
    __table_args__ = (UniqueConstraint("user_id", "entry_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    entry_id: Mapped[int] = mapped_column(ForeignKey("audit_entries.id"), index=True)
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]


class MailKind(StrEnum):
    """What a mail is about; its words are made when it is sent."""

    NOTIFICATION = "notification"
    INVITATION = "invitation"
    PASSWORD_RESET = "password-reset"  # noqa: S105 - a kind of mail, not a password


class Mail(Base):
    """A mail to be sent once; it holds neither words nor links, so a copy of it tells nothing."""

    __tablename__ = "mails"
    __table_args__ = (
        UniqueConstraint("user_id", "kind", "entry_id"),
        CheckConstraint("attempts >= 0", name="attempts_counted"),
        Index("ix_mails_sent_at_due_at", "sent_at", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[MailKind] = mapped_column(value_enum(MailKind, "kind_known"))
    entry_id: Mapped[int] = mapped_column(ForeignKey("audit_entries.id"))
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    # Set while it is being handed over: whoever finds it old knows that the sender died.
    claimed_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str] = mapped_column(String(200), default="")
