"""Words and page links that the lists of the administration share."""

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import request

from kb.accounts.permissions import Role
from kb.core.messages import Message, msg
from kb.core.paging import Paging
from kb.vocabularies.catalogue import Vocabularies
from kb.web.countries import country_choices
from kb.web.current import runtime
from kb.web.forms import small_number
from kb.web.language import current_locale, tell

ROLE_LABELS: dict[Role, Message] = {
    Role.MEMBER: msg("Member"),
    Role.CONTRIBUTOR: msg("Contributor"),
    Role.TRAINER: msg("Trainer"),
    Role.REVIEWER: msg("Reviewer"),
    Role.SAFEGUARD: msg("Do-no-harm reviewer"),
    Role.EDITOR: msg("Editor"),
    Role.ADMIN: msg("Administrator"),
}


@dataclass(frozen=True, slots=True)
class Pages:
    """Where a long list goes on."""

    number: int
    last: int
    previous: str
    following: str


def page_number() -> int:
    """The page that the address asks for; the first where it asks for none."""
    return max(1, small_number(request.args.get("page", "")) or 1)


def pages_of(total: int, per_page: int) -> Pages:
    """Links to the neighbours of this page, the rest of its address kept."""
    number, last = page_number(), Paging(per_page=per_page).pages(total)
    return Pages(
        number=number,
        last=last,
        previous=_address(min(number - 1, last)) if number > 1 else "",
        following=_address(number + 1) if number < last else "",
    )


def _address(number: int) -> str:
    others = [item for item in request.args.items(multi=True) if item[0] != "page"]
    return f"{request.path}?{urlencode([*others, ('page', str(number))])}"


def role_choices(roles: frozenset[Role] = frozenset(Role)) -> list[tuple[str, str]]:
    """Codes and names of roles, in their own order."""
    return [(role.value, tell(ROLE_LABELS[role])) for role in Role if role in roles]


def with_nothing(choices: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The same for a field that may be left open."""
    return [("", "–"), *choices]


def countries() -> list[tuple[str, str]]:
    """Countries for a field that begins open."""
    return with_nothing(list(country_choices(current_locale())))


def terms() -> Vocabularies:
    """The labels of kinds of organisations and countries."""
    kb = runtime()
    with kb.reading() as session:
        return kb.vocabularies.get(session)
