"""Tables of adoptions, their stages, follow-ups and transfer checks, and of recalls."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kb.accounts.models import Organisation
from kb.adoption.stages import FOLLOW_UP_MONTHS, HIGHEST_RATING, LOWEST_RATING, Stage
from kb.adoption.written import Led, Shown
from kb.core.append_only import append_only
from kb.core.database import Base, value_enum
from kb.practices.lifecycle import Action, Withdrawal
from kb.practices.models import Practice


class RecallKind(StrEnum):
    """What happened to a practice that somebody holds."""

    CORRECTED = "corrected"
    RESTRICTED = "restricted"
    WITHDRAWN = "withdrawn"
    ARCHIVED = "archived"

    @property
    def action(self) -> Action:
        """What the desk did that it tells of."""
        if self is RecallKind.WITHDRAWN:
            return Action.WITHDRAW
        return Action.ARCHIVE if self is RecallKind.ARCHIVED else Action.PUBLISH


def _leaders(group: str) -> str:
    return (
        f"{group}_leaders IS NULL OR ({group}_led = 'yes' AND {group}_leaders > 0"
        f" AND ({group}_involved IS NULL OR {group}_leaders <= {group}_involved))"
    )


def _among(group: str) -> str:
    return (
        f"{group}_involved IS NULL OR ({group}_involved >= 0"
        f" AND (people_involved IS NULL OR {group}_involved <= people_involved))"
    )


class Adoption(Base):
    """An organisation that uses a practice, or wants to, in one place.

    `stage` and `stage_on` repeat the newest row of its history.
    """

    __tablename__ = "adoptions"
    __table_args__ = (
        CheckConstraint("people_involved IS NULL OR people_involved >= 0", name="people_counted"),
        CheckConstraint(_among("women"), name="women_among_people"),
        CheckConstraint(_among("youth"), name="youth_among_people"),
        CheckConstraint(_leaders("women"), name="women_leaders_among_women"),
        CheckConstraint(_leaders("youth"), name="youth_leaders_among_youth"),
        CheckConstraint(
            "(verified_at IS NULL) = (verified_by_id IS NULL)", name="verified_by_somebody"
        ),
        CheckConstraint(
            "verified_by_id IS NULL OR verified_by_id <> recorded_by_id",
            name="verified_by_another",
        ),
        Index("ix_adoptions_stage_stage_on", "stage", "stage_on"),
        # Indicators count from these without opening the rows.
        Index(
            "ix_adoptions_counted",
            *("organisation_id", "stage", "stage_on", "women_led", "youth_led"),
            *("is_demo", "revision_id", "practice_id"),
        ),
        Index(
            "ix_adoptions_moved_on",
            *("stage_on", "organisation_id", "practice_id", "women_led", "youth_led"),
            *("is_demo", "revision_id"),
        ),
        Index(
            "ix_adoptions_recorded_by",
            *("organisation_id", "recorded_at", "is_demo", "revision_id"),
        ),
        Index(
            "ix_adoptions_recorded",
            *("recorded_at", "is_demo", "organisation_id", "revision_id"),
        ),
        Index(
            "ix_adoptions_taken_up",
            *("practice_id", "stage", "stage_on", "is_demo", "organisation_id", "revision_id"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"), index=True)
    # What was public when it was recorded.
    revision_id: Mapped[int] = mapped_column(ForeignKey("revisions.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    # A region of the vocabulary, and what may be said of the place in words; never exact.
    region: Mapped[str | None] = mapped_column(String(60))
    place: Mapped[str] = mapped_column(String(200), default="")
    shown: Mapped[Shown] = mapped_column(value_enum(Shown, "shown_known"))
    stage: Mapped[Stage] = mapped_column(value_enum(Stage, "stage_known"))
    stage_on: Mapped[date]
    people_involved: Mapped[int | None]
    women_involved: Mapped[int | None]
    youth_involved: Mapped[int | None]
    women_led: Mapped[Led] = mapped_column(value_enum(Led, "women_led_known"))
    youth_led: Mapped[Led] = mapped_column(value_enum(Led, "youth_led_known"))
    women_leaders: Mapped[int | None]
    youth_leaders: Mapped[int | None]
    # What women and young people do in it, and what was changed about the practice.
    roles: Mapped[str] = mapped_column(Text, default="")
    adaptations: Mapped[str] = mapped_column(Text, default="")
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    recorded_at: Mapped[datetime]
    verified_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    verified_at: Mapped[datetime | None]
    is_demo: Mapped[bool] = mapped_column(default=False)
    lock_number: Mapped[int] = mapped_column(default=1)

    practice: Mapped[Practice] = relationship()
    organisation: Mapped[Organisation] = relationship()
    stages: Mapped[list["AdoptionStage"]] = relationship(order_by="AdoptionStage.id")
    follow_ups: Mapped[list["FollowUp"]] = relationship(order_by="FollowUp.month")
    transfer_check: Mapped["TransferCheck | None"] = relationship()

    __mapper_args__ = {"version_id_col": lock_number}


class AdoptionStage(Base):
    """A step of an adoption, never changed afterwards (the database refuses it)."""

    __tablename__ = "adoption_stages"
    __table_args__ = (
        UniqueConstraint("adoption_id", "stage"),
        Index("ix_adoption_stages_reached", "adoption_id", "reached_on", "id", "stage"),
        Index("ix_adoption_stages_recorded", "recorded_at", "adoption_id", "stage"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    adoption_id: Mapped[int] = mapped_column(ForeignKey("adoptions.id"))
    stage: Mapped[Stage] = mapped_column(value_enum(Stage, "stage_known"))
    reached_on: Mapped[date]
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime]


class FollowUp(Base):
    """What came of it after some months: due, done, or dropped when it was given up before."""

    __tablename__ = "follow_ups"
    __table_args__ = (
        UniqueConstraint("adoption_id", "month"),
        CheckConstraint(f"month IN ({', '.join(map(str, FOLLOW_UP_MONTHS))})", name="month_known"),
        CheckConstraint(
            f"rating IS NULL OR rating BETWEEN {LOWEST_RATING} AND {HIGHEST_RATING}",
            name="rating_known",
        ),
        CheckConstraint(
            "(done_on IS NULL) = (recorded_at IS NULL)"
            " AND (done_on IS NULL) = (recorded_by_id IS NULL)"
            " AND (done_on IS NULL) = (rating IS NULL)"
            " AND (done_on IS NULL) = (still_in_use IS NULL)",
            name="done_with_an_answer",
        ),
        CheckConstraint("done_on IS NULL OR dropped_on IS NULL", name="done_or_dropped"),
        Index("ix_follow_ups_done_on_due_on", "done_on", "due_on"),
        Index("ix_follow_ups_due_on", "due_on", "dropped_on", "done_on", "adoption_id"),
        Index("ix_follow_ups_counted", "adoption_id", "due_on", "dropped_on", "done_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    adoption_id: Mapped[int] = mapped_column(ForeignKey("adoptions.id"))
    month: Mapped[int]
    due_on: Mapped[date]
    done_on: Mapped[date | None]
    dropped_on: Mapped[date | None]
    what_changed: Mapped[str] = mapped_column(Text, default="")
    evidence: Mapped[str] = mapped_column(Text, default="")
    unintended: Mapped[str] = mapped_column(Text, default="")
    rating: Mapped[int | None]
    still_in_use: Mapped[bool | None]
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]

    adoption: Mapped[Adoption] = relationship(back_populates="follow_ups")


class TransferCheck(Base):
    """What an organisation found when it held the conditions of a practice against its own place.

    The conditions themselves stay in the version: a text that is taken back is not kept here.
    """

    __tablename__ = "transfer_checks"

    adoption_id: Mapped[int] = mapped_column(ForeignKey("adoptions.id"), primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("versions.id"))
    answers: Mapped[dict[str, Any]]
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime]


class Recall(Base):
    """That a practice changed, told to one adoption or to one follower, until acknowledged."""

    __tablename__ = "recalls"
    __table_args__ = (
        UniqueConstraint("entry_id", "adoption_id"),
        UniqueConstraint("entry_id", "user_id"),
        CheckConstraint("(adoption_id IS NULL) <> (user_id IS NULL)", name="for_one_holder"),
        CheckConstraint("reason IS NULL OR kind = 'withdrawn'", name="reason_of_a_withdrawal"),
        CheckConstraint(
            "(acknowledged_at IS NULL) = (acknowledged_by_id IS NULL)",
            name="acknowledged_by_somebody",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"), index=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("revisions.id"))
    entry_id: Mapped[int] = mapped_column(ForeignKey("audit_entries.id"))
    kind: Mapped[RecallKind] = mapped_column(value_enum(RecallKind, "kind_known"))
    reason: Mapped[Withdrawal | None] = mapped_column(value_enum(Withdrawal, "reason_known"))
    adoption_id: Mapped[int | None] = mapped_column(ForeignKey("adoptions.id"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    at: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class RecallMessage(Base):
    """What the desk says to those who use a practice; written for them, never the desk's note."""

    __tablename__ = "recall_messages"
    __table_args__ = (
        UniqueConstraint("revision_id", "action"),
        CheckConstraint("length(text) > 0", name="text_not_empty"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("revisions.id"))
    action: Mapped[Action] = mapped_column(value_enum(Action, "action_known"))
    text: Mapped[str] = mapped_column(Text)
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]


append_only(cast("Table", AdoptionStage.__table__))
