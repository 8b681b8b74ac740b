"""Proving who one is. A wrong answer is a result and no exception: it has to be counted."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.accounts import second_factor, throttle
from kb.accounts.models import User
from kb.accounts.passwords import Passwords
from kb.accounts.people import email_problem, normal_email
from kb.accounts.throttle import Caller
from kb.core.messages import Message, msg
from kb.core.unit_of_work import UnitOfWork

KIND = "sign-in"


class Outcome(StrEnum):
    """How an attempt ended."""

    RIGHT = "right"
    CODE_WANTED = "code-wanted"
    WRONG = "wrong"
    WRONG_CODE = "wrong-code"
    TOO_MANY = "too-many"


SENTENCES: dict[Outcome, Message] = {
    Outcome.CODE_WANTED: msg("The code of your second factor is missing."),
    Outcome.WRONG: msg("The e-mail address or the password is not right."),
    Outcome.WRONG_CODE: second_factor.WRONG_CODE,
    Outcome.TOO_MANY: throttle.TOO_MANY,
}


@dataclass(frozen=True, slots=True)
class Proof:
    """What came of it; the user only where the password was right."""

    outcome: Outcome
    user_id: int = 0


@dataclass(frozen=True, slots=True)
class Known:
    """What was found under an address before the password is looked at."""

    user_id: int
    password_hash: str | None
    has_second_factor: bool


NOBODY = Known(0, None, has_second_factor=False)


def begin(work: UnitOfWork, caller: Caller, email: str) -> bool:
    """Count the attempt; False if there were too many. To be committed before the next step."""
    return throttle.take(work, caller, KIND, normal_email(email))


def look_up(session: Session, email: str) -> Known:
    """Whose address this is; a disabled account is like none."""
    if email_problem(normal_email(email)):
        return NOBODY
    user = session.scalar(select(User).where(User.email == normal_email(email)))
    if user is None or user.disabled_at is not None:
        return NOBODY
    return Known(user.id, user.password_hash, user.totp_secret is not None)


def second_step(work: UnitOfWork, known: Known, code: str) -> Outcome:
    """What is left to prove after the password, if the user has a second factor."""
    if not known.has_second_factor:
        return Outcome.RIGHT
    if not code:
        return Outcome.CODE_WANTED
    is_right = second_factor.use_code(work, known.user_id, code)
    return Outcome.RIGHT if is_right else Outcome.WRONG_CODE


def finish(work: UnitOfWork, caller: Caller, proof: Proof) -> None:
    """Take back what was counted: all of it for who is in, this attempt for who is half-way."""
    email = work.session.scalar(select(User.email).where(User.id == proof.user_id))
    if email is not None and proof.outcome is Outcome.RIGHT:
        throttle.forgive(work, caller, KIND, email)
    elif email is not None and proof.outcome is Outcome.CODE_WANTED:
        throttle.forgive(work, caller, KIND, email, count=1)


def hash_anew(work: UnitOfWork, passwords: Passwords, user_id: int, password: str) -> None:
    """Today's parameters for a password that was hashed with yesterday's."""
    user = work.session.get_one(User, user_id)
    if user.password_hash is not None and passwords.is_outdated(user.password_hash):
        user.password_hash = passwords.hash(password)


def email_of(session: Session, user_id: int) -> str:
    """The address of a user; nothing for one who may not come in."""
    query = select(User.email).where(User.id == user_id, User.disabled_at.is_(None))
    return session.scalar(query) or ""


def password_hash_of(session: Session, user_id: int) -> str:
    """What is kept of a user's password; nothing for one who may not come in."""
    query = select(User.password_hash).where(User.id == user_id, User.disabled_at.is_(None))
    return session.scalar(query) or ""
