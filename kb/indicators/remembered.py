"""The tables for everybody, kept by each process for as long as nothing happens."""

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.events.models import AuditHead
from kb.indicators.periods import Quarter
from kb.indicators.published import PublicFigures, closed_quarters, public_figures
from kb.vocabularies.catalogue import Vocabularies


@dataclass(frozen=True, slots=True)
class _Kept:
    """What was counted while the audit trail ended here."""

    trail: str | None
    vocabularies: Vocabularies
    quarters: dict[date, tuple[Quarter, ...]] = field(default_factory=dict)
    figures: dict[tuple[Quarter, bool], PublicFigures] = field(default_factory=dict)


class FiguresCache:
    """The tables for everybody of a process, counted again only after an event.

    Tables of closed quarters may change: an organisation can put right who leads. Whatever changes
    what they count is told as an event in the same transaction, so one look at the end of the
    audit trail is enough.
    """

    def __init__(self) -> None:
        self._kept = _Kept(None, Vocabularies({}))

    def quarters(
        self, session: Session, today: date, vocabularies: Vocabularies
    ) -> tuple[Quarter, ...]:
        """The quarters there are tables of, the newest first."""
        kept = self._current(session, vocabularies)
        if today not in kept.quarters:
            kept.quarters[today] = closed_quarters(session, today)
        return kept.quarters[today]

    def figures(
        self, session: Session, quarter: Quarter, vocabularies: Vocabularies, *, with_made_up: bool
    ) -> PublicFigures:
        """The fixed tables of one of these quarters."""
        kept, key = self._current(session, vocabularies), (quarter, with_made_up)
        if key not in kept.figures:
            kept.figures[key] = public_figures(
                session, quarter, vocabularies, with_made_up=with_made_up
            )
        return kept.figures[key]

    def _current(self, session: Session, vocabularies: Vocabularies) -> _Kept:
        # Asked before anything is counted: what is newer is at worst counted twice.
        trail = session.scalar(select(AuditHead.hash))
        kept = self._kept
        if trail is None or trail != kept.trail or vocabularies is not kept.vocabularies:
            kept = self._kept = _Kept(trail, vocabularies)
        return kept
