"""What somebody is writing: their own revisions and nobody else's."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from kb.accounts.permissions import Actor
from kb.core.database import LARGEST_ID
from kb.core.errors import NotFound
from kb.core.messages import msg
from kb.practices.lifecycle import Action, State
from kb.practices.models import (
    AuthorRole,
    Practice,
    RestrictedNote,
    Revision,
    RevisionAuthor,
    TransitionNote,
)
from kb.practices.queries import get_revision
from kb.practices.service import authorship, practice_authorship

# A practice of which only these are left is of no more use to its author.
_LEFT_BEHIND = (State.ABANDONED, State.SUPERSEDED, State.WITHDRAWN)
_REASONED = (Action.REQUEST_CHANGES, Action.REJECT, Action.WITHDRAW, Action.ARCHIVE)


def own_revision(
    session: Session, actor: Actor, revision_id: int, *, lock: bool = False
) -> Revision:
    """A revision that this actor writes; raises NotFound for all others alike."""
    if revision_id <= LARGEST_ID and actor.user_id is not None:
        revision = get_revision(session, revision_id, lock=lock)
        if actor.user_id in authorship(revision).author_ids:
            return revision
    raise NotFound(msg("There is no such page."))


def own_practice(session: Session, actor: Actor, practice_id: int) -> Practice:
    """A practice that this actor owns or wrote; raises NotFound for all others alike."""
    if practice_id <= LARGEST_ID and actor.user_id is not None:
        practice = session.get(Practice, practice_id)
        if practice is not None and actor.user_id in practice_authorship(practice).author_ids:
            return practice
    raise NotFound(msg("There is no such page."))


def own_revisions(session: Session, actor: Actor) -> Sequence[Revision]:
    """The revisions that this actor writes and has still to do with, the latest change first."""
    if actor.user_id is None:
        return ()
    writes = select(RevisionAuthor.revision_id).where(
        RevisionAuthor.user_id == actor.user_id, RevisionAuthor.role != AuthorRole.LEFT
    )
    query = (
        select(Revision)
        .join(Revision.practice)
        .options(
            joinedload(Revision.practice).selectinload(Practice.revisions),
            selectinload(Revision.authors),
        )
        .where(
            or_(Revision.id.in_(writes), Practice.owner_id == actor.user_id),
            Revision.state.not_in(_LEFT_BEHIND),
        )
        .order_by(Revision.state_since.desc(), Revision.id.desc())
    )
    return session.scalars(query).all()


def reasons_for(session: Session, revisions: Iterable[Revision]) -> Mapping[int, str]:
    """What was said when each revision was moved to where it is now, if anything was."""
    query = (
        select(TransitionNote.revision_id, TransitionNote.text)
        .join(Revision, Revision.id == TransitionNote.revision_id)
        .where(
            Revision.id.in_([revision.id for revision in revisions]),
            TransitionNote.action.in_(_REASONED),
            TransitionNote.created_at >= Revision.state_since,
        )
        .order_by(TransitionNote.id)  # the last one is kept
    )
    return {row[0]: row[1] for row in session.execute(query)}


def reason_for(session: Session, revision: Revision) -> str:
    """The same for one revision; nothing where nothing was said."""
    return reasons_for(session, [revision]).get(revision.id, "")


def notes_of(session: Session, actor: Actor, practice: Practice) -> Sequence[RestrictedNote]:
    """The restricted notes that a writer may read: the owner all of them, others their own."""
    query = (
        select(RestrictedNote)
        .where(RestrictedNote.practice_id == practice.id)
        .order_by(RestrictedNote.id)
    )
    if practice.owner_id != actor.user_id:
        query = query.where(RestrictedNote.author_id == actor.user_id)
    return session.scalars(query).all()
