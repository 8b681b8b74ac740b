"""Tables of what editors steer the search with: searches in vain, and the editors' choice."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kb.core.database import Base, value_enum
from kb.core.language import Locale

TEXT_LENGTH = 200
# A query may hold a name: before so many searches its words are kept nowhere.
TIMES_BEFORE_TEXT = 3


class SearchMiss(Base):
    """A query that found nothing, under a keyed hash: who asked is not known, nor when exactly."""

    __tablename__ = "search_misses"
    __table_args__ = (
        UniqueConstraint("query_hash"),
        CheckConstraint("times >= 1", name="times_counted"),
        CheckConstraint(
            f"text IS NULL OR times >= {TIMES_BEFORE_TEXT}", name="text_only_if_repeated"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    query_hash: Mapped[str] = mapped_column(String(64))
    times: Mapped[int]
    text: Mapped[str | None] = mapped_column(String(TEXT_LENGTH))
    locale: Mapped[Locale] = mapped_column(value_enum(Locale, "locale_known"))
    last_seen_on: Mapped[date]


class SearchPromotion(Base):
    """A practice that editors put before the results of a query; `query` is its folded words."""

    __tablename__ = "search_promotions"
    __table_args__ = (UniqueConstraint("query", "practice_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    query: Mapped[str] = mapped_column(String(TEXT_LENGTH))
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"), index=True)
    position: Mapped[int]
