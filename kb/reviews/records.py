"""Consent and community validation on record: kept by a sign-off, taken back by the desk.

The sign-off itself keeps the answers as they were given; here is what becomes of the consent
afterwards. None of it ever leaves the desk. Services never commit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select, update

from kb.accounts.permissions import Actor, Permission, require
from kb.core.errors import Conflict
from kb.core.event import Event
from kb.core.messages import msg
from kb.core.unit_of_work import UnitOfWork
from kb.events.types import EventType
from kb.practices.models import Revision
from kb.practices.queries import get_revision
from kb.reviews.consent import Consent, Validation, consent_in, validation_in
from kb.reviews.models import CommentAudience, CommunityValidation, ConsentRecord
from kb.reviews.queries import subject
from kb.reviews.rules import check_reason

NO_NOTE = msg("Please say how you learned that the consent was taken back.")


@dataclass(frozen=True, slots=True)
class Found:
    """What a sign-off tells of consent and validation."""

    consent: Consent | None
    validation: Validation | None


def found_in(answers: Mapping[str, Any], today: date) -> Found:
    """What checked answers tell; raises Invalid for days that cannot be."""
    return Found(consent_in(answers, today), validation_in(answers, today))


def keep_records(work: UnitOfWork, actor: Actor, revision: Revision, found: Found) -> None:
    """Put it on record for the present version, in the place of what an earlier sign-off said."""
    now = work.clock.now()
    for table in (ConsentRecord, CommunityValidation):
        earlier = update(table).where(
            table.version_id == revision.version_id, table.ended_at.is_(None)
        )
        work.session.execute(earlier.values(ended_at=now))
    about = {
        "practice_id": revision.practice_id,
        "version_id": revision.version_id,
        "recorded_by_id": actor.user_id,
        "recorded_at": now,
    }
    if found.consent is not None:
        consent = found.consent
        work.session.add(
            ConsentRecord(
                **about,
                type=consent.type,
                scope=consent.scope,
                given_on=consent.given_on,
                expires_on=consent.expires_on,
                contact=consent.contact,
            )
        )
    if found.validation is not None:
        validation = found.validation
        work.session.add(
            CommunityValidation(
                **about,
                role=validation.role,
                validated_on=validation.validated_on,
                language=validation.language,
            )
        )


def withdraw_consent(work: UnitOfWork, actor: Actor, revision_id: int, note: str) -> None:
    """Record that those concerned took their consent back, for every text of the practice.

    Nothing is withdrawn by that: the queue shows it until an editor has acted. What is not
    public yet can be neither approved nor published before it is signed off again.
    """
    revision = get_revision(work.session, revision_id, lock=True)
    require(actor, Permission.PRACTICE_CONSENT, subject(work.session, revision))
    check_reason("consent_note", note, missing=NO_NOTE)
    holding = select(ConsentRecord).where(
        ConsentRecord.practice_id == revision.practice_id,
        ConsentRecord.ended_at.is_(None),
        ConsentRecord.withdrawn_at.is_(None),
    )
    records = work.session.scalars(holding).all()
    if not records:
        raise Conflict(msg("There is no consent on record that could be taken back."))
    for record in records:
        record.withdrawn_at = work.clock.now()
        record.withdrawn_by_id = actor.user_id
        record.withdrawal_note = note.strip()
    work.session.flush()
    facts = {"version_id": revision.version_id, "audience": CommentAudience.DESK.value}
    event = EventType.CONSENT_WITHDRAWN
    work.emit(Event(event, actor.user_id, revision.practice_id, revision.id, facts))
