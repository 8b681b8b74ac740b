"""Table of what readers report about a practice."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from kb.core.database import Base, value_enum
from kb.core.language import Locale

BODY_LENGTH = 2000
CONTACT_LENGTH = 200
NOTE_LENGTH = 2000


class ReportKind(StrEnum):
    """What a report is about; what endangers somebody first."""

    DANGER = "danger"
    CONSENT = "consent"
    ERROR = "error"
    OTHER = "other"


class ReportState(StrEnum):
    """Whether the desk has dealt with a report."""

    OPEN = "open"
    HANDLED = "handled"


class ProblemReport(Base):
    """What somebody wrote about a practice. Who it was is not kept, not even of a member."""

    __tablename__ = "problem_reports"
    __table_args__ = (
        CheckConstraint("length(body) > 0", name="body_not_empty"),
        CheckConstraint(
            "(state = 'handled') = (handled_at IS NOT NULL)", name="handled_at_if_handled"
        ),
        CheckConstraint("state = 'handled' OR note = ''", name="note_when_handled"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"), index=True)
    kind: Mapped[ReportKind] = mapped_column(value_enum(ReportKind, "kind_known"))
    body: Mapped[str] = mapped_column(Text)
    # Where an answer may go; emptied some time after the report was dealt with.
    contact: Mapped[str] = mapped_column(String(CONTACT_LENGTH), default="")
    locale: Mapped[Locale] = mapped_column(value_enum(Locale, "locale_known"))
    sent_at: Mapped[datetime] = mapped_column(index=True)
    state: Mapped[ReportState] = mapped_column(
        value_enum(ReportState, "state_known"), default=ReportState.OPEN
    )
    handled_at: Mapped[datetime | None]
    handled_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    note: Mapped[str] = mapped_column(Text, default="")
