"""Tables: identity on the practice, state on the revision, text frozen in versions."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kb.core.append_only import append_only
from kb.core.database import Base, value_enum
from kb.core.language import Locale
from kb.practices.content import LocationPrecision, PracticeContent, Visibility
from kb.practices.lifecycle import ONCE_PUBLIC, Action, State, Withdrawal


def _states(states: frozenset[State]) -> str:
    return ", ".join(f"'{state}'" for state in sorted(states))


class Practice(Base):
    """What lasts: the permanent address and who owns it (nobody: imported by the operator)."""

    __tablename__ = "practices"
    __table_args__ = (
        UniqueConstraint("slug"),
        CheckConstraint("length(slug) > 0", name="slug_not_empty"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(100))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    created_at: Mapped[datetime]

    revisions: Mapped[list["Revision"]] = relationship(
        back_populates="practice", order_by="Revision.number"
    )
    notes: Mapped[list["RestrictedNote"]] = relationship(order_by="RestrictedNote.id")


class Revision(Base):
    """One way through the workflow, with an editable working copy."""

    __tablename__ = "revisions"
    __table_args__ = (
        UniqueConstraint("practice_id", "number"),
        CheckConstraint("number > 0", name="number_positive"),
        CheckConstraint(
            f"(state IN ({_states(ONCE_PUBLIC)})) = (published_at IS NOT NULL)",
            name="published_at_if_once_public",
        ),
        CheckConstraint(
            "state IN ('draft', 'changes_requested', 'abandoned') OR version_id IS NOT NULL",
            name="version_once_submitted",
        ),
        Index(
            "uq_revisions_one_published",
            "practice_id",
            unique=True,
            sqlite_where=text("state = 'published'"),
            postgresql_where=text("state = 'published'"),
        ),
        # What indicators count, without opening the working copies.
        Index(
            "ix_revisions_history",
            *("practice_id", "state", "version_id", "published_at", "visibility"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"), index=True)
    number: Mapped[int]
    state: Mapped[State] = mapped_column(value_enum(State, "state_known"), index=True)
    # The author's text as it is being written; it need not be valid yet.
    working_copy: Mapped[dict[str, Any]]
    # Which original a translation in it corresponds to (see `translating`); never published.
    translation_bases: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # The last frozen version: what reviewers judge and, once published, what readers see.
    version_id: Mapped[int | None] = mapped_column(
        ForeignKey("versions.id", use_alter=True, name="fk_revisions_version_id")
    )
    visibility: Mapped[Visibility] = mapped_column(value_enum(Visibility, "visibility_known"))
    location_precision: Mapped[LocationPrecision] = mapped_column(
        value_enum(LocationPrecision, "location_precision_known")
    )
    imported: Mapped[bool] = mapped_column(default=False)
    change_note: Mapped[str] = mapped_column(String(500), default="")
    created_at: Mapped[datetime]
    state_since: Mapped[datetime]
    published_at: Mapped[datetime | None]
    review_due_on: Mapped[date | None]
    lock_number: Mapped[int] = mapped_column(default=1)

    practice: Mapped[Practice] = relationship(back_populates="revisions")
    version: Mapped["Version | None"] = relationship(foreign_keys=[version_id])
    authors: Mapped[list["RevisionAuthor"]] = relationship(cascade="all, delete-orphan")
    withdrawal: Mapped["WithdrawalReason | None"] = relationship(cascade="all, delete-orphan")

    __mapper_args__ = {"version_id_col": lock_number}


class AuthorRole(StrEnum):
    """What somebody does with a revision of which they are an author."""

    WRITES = "writes"
    TRANSLATES = "translates"
    # They write no more and read no more, and judge what they wrote no more than before.
    LEFT = "left"


class RevisionAuthor(Base):
    """An account that may write this revision."""

    __tablename__ = "revision_authors"

    revision_id: Mapped[int] = mapped_column(ForeignKey("revisions.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    role: Mapped[AuthorRole] = mapped_column(
        value_enum(AuthorRole, "role_known"), default=AuthorRole.WRITES
    )


class AuthorInvitation(Base):
    """Somebody asked to write with the owner; whether there is such an account is not told."""

    __tablename__ = "author_invitations"
    __table_args__ = (
        UniqueConstraint("revision_id", "email"),
        CheckConstraint("length(email) > 0", name="email_not_empty"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("revisions.id"))
    email: Mapped[str] = mapped_column(String(254), index=True)
    role: Mapped[AuthorRole] = mapped_column(value_enum(AuthorRole, "role_known"))
    invited_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    invited_at: Mapped[datetime]


class WithdrawalReason(Base):
    """The kind of reason for which a revision was withdrawn."""

    __tablename__ = "withdrawal_reasons"

    revision_id: Mapped[int] = mapped_column(ForeignKey("revisions.id"), primary_key=True)
    reason: Mapped[Withdrawal] = mapped_column(value_enum(Withdrawal, "reason_known"))


class PracticeReader(Base):
    """Somebody who may read a restricted practice although not of the desk."""

    __tablename__ = "practice_readers"

    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    granted_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    granted_at: Mapped[datetime]


class Version(Base):
    """A submitted text, never changed afterwards (the database refuses it)."""

    __tablename__ = "versions"
    __table_args__ = (
        UniqueConstraint("revision_id", "number"),
        CheckConstraint("number > 0", name="number_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("revisions.id"), index=True)
    number: Mapped[int]
    content: Mapped[dict[str, Any]]
    content_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    tags: Mapped[list["VersionTag"]] = relationship(cascade="all, delete-orphan")
    rendered: Mapped[list["RenderedText"]] = relationship(cascade="all, delete-orphan")

    def parsed(self) -> PracticeContent:
        """The content as the value it was frozen from."""
        return _parsed(_Frozen(self.content_hash, self.content))


@dataclass(frozen=True)
class _Frozen:
    content_hash: str
    content: dict[str, Any] = field(compare=False)


@lru_cache(maxsize=512)
def _parsed(frozen: _Frozen) -> PracticeContent:
    """Parsing takes most of a search page's time, and a frozen text never changes."""
    return PracticeContent.parse(frozen.content)


