"""Visitors who ask for an account: queued for the editors, with the same answer to all."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select

from kb.accounts import throttle
from kb.accounts.models import AccessRequest, User
from kb.accounts.organisations import WRITE_NAME
from kb.accounts.people import (
    CHOOSE_COUNTRY,
    NAME_LENGTH,
    country_problem,
    email_problem,
    name_problem,
    normal_email,
    one_line,
    refuse,
    text_problem,
)
from kb.accounts.throttle import Caller
from kb.core.event import Event
from kb.core.language import Locale, translate
from kb.core.messages import msg
from kb.core.unit_of_work import UnitOfWork
from kb.events.types import EventType

PURPOSE_LENGTH = 2000
KIND = "request"
WRITE_PURPOSE = msg("Write what you want to do with an account.")
# A request that was answered is kept this long, for whoever asks why.
KEPT = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class NewRequest:
    """What a visitor writes."""

    email: str
    name: str
    organisation: str
    country: str
    purpose: str
    locale: str


def ask_for_access(work: UnitOfWork, caller: Caller, new: NewRequest) -> bool:
    """Queue a request; False after too many. Another of the same address changes nothing.

    Neither the answer nor its checks look at who has an account.
    """
    email, name, organisation = normal_email(new.email), one_line(new.name), new.organisation
    organisation = one_line(organisation)
    known = new.locale in set(Locale)
    refuse(
        {
            "name": name_problem(name),
            "email": email_problem(email),
            "organisation": text_problem(organisation, WRITE_NAME, NAME_LENGTH),
            "country": country_problem(new.country) if new.country else CHOOSE_COUNTRY,
            "purpose": text_problem(new.purpose, WRITE_PURPOSE, PURPOSE_LENGTH),
            "locale": None if known else msg("Choose a language."),
        }
    )
    if not throttle.take(work, caller, KIND, email):
        return False
    if not _is_waiting(work, email):
        request = AccessRequest(
            email=email,
            name=name,
            organisation=organisation,
            country=new.country,
            purpose=new.purpose,
            locale=Locale(new.locale),
            requested_at=work.clock.now(),
        )
        _queue(work, request)
    return True


def queue_invited(work: UnitOfWork, email: str, inviter: User) -> None:
    """Put somebody without an account before the editors, in the name of who invited them."""
    if _is_waiting(work, email):
        return
    purpose = msg("Invited to write a practice by %(name)s.", name=inviter.name)
    organisation = inviter.organisation.name if inviter.organisation else "–"
    request = AccessRequest(
        email=email,
        name=email[:NAME_LENGTH],
        organisation=organisation,
        country=inviter.country or "",
        purpose=translate(inviter.locale, purpose),
        locale=inviter.locale,
        requested_at=work.clock.now(),
    )
    _queue(work, request)


def forget_decided(work: UnitOfWork) -> int:
    """Delete the requests that were answered long ago; returns how many."""
    old = delete(AccessRequest).where(AccessRequest.decided_at < work.clock.now() - KEPT)
    return len(work.session.scalars(old.returning(AccessRequest.id)).all())


def _is_waiting(work: UnitOfWork, email: str) -> bool:
    waiting = select(AccessRequest.id).where(
        AccessRequest.email == email, AccessRequest.decided_at.is_(None)
    )
    return work.session.scalar(waiting) is not None


def _queue(work: UnitOfWork, request: AccessRequest) -> None:
    work.session.add(request)
    work.session.flush()
    work.emit(Event(EventType.ACCESS_REQUESTED, data={"request_id": request.id}))
