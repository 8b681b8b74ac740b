"""Tables of assignments, verdicts, comments, do-no-harm sign-offs and what they record."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kb.core.database import Base, value_enum
from kb.reviews.consent import ConsentType
from kb.reviews.rubric import Criterion
from kb.reviews.rules import Decision, Outcome


class Assignment(Base):
    """A reviewer asked to examine a revision by a date; ended when taken back or declined."""

    __tablename__ = "assignments"
    __table_args__ = (
        CheckConstraint(
            "(declined_at IS NULL) = (length(decline_reason) = 0)", name="declined_with_a_reason"
        ),
        CheckConstraint("declined_at IS NULL OR ended_at IS NOT NULL", name="declined_has_ended"),
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
    accepted_at: Mapped[datetime | None]
    declined_at: Mapped[datetime | None]
    # For the editors alone.
    decline_reason: Mapped[str] = mapped_column(Text, default="")
    # Each is told once per due date.
    reminded_at: Mapped[datetime | None]
    overdue_told_at: Mapped[datetime | None]


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

    ratings: Mapped[list["VerdictRating"]] = relationship(cascade="all, delete-orphan")


class VerdictRating(Base):
    """How far a text meets one criterion of the rubric, with what was noted to it."""

    __tablename__ = "verdict_ratings"
    __table_args__ = (CheckConstraint("level BETWEEN 1 AND 4", name="level_known"),)

    verdict_id: Mapped[int] = mapped_column(ForeignKey("verdicts.id"), primary_key=True)
    criterion: Mapped[Criterion] = mapped_column(
        value_enum(Criterion, "criterion_known"), primary_key=True
    )
    level: Mapped[int]
    note: Mapped[str] = mapped_column(Text, default="")


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


class ConsentRecord(Base):
    """The consent to one version as the do-no-harm reviewer found it; for the desk alone.

    A later sign-off of the same version ends it; what was taken back stays on record.
    """

    __tablename__ = "consent_records"
    __table_args__ = (
        CheckConstraint(
            "given_on IS NULL OR expires_on IS NULL OR expires_on > given_on",
            name="expires_after_given",
        ),
        CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_by_id IS NULL)", name="withdrawn_by_somebody"
        ),
        CheckConstraint(
            "(withdrawn_at IS NULL) = (length(withdrawal_note) = 0)", name="withdrawal_explained"
        ),
        Index(
            "uq_consent_records_open",
            "version_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"), index=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("versions.id"))
    type: Mapped[ConsentType] = mapped_column(value_enum(ConsentType, "type_known"))
    scope: Mapped[str] = mapped_column(Text, default="")
    given_on: Mapped[date | None]
    expires_on: Mapped[date | None]
    contact: Mapped[str] = mapped_column(Text, default="")
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    withdrawal_note: Mapped[str] = mapped_column(Text, default="")
    # Each is told once.
    expiry_told_at: Mapped[datetime | None]
    expired_told_at: Mapped[datetime | None]


class CommunityValidation(Base):
    """That people of the community read or heard one version; a later sign-off ends it."""

    __tablename__ = "community_validations"
    __table_args__ = (
        CheckConstraint("length(role) > 0", name="role_told"),
        Index(
            "uq_community_validations_open",
            "version_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"), index=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("versions.id"))
    role: Mapped[str] = mapped_column(Text)
    validated_on: Mapped[date | None]
    language: Mapped[str] = mapped_column(Text, default="")
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


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
