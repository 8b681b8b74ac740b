"""`users`: accounts and roles; the only way to the first administrator."""

from collections.abc import Callable

import click

from kb.accounts import service
from kb.accounts.directory import account_of, all_accounts
from kb.accounts.models import User
from kb.accounts.permissions import OPERATOR, Actor, Role
from kb.accounts.service import NewAccount
from kb.cli.console import Context, say
from kb.core.language import Locale
from kb.core.messages import msg
from kb.core.unit_of_work import UnitOfWork
from kb.runtime import Runtime

ROLE = click.Choice([role.value for role in Role])
LANGUAGE = click.Choice([locale.value for locale in Locale])
OfRole = Callable[[UnitOfWork, Actor, int, Role], None]
OfUser = Callable[[UnitOfWork, Actor, int], None]


@click.group()
def users() -> None:
    """Accounts, their roles, and one-time links to a password."""


@users.command()
@click.argument("email")
@click.option("--role", "roles", multiple=True, required=True, type=ROLE)
@click.option("--name", default="", help="Shown to others; the part before the @ if left out.")
@click.option("--lang", type=LANGUAGE, help="Language of pages and letters.")
@click.option("--country", help="Two letters, such as ML.")
@click.pass_obj
def add(
    context: Context, email: str, roles: tuple[str, ...], name: str, lang: str, country: str
) -> None:
    """Invite somebody: prints a link, once, with which they choose a password."""
    with context.installation() as runtime:
        locale = Locale(lang or runtime.settings.default_locale)
        new = NewAccount(
            email=email,
            name=name or email.partition("@")[0],
            locale=locale,
            roles=frozenset(Role(role) for role in roles),
            country=country.upper() if country else None,
        )
        with runtime.begin() as work:
            user, token = service.invite(work, OPERATOR, new)
            address = user.email
        say(runtime, msg("%(email)s is invited. The link is valid for seven days:", email=address))
        _show_link(runtime, locale, token)


@users.command("list")
@click.pass_obj
def list_all(context: Context) -> None:
    """One account a line: address, roles, state."""
    with context.installation() as runtime, runtime.reading() as session:
        for user in all_accounts(session):
            roles = ",".join(sorted(grant.role for grant in user.grants)) or "-"
            click.echo(f"{user.email}\t{roles}\t{_state(user)}")


@users.command()
@click.argument("email")
@click.option("--role", "roles", multiple=True, required=True, type=ROLE)
@click.pass_obj
def grant(context: Context, email: str, roles: tuple[str, ...]) -> None:
    """Give roles."""
    _change_roles(context, email, roles, service.grant_role)


@users.command()
@click.argument("email")
@click.option("--role", "roles", multiple=True, required=True, type=ROLE)
@click.pass_obj
def revoke(context: Context, email: str, roles: tuple[str, ...]) -> None:
    """Take roles away; it acts at the next request."""
    _change_roles(context, email, roles, service.revoke_role)


@users.command()
@click.argument("email")
@click.pass_obj
def disable(context: Context, email: str) -> None:
    """Shut an account and end its sessions."""
    _change(context, email, service.disable)


@users.command()
@click.argument("email")
@click.pass_obj
def enable(context: Context, email: str) -> None:
    """Open a shut account again."""
    _change(context, email, service.enable)


@users.command("reset-second-factor")
@click.argument("email")
@click.pass_obj
def reset_second_factor(context: Context, email: str) -> None:
    """Take a lost second factor away; the next sign-in sets up another where it is needed."""
    _change(context, email, service.remove_second_factor)


@users.command("reset-password")
@click.argument("email")
@click.pass_obj
def reset_password(context: Context, email: str) -> None:
    """Make a password void: prints a link, once, to choose another."""
    with context.installation() as runtime:
        with runtime.begin() as work:
            user = account_of(work.session, email)
            locale = user.locale
            token = service.reset_password(work, OPERATOR, user.id)
        say(runtime, msg("The old password is void. The link is valid for one hour:"))
        _show_link(runtime, locale, token)


def _change_roles(context: Context, email: str, roles: tuple[str, ...], change: OfRole) -> None:
    with context.installation() as runtime:
        with runtime.begin() as work:
            user = account_of(work.session, email)
            for role in roles:
                change(work, OPERATOR, user.id, Role(role))
        say(runtime, msg("Done."))


def _change(context: Context, email: str, change: OfUser) -> None:
    with context.installation() as runtime:
        with runtime.begin() as work:
            change(work, OPERATOR, account_of(work.session, email).id)
        say(runtime, msg("Done."))


def _show_link(runtime: Runtime, locale: Locale, token: str) -> None:
    click.echo(f"{runtime.settings.base_url}/{locale}/password/{token}")


def _state(user: User) -> str:
    if user.disabled_at is not None:
        return "disabled"
    return "active" if user.password_hash else "invited"
