"""Published texts that are to be read again: reminding in time, and finding one still right."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Select, String, case, func, or_, select, type_coerce
from sqlalchemy.orm import Session

from kb.accounts.permissions import Actor, Permission, require
from kb.core.errors import Conflict, Invalid
from kb.core.event import Event
from kb.core.language import Locale
from kb.core.messages import msg
from kb.core.unit_of_work import UnitOfWork
from kb.events.types import EventType
from kb.practices.lifecycle import State
from kb.practices.models import (
    Practice,
    ReviewConfirmation,
    ReviewReminder,
    ReviewStage,
    Revision,
    Version,
)
from kb.practices.queries import get_revision
from kb.practices.service import authorship

# So long before the date, the desk and the owner hear of it a first time.
SOON = timedelta(days=30)
# A new date is at least tomorrow, and not so far that nobody looks any more.
LONGEST = timedelta(days=5 * 366)
NOTE_LENGTH = 2000
SHOWN = 30
EVENTS: Mapping[ReviewStage, EventType] = {
    ReviewStage.SOON: EventType.REVIEW_DUE_SOON,
    ReviewStage.DUE: EventType.REVIEW_DUE,
}
_TITLES = [Version.content["texts"][locale]["title"].as_string() for locale in Locale]


@dataclass(frozen=True, slots=True)
class Due:
    """A published text whose date is past or near."""

    revision_id: int
    slug: str
    titles: Mapping[str, str]
    due_on: date

    def title(self, locale: Locale) -> str:
        """In this language or in another."""
        return self.titles.get(locale) or next(iter(self.titles.values()), self.slug)


@dataclass(frozen=True, slots=True)
class DueList:
    """The first of them, those that wait longest on top, and how many there are."""

    shown: tuple[Due, ...]
    total: int


def due_texts(session: Session, today: date) -> DueList:
    """What is to be read again now, or within the time of the first reminder."""
    near = (Revision.state == State.PUBLISHED, Revision.review_due_on <= today + SOON)
    total = session.scalar(select(func.count()).select_from(Revision).where(*near)) or 0
    query = (
        select(Revision.id, Practice.slug, Revision.review_due_on, *_TITLES)
        .join(Practice, Practice.id == Revision.practice_id)
        .join(Version, Version.id == Revision.version_id)
        .where(*near)
        .order_by(Revision.review_due_on, Practice.slug)
        .limit(SHOWN)
    )
    found = tuple(
        Due(revision_id, slug, _by_locale(titles), due_on)
        for revision_id, slug, due_on, *titles in session.execute(query)
        if due_on is not None
    )
    return DueList(found, total)


def remind(work: UnitOfWork) -> int:
    """Tell the desk and the owners what is due or nearly; once per date. Returns how many."""
    today = work.clock.now().date()
    told = 0
    for revision in work.session.scalars(_not_reminded(today)):
        due_on = revision.review_due_on
        if due_on is None:  # the query asks for those with a date
            continue
        stage = _stage(due_on, today)
        work.session.add(ReviewReminder(revision_id=revision.id, due_on=due_on, stage=stage))
        work.session.flush()
        work.emit(Event(EVENTS[stage], None, revision.practice_id, revision.id))
        told += 1
    return told


def to_remind(session: Session, today: date) -> bool:
    """Whether anybody is to be reminded; asked without any lock."""
    return session.scalar(_not_reminded(today).limit(1)) is not None


def confirm(
    work: UnitOfWork, actor: Actor, revision_id: int, due_on: date | None, note: str
) -> ReviewConfirmation:
    """An editor, not an author of it, finds the published text still right until another date."""
    revision = get_revision(work.session, revision_id, lock=True)
    require(actor, Permission.PRACTICE_DECIDE, authorship(revision))
    if revision.state is not State.PUBLISHED:
        raise Conflict(msg("This cannot be done with a revision in this state."))
    today, before = work.clock.now().date(), revision.review_due_on
    _check(today, before, due_on, note)
    confirmed = ReviewConfirmation(
        revision_id=revision_id,
        confirmed_by_id=actor.user_id,
        confirmed_at=work.clock.now(),
        was_due_on=before,
        due_on=due_on,
        note=note.strip(),
    )
    revision.review_due_on = due_on
    work.session.add(confirmed)
    work.session.flush()
    facts = {"confirmation_id": confirmed.id}
    kind, practice_id = EventType.REVIEW_CONFIRMED, revision.practice_id
    work.emit(Event(kind, actor.user_id, practice_id, revision_id, facts))
    return confirmed


def _check(today: date, before: date | None, due_on: date | None, note: str) -> None:
    earliest = max(today, before or today)
    if due_on is None or not earliest < due_on <= today + LONGEST:
        why = msg("Please give a date after the present one, within five years.")
        raise Invalid(why, {"due_again_on": why})
    if not note.strip():
        why = msg("Please say why the text is still right.")
        raise Invalid(why, {"confirm_note": why})
    if len(note.strip()) > NOTE_LENGTH:
        why = msg("is longer than %(max_length)s characters", max_length=NOTE_LENGTH)
        raise Invalid(msg("This is too long."), {"confirm_note": why})


def _stage(due_on: date, today: date) -> ReviewStage:
    return ReviewStage.DUE if due_on <= today else ReviewStage.SOON


def _not_reminded(today: date) -> Select[Revision]:
    """Published, due or nearly, and nobody was told so of this date."""
    stage = case((Revision.review_due_on <= today, "due"), else_="soon")
    told = select(ReviewReminder.revision_id).where(
        ReviewReminder.revision_id == Revision.id,
        ReviewReminder.due_on == Revision.review_due_on,
        # Told that it is due: not afterwards, on an odd clock, that it will be.
        or_(
            type_coerce(ReviewReminder.stage, String) == stage,
            ReviewReminder.stage == ReviewStage.DUE,
        ),
    )
    return (
        select(Revision)
        .where(
            Revision.state == State.PUBLISHED,
            Revision.review_due_on <= today + SOON,
            ~told.exists(),
        )
        .order_by(Revision.review_due_on, Revision.id)
    )


def _by_locale(titles: Sequence[str | None]) -> Mapping[str, str]:
    return {locale: title for locale, title in zip(Locale, titles, strict=True) if title}
