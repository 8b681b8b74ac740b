"""Tables of follows, saved searches, what they brought, and the keys of private feeds."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kb.core.database import Base, value_enum
from kb.core.language import Locale


class SavedSearch(Base):
    """A search that somebody keeps: its address without the language, in one order."""

    __tablename__ = "saved_searches"
    __table_args__ = (
        UniqueConstraint("user_id", "query"),
        CheckConstraint("length(name) > 0", name="name_not_empty"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str] = mapped_column(String(100))
    query: Mapped[str] = mapped_column(String(1000))
    locale: Mapped[Locale] = mapped_column(value_enum(Locale, "locale_known"))
    created_at: Mapped[datetime]


class Follow(Base):
    """A practice, a theme or a saved search that somebody wants to hear of."""

    __tablename__ = "follows"
    __table_args__ = (
        UniqueConstraint("user_id", "practice_id"),
        UniqueConstraint("user_id", "theme"),
        UniqueConstraint("user_id", "saved_search_id"),
        CheckConstraint(
            "(practice_id IS NOT NULL AND theme IS NULL AND saved_search_id IS NULL)"
            " OR (practice_id IS NULL AND theme IS NOT NULL AND saved_search_id IS NULL)"
            " OR (practice_id IS NULL AND theme IS NULL AND saved_search_id IS NOT NULL)",
            name="of_one_thing",
        ),
        Index("ix_follows_practice_id", "practice_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    practice_id: Mapped[int | None] = mapped_column(ForeignKey("practices.id"))
    theme: Mapped[str | None] = mapped_column(String(60))
    saved_search_id: Mapped[int | None] = mapped_column(ForeignKey("saved_searches.id"))
    created_at: Mapped[datetime]

    saved_search: Mapped[SavedSearch | None] = relationship()


class FollowNews(Base):
    """A publication that something followed brought to somebody; told once, in a digest."""

    __tablename__ = "follow_news"
    __table_args__ = (UniqueConstraint("user_id", "entry_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    entry_id: Mapped[int] = mapped_column(ForeignKey("audit_entries.id"))
    at: Mapped[datetime]
    told_at: Mapped[datetime | None]


class FeedToken(Base):
    """The key in the address of somebody's private feed; only its hash is kept."""

    __tablename__ = "feed_tokens"
    __table_args__ = (UniqueConstraint("token_hash"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
