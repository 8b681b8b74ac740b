"""Corrections and withdrawals become recalls, one for each holder. Services never commit."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.adoption.models import Recall, RecallKind
from kb.core.event import Event
from kb.core.unit_of_work import UnitOfWork
from kb.events.models import AuditEntry
from kb.events.types import EventType
from kb.following.holders import Holder, holders
from kb.practices.content import Visibility
from kb.practices.lifecycle import Withdrawal
from kb.practices.models import Revision

_ORDER = (Visibility.PUBLIC, Visibility.MEMBERS, Visibility.RESTRICTED)


@dataclass(frozen=True, slots=True)
class _Call:
    """What happened, and the kind of reason that may be told of it."""

    kind: RecallKind
    reason: Withdrawal | None = None


def consume(work: UnitOfWork, entries: Iterable[AuditEntry]) -> None:
    """Tell every holder once of each event; seeing one twice changes nothing."""
    for entry in entries:
        revision = work.session.get(Revision, entry.revision_id) if entry.revision_id else None
        call = _call(work.session, entry, revision) if revision is not None else None
        if revision is None or call is None:
            continue
        told = _untold(work.session, entry, revision)
        for holder in told:
            work.session.add(_recall(work, entry, revision, call, holder))
        work.session.flush()
        if told:
            data = {"entry_id": entry.id, "kind": call.kind.value}
            work.emit(Event(EventType.RECALL_SENT, None, revision.practice_id, None, data))


def _call(session: Session, entry: AuditEntry, revision: Revision) -> _Call | None:
    """What this event means for those who hold the practice; nothing for a first publication."""
    if entry.type == EventType.PRACTICE_ARCHIVE:
        return _Call(RecallKind.ARCHIVED)
    if entry.type == EventType.PRACTICE_WITHDRAW:
        withdrawal = revision.withdrawal
        return _Call(RecallKind.WITHDRAWN, withdrawal.reason if withdrawal else None)
    before = session.scalar(
        select(Revision)
        .where(
            Revision.practice_id == revision.practice_id,
            Revision.number < revision.number,
            Revision.published_at.is_not(None),
        )
        .order_by(Revision.number.desc())
        .limit(1)
    )
    if before is None:
        return None
    is_narrower = _ORDER.index(revision.visibility) > _ORDER.index(before.visibility)
    return _Call(RecallKind.RESTRICTED if is_narrower else RecallKind.CORRECTED)


def _untold(session: Session, entry: AuditEntry, revision: Revision) -> list[Holder]:
    query = select(Recall.adoption_id, Recall.user_id).where(Recall.entry_id == entry.id)
    told = {Holder(*row) for row in session.execute(query)}
    return [each for each in holders(session, revision.practice_id) if each not in told]


def _recall(
    work: UnitOfWork, entry: AuditEntry, revision: Revision, call: _Call, holder: Holder
) -> Recall:
    return Recall(
        practice_id=revision.practice_id,
        revision_id=revision.id,
        entry_id=entry.id,
        kind=call.kind,
        reason=call.reason,
        adoption_id=holder.adoption_id,
        user_id=holder.user_id,
        at=work.clock.now(),
    )
