"""What came of an adoption after some months: answering, and reminding. Services never commit."""

from datetime import date, timedelta

from sqlalchemy import select

from kb.accounts.permissions import Actor
from kb.adoption.models import Adoption, FollowUp
from kb.adoption.queries import own_adoption
from kb.adoption.service import tell
from kb.adoption.stages import IN_USE
from kb.adoption.written import WrittenFollowUp, read_follow_up
from kb.core.errors import Conflict, NotFound
from kb.core.messages import msg
from kb.core.unit_of_work import UnitOfWork
from kb.events.types import EventType

# Answers count as on time until then.
ON_TIME = timedelta(days=30)
BATCH = 100


def answer(
    work: UnitOfWork, actor: Actor, adoption_id: int, month: int, written: WrittenFollowUp
) -> FollowUp:
    """Keep what came of it, once per date; raises Conflict where there is an answer already."""
    adoption = own_adoption(work.session, actor, adoption_id, lock=True)
    follow_up = open_follow_up(adoption, month, work.clock.now().date())
    facts = read_follow_up(written, work.clock.now().date(), use_began(adoption))
    for name in ("done_on", "what_changed", "evidence", "unintended", "rating", "still_in_use"):
        setattr(follow_up, name, getattr(facts, name))
    follow_up.recorded_by_id, follow_up.recorded_at = actor.user_id, work.clock.now()
    work.session.flush()
    tell(work, EventType.FOLLOW_UP_DONE, actor, adoption, month=month)
    return follow_up


def open_follow_up(adoption: Adoption, month: int, today: date) -> FollowUp:
    """The one of this month that can be answered now; raises NotFound or Conflict."""
    found = next((each for each in adoption.follow_ups if each.month == month), None)
    if found is None:
        raise NotFound(msg("There is no such page."))
    if found.done_on is not None:
        raise Conflict(msg("This follow-up is done already."))
    if found.dropped_on is not None:
        raise Conflict(msg("The practice was given up before this follow-up."))
    if today < found.due_on - ON_TIME:
        raise Conflict(msg("It is too early for this follow-up."))
    return found


def use_began(adoption: Adoption) -> date:
    """The first day of use: of the trial, or of what was adopted at once."""
    return next(step.reached_on for step in adoption.stages if step.stage in IN_USE)


def remind(work: UnitOfWork) -> int:
    """Ask once for each follow-up that has become due; returns for how many."""
    due = (
        select(FollowUp)
        .where(
            FollowUp.done_on.is_(None),
            FollowUp.dropped_on.is_(None),
            FollowUp.reminded_at.is_(None),
            FollowUp.due_on <= work.clock.now().date(),
        )
        .order_by(FollowUp.due_on, FollowUp.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    found = work.session.scalars(due).all()
    for follow_up in found:
        follow_up.reminded_at = work.clock.now()
        adoption = work.session.get_one(Adoption, follow_up.adoption_id)
        tell(work, EventType.FOLLOW_UP_DUE, Actor(), adoption, month=follow_up.month)
    work.session.flush()
    return len(found)
