"""Reading the audit trail."""

from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from kb.core.paging import Paging
from kb.events.audit import GENESIS, first_broken_entry
from kb.events.models import AuditEntry, AuditHead


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which entries: all, or those of a kind, a practice or a person (doing or concerned)."""

    kind: str = ""
    practice_id: int | None = None
    user_id: int | None = None


@dataclass(frozen=True, slots=True)
class Chain:
    """How long the trail is and how it ends; `broken` is the first entry that does not fit."""

    entries: int
    head: str
    broken: int | None


def find_entries(session: Session, chosen: Chosen, paging: Paging) -> tuple[list[AuditEntry], int]:
    """A page of the entries, the newest first; and how many there are in all."""
    query = select(AuditEntry)
    if chosen.kind:
        query = query.where(AuditEntry.type == chosen.kind)
    if chosen.practice_id is not None:
        query = query.where(AuditEntry.practice_id == chosen.practice_id)
    if chosen.user_id is not None:
        concerned = AuditEntry.data["user_id"].as_integer() == chosen.user_id
        query = query.where(or_(AuditEntry.actor_id == chosen.user_id, concerned))
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    page = query.order_by(AuditEntry.id.desc()).limit(paging.per_page).offset(paging.offset)
    return list(session.scalars(page)), total


def examine_chain(session: Session) -> Chain:
    """The trail from its first entry to its last."""
    head = session.get(AuditHead, 1)
    return Chain(
        entries=head.entries if head else 0,
        head=head.hash if head else GENESIS,
        broken=first_broken_entry(session),
    )
