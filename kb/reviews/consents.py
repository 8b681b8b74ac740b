"""How the consents on record stand: for the page of one text, and all that need looking at."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, defer, joinedload, selectinload

from kb.accounts.directory import names_of
from kb.accounts.permissions import Actor, Permission, permits
from kb.core.language import Locale
from kb.practices.models import Revision, Version
from kb.reviews.consent import TOLD_BEFORE, ConsentType, Standing, standing
from kb.reviews.models import CommunityValidation, ConsentRecord
from kb.reviews.queries import consent_of, subjects
from kb.reviews.queue import TITLES, by_locale
from kb.reviews.reminders import CONSENT_MATTERS


@dataclass(frozen=True, slots=True)
class Consented:
    """The consent to one version; its contact never leaves the desk."""

    type: ConsentType
    scope: str
    given_on: date | None
    expires_on: date | None
    contact: str
    standing: Standing
    name: str
    at: datetime
    withdrawn_by: str
    withdrawn_at: datetime | None
    withdrawal_note: str


@dataclass(frozen=True, slots=True)
class Validated:
    """Who of the community read or heard one version."""

    role: str
    validated_on: date | None
    language: str


@dataclass(frozen=True, slots=True)
class Flagged:
    """A text whose consent was taken back, has ended or will soon."""

    revision_id: int
    number: int
    titles: Mapping[str, str]
    standing: Standing
    expires_on: date | None

    def title(self, locale: Locale) -> str:
        """In this language or in another."""
        return self.titles.get(locale) or next(iter(self.titles.values()), "")


def consent_to(session: Session, version_id: int, today: date) -> Consented | None:
    """The consent on record for one version, as it stands today."""
    row = consent_of(session, version_id)
    if row is None:
        return None
    known = names_of(session, {row.recorded_by_id, row.withdrawn_by_id})
    return Consented(
        type=row.type,
        scope=row.scope,
        given_on=row.given_on,
        expires_on=row.expires_on,
        contact=row.contact,
        standing=_standing(row, today),
        name=known[row.recorded_by_id],
        at=row.recorded_at,
        withdrawn_by=known.get(row.withdrawn_by_id or 0, ""),
        withdrawn_at=row.withdrawn_at,
        withdrawal_note=row.withdrawal_note,
    )


def validation_of(session: Session, version_id: int) -> Validated | None:
    """The validation on record for one version."""
    query = select(CommunityValidation).where(
        CommunityValidation.version_id == version_id, CommunityValidation.ended_at.is_(None)
    )
    row = session.scalar(query)
    return Validated(row.role, row.validated_on, row.language) if row else None


def flagged(session: Session, actor: Actor, today: date) -> tuple[Flagged, ...]:
    """The consents that somebody of the desk has to look at, the most pressing first."""
    query = (
        select(Revision, ConsentRecord, *TITLES)
        .join(ConsentRecord, ConsentRecord.version_id == Revision.version_id)
        .join(Version, Version.id == Revision.version_id)
        .options(
            defer(Revision.working_copy),
            joinedload(Revision.practice),
            selectinload(Revision.authors),
        )
        .where(
            ConsentRecord.ended_at.is_(None),
            or_(
                ConsentRecord.withdrawn_at.is_not(None),
                ConsentRecord.expires_on <= today + TOLD_BEFORE,
            ),
            Revision.state.in_(CONSENT_MATTERS),
        )
        .order_by(ConsentRecord.expires_on, Revision.id)
    )
    rows = session.execute(query).all()
    seen = subjects(session, [row[0] for row in rows])
    found = [
        Flagged(
            revision_id=revision.id,
            number=revision.number,
            titles=by_locale(told),
            standing=_standing(record, today),
            expires_on=record.expires_on,
        )
        for revision, record, *told in rows
        if permits(actor, Permission.PRACTICE_CONSENT, seen[revision.id])
    ]
    return tuple(sorted(found, key=lambda each: list(Standing).index(each.standing)))


def _standing(row: ConsentRecord, today: date) -> Standing:
    return standing(row.expires_on, today, is_withdrawn=row.withdrawn_at is not None)
