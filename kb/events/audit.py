"""Audit entry and outbox rows in one write, and the hash chain that shows tampering."""

from datetime import datetime
import hashlib
import json

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.core.event import Event
from kb.core.unit_of_work import UnitOfWork
from kb.events.models import AuditEntry, AuditHead, Delivery
from kb.events.types import SUBSCRIPTIONS, EventType

GENESIS = "0" * 64


def record(work: UnitOfWork) -> None:
    """Append the use case's events to the trail and queue them for their consumers."""
    if not work.events:
        return
    head = work.session.get(AuditHead, 1, with_for_update=True)
    if head is None:
        head = AuditHead(id=1, entries=0, hash=GENESIS)
        work.session.add(head)
    now = work.clock.now()
    for event in work.events:
        entry = _entry(event, head, now)
        work.session.add(entry)
        work.session.flush()
        work.session.add_all(
            Delivery(entry_id=entry.id, consumer=consumer, due_at=now, attempts=0, last_error="")
            for consumer, types in SUBSCRIPTIONS.items()
            if entry.type in types
        )
        head.entries, head.hash = entry.id, entry.hash
    work.session.flush()


def _entry(event: Event, head: AuditHead, now: datetime) -> AuditEntry:
    entry = AuditEntry(
        id=head.entries + 1,
        at=now,
        type=EventType(event.type).value,
        actor_id=event.actor_id,
        practice_id=event.practice_id,
        revision_id=event.revision_id,
        data=dict(event.data),
        previous_hash=head.hash,
    )
    entry.hash = chained_hash(entry)
    return entry


def chained_hash(entry: AuditEntry) -> str:
    """SHA-256 over the entry's canonical JSON, the previous hash included."""
    facts = [
        entry.id,
        entry.at.isoformat(),
        entry.type,
        entry.actor_id,
        entry.practice_id,
        entry.revision_id,
        entry.data,
        entry.previous_hash,
    ]
    text = json.dumps(facts, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def first_broken_entry(session: Session) -> int | None:
    """The number of the first entry that does not fit the chain; None if it holds to its end."""
    previous, count = GENESIS, 0
    for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.id)):
        count += 1
        if (
            entry.id != count
            or entry.previous_hash != previous
            or chained_hash(entry) != entry.hash
        ):
            return entry.id
        previous = entry.hash
    head = session.get(AuditHead, 1)
    expected = (head.entries, head.hash) if head else (0, GENESIS)
    return None if expected == (count, previous) else count + 1
