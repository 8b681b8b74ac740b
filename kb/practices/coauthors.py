"""Writing together: the owner asks by e-mail, and whoever is asked says yes or no.

Nobody becomes an author unasked: an author may not review the text, so it would be a way to shut a
reviewer out. Whether an address has an account is told to nobody: the answer is the same, and who
has none yet is put before the editors like every request for access.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ScalarSelect, delete, select
from sqlalchemy.orm import Session

from kb.accounts.access_requests import queue_invited
from kb.accounts.models import User
from kb.accounts.people import email_problem, normal_email
from kb.accounts.permissions import Actor, Permission, Role, permits, require
from kb.core.database import LARGEST_ID
from kb.core.errors import Conflict, Invalid, NotFound
from kb.core.event import Event
from kb.core.messages import Message, msg
from kb.core.unit_of_work import UnitOfWork
from kb.events.types import EventType
from kb.practices.draft_queries import own_revision
from kb.practices.lifecycle import EDITABLE
from kb.practices.models import (
    AuthorInvitation,
    AuthorRole,
    Practice,
    Revision,
    RevisionAuthor,
)
from kb.practices.service import Authorship

# More people than write one text; and nobody tries a list of addresses.
MOST_WAITING = 10
# An address is not kept for somebody who does not come.
KEPT = timedelta(days=90)
OFFERED = (AuthorRole.WRITES, AuthorRole.TRANSLATES)
_NOT_INVITED = msg("Nobody was invited.")
_GONE = msg("This invitation is not there any more.")


@dataclass(frozen=True, slots=True)
class CoAuthor:
    """Somebody who writes or translates."""

    user_id: int
    name: str
    role: AuthorRole
    is_owner: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """An invitation as the person asked sees it: by whom and for what, not yet which text."""

    id: int
    by: str
    role: AuthorRole
    at: datetime


def coauthors_of(session: Session, revision: Revision) -> Sequence[CoAuthor]:
    """Who writes a revision, its owner first."""
    owner_id = revision.practice.owner_id
    roles = {row.user_id: row.role for row in revision.authors if row.role is not AuthorRole.LEFT}
    if owner_id is not None:
        roles[owner_id] = AuthorRole.WRITES
    query = select(User.id, User.name).where(User.id.in_(roles)).order_by(User.name, User.id)
    found = [CoAuthor(n, name, roles[n], n == owner_id) for n, name in session.execute(query)]
    return sorted(found, key=lambda one: not one.is_owner)


def waiting_for(session: Session, revision_id: int) -> Sequence[AuthorInvitation]:
    """The invitations of a revision that nobody has answered."""
    query = select(AuthorInvitation).where(AuthorInvitation.revision_id == revision_id)
    return session.scalars(query.order_by(AuthorInvitation.email)).all()


def asked_of(session: Session, actor: Actor) -> Sequence[Asked]:
    """What this person was asked to write with others and may still answer."""
    query = (
        select(AuthorInvitation, User.name)
        .join(Revision, Revision.id == AuthorInvitation.revision_id)
        .join(User, User.id == AuthorInvitation.invited_by_id)
        .where(AuthorInvitation.email == _address_of(actor), Revision.state.in_(EDITABLE))
        .order_by(AuthorInvitation.id)
    )
    return [Asked(row.id, by, row.role, row.invited_at) for row, by in session.execute(query)]


def may_invite(actor: Actor, practice: Practice) -> bool:
    """Whether who writes here is this person's business."""
    return permits(actor, Permission.PRACTICE_INVITE, _owned(practice))


def invite(work: UnitOfWork, actor: Actor, revision_id: int, email: str, role: str) -> None:
    """Ask the person with this address to write or translate."""
    revision = _inviting(work, actor, revision_id)
    email = normal_email(email)
    waiting = waiting_for(work.session, revision_id)
    _refuse(email, role, _email_of(work.session, actor.user_id), waiting)
    query = select(User).where(User.email == email, User.disabled_at.is_(None))
    person = work.session.scalar(query)
    writing = {row.user_id for row in revision.authors if row.role is not AuthorRole.LEFT}
    if person is not None and person.id in writing:
        raise _unfit(msg("This person writes with you already."))
    invitation = AuthorInvitation(
        revision_id=revision_id,
        email=email,
        role=AuthorRole(role),
        invited_by_id=actor.user_id or 0,  # only accounts own practices
        invited_at=work.clock.now(),
    )
    work.session.add(invitation)
    work.session.flush()
    data = {"invitation_id": invitation.id} | ({"user_id": person.id} if person else {})
    _announce(work, actor, revision, EventType.AUTHOR_INVITED, data)
    if person is None or Role.CONTRIBUTOR not in person.as_actor().roles:
        queue_invited(work, email, work.session.get_one(User, actor.user_id))


