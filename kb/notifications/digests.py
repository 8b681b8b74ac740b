"""Once a day, one mail that counts what somebody was told since and has not read.

A digest is a mail like the others, claimed and handed over once. What it counts is tied to its
day when it is made, all in one transaction: a power cut leaves either all of that or nothing, and
the database refuses a second digest for the same person and day.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import ColumnElement, Select, select, update
from sqlalchemy.orm import Session

from kb.core.ports import Clock
from kb.core.unit_of_work import UnitOfWork
from kb.events.models import AuditEntry
from kb.notifications.models import Mail, MailKind, Notification
from kb.notifications.preferences import wishes_of
from kb.notifications.wishes import MailLevel, Wish

# Early in the morning: the whole region is at UTC or one hour ahead.
HOUR = time(6, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Line:
    """So many events of one kind, and whether they ask their reader to act."""

    kind: str
    is_to_do: bool
    count: int


def day_of(now: datetime) -> date:
    """The day whose digest is the last that is due: before its hour, that of the day before."""
    today = now.astimezone(UTC)
    return today.date() if today.timetz() >= HOUR else today.date() - timedelta(days=1)


def is_due(session: Session, clock: Clock) -> bool:
    """Whether anybody is to get a digest; asked without any lock."""
    return session.scalar(_waiting(day_of(clock.now())).limit(1)) is not None


def gather(work: UnitOfWork) -> int:
    """Make the digests of the last day that is due; missed days are one. Returns how many.

    What came after the hour waits for the next day, and so does whoever has had this day's.
    """
    day = day_of(work.clock.now())
    people = work.session.scalars(_waiting(day).distinct()).all()
    wishes = wishes_of(work.session, people)
    made = 0
    for user_id in people:
        is_wanted = wishes.get(user_id, Wish()).level is not MailLevel.NONE
        made += _make(work, user_id, day) if is_wanted else _drop(work, user_id)
    work.session.flush()
    return made


def lines_of(session: Session, user_id: int, day: date) -> Sequence[Line]:
    """What the digest of a day counts and its receiver has not read yet, to-dos first."""
    query = (
        select(AuditEntry.type, Notification.to_do_as, Notification.done_at)
        .join(AuditEntry, AuditEntry.id == Notification.entry_id)
        .where(
            Notification.user_id == user_id,
            Notification.digest_on == day,
            Notification.read_at.is_(None),
        )
        .order_by(Notification.id)
    )
    counted = Counter(
        (kind, to_do_as is not None and done_at is None)
        for kind, to_do_as, done_at in session.execute(query)
    )
    lines = [Line(kind, is_to_do, count) for (kind, is_to_do), count in counted.items()]
    return sorted(lines, key=lambda line: not line.is_to_do)


def _waiting(day: date) -> Select[int]:
    """The people of whom something waits for the digest of this day, and who have none of it."""
    have = select(Mail.id).where(Mail.user_id == Notification.user_id, Mail.digest_on == day)
    return select(Notification.user_id).where(
        Notification.awaits_digest,
        Notification.created_at < datetime.combine(day, HOUR),
        ~have.exists(),
    )


def _make(work: UnitOfWork, user_id: int, day: date) -> int:
    """One mail, unless all that waited was read meanwhile; returns how many."""
    now = work.clock.now()
    tied = (
        update(Notification)
        .where(*_of(user_id), Notification.created_at < datetime.combine(day, HOUR))
        .values(awaits_digest=False, digest_on=day)
        .returning(Notification.entry_id, Notification.read_at)
    )
    unread = [entry_id for entry_id, read_at in work.session.execute(tied) if read_at is None]
    if not unread:
        return 0
    work.session.add(
        Mail(
            user_id=user_id,
            kind=MailKind.DIGEST,
            entry_id=max(unread),
            created_at=now,
            due_at=now,
            digest_on=day,
        )
    )
    return 1


def _drop(work: UnitOfWork, user_id: int) -> int:
    """Somebody wants no mail any more; the list in the site has it all."""
    work.session.execute(update(Notification).where(*_of(user_id)).values(awaits_digest=False))
    return 0


def _of(user_id: int) -> tuple[ColumnElement[bool], ...]:
    return (Notification.user_id == user_id, Notification.awaits_digest.is_(True))
