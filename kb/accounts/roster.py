"""Accounts by their address, for the command line."""

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from kb.accounts.models import User
from kb.accounts.people import normal_email
from kb.accounts.service import NO_ACCOUNT
from kb.core.errors import NotFound


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
