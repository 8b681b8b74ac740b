"""Tables of the vocabularies and the thesaurus."""

from datetime import datetime
from typing import Any

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kb.core.database import Base


class VocabularyRow(Base):
    """A vocabulary with its terms, as one document: read whole, written whole."""

    __tablename__ = "vocabularies"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    position: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    content: Mapped[dict[str, Any]]


class GlossaryRow(Base):
    """A concept of the thesaurus; what was changed or removed here, an import leaves so."""

    __tablename__ = "glossary_entries"
    __table_args__ = (UniqueConstraint("code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(80))
    content: Mapped[dict[str, Any]]
    digest: Mapped[str] = mapped_column(String(64))
    edited_at: Mapped[datetime | None]
    is_removed: Mapped[bool] = mapped_column(default=False)
