"""All that the desk has before it when it looks at one revision."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.accounts.directory import names_of
from kb.accounts.permissions import Actor, Permission, Role, permits
from kb.core.errors import NotFound
from kb.core.messages import Message, msg
from kb.practices.lifecycle import State
from kb.practices.models import Revision, Version
from kb.practices.service import Authorship
from kb.practices.sharing import NamedReader, may_share, readers_of
from kb.reviews.models import Assignment, SignOff, Verdict
from kb.reviews.people import people_with
from kb.reviews.queries import (
    decisions_on,
    last_sign_off,
    safeguard_ids,
    subject,
    visible_revision,
)
from kb.reviews.rules import Decision, Outcome, gate_open, quorum_reached
from kb.reviews.threads import Thread, threads

Person = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Assigned:
    """A reviewer at work."""

    reviewer_id: int
    name: str
    due_on: date | None


@dataclass(frozen=True, slots=True)
class Given:
    """A verdict on the present version or on an earlier one."""

    name: str
    decision: Decision
    reason: str
    at: datetime
    version_number: int
    is_present: bool
    is_mine: bool


@dataclass(frozen=True, slots=True)
class Signed:
    """The sign-off of the present version."""

    name: str
    outcome: Outcome
    location_precision: str | None
    answers: Mapping[str, Any]
    note: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Note:
    """A restricted note, in the languages it was written in."""

    name: str
    origin: str
    text: Mapping[str, str]
    at: datetime


@dataclass(frozen=True, slots=True)
class Dossier:
    """A revision and what was said and decided about it; its desk's part is empty for others."""

    revision: Revision
    version: Version
    seen: Authorship
    is_desk: bool
    threads: tuple[Thread, ...]
    missing: tuple[Message, ...]
    assigned: tuple[Assigned, ...] = ()
    candidates: tuple[Person, ...] = ()
    verdicts: tuple[Given, ...] = ()
    signed: Signed | None = None
    notes: tuple[Note, ...] = ()
    readers: tuple[NamedReader, ...] = ()
    may_share: bool = False
    contributors: tuple[Person, ...] = ()
    is_judge: bool = False

    def may(self, actor: Actor, permission: Permission) -> bool:
        """Whether the map grants this on this revision."""
        return permits(actor, permission, self.seen)


def dossier(session: Session, actor: Actor, revision_id: int, quorum: int) -> Dossier:
    """What this person may know of the submitted revision; raises NotFound for the rest."""
    revision = visible_revision(session, actor, revision_id)
    version = revision.version
    if version is None:
        raise NotFound(msg("There is no such page."))
    seen = subject(session, revision)
    is_desk = permits(actor, Permission.PRACTICE_COMMENT_INTERNALLY, seen)
    said = threads(session, actor, revision)
    shares = may_share(actor, revision.practice)
    readers = readers_of(session, revision.practice_id) if shares else ()
    if not is_desk:
        return Dossier(
            revision, version, seen, is_desk, said, (), readers=readers, may_share=shares
        )
    given = _verdicts(session, actor, revision)
    is_editor = permits(actor, Permission.PRACTICE_ASSIGN, seen)
    return Dossier(
        revision=revision,
        version=version,
        seen=seen,
        is_desk=is_desk,
        threads=said,
        missing=_missing(session, revision, version, quorum),
        assigned=_assigned(session, revision),
        candidates=_candidates(session, revision, seen) if is_editor else (),
        verdicts=given,
        signed=_signed(session, version),
        notes=_notes(session, revision),
        readers=readers,
        may_share=shares,
        contributors=people_with(session, Role.CONTRIBUTOR) if is_editor else (),
        is_judge=any(verdict.is_mine for verdict in given),
    )


def _missing(
    session: Session, revision: Revision, version: Version, quorum: int
) -> tuple[Message, ...]:
    """What has still to happen before it can be approved or published."""
    if revision.state not in {State.IN_REVIEW, State.APPROVED}:
        return ()
    found = []
    decisions = decisions_on(session, version.id)
    if not quorum_reached(decisions, quorum):
        accepted = decisions.count(Decision.ACCEPT)
        found.append(
            msg(
                "Reviewers who accept this version: %(accepted)s of %(quorum)s, and none against.",
                accepted=accepted,
                quorum=quorum,
            )
        )
    signed = last_sign_off(session, version.id)
    if not gate_open(signed.outcome if signed else None):
        found.append(msg("The do-no-harm sign-off of this version is missing or refuses."))
    return tuple(found)


def _assigned(session: Session, revision: Revision) -> tuple[Assigned, ...]:
    query = (
        select(Assignment)
        .where(Assignment.revision_id == revision.id, Assignment.ended_at.is_(None))
        .order_by(Assignment.id)
    )
    rows = session.scalars(query).all()
    known = names_of(session, {row.reviewer_id for row in rows})
    return tuple(Assigned(row.reviewer_id, known[row.reviewer_id], row.due_on) for row in rows)


def _candidates(session: Session, revision: Revision, seen: Authorship) -> tuple[Person, ...]:
    """Who can be asked: neither authors nor asked already nor on the do-no-harm side."""
    others = (
        seen.author_ids | seen.former_ids | seen.reviewer_ids | safeguard_ids(session, revision.id)
    )
    return tuple(each for each in people_with(session, Role.REVIEWER) if each[0] not in others)


def _verdicts(session: Session, actor: Actor, revision: Revision) -> tuple[Given, ...]:
    query = (
        select(Verdict, Version)
        .join(Version, Version.id == Verdict.version_id)
        .where(Version.revision_id == revision.id)
        .order_by(Version.number.desc(), Verdict.id)
    )
    rows = session.execute(query).all()
    known = names_of(session, {verdict.reviewer_id for verdict, _ in rows})
    return tuple(
        Given(
            name=known[verdict.reviewer_id],
            decision=verdict.decision,
            reason=verdict.reason,
            at=verdict.decided_at,
            version_number=version.number,
            is_present=version.id == revision.version_id,
            is_mine=verdict.reviewer_id == actor.user_id,
        )
        for verdict, version in rows
    )


def _signed(session: Session, version: Version) -> Signed | None:
    row: SignOff | None = last_sign_off(session, version.id)
    if row is None:
        return None
    return Signed(
        name=names_of(session, [row.safeguard_id])[row.safeguard_id],
        outcome=row.outcome,
        location_precision=row.location_precision,
        answers=row.answers,
        note=row.note,
        at=row.signed_at,
    )


def _notes(session: Session, revision: Revision) -> tuple[Note, ...]:
    rows = revision.practice.notes
    known = names_of(session, {row.author_id for row in rows})
    return tuple(
        Note(known.get(row.author_id or 0, ""), row.origin, row.text, row.created_at)
        for row in rows
    )
