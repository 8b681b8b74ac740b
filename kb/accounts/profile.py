"""What people change about their own account."""

from dataclasses import dataclass

from kb.accounts import sessions
from kb.accounts.models import User
from kb.accounts.organisations import add_organisation, known_organisation
from kb.accounts.people import country_problem, name_problem, one_line, refuse
from kb.core.event import Event
from kb.core.language import Locale
from kb.core.messages import msg
from kb.core.unit_of_work import UnitOfWork
from kb.events.types import EventType


@dataclass(frozen=True, slots=True)
class Profile:
    """What is written in the form; `organisation` is a number, "" for none or "new"."""

    name: str
    country: str
    locale: str
    organisation: str
    new_organisation: str
    organisation_type: str
    organisation_country: str


NEW = "new"


def change_profile(work: UnitOfWork, user_id: int, profile: Profile) -> None:
    """Keep what was written; raises Invalid with what cannot be."""
    name = one_line(profile.name)
    known = profile.locale in set(Locale)
    refuse(
        {
            "name": name_problem(name),
            "country": country_problem(profile.country),
            "locale": None if known else msg("Choose a language."),
        }
    )
    user = work.session.get_one(User, user_id)
    user.name, user.country = name, profile.country or None
    user.locale = Locale(profile.locale)
    left, joined = user.organisation_id, _organisation_id(work, profile)
    user.organisation_id = joined
    work.session.flush()
    data: dict[str, int | None] = {"user_id": user_id}
    if joined != left:
        # Whoever joins one sees its register: it must be found out afterwards who did, and when.
        data |= {"left": left, "joined": joined}
    work.emit(Event(EventType.ACCOUNT_CHANGED, actor_id=user_id, data=data))


def end_sessions(
    work: UnitOfWork, user_id: int, session_id: int | None = None, *, but: int = 0
) -> None:
    """Sign out one of the user's browsers, or all but one."""
    if sessions.end(work, user_id, session_id, but=but):
        work.emit(Event(EventType.SESSIONS_ENDED, actor_id=user_id, data={"user_id": user_id}))


def _organisation_id(work: UnitOfWork, profile: Profile) -> int | None:
    chosen = profile.organisation
    if not chosen and profile.new_organisation.strip():
        chosen = NEW  # its name was written, and nothing chosen above it
    if not chosen:
        return None
    if chosen == NEW:
        kind, country = profile.organisation_type, profile.organisation_country
        return add_organisation(work, profile.new_organisation, kind, country).id
    is_number = chosen.isascii() and chosen.isdigit() and len(chosen) < 10  # noqa: PLR2004
    return known_organisation(work, int(chosen) if is_number else 0).id
