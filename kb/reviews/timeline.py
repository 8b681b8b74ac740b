"""What happened to a practice, as far as whoever asks may know."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.accounts.directory import names_of
from kb.accounts.permissions import Actor, Permission, permits
from kb.events.models import AuditEntry
from kb.events.types import EventType
from kb.practices.models import ReviewConfirmation, Revision, TransitionNote
from kb.reviews.models import Assignment, Comment, CommentAudience, SignOff, Verdict
from kb.reviews.people import Around, Capacity
from kb.reviews.queries import may_see, subject
from kb.reviews.rubric import Rated, rated


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened; `name` and `about` are names, which only the desk gets."""

    at: datetime
    kind: EventType
    who: Capacity
    revision_number: int | None
    name: str = ""
    about: str = ""
    code: str = ""
    text: str = ""
    is_internal: bool = False
    ratings: tuple[Rated, ...] = ()


@dataclass(frozen=True, slots=True)
class _View:
    """How far somebody may look into one revision."""

    number: int
    around: Around
    is_desk: bool
    is_editor: bool


@dataclass(frozen=True, slots=True)
class _Words:
    """The texts that the audit trail, which holds none, leads to."""

    notes: Mapping[int, TransitionNote]
    verdicts: Mapping[int, Verdict]
    sign_offs: Mapping[int, SignOff]
    comments: Mapping[int, Comment]
    declined: Mapping[int, Assignment]
    confirmations: Mapping[int, ReviewConfirmation]


def timeline(session: Session, actor: Actor, practice_id: int) -> tuple[Entry, ...]:
    """The entries of a practice, the oldest first; of each revision those its actor may know.

    Authors see what concerns them, and of the desk only in which capacity somebody acted.
    """
    views = _views(session, actor, practice_id)
    query = select(AuditEntry).where(AuditEntry.practice_id == practice_id)
    entries = session.scalars(query.order_by(AuditEntry.id)).all()
    words = _words(session, entries)
    known = names_of(session, {n for each in entries for n in (each.actor_id, _about(each))})
    last = {entry.data["verdict_id"]: entry.id for entry in entries if "verdict_id" in entry.data}
    found = []
    for entry in entries:
        view = _view_for(views, entry)
        if view is not None and _is_for(view, entry):
            is_last = last.get(entry.data.get("verdict_id")) == entry.id
            found.append(_entry(entry, view, words, known, is_last=is_last))
    return tuple(found)


def _views(session: Session, actor: Actor, practice_id: int) -> dict[int, _View]:
    query = select(Revision).where(Revision.practice_id == practice_id).order_by(Revision.number)
    found = {}
    for revision in session.scalars(query):
        seen = subject(session, revision)
        if may_see(actor, revision, seen):
            is_desk = permits(actor, Permission.PRACTICE_COMMENT_INTERNALLY, seen)
            around = Around(session, revision.id, seen.author_ids)
            is_editor = permits(actor, Permission.PRACTICE_ASSIGN, seen)
            found[revision.id] = _View(revision.number, around, is_desk, is_editor)
    return found


def _view_for(views: Mapping[int, _View], entry: AuditEntry) -> _View | None:
    """What is about no revision in particular is told with the newest that one may see."""
    if entry.revision_id is not None:
        return views.get(entry.revision_id)
    return next(reversed(list(views.values())), None)


def _is_for(view: _View, entry: AuditEntry) -> bool:
    return view.is_desk or entry.data.get("audience") != CommentAudience.DESK


def _entry(
    entry: AuditEntry, view: _View, words: _Words, known: Mapping[int, str], *, is_last: bool
) -> Entry:
    about = _about(entry)
    return Entry(
        at=entry.at,
        kind=EventType(entry.type),
        who=view.around.capacity(entry.actor_id),
        revision_number=view.number if entry.revision_id is not None else None,
        name=known.get(entry.actor_id or 0, "") if view.is_desk else "",
        about=known.get(about or 0, "") if view.is_desk else "",
        code=str(entry.data.get("decision") or entry.data.get("outcome") or ""),
        text=_text(entry.data, view, words, is_last=is_last),
        is_internal=entry.data.get("audience") == CommentAudience.DESK,
        ratings=_ratings(entry.data, words) if is_last else (),
    )


def _ratings(data: Mapping[str, Any], words: _Words) -> tuple[Rated, ...]:
    """Authors see them as they see the reason: of the last word only, and without a name."""
    verdict = words.verdicts.get(data.get("verdict_id", 0))
    return rated(verdict.ratings) if verdict is not None else ()


def _text(data: Mapping[str, Any], view: _View, words: _Words, *, is_last: bool) -> str:
    note = words.notes.get(data.get("note_id", 0))
    if note is not None and "to" in data:  # a note_id without a move is a restricted note's
        return note.text
    # A verdict that was given anew keeps its last reason only.
    verdict = words.verdicts.get(data.get("verdict_id", 0))
    if verdict is not None and is_last:
        return verdict.reason
    signed = words.sign_offs.get(data.get("sign_off_id", 0))
    if signed is not None and view.is_desk:
        return signed.note
    declined = words.declined.get(data.get("assignment_id", 0))
    if declined is not None:
        return declined.decline_reason if view.is_editor else ""
    confirmed = words.confirmations.get(data.get("confirmation_id", 0))
    if confirmed is not None:
        return confirmed.note
    comment = words.comments.get(data.get("comment_id", 0))
    return comment.body if comment is not None else ""


def _about(entry: AuditEntry) -> int | None:
    """Whom it was done to."""
    user_id: int | None = entry.data.get("reviewer_id") or entry.data.get("user_id")
    return user_id if user_id != entry.actor_id else None


def _words(session: Session, entries: Sequence[AuditEntry]) -> _Words:
    def ids(key: str) -> list[int]:
        return [entry.data[key] for entry in entries if key in entry.data]

    def by_id(rows: Iterable[Any]) -> dict[int, Any]:
        return {row.id: row for row in rows}

    def rows(table: type[Any], key: str) -> dict[int, Any]:
        return by_id(session.scalars(select(table).where(table.id.in_(ids(key)))))

    return _Words(
        notes=rows(TransitionNote, "note_id"),
        verdicts=rows(Verdict, "verdict_id"),
        sign_offs=rows(SignOff, "sign_off_id"),
        comments=rows(Comment, "comment_id"),
        declined=rows(Assignment, "assignment_id"),
        confirmations=rows(ReviewConfirmation, "confirmation_id"),
    )
