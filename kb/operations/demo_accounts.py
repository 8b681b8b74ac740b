"""One account per role, in a demonstration only."""

from sqlalchemy import select

from kb.accounts.links import set_password
from kb.accounts.models import RoleGrant, User
from kb.accounts.passwords import problem_with
from kb.accounts.permissions import Role
from kb.core.errors import Conflict, Invalid
from kb.core.language import translate
from kb.core.messages import Message, msg
from kb.core.unit_of_work import UnitOfWork
from kb.operations.installation import DEMO, Say
from kb.operations.models import SiteFact
from kb.runtime import Runtime

# Reserved for examples by RFC 2606: no letter to it goes anywhere.
DOMAIN = "palabre.example"
PASSWORD_LENGTH = 16
NAMES: dict[Role, Message] = {
    Role.MEMBER: msg("Demo member"),
    Role.CONTRIBUTOR: msg("Demo contributor"),
    Role.TRAINER: msg("Demo trainer"),
    Role.REVIEWER: msg("Demo reviewer"),
    Role.SAFEGUARD: msg("Demo do-no-harm reviewer"),
    Role.EDITOR: msg("Demo editor"),
    Role.ADMIN: msg("Demo administrator"),
}


def check_demo_password(password: str) -> None:
    """Raise Invalid if KB_DEMO_PASSWORD is set to what may not be a password."""
    problem = problem_with(password, DOMAIN) if password else None
    if problem is not None:
        raise Invalid(msg("KB_DEMO_PASSWORD cannot be a password."), {"KB_DEMO_PASSWORD": problem})


def make_demo_accounts(runtime: Runtime, say: Say) -> None:
    """Have one account per role; passwords are told when they are made and at no other time.

    With KB_DEMO_PASSWORD every account has that one, from the next start on if it was changed.
    """
    given = runtime.settings.demo_password
    check_demo_password(given)
    with runtime.begin() as work:
        if work.session.get(SiteFact, DEMO) is None:
            raise Conflict(msg("This database is not a demonstration."))
        told = {role: _have_account(work, runtime, role, given) for role in Role}
    say(msg("Accounts of the demonstration:"))
    for role, password in told.items():
        parts = {"role": role.value, "email": email_of(role), "password": password or ""}
        say(msg("  %(role)s: %(email)s %(password)s", **parts))
    if not all(told.values()):
        say(msg("Their passwords were shown at the first start (KB_DEMO_PASSWORD sets others)."))


def email_of(role: Role) -> str:
    """The address of a role's account."""
    return f"{role.value}@{DOMAIN}"


def _have_account(work: UnitOfWork, runtime: Runtime, role: Role, given: str) -> str | None:
    """The account's password where it was set just now or is the one given."""
    user = work.session.scalar(select(User).where(User.email == email_of(role)))
    if user is not None and not given:
        return None
    if user is None:
        user = _make(work, runtime, role)
    elif runtime.passwords.verify(user.password_hash, given):
        return given
    password = given or work.new_token()[:PASSWORD_LENGTH]
    set_password(work, runtime.passwords, user, password)
    return password


def _make(work: UnitOfWork, runtime: Runtime, role: Role) -> User:
    now = work.clock.now()
    locale = runtime.settings.default_locale
    user = User(
        email=email_of(role),
        name=translate(locale, NAMES[role]),
        locale=locale,
        created_at=now,
        grants=[RoleGrant(role=role, granted_at=now)],
    )
    work.session.add(user)
    work.session.flush()
    return user
