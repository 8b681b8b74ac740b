"""One-time links: looking at one changes nothing, using it gives the account a password."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from kb.accounts import sessions, throttle
from kb.accounts.keys import revoke_all
from kb.accounts.models import LinkPurpose, OneTimeLink, User
from kb.accounts.passwords import Passwords, problem_with
from kb.accounts.people import normal_email, refuse
from kb.accounts.service import use_up_links
from kb.accounts.throttle import Caller
from kb.core.errors import Invalid
from kb.core.event import Event
from kb.core.messages import Message, msg
from kb.core.unit_of_work import UnitOfWork
from kb.events.types import EventType

DIFFERENT = msg("The two passwords are not the same.")


def find_link(session: Session, token: str, now: datetime) -> OneTimeLink | None:
    """The link of this token, if it can still be used."""
    query = (
        select(OneTimeLink)
        .join(User, User.id == OneTimeLink.user_id)
        .where(
            OneTimeLink.token_hash == sessions.token_hash(token),
            OneTimeLink.used_at.is_(None),
            OneTimeLink.expires_at > now,
            User.disabled_at.is_(None),
        )
    )
    return session.scalar(query)


def use_link(
    work: UnitOfWork, passwords: Passwords, token: str, password: str, repeated: str
) -> int | None:
    """Set the password of the link's user, and end every link and session of theirs.

    Returns the user's id, or None where the link is unknown, used or too old. Raises Invalid
    for a password that may not be one; the link can then be used again.
    """
    link = find_link(work.session, token, work.clock.now())
    if link is None:
        return None
    user = work.session.get_one(User, link.user_id)
    check_new(user, password, repeated)
    taken = (
        update(OneTimeLink)
        .where(OneTimeLink.id == link.id, OneTimeLink.used_at.is_(None))
        .values(used_at=work.clock.now())
        .returning(OneTimeLink.id)
    )
    if work.session.scalar(taken) is None:  # somebody was faster
        return None
    is_first = link.purpose is LinkPurpose.INVITATION
    set_password(work, passwords, user, password)
    kind = EventType.ACCOUNT_ACTIVATED if is_first else EventType.PASSWORD_CHANGED
    work.emit(Event(kind, actor_id=user.id, data={"user_id": user.id}))
    return user.id


def change_password(
    work: UnitOfWork, passwords: Passwords, user_id: int, password: str, repeated: str
) -> None:
    """Another password for somebody who has just proved the one they have."""
    user = work.session.get_one(User, user_id)
    check_new(user, password, repeated)
    set_password(work, passwords, user, password)
    work.emit(Event(EventType.PASSWORD_CHANGED, actor_id=user_id, data={"user_id": user_id}))


def set_password(work: UnitOfWork, passwords: Passwords, user: User, password: str) -> None:
    """Keep a new password; whoever knew the old one is out, whatever they hold."""
    user.password_hash = passwords.hash(password)
    sessions.end(work, user.id)
    use_up_links(work, user.id)
    revoke_all(work, user.id)
    work.session.flush()


def check_new(user: User, password: str, repeated: str) -> None:
    """Raise Invalid unless this may be the password of this user."""
    problem: Message | None = problem_with(password, user.name, user.email)
    is_same = password == repeated
    refuse({"password": problem, "repeated": None if is_same else DIFFERENT})


def ask_for_link(work: UnitOfWork, caller: Caller, email: str) -> bool:
    """Have a link sent to an account, if there is one; False after too many requests.

    Nothing that is answered or written for an unknown address differs in a way to be seen.
    """
    address = normal_email(email)
    if not throttle.take(work, caller, "reset", address):
        return False
    user_id = work.session.scalar(
        select(User.id).where(User.email == address, User.disabled_at.is_(None))
    )
    if user_id is not None:
        work.emit(Event(EventType.PASSWORD_RESET_ASKED, data={"user_id": user_id}))
    return True


def refuse_wrong(is_right: bool) -> None:  # noqa: FBT001 - reads as a sentence where it is used
    """Raise Invalid unless the present password was right."""
    if not is_right:
        raise Invalid(
            msg("Something is missing or not right."),
            {"current": msg("This is not your present password.")},
        )


def email_of(session: Session, link: OneTimeLink) -> str:
    """Whose link it is, for the form."""
    return session.get_one(User, link.user_id).email
