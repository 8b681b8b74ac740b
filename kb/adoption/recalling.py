"""Acknowledging recalls, and the desk's words to those who use a practice."""

from sqlalchemy import select

from kb.accounts.permissions import Actor, Permission, require
from kb.adoption.lint import refuse, text_problems
from kb.adoption.models import Adoption, Recall, RecallMessage
from kb.adoption.queries import members_of
from kb.core.database import LARGEST_ID
from kb.core.errors import NotFound
from kb.core.event import Event
from kb.core.messages import msg
from kb.core.unit_of_work import UnitOfWork
from kb.events.types import EventType
from kb.practices.lifecycle import Action
from kb.practices.models import Revision
from kb.reviews.queries import subject

# After these, those who use a practice may have to do something.
CALLS_BACK = frozenset({Action.PUBLISH, Action.ARCHIVE, Action.WITHDRAW})


def acknowledge(work: UnitOfWork, actor: Actor, recall_id: int) -> Recall:
    """Somebody of the organisation, or the follower, has read it; once is enough."""
    query = select(Recall).where(Recall.id == recall_id).with_for_update()
    recall = work.session.scalar(query) if recall_id <= LARGEST_ID else None
    if recall is None or not _is_for(work, actor, recall):
        raise NotFound(msg("There is no such page."))
    if recall.acknowledged_at is None:
        recall.acknowledged_at, recall.acknowledged_by_id = work.clock.now(), actor.user_id
        work.session.flush()
        data = {"recall_id": recall.id}
        kind = EventType.RECALL_ACKNOWLEDGED
        work.emit(Event(kind, actor.user_id, recall.practice_id, None, data))
    return recall


def leave_message(
    work: UnitOfWork, actor: Actor, revision: Revision, action: Action, text: str
) -> None:
    """Say something to those who use a practice, together with what is done to it.

    It goes to people outside the desk: what may identify somebody is refused.
    """
    if not text or action not in CALLS_BACK:
        return
    require(actor, Permission.PRACTICE_ARCHIVE, subject(work.session, revision))
    refuse(text_problems({"message": text}))
    known = select(RecallMessage).where(
        RecallMessage.revision_id == revision.id, RecallMessage.action == action
    )
    message = work.session.scalar(known) or RecallMessage(revision_id=revision.id, action=action)
    message.text, message.author_id = text, actor.user_id or 0
    message.created_at = work.clock.now()
    work.session.add(message)
    work.session.flush()
    data = {"message_id": message.id}
    kind = EventType.RECALL_MESSAGE_LEFT
    work.emit(Event(kind, actor.user_id, revision.practice_id, revision.id, data))


def _is_for(work: UnitOfWork, actor: Actor, recall: Recall) -> bool:
    if not actor.roles or actor.user_id is None:
        return False
    if recall.adoption_id is None:
        return recall.user_id == actor.user_id
    adoption = work.session.get_one(Adoption, recall.adoption_id)
    return actor.user_id in members_of(work.session, adoption.organisation_id)
