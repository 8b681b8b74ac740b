"""Tables of what people are told: in the site, and by mail as far as they want it."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kb.core.database import Base, value_enum
from kb.notifications.wishes import MailLevel, MailRhythm, Wish


class Notification(Base):
    """An event that concerns somebody; its words are made when it is shown."""

    __tablename__ = "notifications"
    __table_args__ = (
        UniqueConstraint("user_id", "entry_id"),
        CheckConstraint("done_at IS NULL OR to_do_as IS NOT NULL", name="only_to_dos_get_done"),
        CheckConstraint("NOT (awaits_digest AND digest_on IS NOT NULL)", name="in_one_digest"),
        # Asked for every few seconds.
        Index(None, "awaits_digest", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    entry_id: Mapped[int] = mapped_column(ForeignKey("audit_entries.id"), index=True)
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    # In which circle this asks them to act. No CHECK: there will be other circles.
    to_do_as: Mapped[str | None] = mapped_column(String(40))
    done_at: Mapped[datetime | None]
    awaits_digest: Mapped[bool] = mapped_column(default=False)
    # The day of the digest that counts it.
    digest_on: Mapped[date | None]


class MailKind(StrEnum):
    """What a mail is about; its words are made when it is sent."""

    NOTIFICATION = "notification"
    INVITATION = "invitation"
    PASSWORD_RESET = "password-reset"  # noqa: S105 - a kind of mail, not a password
    DIGEST = "digest"


class Mail(Base):
    """A mail to be sent once; it holds neither words nor links, so a copy of it tells nothing."""

    __tablename__ = "mails"
    __table_args__ = (
        UniqueConstraint("user_id", "kind", "entry_id"),
        UniqueConstraint("user_id", "digest_on"),
        CheckConstraint("attempts >= 0", name="attempts_counted"),
        CheckConstraint("(kind = 'digest') = (digest_on IS NOT NULL)", name="digest_has_a_day"),
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
    # Of a digest: its day, of which there is one for each person.
    digest_on: Mapped[date | None]


class MailPreference(Base):
    """What somebody chose about mails; no row is the choice of whoever chose nothing."""

    __tablename__ = "mail_preferences"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    level: Mapped[MailLevel] = mapped_column(value_enum(MailLevel, "level_known"))
    rhythm: Mapped[MailRhythm] = mapped_column(value_enum(MailRhythm, "rhythm_known"))

    def wish(self) -> Wish:
        """The choice as a value."""
        return Wish(self.level, self.rhythm)
