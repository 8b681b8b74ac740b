"""Named readers: people who may read a restricted practice although not of the desk."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.accounts.models import User
from kb.accounts.permissions import Actor, Permission, permits, require
from kb.core.errors import Conflict, Invalid, NotFound
from kb.core.event import Event
from kb.core.messages import Message, msg
from kb.core.unit_of_work import UnitOfWork
from kb.events.types import EventType
from kb.practices.models import Practice, PracticeReader
from kb.practices.service import Authorship


@dataclass(frozen=True, slots=True)
class NamedReader:
    """Somebody who may read a restricted practice."""

    user_id: int
    name: str
    email: str


def readers_of(session: Session, practice_id: int) -> tuple[NamedReader, ...]:
    """The named readers of a practice, by name."""
    query = (
        select(User.id, User.name, User.email)
        .join(PracticeReader, PracticeReader.user_id == User.id)
        .where(PracticeReader.practice_id == practice_id)
        .order_by(User.name, User.id)
    )
    return tuple(NamedReader(*row) for row in session.execute(query))


def may_share(actor: Actor, practice: Practice) -> bool:
    """Whether the named readers are this person's business."""
    return permits(actor, Permission.PRACTICE_SHARE, _owned(practice))


def share(work: UnitOfWork, actor: Actor, practice_id: int, email: str) -> None:
    """Let the person with this address read a practice that is or becomes restricted."""
    _require_may_share(work, actor, practice_id)
    user = work.session.scalar(select(User).where(User.email == email.strip().lower()))
    if user is None or user.disabled_at is not None:
        raise _unfit(msg("There is no account with this e-mail address."))
    if work.session.get(PracticeReader, (practice_id, user.id)) is not None:
        raise _unfit(msg("This person may read it already."))
    reader = PracticeReader(
        practice_id=practice_id,
        user_id=user.id,
        granted_by_id=actor.user_id,
        granted_at=work.clock.now(),
    )
    work.session.add(reader)
    work.session.flush()
    _announce(work, actor, practice_id, EventType.PRACTICE_SHARED, user.id)


def unshare(work: UnitOfWork, actor: Actor, practice_id: int, user_id: int) -> None:
    """Take that right back; it ends with the next request."""
    _require_may_share(work, actor, practice_id)
    reader = work.session.get(PracticeReader, (practice_id, user_id))
    if reader is None:
        raise Conflict(msg("This person is not among the named readers any more."))
    work.session.delete(reader)
    work.session.flush()
    _announce(work, actor, practice_id, EventType.PRACTICE_UNSHARED, user_id)


def _require_may_share(work: UnitOfWork, actor: Actor, practice_id: int) -> None:
    practice = work.session.get(Practice, practice_id)
    if practice is None:
        raise NotFound(msg("There is no such page."))
    require(actor, Permission.PRACTICE_SHARE, _owned(practice))


def _owned(practice: Practice) -> Authorship:
    """Whoever wrote one revision may not even read the next: of the authors, the owner shares."""
    owners = () if practice.owner_id is None else (practice.owner_id,)
    return Authorship(frozenset(owners), frozenset())


def _unfit(why: Message) -> Invalid:
    return Invalid(why, {"reader_email": why})


def _announce(
    work: UnitOfWork, actor: Actor, practice_id: int, event: EventType, user_id: int
) -> None:
    work.emit(Event(event, actor.user_id, practice_id, None, {"user_id": user_id}))
