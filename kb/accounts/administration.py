"""What only those who manage accounts do: new invitations, signing others out, organisations."""

from sqlalchemy import select

from kb.accounts import sessions
from kb.accounts.models import LinkPurpose, Organisation, OrganisationType
from kb.accounts.people import CHOOSE_COUNTRY, country_problem, name_problem, one_line, refuse
from kb.accounts.permissions import Actor, Permission, require
from kb.accounts.service import locked_account, new_link, use_up_links
from kb.core.errors import Conflict, NotFound
from kb.core.event import Event
from kb.core.messages import msg
from kb.core.unit_of_work import UnitOfWork
from kb.events.types import EventType


def invite_again(work: UnitOfWork, actor: Actor, user_id: int) -> str:
    """Another invitation in place of one that was lost or is too old; returns its token."""
    require(actor, Permission.USERS_MANAGE)
    user = locked_account(work, user_id)
    if user.disabled_at is not None:
        raise Conflict(msg("This account is disabled."))
    if user.password_hash is not None:
        raise Conflict(msg("This person has used their invitation already."))
    use_up_links(work, user_id)
    _tell(work, EventType.ACCOUNT_INVITED, actor, user_id=user_id)
    return new_link(work, user_id, LinkPurpose.INVITATION)


def sign_out(work: UnitOfWork, actor: Actor, user_id: int) -> int:
    """End every session of somebody, as for a phone that was taken; returns how many."""
    require(actor, Permission.USERS_MANAGE)
    locked_account(work, user_id)
    ended = sessions.end(work, user_id)
    if ended:
        _tell(work, EventType.SESSIONS_ENDED, actor, user_id=user_id)
    return ended


def save_organisation(
    work: UnitOfWork, actor: Actor, organisation_id: int | None, values: tuple[str, str, str]
) -> int:
    """Add an organisation or change one: name, kind and country; returns its number.

    Raises Invalid for what cannot be kept, Conflict where there is such a one already.
    """
    require(actor, Permission.USERS_MANAGE)
    name, kind, country = one_line(values[0]), values[1], values[2]
    is_kind = kind in set(OrganisationType)
    refuse(
        {
            "name": name_problem(name),
            "type": None if is_kind else msg("Choose a kind of organisation."),
            "country": country_problem(country) if country else CHOOSE_COUNTRY,
        }
    )
    same = select(Organisation.id).where(
        Organisation.name == name, Organisation.country == country
    )
    if work.session.scalar(same) not in {None, organisation_id}:
        raise Conflict(msg("There is an organisation of this name in this country already."))
    if organisation_id is None:
        organisation = Organisation(name=name, type=OrganisationType(kind), country=country)
        work.session.add(organisation)
    else:
        organisation = _organisation(work, organisation_id)
        organisation.name, organisation.country = name, country
        organisation.type = OrganisationType(kind)
    work.session.flush()
    _tell(work, EventType.ORGANISATION_SAVED, actor, organisation_id=organisation.id)
    return organisation.id


def _organisation(work: UnitOfWork, organisation_id: int) -> Organisation:
    found = work.session.get(Organisation, organisation_id, with_for_update=True)
    if found is None:
        raise NotFound(msg("There is no such organisation."))
    return found


def _tell(work: UnitOfWork, kind: EventType, actor: Actor, **data: int) -> None:
    work.emit(Event(kind, actor_id=actor.user_id, data=data))
