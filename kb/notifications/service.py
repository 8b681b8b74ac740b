"""Events become notifications and mails, once each. Services never commit."""

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from kb.core.unit_of_work import UnitOfWork
from kb.events.models import AuditEntry
from kb.events.types import EventType
from kb.notifications.models import Mail, MailKind, Notification
from kb.notifications.queries import active_users, concerned_users, person_of

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
        for user in concerned_users(work.session, entry):
            if _is_news(work, user.id, entry):
                _note(work, user.id, entry)
                # Before the invitation is used there is nothing to sign in with.
                if user.password_hash is not None:
                    _post(work, user.id, entry, MailKind.NOTIFICATION)
        kind = LETTERS.get(entry.type)
        if kind is not None:
            for user in active_users(work.session, person_of(entry)):
                _post(work, user.id, entry, kind)
    work.session.flush()


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


def _note(work: UnitOfWork, user_id: int, entry: AuditEntry) -> None:
    work.session.add(
        Notification(user_id=user_id, entry_id=entry.id, created_at=entry.at, read_at=None)
    )


def _post(work: UnitOfWork, user_id: int, entry: AuditEntry, kind: MailKind) -> None:
    known = select(Mail.id).where(
        Mail.user_id == user_id, Mail.entry_id == entry.id, Mail.kind == kind
    )
    if work.session.scalar(known) is None:
        now = work.clock.now()
        work.session.add(
            Mail(user_id=user_id, kind=kind, entry_id=entry.id, created_at=now, due_at=now)
        )
