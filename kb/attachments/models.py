"""Tables of the files of a revision, and of what was frozen of them with a version."""

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
    # Of an image, in pixels, so that a page keeps its place before it is there.
    width: Mapped[int | None]
    height: Mapped[int | None]
    alternative_text_fr: Mapped[str] = mapped_column(String(500), default="")
    alternative_text_en: Mapped[str] = mapped_column(String(500), default="")
    credit: Mapped[str] = mapped_column(String(200), default="")
    licence: Mapped[str] = mapped_column(String(60), default="CC-BY-SA-4.0")
    created_at: Mapped[datetime]


class VersionAttachment(Base):
    """A file as it stood when a version was frozen; its words do not change any more."""

    __tablename__ = "version_attachments"

    version_id: Mapped[int] = mapped_column(ForeignKey("versions.id"), primary_key=True)
    content_hash: Mapped[str] = mapped_column(String(64), primary_key=True, index=True)
    position: Mapped[int]
    media_type: Mapped[str] = mapped_column(String(80))
    file_name: Mapped[str] = mapped_column(String(200))
    size: Mapped[int]
    width: Mapped[int | None]
    height: Mapped[int | None]
    alternative_text_fr: Mapped[str] = mapped_column(String(500), default="")
    alternative_text_en: Mapped[str] = mapped_column(String(500), default="")
    credit: Mapped[str] = mapped_column(String(200), default="")
    licence: Mapped[str] = mapped_column(String(60))
