"""Mails on their way: each is claimed, handed over outside of any transaction, and marked.

None is sent twice: whoever dies between claiming and marking leaves a mail of which nobody knows
whether it went out, and such a mail does not go out again. What it said is told in the site, and
a link can be asked for anew.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
import logging

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from kb.accounts.models import LinkPurpose, User
from kb.accounts.service import new_link
from kb.core.language import Locale
from kb.core.ports import Clock, Letter, Mailer, MailNotAccepted
from kb.core.unit_of_work import UnitOfWork
from kb.events.models import AuditEntry
from kb.notifications import words
from kb.notifications.digests import Line, lines_of
from kb.notifications.models import Mail, MailKind

LOG = logging.getLogger(__name__)
# One pass: so many mails, and none begun later than this.
BATCH = 20
PASS_TIME = timedelta(seconds=30)
FIRST_RETRY = timedelta(minutes=1)
LAST_RETRY = timedelta(hours=6)
CLAIM_TIME = timedelta(minutes=10)
UNKNOWN = "unknown"
PURPOSES: dict[MailKind, LinkPurpose] = {
    MailKind.INVITATION: LinkPurpose.INVITATION,
    MailKind.PASSWORD_RESET: LinkPurpose.PASSWORD_RESET,
}


@dataclass(frozen=True, slots=True)
class Post:
    """What sending takes: transactions, the mailer, the time, and the address of the site."""

    begin: Callable[[], AbstractContextManager[UnitOfWork]]
    mailer: Mailer
    clock: Clock
    base_url: str


@dataclass(frozen=True, slots=True)
class _Claimed:
    """A mail that nobody else will send; `token` opens the link it brings."""

    mail_id: int
    kind: MailKind
    event: str
    key: str
    to: str
    locale: Locale
    token: str
    lines: Sequence[Line] = ()


def send_due(post: Post) -> int:
    """Send what is due, within bounds of number and time; returns how many were accepted."""
    _close_abandoned(post)
    sent, until = 0, post.clock.now() + PASS_TIME
    for _ in range(BATCH):
        claimed = _claim(post)
        if claimed is None:
            break
        sent += _hand_over(post, claimed)
        if post.clock.now() >= until:
            break
    return sent


def is_due(session: Session, clock: Clock) -> bool:
    """Whether there is anything to send, or to give up; asked without any lock."""
    query = select(Mail.id).where(Mail.sent_at.is_(None), Mail.due_at <= clock.now()).limit(1)
    return session.scalar(query) is not None


def _claim(post: Post) -> _Claimed | None:
    """The next mail, in a short transaction; those that nobody should get are dropped."""
    with post.begin() as work:
        now = work.clock.now()
        due = (
            select(Mail)
            .where(Mail.sent_at.is_(None), Mail.claimed_at.is_(None), Mail.due_at <= now)
            .order_by(Mail.due_at, Mail.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        while (mail := work.session.scalar(due)) is not None:
            user = work.session.get_one(User, mail.user_id)
            lines = _counted(work, mail)
            if _is_wanted(mail, user, lines):
                mail.claimed_at = now
                return _claimed(work, mail, user, lines)
            work.session.delete(mail)
            work.session.flush()
    return None


def _counted(work: UnitOfWork, mail: Mail) -> Sequence[Line]:
    if mail.digest_on is None:
        return ()
    return lines_of(work.session, mail.user_id, mail.digest_on)


def _is_wanted(mail: Mail, user: User, lines: Sequence[Line]) -> bool:
    if user.disabled_at is not None:
        return False
    # All of it was read in the site before it could be sent.
    if mail.kind is MailKind.DIGEST and not lines:
        return False
    # The link was handed over by the inviting person and has been used.
    return mail.kind is not MailKind.INVITATION or user.password_hash is None


def _claimed(work: UnitOfWork, mail: Mail, user: User, lines: Sequence[Line]) -> _Claimed:
    entry = work.session.get_one(AuditEntry, mail.entry_id)
    purpose = PURPOSES.get(mail.kind)
    # Made only now, so that nothing in the database opens an account.
    token = new_link(work, user.id, purpose) if purpose is not None else ""
    return _Claimed(
        mail_id=mail.id,
        kind=mail.kind,
        event=entry.type,
        key=f"{mail.id}-{entry.hash[:16]}",
        to=user.email,
        locale=user.locale,
        token=token,
        lines=lines,
    )


def _hand_over(post: Post, claimed: _Claimed) -> bool:
    """Outside of any transaction: a slow server holds up nobody who writes."""
    letter = _letter(claimed, post.base_url)
    try:
        post.mailer.send(letter)
    except MailNotAccepted as error:
        _postpone(post, claimed, type(error.__cause__ or error).__name__)
        return False
    except Exception as error:  # noqa: BLE001 - whatever it was, the mail may have gone out
        # No traceback: the words of mail servers repeat addresses.
        LOG.warning("nobody knows whether a mail was taken: %s", type(error).__name__)
        _mark(post, claimed, UNKNOWN)
        return False
    _mark(post, claimed, "")
    return True


def _letter(claimed: _Claimed, base_url: str) -> Letter:
    locale = claimed.locale
    link = f"{base_url}/{locale}/password/{claimed.token}"
    if claimed.kind is MailKind.INVITATION:
        said = words.invitation(locale, link)
    elif claimed.kind is MailKind.PASSWORD_RESET:
        said = words.password_reset(locale, link)
    elif claimed.kind is MailKind.DIGEST:
        lines = [(line.kind, line.is_to_do, line.count) for line in claimed.lines]
        said = words.digest(locale, lines, base_url)
    else:
        said = words.notification(locale, claimed.event, base_url)
    return Letter(claimed.key, claimed.to, said.subject, said.body, locale)


def _mark(post: Post, claimed: _Claimed, error: str) -> None:
    with post.begin() as work:
        mail = work.session.get(Mail, claimed.mail_id)
        if mail is not None:
            mail.sent_at, mail.last_error = work.clock.now(), error


def _postpone(post: Post, claimed: _Claimed, error: str) -> None:
    with post.begin() as work:
        mail = work.session.get(Mail, claimed.mail_id)
        if mail is not None:
            mail.attempts += 1
            wait = min(FIRST_RETRY * 2 ** min(mail.attempts - 1, 20), LAST_RETRY)
            mail.claimed_at, mail.due_at = None, work.clock.now() + wait
            mail.last_error = error


def _close_abandoned(post: Post) -> None:
    """Whoever claimed these is gone: they count as sent, since they may have been."""
    with post.begin() as work:
        now = work.clock.now()
        work.session.execute(
            update(Mail)
            .where(Mail.sent_at.is_(None), Mail.claimed_at <= now - CLAIM_TIME)
            .values(sent_at=now, last_error=UNKNOWN)
        )
