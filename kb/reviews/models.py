"""Tables of assignments, verdicts, comments and do-no-harm sign-offs."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from kb.core.database import Base, value_enum
from kb.reviews.rules import Decision, Outcome


class Assignment(Base):
    """A reviewer asked to examine a revision by a date; ended when taken back."""

    __tablename__ = "assignments"
    __table_args__ = (
        Index(
            "uq_assignments_open",
            "revision_id",
            "reviewer_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("revisions.id"))
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    assigned_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    assigned_at: Mapped[datetime]
    due_on: Mapped[date | None]
    ended_at: Mapped[datetime | None]


class Verdict(Base):
    """What a content reviewer thinks of one version; one each, a reason unless it is accepted."""

    __tablename__ = "verdicts"
    __table_args__ = (
        UniqueConstraint("version_id", "reviewer_id"),
        CheckConstraint("decision = 'accept' OR length(reason) > 0", name="reason_given"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("versions.id"))
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    decision: Mapped[Decision] = mapped_column(value_enum(Decision, "decision_known"))
    reason: Mapped[str] = mapped_column(Text, default="")
    decided_at: Mapped[datetime]


class SignOff(Base):
    """The do-no-harm answer for one version; the last one counts."""

    __tablename__ = "sign_offs"
    __table_args__ = (
        CheckConstraint("outcome <> 'refuse' OR length(note) > 0", name="refusal_explained"),
        CheckConstraint(
            "(outcome = 'pass-coarsened') = (location_precision IS NOT NULL)",
            name="coarsened_to_something",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("versions.id"), index=True)
    safeguard_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    outcome: Mapped[Outcome] = mapped_column(value_enum(Outcome, "outcome_known"))
    location_precision: Mapped[str | None] = mapped_column(String(20))
    answers: Mapped[dict[str, Any]]
    note: Mapped[str] = mapped_column(Text, default="")
    signed_at: Mapped[datetime]


class CommentAudience(StrEnum):
    """Who may read a comment."""

    AUTHORS = "authors"
    DESK = "desk"


class Comment(Base):
    """A remark on a version, optionally on one field of the template, optionally an answer."""

    __tablename__ = "comments"
    __table_args__ = (CheckConstraint("length(body) > 0", name="body_not_empty"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("versions.id"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("comments.id"))
    field: Mapped[str | None] = mapped_column(String(40))
    audience: Mapped[CommentAudience] = mapped_column(
        value_enum(CommentAudience, "audience_known")
    )
    quote: Mapped[str] = mapped_column(Text, default="")
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
