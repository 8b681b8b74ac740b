"""The second factor: codes of a phone (TOTP) and recovery codes, each good once."""

import base64
from collections.abc import Callable
from datetime import datetime
import hashlib
import hmac

import pyotp
from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from kb.accounts.models import RecoveryCode, User
from kb.accounts.sessions import token_hash
from kb.core.errors import Conflict, Invalid
from kb.core.event import Event
from kb.core.messages import msg
from kb.core.unit_of_work import UnitOfWork
from kb.events.types import EventType

ISSUER = "Palabre"
STEP_SECONDS = 30
# Clocks of phones are off; a code of the step before or after is as good.
TOLERATED_STEPS = 1
RECOVERY_CODES = 10
RECOVERY_LENGTH = 12
WRONG_CODE = msg("This code is not right, or was used before. Wait for the next one.")


def new_secret(new_token: Callable[[], str]) -> str:
    """A secret to be shared with a phone."""
    return base64.b32encode(hashlib.sha256(new_token().encode()).digest()[:20]).decode()


def address_for_phone(secret: str, email: str) -> str:
    """What the square code says, and what a link on the same phone opens."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def set_up(work: UnitOfWork, user_id: int, secret: str, code: str) -> list[str]:
    """Count the second factor from now on, if the code proves it; returns recovery codes."""
    user = work.session.get_one(User, user_id)
    if user.totp_secret is not None:
        raise Conflict(msg("Your second factor is set up already."))
    step = _step_of(secret, code, work.clock.now())
    if step is None:
        raise Invalid(msg("Something is missing or not right."), {"code": WRONG_CODE})
    user.totp_secret, user.totp_step = secret, step
    work.session.flush()
    work.emit(Event(EventType.SECOND_FACTOR_SET, actor_id=user_id, data={"user_id": user_id}))
    return new_recovery_codes(work, user_id)


def take_down(work: UnitOfWork, user_id: int) -> None:
    """The user's own removal, for another phone."""
    user = work.session.get_one(User, user_id)
    user.totp_secret = user.totp_step = None
    work.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    work.emit(Event(EventType.SECOND_FACTOR_REMOVED, actor_id=user_id, data={"user_id": user_id}))


def new_recovery_codes(work: UnitOfWork, user_id: int) -> list[str]:
    """Ten new codes instead of those of before; they are shown this once."""
    work.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    codes = [new_secret(work.new_token)[:RECOVERY_LENGTH].lower() for _ in range(RECOVERY_CODES)]
    work.session.add_all(
        RecoveryCode(user_id=user_id, code_hash=token_hash(code)) for code in codes
    )
    work.session.flush()
    return ["-".join((code[:4], code[4:8], code[8:])) for code in codes]


def recovery_codes_left(session: Session, user_id: int) -> int:
    """How many recovery codes have not been used."""
    query = select(func.count()).where(
        RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None)
    )
    return session.scalar(query) or 0


def use_code(work: UnitOfWork, user_id: int, code: str) -> bool:
    """Whether this code of the phone or of the list is right; it is used up by asking."""
    secret = work.session.scalar(select(User.totp_secret).where(User.id == user_id))
    if secret is None:
        return False
    typed = "".join(character for character in code if character.isalnum()).lower()
    step = _step_of(secret, typed, work.clock.now())
    # The database decides, so that two requests at once cannot use the same code.
    if step is not None:
        used = (
            update(User)
            .where(User.id == user_id, or_(User.totp_step.is_(None), User.totp_step < step))
            .values(totp_step=step)
            .returning(User.id)
        )
    else:
        used = (
            update(RecoveryCode)
            .where(
                RecoveryCode.user_id == user_id,
                RecoveryCode.code_hash == token_hash(typed),
                RecoveryCode.used_at.is_(None),
            )
            .values(used_at=work.clock.now())
            .returning(RecoveryCode.id)
        )
    return work.session.scalar(used) is not None


def _step_of(secret: str, code: str, now: datetime) -> int | None:
    """The time step whose code this is; the latest, if it is the code of several."""
    typed = code.replace(" ", "").encode()
    current = int(now.timestamp()) // STEP_SECONDS
    generator = pyotp.TOTP(secret)
    for step in range(current + TOLERATED_STEPS, current - TOLERATED_STEPS - 1, -1):
        if hmac.compare_digest(generator.at(step * STEP_SECONDS).encode(), typed):
            return step
    return None