class VersionTag(Base):
    """A controlled term of a version, so that SQL can count what facets show."""

    __tablename__ = "version_tags"
    __table_args__ = (Index("ix_version_tags_facet_code", "facet", "code"),)

    version_id: Mapped[int] = mapped_column(ForeignKey("versions.id"), primary_key=True)
    facet: Mapped[str] = mapped_column(String(40), primary_key=True)
    code: Mapped[str] = mapped_column(String(60), primary_key=True)


class RenderedText(Base):
    """The safe HTML of a version in one language, made at save, remade for a new sanitiser."""

    __tablename__ = "rendered_texts"

    version_id: Mapped[int] = mapped_column(ForeignKey("versions.id"), primary_key=True)
    locale: Mapped[Locale] = mapped_column(value_enum(Locale, "locale_known"), primary_key=True)
    renderer_version: Mapped[str] = mapped_column(String(80))
    sections: Mapped[dict[str, Any]]


class TransitionNote(Base):
    """Why somebody moved a revision. Kept apart from the audit trail, which holds no free text."""

    __tablename__ = "transition_notes"
    __table_args__ = (CheckConstraint("length(text) > 0", name="text_not_empty"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("revisions.id"), index=True)
    action: Mapped[Action] = mapped_column(value_enum(Action, "action_known"))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]


class ReviewStage(StrEnum):
    """Of what the desk and the owner are reminded, once each per date."""

    SOON = "soon"
    DUE = "due"


class ReviewReminder(Base):
    """That somebody was reminded: the next pass of the housekeeping need not do it again."""

    __tablename__ = "review_reminders"

    revision_id: Mapped[int] = mapped_column(ForeignKey("revisions.id"), primary_key=True)
    due_on: Mapped[date] = mapped_column(primary_key=True)
    stage: Mapped[ReviewStage] = mapped_column(
        value_enum(ReviewStage, "stage_known"), primary_key=True
    )


class ReviewConfirmation(Base):
    """An editor read a published text again and found it still right, for these reasons."""

    __tablename__ = "review_confirmations"
    __table_args__ = (
        CheckConstraint("length(note) > 0", name="note_not_empty"),
        CheckConstraint("was_due_on IS NULL OR due_on > was_due_on", name="due_later"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("revisions.id"), index=True)
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    confirmed_at: Mapped[datetime]
    was_due_on: Mapped[date | None]
    due_on: Mapped[date]
    note: Mapped[str] = mapped_column(Text)


class RestrictedNote(Base):
    """What only the desk and the owner may read; it never leaves the house."""

    __tablename__ = "restricted_notes"

    id: Mapped[int] = mapped_column(primary_key=True)
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"), index=True)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    origin: Mapped[str] = mapped_column(String(80))
    text: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


append_only(cast("Table", Version.__table__))
