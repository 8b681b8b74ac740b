"""Events become notifications and, as wished, mails, once each. Services never commit."""

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from kb.core.unit_of_work import UnitOfWork
from kb.events.models import AuditEntry
from kb.events.types import EventType
from kb.notifications.models import Mail, MailKind, Notification
from kb.notifications.preferences import wishes_of
from kb.notifications.queries import Told, active_users, concerned_users, person_of
from kb.notifications.recipients import (
    SAME_DATA,
    SAME_PRACTICE,
    SETTLED_BY_ACTOR,
    SETTLED_FOR_NAMED,
    TO_DO,
    Concerned,
)
from kb.notifications.wishes import Way, Wish, way

# These are not told in the site: who is to read them cannot sign in.
LETTERS: dict[str, MailKind] = {
    EventType.ACCOUNT_INVITED.value: MailKind.INVITATION,
    EventType.PASSWORD_RESET_ASKED.value: MailKind.PASSWORD_RESET,
}
KEPT_READ = timedelta(days=180)
KEPT_SENT = timedelta(days=30)
# By then whatever it said is told in the site, or was asked for again.
TRIED_FOR = timedelta(days=14)


def consume(work: UnitOfWork, entries: Iterable[AuditEntry]) -> None:
    """Note who is to be told of each event; seeing one twice changes nothing."""
    for entry in entries:
        settle(work, entry)
        told = concerned_users(work.session, entry)
        wishes = wishes_of(work.session, [each.user.id for each in told])
        for each in told:
            if _is_news(work, each.user.id, entry):
                _tell(work, each, entry, wishes.get(each.user.id, Wish()))
        kind = LETTERS.get(entry.type)
        if kind is not None:
            for user in active_users(work.session, person_of(entry)):
                _post(work, user.id, entry, kind)
    work.session.flush()


def settle(work: UnitOfWork, entry: AuditEntry) -> None:
    """What this event was waited for is to be done no more; seeing it twice changes nothing."""
    kind = EventType(entry.type)
    asked = [pair for pair, settling in TO_DO.items() if kind in settling]
    if not asked:
        return
    waiting = update(Notification).where(
        Notification.done_at.is_(None), or_(*(_asked(*pair, entry) for pair in asked))
    )
    if kind in SETTLED_BY_ACTOR:
        waiting = waiting.where(Notification.user_id == entry.actor_id)
    named = SETTLED_FOR_NAMED.get(kind)
    if named is not None:
        waiting = waiting.where(Notification.user_id == entry.data.get(named))
    work.session.execute(waiting.values(done_at=entry.at))


def mark_done(work: UnitOfWork, user_id: int, notification_id: int) -> bool:
    """Somebody says that they have done it, or need not; False if there is nothing to do."""
    now = work.clock.now()
    query = (
        update(Notification)
        .where(
            Notification.id == notification_id,
            Notification.user_id == user_id,
            Notification.to_do_as.is_not(None),
            Notification.done_at.is_(None),
        )
        .values(done_at=now, read_at=func.coalesce(Notification.read_at, now))
        .returning(Notification.id)
    )
    return work.session.scalar(query) is not None


def mark_read(work: UnitOfWork, user_id: int, up_to: int) -> int:
    """Everything that this person was shown, up to a notification, is read; returns how many."""
    query = (
        update(Notification)
        .where(
            Notification.user_id == user_id,
            Notification.read_at.is_(None),
            Notification.id <= up_to,
        )
        .values(read_at=work.clock.now())
        .returning(Notification.id)
    )
    return len(work.session.scalars(query).all())


def forget_old(work: UnitOfWork) -> int:
    """Delete what was read long ago, and mails that are done with; returns how many rows."""
    now = work.clock.now()
    read = delete(Notification).where(Notification.read_at < now - KEPT_READ)
    done = delete(Mail).where(
        or_(
            Mail.sent_at < now - KEPT_SENT,
            and_(Mail.sent_at.is_(None), Mail.created_at < now - TRIED_FOR),
        )
    )
    notifications = work.session.scalars(read.returning(Notification.id)).all()
    mails = work.session.scalars(done.returning(Mail.id)).all()
    return len(notifications) + len(mails)


def failing_mails(session: Session) -> int:
    """How many mails were refused at least once and are still to be sent."""
    query = select(func.count()).where(Mail.sent_at.is_(None), Mail.attempts > 0)
    return session.scalar(query) or 0


def send_again(work: UnitOfWork) -> None:
    """Mails that were put off are due now."""
    put_off = update(Mail).where(
        Mail.sent_at.is_(None), Mail.claimed_at.is_(None), Mail.attempts > 0
    )
    work.session.execute(put_off.values(due_at=work.clock.now()))


def _is_news(work: UnitOfWork, user_id: int, entry: AuditEntry) -> bool:
    query = select(Notification.id).where(
        Notification.user_id == user_id, Notification.entry_id == entry.id
    )
    return work.session.scalar(query) is None


def _tell(work: UnitOfWork, told: Told, entry: AuditEntry, wish: Wish) -> None:
    """A line in the list of the site, always; a mail or a place in the digest as wished."""
    kind, to_do_as = EventType(entry.type), told.to_do_as
    chosen = way(kind, wish, is_to_do=to_do_as is not None)
    # Before the invitation is used there is nothing to sign in with.
    can_sign_in = told.user.password_hash is not None
    work.session.add(
        Notification(
            user_id=told.user.id,
            entry_id=entry.id,
            created_at=entry.at,
            read_at=None,
            to_do_as=to_do_as.value if to_do_as else None,
            awaits_digest=can_sign_in and chosen is Way.DIGEST,
        )
    )
    if can_sign_in and chosen is Way.MAIL:
        _post(work, told.user.id, entry, MailKind.NOTIFICATION)


def _asked(asked: EventType, circle: Concerned, entry: AuditEntry) -> ColumnElement[bool]:
    """What an event before this one, about the same thing, asked this circle to do."""
    before = select(AuditEntry.id).where(
        AuditEntry.type == asked.value, AuditEntry.id < entry.id, _same_thing(asked, entry)
    )
    return and_(Notification.to_do_as == circle.value, Notification.entry_id.in_(before))


def _same_thing(asked: EventType, entry: AuditEntry) -> ColumnElement[bool]:
    keys = SAME_DATA.get(asked)
    if keys is not None:
        return and_(*(AuditEntry.data[key].as_integer() == entry.data.get(key) for key in keys))
    if asked in SAME_PRACTICE:
        return AuditEntry.practice_id == entry.practice_id
    return AuditEntry.revision_id == entry.revision_id


def _post(work: UnitOfWork, user_id: int, entry: AuditEntry, kind: MailKind) -> None:
    known = select(Mail.id).where(
        Mail.user_id == user_id, Mail.entry_id == entry.id, Mail.kind == kind
    )
    if work.session.scalar(known) is None:
        now = work.clock.now()
        work.session.add(
            Mail(user_id=user_id, kind=kind, entry_id=entry.id, created_at=now, due_at=now)
        )
