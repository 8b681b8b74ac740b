"""What people chose about mails."""

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.accounts.people import refuse
from kb.core.messages import msg
from kb.core.unit_of_work import UnitOfWork
from kb.notifications.models import MailPreference
from kb.notifications.wishes import MailLevel, MailRhythm, Wish


def wish_of(session: Session, user_id: int) -> Wish:
    """What somebody chose, or what whoever chose nothing gets."""
    return wishes_of(session, [user_id]).get(user_id, Wish())


def wishes_of(session: Session, user_ids: Collection[int]) -> Mapping[int, Wish]:
    """The choices of those who made one."""
    query = select(MailPreference).where(MailPreference.user_id.in_(user_ids))
    return {row.user_id: row.wish() for row in session.scalars(query)}


def choose(work: UnitOfWork, user_id: int, level: str, rhythm: str) -> None:
    """Keep a choice, for what happens from now on; raises Invalid for an unknown one."""
    why = msg("Choose one of these.")
    refuse(
        {
            "level": None if level in set(MailLevel) else why,
            "rhythm": None if rhythm in set(MailRhythm) else why,
        }
    )
    row = work.session.get(MailPreference, user_id) or MailPreference(user_id=user_id)
    row.level, row.rhythm = MailLevel(level), MailRhythm(rhythm)
    work.session.add(row)
    work.session.flush()
