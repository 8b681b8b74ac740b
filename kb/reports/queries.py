"""Reading reports: for editors and do-no-harm reviewers, and never about their own texts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from kb.accounts.directory import names_of
from kb.accounts.permissions import Actor, Permission, permits
from kb.core.database import LARGEST_ID
from kb.core.errors import NotFound
from kb.core.language import Locale
from kb.core.messages import msg
from kb.practices.models import Practice, Revision, RevisionAuthor, Version
from kb.practices.service import practice_authorship
from kb.reports.models import ProblemReport, ReportKind, ReportState

SHOWN_HANDLED = 30
_URGENCY = case({kind: rank for rank, kind in enumerate(ReportKind)}, value=ProblemReport.kind)
_TITLES = [Version.content["texts"][locale]["title"].as_string() for locale in Locale]


@dataclass(frozen=True, slots=True)
class Report:
    """A report as the desk reads it."""

    id: int
    kind: ReportKind
    slug: str
    titles: Mapping[str, str]
    body: str
    contact: str
    locale: Locale
    sent_at: datetime
    handled_at: datetime | None
    handled_by: str
    note: str
    revision_id: int | None
    is_public: bool

    def title(self, locale: Locale) -> str:
        """Of the practice, in this language or in another."""
        return self.titles.get(locale) or next(iter(self.titles.values()), self.slug)


def open_reports(session: Session, actor: Actor) -> tuple[Report, ...]:
    """What waits for this person, what endangers somebody first, then the oldest."""
    query = _of_others(actor).where(ProblemReport.state == ReportState.OPEN)
    return _read(session, query.order_by(_URGENCY, ProblemReport.id))


def handled_reports(session: Session, actor: Actor) -> tuple[Report, ...]:
    """What was dealt with last."""
    query = _of_others(actor).where(ProblemReport.state == ReportState.HANDLED)
    last = (ProblemReport.handled_at.desc(), ProblemReport.id.desc())
    return _read(session, query.order_by(*last).limit(SHOWN_HANDLED))


def open_count(session: Session, actor: Actor) -> int:
    """How many reports wait for this person."""
    query = _of_others(actor).where(ProblemReport.state == ReportState.OPEN)
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0


def one_report(session: Session, actor: Actor, report_id: int) -> Report:
    """One of them; raises NotFound for all that is not this person's business."""
    found = visible_report(session, actor, report_id)
    (read,) = _read(session, select(ProblemReport).where(ProblemReport.id == found.id))
    return read


def visible_report(
    session: Session, actor: Actor, report_id: int, *, lock: bool = False
) -> ProblemReport:
    """The row, locked on request; one about a text of their own is not there."""
    nothing = NotFound(msg("There is no such page."))
    if report_id > LARGEST_ID:
        raise nothing
    query = select(ProblemReport).where(ProblemReport.id == report_id)
    found = session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise nothing
    practice = session.get_one(Practice, found.practice_id)
    if not permits(actor, Permission.REPORT_HANDLE, practice_authorship(practice)):
        raise nothing
    return found


def _of_others(actor: Actor) -> Select[ProblemReport]:
    """The reports about texts that somebody neither owns nor wrote in any revision."""
    wrote = (
        select(Revision.practice_id)
        .join(RevisionAuthor, RevisionAuthor.revision_id == Revision.id)
        .where(RevisionAuthor.user_id == actor.user_id)
    )
    return (
        select(ProblemReport)
        .join(Practice, Practice.id == ProblemReport.practice_id)
        .where(
            Practice.owner_id.is_distinct_from(actor.user_id),
            ProblemReport.practice_id.not_in(wrote),
        )
    )


def _read(session: Session, query: Select[ProblemReport]) -> tuple[Report, ...]:
    rows = session.scalars(query).all()
    abouts = _abouts(session, {row.practice_id for row in rows})
    known = names_of(session, {row.handled_by_id for row in rows})
    return tuple(
        Report(
            id=row.id,
            kind=row.kind,
            slug=about.slug,
            titles=about.titles,
            body=row.body,
            contact=row.contact,
            locale=row.locale,
            sent_at=row.sent_at,
            handled_at=row.handled_at,
            handled_by=known.get(row.handled_by_id or 0, ""),
            note=row.note,
            revision_id=about.revision_id,
            is_public=about.is_public,
        )
        for row, about in ((row, abouts[row.practice_id]) for row in rows)
    )


@dataclass(frozen=True, slots=True)
class _About:
    """The practice of a report: its last revision that was once public."""

    slug: str
    titles: Mapping[str, str]
    revision_id: int | None
    is_public: bool


def _abouts(session: Session, practice_ids: set[int]) -> dict[int, _About]:
    query = (
        select(Practice.id, Practice.slug, Revision.id, Revision.state, *_TITLES)
        .join(Revision, Revision.practice_id == Practice.id)
        .join(Version, Version.id == Revision.version_id)
        .where(Practice.id.in_(practice_ids), Revision.published_at.is_not(None))
        .order_by(Revision.number)
    )
    found = {}
    for practice_id, slug, revision_id, state, *titles in session.execute(query):
        found[practice_id] = _About(slug, _by_locale(titles), revision_id, state == "published")
    return found


def _by_locale(titles: Sequence[str | None]) -> Mapping[str, str]:
    return {locale: title for locale, title in zip(Locale, titles, strict=True) if title}
