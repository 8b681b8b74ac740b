"""Reading the audit trail."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from kb.core.paging import Paging
from kb.events.audit import GENESIS, first_broken_entry
from kb.events.models import AuditEntry, AuditHead
from kb.events.types import EventType


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


class Place(NamedTuple):
    """A place in the trail: after which entry, by its number and its hash."""

    entry: int
    hash: str


class Entry(NamedTuple):
    """As much of an entry as tells what has to be looked at again."""

    type: str
    practice_id: int | None


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


def end_of_trail(session: Session) -> Place:
    """The place after the last entry. Entries are committed in the order of their numbers."""
    head = session.execute(select(AuditHead.entries, AuditHead.hash)).one_or_none()
    return Place(*head) if head else Place(0, GENESIS)


def is_in_trail(session: Session, place: Place) -> bool:
    """Whether this trail has come by the place: another one has other hashes."""
    if place.entry == 0:
        return place.hash == GENESIS
    entry = select(AuditEntry.hash).where(AuditEntry.id == place.entry)
    return session.scalar(entry) == place.hash


def entries_after(session: Session, place: Place, kinds: Collection[EventType]) -> Sequence[Entry]:
    """The later entries of these kinds, in their order."""
    query = (
        select(AuditEntry.type, AuditEntry.practice_id)
        .where(AuditEntry.type.in_(kinds), AuditEntry.id > place.entry)
        .order_by(AuditEntry.id)
    )
    return [Entry(*row) for row in session.execute(query)]
