"""Keys with which a program acts for its owner, within one scope. Services never commit."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from kb.accounts.models import ApiToken, TokenScope, User
from kb.accounts.people import one_line, refuse, text_problem
from kb.accounts.permissions import Actor
from kb.accounts.sessions import token_hash
from kb.core.errors import Conflict, NotFound
from kb.core.event import Event
from kb.core.messages import msg
from kb.core.unit_of_work import UnitOfWork
from kb.events.types import EventType

NAME_LENGTH = 100
LARGEST_NUMBER = 10
LASTS = timedelta(days=365)


def make_key(work: UnitOfWork, user_id: int, name: str) -> str:
    """A new key, told once; only its hash is kept. Its owner is warned by a notification."""
    name = one_line(name)
    refuse({"name": text_problem(name, msg("Say what the key is for."), NAME_LENGTH)})
    if len(keys_of(work.session, user_id, work.clock.now())) >= LARGEST_NUMBER:
        raise Conflict(msg("You have many keys already. Revoke one first."))
    token, now = work.new_token(), work.clock.now()
    work.session.add(
        ApiToken(
            user_id=user_id,
            name=name,
            scope=TokenScope.ADOPTIONS_WRITE,
            token_hash=token_hash(token),
            created_at=now,
            expires_at=now + LASTS,
        )
    )
    work.session.flush()
    data = {"user_id": user_id, "kind": TokenScope.ADOPTIONS_WRITE.value}
    work.emit(Event(EventType.KEY_MADE, user_id, data=data))
    return token


def revoke_key(work: UnitOfWork, user_id: int, key_id: int) -> None:
    """From now on it opens nothing; raises NotFound for somebody else's."""
    found = work.session.get(ApiToken, key_id)
    if found is None or found.user_id != user_id:
        raise NotFound(msg("There is no such page."))
    if found.revoked_at is None:
        found.revoked_at = work.clock.now()
        work.session.flush()
        data = {"user_id": user_id, "kind": found.scope.value}
        work.emit(Event(EventType.KEY_REVOKED, user_id, data=data))


def revoke_all(work: UnitOfWork, user_id: int) -> None:
    """None of somebody's keys opens anything any more; whoever made one may not have been them."""
    work.session.execute(
        update(ApiToken)
        .where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=work.clock.now())
    )


def keys_of(session: Session, user_id: int, now: datetime) -> Sequence[ApiToken]:
    """The keys that open something still, the newest first."""
    query = (
        select(ApiToken)
        .where(
            ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None), ApiToken.expires_at > now
        )
        .order_by(ApiToken.id.desc())
    )
    return session.scalars(query).all()


def actor_by_key(work: UnitOfWork, token: str, scope: TokenScope) -> Actor | None:
    """Whom a key stands for, with the rights of this moment; nobody for one that opens nothing."""
    found = work.session.scalar(
        select(ApiToken).where(
            ApiToken.token_hash == token_hash(token),
            ApiToken.scope == scope,
            ApiToken.revoked_at.is_(None),
            ApiToken.expires_at > work.clock.now(),
        )
    )
    if found is None:
        return None
    actor = work.session.get_one(User, found.user_id).as_actor()
    if not actor.roles:
        return None
    found.used_at = work.clock.now()
    work.session.flush()
    return actor
