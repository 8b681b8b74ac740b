"""Signed-in browsers as rows: a copied cookie is dead once the row has ended."""

from dataclasses import dataclass
from datetime import datetime, timedelta
import hashlib

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from kb.accounts.models import User, UserSession
from kb.accounts.permissions import NEEDS_SECOND_FACTOR, Actor
from kb.core.language import Locale
from kb.core.unit_of_work import UnitOfWork

IDLE = timedelta(hours=12)
LONGEST = timedelta(days=7)
# A write for each page read would be a lot of writing for a clock.
NOTED_EVERY = timedelta(minutes=10)
FRESH = timedelta(minutes=15)
DEVICE_LENGTH = 200


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who is at the other end of a request, with the rights of this moment."""

    session_id: int
    user_id: int
    name: str
    locale: Locale
    actor: Actor
    authenticated_at: datetime
    seen_at: datetime
    has_second_factor: bool

    @property
    def needs_second_factor(self) -> bool:
        """Whether these roles ask for a second factor that is not set up yet."""
        return bool(self.actor.roles & NEEDS_SECOND_FACTOR) and not self.has_second_factor

    def is_fresh(self, now: datetime) -> bool:
        """Whether the password was given a short while ago."""
        return now - self.authenticated_at < FRESH


def start(work: UnitOfWork, user_id: int, device: str) -> str:
    """A new session; returns its token, which is kept nowhere but in the browser."""
    token, now = work.new_token(), work.clock.now()
    work.session.add(
        UserSession(
            user_id=user_id,
            token_hash=token_hash(token),
            created_at=now,
            seen_at=now,
            authenticated_at=now,
            expires_at=now + LONGEST,
            device=device[:DEVICE_LENGTH],
        )
    )
    work.session.flush()
    return token


def find(session: Session, token: str, now: datetime) -> SignedIn | None:
    """Whose token this is, if the session is alive and the account is not disabled."""
    row = session.execute(
        select(UserSession, User)
        .join(User, User.id == UserSession.user_id)
        .where(
            UserSession.token_hash == token_hash(token),
            UserSession.ended_at.is_(None),
            UserSession.expires_at > now,
            UserSession.seen_at > now - IDLE,
            User.disabled_at.is_(None),
        )
    ).first()
    if row is None:
        return None
    found, user = row
    return SignedIn(
        session_id=found.id,
        user_id=user.id,
        name=user.name,
        locale=user.locale,
        actor=user.as_actor(),
        authenticated_at=found.authenticated_at,
        seen_at=found.seen_at,
        has_second_factor=user.totp_secret is not None,
    )


def was_ended(session: Session, token: str) -> bool:
    """Whether this token's session was ended, or its account disabled; not: timed out."""
    row = session.execute(
        select(UserSession.ended_at, User.disabled_at)
        .join(User, User.id == UserSession.user_id)
        .where(UserSession.token_hash == token_hash(token))
    ).first()
    return row is not None and any(moment is not None for moment in row)


def note_seen(work: UnitOfWork, session_id: int) -> None:
    """The session is in use: its idle time begins anew."""
    row = work.session.get(UserSession, session_id)
    if row is not None:
        row.seen_at = work.clock.now()


def confirm(work: UnitOfWork, session_id: int) -> None:
    """The password was given again."""
    row = work.session.get(UserSession, session_id)
    if row is not None:
        row.authenticated_at = row.seen_at = work.clock.now()


def end(work: UnitOfWork, user_id: int, session_id: int | None = None, *, but: int = 0) -> int:
    """End one session of a user, or all but one; returns how many were alive."""
    query = update(UserSession).where(
        UserSession.user_id == user_id, UserSession.ended_at.is_(None), UserSession.id != but
    )
    if session_id is not None:
        query = query.where(UserSession.id == session_id)
    return len(
        work.session.scalars(
            query.values(ended_at=work.clock.now()).returning(UserSession.id)
        ).all()
    )


def owner_of(session: Session, session_id: int) -> int | None:
    """Whose session this is or was."""
    return session.scalar(select(UserSession.user_id).where(UserSession.id == session_id))


def open_sessions(session: Session, user_id: int, now: datetime) -> tuple[UserSession, ...]:
    """The sessions of a user that are alive, the latest first."""
    query = (
        select(UserSession)
        .where(
            UserSession.user_id == user_id,
            UserSession.ended_at.is_(None),
            UserSession.expires_at > now,
            UserSession.seen_at > now - IDLE,
        )
        .order_by(UserSession.seen_at.desc(), UserSession.id.desc())
    )
    return tuple(session.scalars(query))


def forget_old(work: UnitOfWork) -> int:
    """Delete the sessions that ended so long ago that no form names them; returns how many."""
    before = work.clock.now() - timedelta(days=30)
    old = select(UserSession).where(
        or_(UserSession.ended_at < before, UserSession.expires_at < before)
    )
    rows = work.session.scalars(old).all()
    for row in rows:
        work.session.delete(row)
    return len(rows)


def token_hash(token: str) -> str:
    """What is kept of a random token: it cannot be turned back."""
    return hashlib.sha256(token.encode()).hexdigest()
