"""Who is in which circle around an event, and what has not been read yet."""

from collections.abc import Callable, Iterable, Mapping

from sqlalchemy import Select, func, select, union
from sqlalchemy.orm import Session, selectinload

from kb.accounts.models import RoleGrant, User
from kb.accounts.permissions import Role, permits
from kb.adoption.queries import adopters, recalled
from kb.events.models import AuditEntry
from kb.events.types import EventType
from kb.notifications.models import Notification
from kb.notifications.recipients import NEEDS, NOBODY, RECIPIENTS, TOLD_TO_ACTOR_TOO, Concerned
from kb.practices.models import Revision, RevisionAuthor, Version
from kb.practices.service import Authorship
from kb.reviews.models import Comment, CommentAudience, SignOff, Verdict
from kb.reviews.queries import subject

Finder = Callable[[Session, AuditEntry, Authorship], Iterable[int]]
NO_REVISION = Authorship(frozenset(), frozenset())


def concerned_users(session: Session, entry: AuditEntry) -> tuple[User, ...]:
    """Whom an event concerns now: nobody disabled, nobody of the desk without the right."""
    kind = EventType(entry.type)
    around = _around(session, entry)
    told: dict[int, User] = {}
    for circle in RECIPIENTS.get(kind, NOBODY):
        need = NEEDS.get(circle)
        found = FINDERS[circle](session, entry, around or NO_REVISION)
        for user in active_users(session, found):
            if need is None or permits(user.as_actor(), need, around):
                told[user.id] = user
    if kind not in TOLD_TO_ACTOR_TOO and entry.actor_id is not None:
        told.pop(entry.actor_id, None)
    return tuple(told[user_id] for user_id in sorted(told))


def active_users(session: Session, user_ids: Iterable[int]) -> Iterable[User]:
    """These accounts, but for those that are disabled."""
    wanted = set(user_ids)
    if not wanted:
        return ()
    return session.scalars(
        select(User)
        .where(User.id.in_(wanted), User.disabled_at.is_(None))
        .options(selectinload(User.grants))
    ).all()


def person_of(entry: AuditEntry) -> tuple[int, ...]:
    """The account that an event is about."""
    return _named(entry, "user_id")


def unread_count(session: Session, user_id: int) -> int:
    """How many notifications somebody has not read."""
    query = select(func.count()).where(
        Notification.user_id == user_id, Notification.read_at.is_(None)
    )
    return session.scalar(query) or 0


def _around(session: Session, entry: AuditEntry) -> Authorship | None:
    revision = session.get(Revision, entry.revision_id) if entry.revision_id else None
    return subject(session, revision) if revision is not None else None


def _named(entry: AuditEntry, key: str) -> tuple[int, ...]:
    value = entry.data.get(key)
    return (value,) if isinstance(value, int) else ()


def _with_role(*roles: Role) -> Finder:
    def find(session: Session, _entry: AuditEntry, _around: Authorship) -> Iterable[int]:
        return session.scalars(select(RoleGrant.user_id).where(RoleGrant.role.in_(roles)))

    return find


def _judges(session: Session, entry: AuditEntry, _around: Authorship) -> Iterable[int]:
    versions = _named(entry, "version_id")
    return session.scalars(select(Verdict.reviewer_id).where(Verdict.version_id.in_(versions)))


def _discussants(session: Session, entry: AuditEntry, _around: Authorship) -> Iterable[int]:
    def of_revision(query: Select[int]) -> Select[int]:
        return query.where(Version.revision_id == entry.revision_id)

    comments = select(Comment.author_id).join(Version, Version.id == Comment.version_id)
    signed = select(SignOff.safeguard_id).join(Version, Version.id == SignOff.version_id)
    return session.scalars(union(of_revision(comments), of_revision(signed)))


def _writers(session: Session, entry: AuditEntry, _around: Authorship) -> Iterable[int]:
    return session.scalars(
        select(RevisionAuthor.user_id).where(RevisionAuthor.revision_id == entry.revision_id)
    )


def _readers_of_comment(_session: Session, entry: AuditEntry, around: Authorship) -> Iterable[int]:
    # Anything but a plain "for the authors" is for the desk.
    is_for_authors = entry.data.get("audience") == CommentAudience.AUTHORS.value
    return around.author_ids if is_for_authors else ()


def _recalled(session: Session, entry: AuditEntry, _around: Authorship) -> Iterable[int]:
    adoptions, users = recalled(session, _named(entry, "entry_id"))
    return {*users, *adopters(session, adoptions)}


FINDERS: Mapping[Concerned, Finder] = {
    Concerned.EDITORS: _with_role(Role.EDITOR),
    Concerned.SAFEGUARDS: _with_role(Role.SAFEGUARD),
    Concerned.REVIEWERS: lambda _session, _entry, around: around.reviewer_ids,
    Concerned.NAMED_REVIEWER: lambda _session, entry, _around: _named(entry, "reviewer_id"),
    Concerned.JUDGES: _judges,
    Concerned.DISCUSSANTS: _discussants,
    Concerned.AUTHORS: lambda _session, _entry, around: around.author_ids,
    Concerned.READERS_OF_COMMENT: _readers_of_comment,
    Concerned.WRITERS: _writers,
    Concerned.PERSON: lambda _session, entry, _around: person_of(entry),
    Concerned.ADOPTERS: lambda session, entry, _around: adopters(
        session, _named(entry, "adoption_id")
    ),
    Concerned.RECALLED: _recalled,
    Concerned.EDITORS_AND_ADMINS: _with_role(Role.EDITOR, Role.ADMIN),
}
