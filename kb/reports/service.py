"""Telling the desk about a practice, and dealing with what was told. Services never commit."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select, update

from kb.accounts import throttle
from kb.accounts.people import one_line, refuse, text_problem, too_long
from kb.accounts.permissions import Actor
from kb.accounts.throttle import Caller
from kb.core.errors import Conflict, NotFound
from kb.core.event import Event
from kb.core.language import Locale
from kb.core.messages import msg
from kb.core.unit_of_work import UnitOfWork
from kb.events.types import EventType
from kb.practices.queries import practice_by_slug, public_view, published_revision
from kb.practices.readers import Reader
from kb.reports.models import (
    BODY_LENGTH,
    CONTACT_LENGTH,
    NOTE_LENGTH,
    ProblemReport,
    ReportKind,
    ReportState,
)
from kb.reports.queries import visible_report

THROTTLE = "report"
# In five minutes: many people share one address, and the desk has to be able to read them all.
PER_ADDRESS = 5
FOR_ALL = 30
PER_DAY = 300
# Where somebody can be reached is kept this long after the report was dealt with.
CONTACT_KEPT = timedelta(days=90)
CHOOSE_KIND = msg("Choose what it is about.")
WRITE_BODY = msg("Write what the desk should know.")
WRITE_NOTE = msg("Write what was done about it.")


@dataclass(frozen=True, slots=True)
class NewReport:
    """What somebody writes about a practice; a contact is up to them."""

    kind: str
    body: str
    contact: str
    locale: Locale


def report(work: UnitOfWork, caller: Caller, reader: Reader, slug: str, new: NewReport) -> bool:
    """Keep a report and tell the desk; False after too many of them.

    Raises NotFound for what this reader may not read, Invalid for what cannot be kept.
    """
    public_view(work.session, slug, reader)
    contact = one_line(new.contact)
    is_kind = new.kind in set(ReportKind)
    is_long = len(contact) > CONTACT_LENGTH
    refuse(
        {
            "kind": None if is_kind else CHOOSE_KIND,
            "body": text_problem(new.body.strip(), WRITE_BODY, BODY_LENGTH),
            "contact": too_long(CONTACT_LENGTH) if is_long else None,
        }
    )
    if not _has_turn(work, caller):
        return False
    practice = practice_by_slug(work.session, slug)
    published = published_revision(work.session, practice.id) if practice else None
    if practice is None or published is None:  # it was there a moment ago
        raise NotFound(msg("There is no such page."))
    kind = ReportKind(new.kind)
    kept = ProblemReport(
        practice_id=practice.id,
        kind=kind,
        body=new.body.strip(),
        contact=contact,
        locale=new.locale,
        sent_at=work.clock.now(),
        state=ReportState.OPEN,
    )
    work.session.add(kept)
    work.session.flush()
    is_danger = kind is ReportKind.DANGER
    event = EventType.DANGER_REPORTED if is_danger else EventType.PROBLEM_REPORTED
    # Without actor, also where a member wrote it: who reports must not be found out.
    work.emit(Event(event, None, practice.id, published.id, {"report_id": kept.id}))
    return True


def handle(work: UnitOfWork, actor: Actor, report_id: int, note: str) -> None:
    """Note what was done about a report, which closes it."""
    found = visible_report(work.session, actor, report_id, lock=True)
    if found.state is ReportState.HANDLED:
        raise Conflict(msg("Somebody else has dealt with this report in the meantime."))
    refuse({"note": text_problem(note.strip(), WRITE_NOTE, NOTE_LENGTH)})
    found.state, found.note = ReportState.HANDLED, note.strip()
    found.handled_at, found.handled_by_id = work.clock.now(), actor.user_id
    work.session.flush()
    facts = {"report_id": report_id}
    work.emit(Event(EventType.REPORT_HANDLED, actor.user_id, found.practice_id, None, facts))


def forget_contacts(work: UnitOfWork) -> int:
    """Delete where to answer, some time after there is nothing more to answer; counts them."""
    old = (
        update(ProblemReport)
        .where(
            ProblemReport.contact != "",
            ProblemReport.handled_at < work.clock.now() - CONTACT_KEPT,
        )
        .values(contact="")
    )
    return len(work.session.scalars(old.returning(ProblemReport.id)).all())


def _has_turn(work: UnitOfWork, caller: Caller) -> bool:
    since = work.clock.now() - timedelta(days=1)
    today = select(func.count()).where(ProblemReport.sent_at > since)
    if (work.session.scalar(today) or 0) >= PER_DAY:
        return False
    return throttle.take_turn(work, caller, THROTTLE, per_address=PER_ADDRESS, for_all=FOR_ALL)
