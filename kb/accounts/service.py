"""Giving people accounts, roles and links, and taking them away."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select, update

from kb.accounts import sessions
from kb.accounts.keys import revoke_all
from kb.accounts.models import (
    AccessRequest,
    LinkPurpose,
    OneTimeLink,
    Organisation,
    RecoveryCode,
    RoleGrant,
    User,
)
from kb.accounts.people import (
    country_problem,
    email_problem,
    name_problem,
    normal_email,
    one_line,
    refuse,
)
from kb.accounts.permissions import (
    GRANTED_BY_EDITORS,
    Actor,
    Permission,
    Role,
    permits,
    require,
)
from kb.core.errors import Conflict, Forbidden, Invalid, NotFound
from kb.core.event import Event
from kb.core.language import Locale
from kb.core.messages import msg
from kb.core.unit_of_work import UnitOfWork
from kb.events.types import EventType

VALID_FOR: dict[LinkPurpose, timedelta] = {
    LinkPurpose.INVITATION: timedelta(days=7),
    LinkPurpose.PASSWORD_RESET: timedelta(hours=1),
}
NO_ACCOUNT = msg("There is no such account.")


@dataclass(frozen=True, slots=True)
class NewAccount:
    """Who is invited, as what."""

    email: str
    name: str
    locale: Locale
    roles: frozenset[Role]
    organisation_id: int | None = None
    country: str | None = None


def invite(work: UnitOfWork, actor: Actor, new: NewAccount) -> tuple[User, str]:
    """An account without a password, and the token of the link that gives it one.

    Raises Invalid for what cannot be kept, Conflict where the address has an account.
    """
    _require_granting(actor, new.roles)
    email, name = normal_email(new.email), one_line(new.name)
    refuse(
        {
            "email": email_problem(email),
            "name": name_problem(name),
            "roles": None if new.roles else msg("Choose at least one role."),
            "country": country_problem(new.country),
        }
    )
    if work.session.scalar(select(User.id).where(User.email == email)) is not None:
        raise Conflict(msg("This e-mail address has an account already."))
    organisation_id = new.organisation_id
    if organisation_id and work.session.get(Organisation, organisation_id) is None:
        raise Invalid(msg("There is no such organisation."))
    user = User(
        email=email,
        name=name,
        locale=new.locale,
        organisation_id=organisation_id or None,
        country=new.country or None,
        created_at=work.clock.now(),
        grants=[_grant(work, actor, role) for role in sorted(new.roles)],
    )
    work.session.add(user)
    work.session.flush()
    _tell(work, EventType.ACCOUNT_INVITED, actor, user.id)
    return user, new_link(work, user.id, LinkPurpose.INVITATION)


def new_link(work: UnitOfWork, user_id: int, purpose: LinkPurpose) -> str:
    """The token of a one-time link; it is kept nowhere but in the link."""
    token, now = work.new_token(), work.clock.now()
    work.session.add(
        OneTimeLink(
            user_id=user_id,
            purpose=purpose,
            token_hash=sessions.token_hash(token),
            created_at=now,
            expires_at=now + VALID_FOR[purpose],
        )
    )
    work.session.flush()
    return token


def grant_role(work: UnitOfWork, actor: Actor, user_id: int, role: Role) -> None:
    """Give a role; having it already is as well. Nobody gives one to themselves.

    Administrators read no restricted text: making themselves editors would open them all.
    """
    _require_granting(actor, {role})
    if user_id == actor.user_id:
        raise Conflict(msg("You cannot give yourself a role: ask another administrator."))
    user = locked_account(work, user_id)
    if role in user.as_actor().roles or any(grant.role is role for grant in user.grants):
        return
    user.grants.append(_grant(work, actor, role))
    work.session.flush()
    _tell(work, EventType.ROLE_GRANTED, actor, user_id, role=role.value)


def revoke_role(work: UnitOfWork, actor: Actor, user_id: int, role: Role) -> None:
    """Take a role away, which acts at the next request; raises Conflict for the last admin."""
    require(actor, Permission.USERS_MANAGE)
    user = locked_account(work, user_id)
    if role is Role.ADMIN:
        if user_id == actor.user_id:
            raise Conflict(msg("You cannot take your own administration away."))
        _keep_an_admin(work, user_id)
    held = [grant for grant in user.grants if grant.role is role]
    if not held:
        return
    user.grants.remove(held[0])
    work.session.flush()
    _tell(work, EventType.ROLE_REVOKED, actor, user_id, role=role.value)


def disable(work: UnitOfWork, actor: Actor, user_id: int) -> None:
    """Shut an account: its sessions and links end at once."""
    require(actor, Permission.USERS_MANAGE)
    user = locked_account(work, user_id)
    if user_id == actor.user_id:
        raise Conflict(msg("You cannot disable your own account."))
    if user.disabled_at is not None:
        return
    _keep_an_admin(work, user_id)
    user.disabled_at = work.clock.now()
    sessions.end(work, user_id)
    use_up_links(work, user_id)
    revoke_all(work, user_id)
    _tell(work, EventType.ACCOUNT_DISABLED, actor, user_id)


def enable(work: UnitOfWork, actor: Actor, user_id: int) -> None:
    """Open a shut account again, with the roles it has."""
    require(actor, Permission.USERS_MANAGE)
    user = locked_account(work, user_id)
    if user.disabled_at is not None:
        user.disabled_at = None
        _tell(work, EventType.ACCOUNT_ENABLED, actor, user_id)


def reset_password(work: UnitOfWork, actor: Actor, user_id: int) -> str:
    """Make the password and every session void; returns the token of a link to a new one."""
    require(actor, Permission.USERS_MANAGE)
    user = locked_account(work, user_id)
    if user.disabled_at is not None:
        raise Conflict(msg("This account is disabled."))
    user.password_hash = None
    sessions.end(work, user_id)
    use_up_links(work, user_id)
    _tell(work, EventType.PASSWORD_RESET_ASKED, actor, user_id)
    return new_link(work, user_id, LinkPurpose.PASSWORD_RESET)


def remove_second_factor(work: UnitOfWork, actor: Actor, user_id: int) -> None:
    """Take a lost second factor away, with its recovery codes and every session."""
    require(actor, Permission.USERS_MANAGE)
    user = locked_account(work, user_id)
    if user.totp_secret is None:
        return
    user.totp_secret = user.totp_step = None
    work.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    sessions.end(work, user_id)
    _tell(work, EventType.SECOND_FACTOR_REMOVED, actor, user_id)


def decide_request(
    work: UnitOfWork, actor: Actor, request_id: int, roles: Collection[Role] | None
) -> str | None:
    """Answer a request for access: with roles (returns the invitation's token), or no (None).

    Somebody who has an account by now gets the roles and no invitation.
    """
    require(actor, Permission.ACCESS_DECIDE)
    request = work.session.get(AccessRequest, request_id, with_for_update=True)
    if request is None:
        raise NotFound(msg("There is no such request."))
    if request.decided_at is not None:
        raise Conflict(msg("This request has been decided already."))
    request.decided_at, request.decided_by_id = work.clock.now(), actor.user_id
    request.granted = roles is not None
    kind = EventType.ACCESS_REFUSED if roles is None else EventType.ACCESS_GRANTED
    work.emit(Event(kind, actor_id=actor.user_id, data={"request_id": request_id}))
    return None if roles is None else _admit(work, actor, request, frozenset(roles))


def _admit(
    work: UnitOfWork, actor: Actor, request: AccessRequest, roles: frozenset[Role]
) -> str | None:
    user_id = work.session.scalar(select(User.id).where(User.email == request.email))
    if user_id is None:
        new = NewAccount(request.email, request.name, request.locale, roles, None, request.country)
        return invite(work, actor, new)[1]
    for role in sorted(roles):
        grant_role(work, actor, user_id, role)
    return None


def use_up_links(work: UnitOfWork, user_id: int) -> None:
    """No link of this user opens anything any more."""
    work.session.execute(
        update(OneTimeLink)
        .where(OneTimeLink.user_id == user_id, OneTimeLink.used_at.is_(None))
        .values(used_at=work.clock.now())
    )


def _require_granting(actor: Actor, roles: Collection[Role]) -> None:
    """Admins give every role, editors those that publish nothing and see nothing restricted."""
    require(actor, Permission.ACCESS_DECIDE if not actor.is_operator else Permission.USERS_MANAGE)
    if not permits(actor, Permission.USERS_MANAGE) and not GRANTED_BY_EDITORS.issuperset(roles):
        raise Forbidden(msg("Only an administrator can give this role."))


def _grant(work: UnitOfWork, actor: Actor, role: Role) -> RoleGrant:
    return RoleGrant(role=role, granted_by_id=actor.user_id, granted_at=work.clock.now())


def locked_account(work: UnitOfWork, user_id: int) -> User:
    """The account, kept from changing under our hands; raises NotFound."""
    user = work.session.get(User, user_id, with_for_update=True)
    if user is None:
        raise NotFound(NO_ACCOUNT)
    return user


def _keep_an_admin(work: UnitOfWork, leaving_id: int) -> None:
    """Raise Conflict if nobody who can sign in would be left to manage the accounts."""
    admins = (
        select(User)
        .join(RoleGrant, RoleGrant.user_id == User.id)
        .where(RoleGrant.role == Role.ADMIN, User.disabled_at.is_(None))
        .order_by(User.id)
        # Two admins who take each other's role away at once wait for one another here.
        .with_for_update(of=RoleGrant)
    )
    found = work.session.scalars(admins).all()
    others = [user for user in found if user.id != leaving_id and user.password_hash is not None]
    if any(user.id == leaving_id for user in found) and not others:
        raise Conflict(msg("This is the last administrator: give somebody else the role first."))


def _tell(work: UnitOfWork, kind: EventType, actor: Actor, user_id: int, **more: str) -> None:
    work.emit(Event(kind, actor_id=actor.user_id, data={"user_id": user_id, **more}))
