"""Looking accounts up: one, some, or only their names."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, selectinload

from kb.accounts.models import AccessRequest, Organisation, RoleGrant, User, UserSession
from kb.accounts.people import normal_email
from kb.accounts.permissions import Role
from kb.accounts.service import NO_ACCOUNT
from kb.core.errors import NotFound
from kb.core.paging import Paging


@dataclass(frozen=True, slots=True)
class AccountNumbers:
    """How many accounts there are of each kind, and how many people wait for one."""

    active: int
    invited: int
    disabled: int
    requests: int


def account_of(session: Session, email: str) -> User:
    """The account of an address; raises NotFound."""
    user = session.scalar(select(User).where(User.email == normal_email(email)))
    if user is None:
        raise NotFound(NO_ACCOUNT)
    return user


def all_accounts(session: Session) -> list[User]:
    """Every account with its roles, by address."""
    query = select(User).order_by(User.email).options(selectinload(User.grants))
    return list(session.scalars(query))


def find_accounts(
    session: Session, words: str, role: Role | None, paging: Paging
) -> tuple[list[User], int]:
    """Accounts whose name, address or organisation has these words; and how many in all."""
    query = select(User)
    for word in words.split():
        query = query.where(
            or_(
                User.email.contains(word.lower(), autoescape=True),
                func.lower(User.name).contains(word.lower(), autoescape=True),
                User.name.contains(word, autoescape=True),
                User.organisation.has(Organisation.name.contains(word, autoescape=True)),
            )
        )
    if role is not None:
        query = query.where(User.id.in_(select(RoleGrant.user_id).where(RoleGrant.role == role)))
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    page = _whole(query).order_by(User.name, User.id).limit(paging.per_page).offset(paging.offset)
    return list(session.scalars(page)), total


def find_account(session: Session, user_id: int) -> User:
    """One account with its organisation and roles; raises NotFound where there is none."""
    user = session.scalar(_whole(select(User).where(User.id == user_id)))
    if user is None:
        raise NotFound(NO_ACCOUNT)
    return user


def _whole(query: Select[User]) -> Select[User]:
    return query.options(selectinload(User.organisation), selectinload(User.grants))


def last_sign_ins(session: Session, user_ids: Iterable[int]) -> Mapping[int, datetime]:
    """When each signed in last, as far back as sessions are kept."""
    query = (
        select(UserSession.user_id, func.max(UserSession.created_at))
        .where(UserSession.user_id.in_(list(user_ids)))
        .group_by(UserSession.user_id)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def names_of(session: Session, user_ids: Iterable[int | None]) -> Mapping[int, str]:
    """The names behind numbers of accounts."""
    wanted = {*user_ids} - {None}
    if not wanted:
        return {}
    query = select(User.id, User.name).where(User.id.in_(wanted))
    return {row[0]: row[1] for row in session.execute(query)}


def open_requests(session: Session) -> list[AccessRequest]:
    """The requests for access that nobody has answered, the oldest first."""
    query = select(AccessRequest).where(AccessRequest.decided_at.is_(None))
    return list(session.scalars(query.order_by(AccessRequest.requested_at, AccessRequest.id)))


def account_numbers(session: Session) -> AccountNumbers:
    """The numbers of the whole house."""
    users = select(func.count()).select_from(User)
    waiting = select(func.count()).where(AccessRequest.decided_at.is_(None))
    is_enabled, has_password = User.disabled_at.is_(None), User.password_hash.is_not(None)
    return AccountNumbers(
        active=session.scalar(users.where(is_enabled, has_password)) or 0,
        invited=session.scalar(users.where(is_enabled, ~has_password)) or 0,
        disabled=session.scalar(users.where(~is_enabled)) or 0,
        requests=session.scalar(waiting) or 0,
    )