def uninvite(work: UnitOfWork, actor: Actor, revision_id: int, invitation_id: int) -> None:
    """Take an invitation back that nobody has answered."""
    revision = _inviting(work, actor, revision_id)
    found = work.session.get(AuthorInvitation, min(invitation_id, LARGEST_ID))
    if found is None or found.revision_id != revision_id:
        raise Conflict(_GONE)
    work.session.delete(found)
    _announce(work, actor, revision, EventType.AUTHOR_UNINVITED, {"invitation_id": found.id})


def remove(work: UnitOfWork, actor: Actor, revision_id: int, user_id: int) -> None:
    """Let somebody write no more; what they wrote stays, and they never judge it."""
    revision = _inviting(work, actor, revision_id)
    row = next((row for row in revision.authors if row.user_id == user_id), None)
    is_owner = user_id == revision.practice.owner_id
    if row is None or row.role is AuthorRole.LEFT or is_owner:
        raise Conflict(msg("This person does not write with you any more."))
    row.role = AuthorRole.LEFT
    _announce(work, actor, revision, EventType.AUTHOR_REMOVED, {"user_id": user_id})


def answer(work: UnitOfWork, actor: Actor, invitation_id: int, *, accepts: bool) -> int:
    """Say yes or no to an invitation; returns the revision that can be written from now on."""
    require(actor, Permission.PRACTICE_CREATE)
    mine = (
        AuthorInvitation.id == min(invitation_id, LARGEST_ID),
        AuthorInvitation.email == _address_of(actor),
    )
    revision_id = work.session.scalar(select(AuthorInvitation.revision_id).where(*mine))
    revision = work.session.get(Revision, revision_id or 0, with_for_update=True)
    # Only now: it may have been taken back, or answered, while this waited for the revision.
    found = work.session.scalar(select(AuthorInvitation).where(*mine))
    if revision is None or found is None:
        raise NotFound(msg("There is no such page."))
    if revision.state not in EDITABLE:
        raise Conflict(_GONE)
    work.session.delete(found)
    data = {"invitation_id": found.id, "user_id": actor.user_id}
    if not accepts:
        _announce(work, actor, revision, EventType.AUTHOR_DECLINED, data)
        return revision.id
    row = next((row for row in revision.authors if row.user_id == actor.user_id), None)
    if row is None:
        row = RevisionAuthor(user_id=actor.user_id, role=found.role)
        revision.authors.append(row)
    row.role = found.role
    _announce(work, actor, revision, EventType.AUTHOR_JOINED, data)
    return revision.id


def forget_unanswered(work: UnitOfWork) -> int:
    """Delete invitations that nobody answered for long; returns how many."""
    before = work.clock.now() - KEPT
    old = delete(AuthorInvitation).where(AuthorInvitation.invited_at < before)
    return len(work.session.scalars(old.returning(AuthorInvitation.id)).all())


def _inviting(work: UnitOfWork, actor: Actor, revision_id: int) -> Revision:
    """The revision, locked, if its authors are this person's business and may change now."""
    revision = own_revision(work.session, actor, revision_id, lock=True)
    require(actor, Permission.PRACTICE_INVITE, _owned(revision.practice))
    if revision.state not in EDITABLE:
        raise Conflict(msg("This revision cannot be edited in its present state."))
    return revision


def _refuse(email: str, role: str, own: str, waiting: Sequence[AuthorInvitation]) -> None:
    problem = email_problem(email)
    if problem is None and email == own:
        problem = msg("This is your own address.")
    if problem is None and email in {each.email for each in waiting}:
        problem = msg("This person is invited already.")
    if problem is None and len(waiting) >= MOST_WAITING:
        problem = msg(
            "%(number)s people have not answered yet: take one invitation back first.",
            number=MOST_WAITING,
        )
    if problem is not None:
        raise _unfit(problem)
    if role not in OFFERED:
        raise Invalid(_NOT_INVITED, {"role": msg("is missing")})


def _owned(practice: Practice) -> Authorship:
    owners = () if practice.owner_id is None else (practice.owner_id,)
    return Authorship(frozenset(owners), frozenset())


def _address_of(actor: Actor) -> ScalarSelect[str]:
    return select(User.email).where(User.id == actor.user_id).scalar_subquery()


def _email_of(session: Session, user_id: int | None) -> str:
    return session.scalar(select(User.email).where(User.id == user_id)) or ""


def _unfit(why: Message) -> Invalid:
    return Invalid(_NOT_INVITED, {"author_email": why})


def _announce(
    work: UnitOfWork,
    actor: Actor,
    revision: Revision,
    event: EventType,
    data: Mapping[str, int | None],
) -> None:
    work.session.flush()
    work.emit(Event(event, actor.user_id, revision.practice_id, revision.id, data))
