"""Two names of one organisation become one; the other name stays known."""

from sqlalchemy import select, update

from kb.accounts.models import Organisation, OrganisationMerge, User
from kb.accounts.permissions import Actor, Permission, require
from kb.adoption.models import Adoption
from kb.core.errors import Conflict, Invalid
from kb.core.event import Event
from kb.core.messages import msg
from kb.core.unit_of_work import UnitOfWork
from kb.events.types import EventType


def merge(work: UnitOfWork, actor: Actor, duplicate_id: int, into_id: int) -> None:
    """Move the accounts and adoptions of a duplicate; its row and the act itself stay.

    Raises Invalid for a wrong pair, Conflict where one of them was merged before.
    """
    require(actor, Permission.ORGANISATIONS_MERGE)
    query = select(Organisation).where(Organisation.id.in_({duplicate_id, into_id}))
    found = {each.id: each for each in work.session.scalars(query.with_for_update())}
    if len(found) < 2:  # noqa: PLR2004 - a pair
        why = msg("Choose two different organisations.")
        raise Invalid(why, {"into": why})
    if found[duplicate_id].country != found[into_id].country:
        why = msg("Organisations of different countries are different ones.")
        raise Invalid(why, {"into": why})
    merged = select(OrganisationMerge.organisation_id).where(
        OrganisationMerge.organisation_id.in_(found)
    )
    if work.session.scalar(merged.limit(1)) is not None:
        raise Conflict(msg("One of them was merged already."))
    # What was merged into the duplicate is now merged into the other one.
    earlier = update(OrganisationMerge).where(OrganisationMerge.into_id == duplicate_id)
    work.session.execute(earlier.values(into_id=into_id))
    users = _move_users(work, duplicate_id, into_id)
    adoptions = _move_adoptions(work, duplicate_id, into_id)
    work.session.add(
        OrganisationMerge(
            organisation_id=duplicate_id,
            into_id=into_id,
            merged_by_id=actor.user_id,
            merged_at=work.clock.now(),
        )
    )
    work.session.flush()
    data = {"from": duplicate_id, "into": into_id, "users": users, "adoptions": adoptions}
    work.emit(Event(EventType.ORGANISATION_MERGED, actor.user_id, data=data))


def _move_users(work: UnitOfWork, duplicate_id: int, into_id: int) -> list[int]:
    query = update(User).where(User.organisation_id == duplicate_id)
    moved = query.values(organisation_id=into_id).returning(User.id)
    return sorted(work.session.scalars(moved))


def _move_adoptions(work: UnitOfWork, duplicate_id: int, into_id: int) -> list[int]:
    query = update(Adoption).where(Adoption.organisation_id == duplicate_id)
    moved = query.values(organisation_id=into_id).returning(Adoption.id)
    return sorted(work.session.scalars(moved))
