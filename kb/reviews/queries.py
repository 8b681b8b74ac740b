"""Reading reviews: who reviews, what was said, and who may see a revision at all."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from kb.accounts.permissions import Actor, Permission, permits
from kb.core.database import LARGEST_ID
from kb.core.errors import Conflict, NotFound
from kb.core.messages import msg
from kb.practices.models import Revision, Version
from kb.practices.queries import get_revision
from kb.practices.service import Authorship, authorship
from kb.reviews.models import Assignment, ConsentRecord, SignOff, Verdict
from kb.reviews.rules import Decision


def reviewer_ids(session: Session, revision_id: int) -> frozenset[int]:
    """The reviewers assigned to a revision now."""
    query = select(Assignment.reviewer_id).where(
        Assignment.revision_id == revision_id, Assignment.ended_at.is_(None)
    )
    return frozenset(session.scalars(query))


def safeguard_ids(session: Session, revision_id: int) -> frozenset[int]:
    """Everybody who signed off any version of a revision."""
    query = (
        select(SignOff.safeguard_id)
        .join(Version, Version.id == SignOff.version_id)
        .where(Version.revision_id == revision_id)
    )
    return frozenset(session.scalars(query))


def open_assignment(session: Session, revision_id: int, reviewer_id: int) -> Assignment | None:
    """The assignment of a reviewer that has not been taken back."""
    return session.scalar(
        select(Assignment).where(
            Assignment.revision_id == revision_id,
            Assignment.reviewer_id == reviewer_id,
            Assignment.ended_at.is_(None),
        )
    )


def subjects(session: Session, revisions: Sequence[Revision]) -> Mapping[int, Authorship]:
    """Many revisions, by their ids, as the permission rules see them."""
    query = select(Assignment.revision_id, Assignment.reviewer_id).where(
        Assignment.revision_id.in_([revision.id for revision in revisions]),
        Assignment.ended_at.is_(None),
    )
    assigned: dict[int, set[int]] = defaultdict(set)
    for revision_id, reviewer_id in session.execute(query):
        assigned[revision_id].add(reviewer_id)
    return {each.id: authorship(each, frozenset(assigned[each.id])) for each in revisions}


def subject(session: Session, revision: Revision) -> Authorship:
    """The revision as the permission rules see it."""
    return authorship(revision, reviewer_ids(session, revision.id))


def visible_revision(
    session: Session, actor: Actor, revision_id: int, *, lock: bool = False
) -> Revision:
    """The revision, if the actor may know of it: its authors always, the desk once submitted.

    Raises NotFound otherwise, exactly as for one that never was.
    """
    if revision_id > LARGEST_ID:
        raise NotFound(msg("There is no such page."))
    revision = get_revision(session, revision_id, lock=lock)
    if not may_see(actor, revision, subject(session, revision)):
        raise NotFound(msg("There is no such page."))
    return revision


def may_see(actor: Actor, revision: Revision, seen: Authorship) -> bool:
    """Whether they wrote it, or are of its desk and it was submitted once."""
    if actor.user_id in seen.author_ids:
        return True
    return revision.version_id is not None and permits(actor, Permission.PRACTICE_SEE, seen)


def present_revision(
    session: Session, actor: Actor, revision_id: int, version_id: int | None
) -> Revision:
    """The visible revision, locked; raises Conflict unless its version is the one judged."""
    revision = visible_revision(session, actor, revision_id, lock=True)
    if revision.version_id is None:
        raise NotFound(msg("There is no such page."))
    if revision.version_id != version_id:
        raise Conflict(
            msg("The text was changed in the meantime. Please read the new version first.")
        )
    return revision


def decisions_on(session: Session, version_id: int) -> tuple[Decision, ...]:
    """The verdicts on one version."""
    query = select(Verdict.decision).where(Verdict.version_id == version_id)
    return tuple(session.scalars(query))


def last_sign_off(session: Session, version_id: int) -> SignOff | None:
    """The do-no-harm answer that counts for one version."""
    return session.scalar(
        select(SignOff)
        .where(SignOff.version_id == version_id)
        .order_by(SignOff.id.desc())
        .limit(1)
    )


def consent_of(session: Session, version_id: int) -> ConsentRecord | None:
    """The consent on record for one version, also one that was taken back."""
    return session.scalar(
        select(ConsentRecord).where(
            ConsentRecord.version_id == version_id, ConsentRecord.ended_at.is_(None)
        )
    )


def not_judged() -> ColumnElement[bool]:
    """For queries of assignments and revisions: what lies there has no verdict of the reviewer."""
    given = select(Verdict.id).where(
        Verdict.version_id == Revision.version_id, Verdict.reviewer_id == Assignment.reviewer_id
    )
    return ~given.exists()
