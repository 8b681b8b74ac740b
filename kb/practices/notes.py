"""Restricted notes: what the desk and the authors tell each other beside a practice."""

from kb.accounts.models import User
from kb.accounts.permissions import Actor, Permission, require
from kb.core.errors import Invalid, NotFound
from kb.core.event import Event
from kb.core.language import Locale
from kb.core.messages import msg
from kb.core.unit_of_work import UnitOfWork
from kb.events.types import EventType
from kb.practices.models import Practice, RestrictedNote
from kb.practices.service import practice_authorship

LONGEST = 10_000
# Where a note comes from; imported ones say which study or file they were made in.
WRITTEN_HERE = "desk"


def add_note(work: UnitOfWork, actor: Actor, practice_id: int, text: str) -> RestrictedNote:
    """Keep a note of a person of the desk or an author; it never leaves the house."""
    practice = work.session.get(Practice, practice_id)
    if practice is None:
        raise NotFound(msg("There is no such page."))
    require(actor, Permission.PRACTICE_SEE, practice_authorship(practice))
    note = RestrictedNote(
        practice_id=practice_id,
        author_id=actor.user_id,
        origin=WRITTEN_HERE,
        text={_language_of(work, actor).value: _checked(text)},
        created_at=work.clock.now(),
    )
    practice.notes.append(note)
    work.session.flush()
    work.emit(Event(EventType.NOTE_ADDED, actor.user_id, practice_id, None, {"note_id": note.id}))
    return note


def _checked(text: str) -> str:
    text = text.strip()
    if not text:
        raise Invalid(msg("Please write something."), {"restricted_note": msg("is missing")})
    if len(text) > LONGEST:
        why = msg("is longer than %(max_length)s characters", max_length=LONGEST)
        raise Invalid(msg("This is too long."), {"restricted_note": why})
    return text


def _language_of(work: UnitOfWork, actor: Actor) -> Locale:
    """The note's own language is not asked for: people write in the one they work in."""
    user = work.session.get(User, actor.user_id) if actor.user_id is not None else None
    return user.locale if user is not None else Locale.FR
