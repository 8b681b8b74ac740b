"""Table of the files that belong to a revision."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kb.core.database import Base


class Attachment(Base):
    """A file by the hash of its content, with what readers need to know about it."""

    __tablename__ = "attachments"
    __table_args__ = (
        UniqueConstraint("revision_id", "content_hash"),
        CheckConstraint("size > 0", name="size_positive"),
        CheckConstraint("length(content_hash) = 64", name="content_hash_is_sha256"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("revisions.id"), index=True)
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    content_hash: Mapped[str] = mapped_column(String(64))
    media_type: Mapped[str] = mapped_column(String(80))
    file_name: Mapped[str] = mapped_column(String(200))
    size: Mapped[int]
    alternative_text_fr: Mapped[str] = mapped_column(String(500), default="")
    alternative_text_en: Mapped[str] = mapped_column(String(500), default="")
    credit: Mapped[str] = mapped_column(String(200), default="")
    licence: Mapped[str] = mapped_column(String(60), default="CC-BY-SA-4.0")
    created_at: Mapped[datetime]
