"""Editing the thesaurus: entries made, changed, removed and brought back here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.accounts.permissions import Actor, Permission, require
from kb.core.errors import Conflict, Invalid, NotFound
from kb.core.event import Event
from kb.core.folding import fold
from kb.core.language import Locale
from kb.core.messages import msg
from kb.core.unit_of_work import UnitOfWork
from kb.events.types import EventType
from kb.vocabularies.catalogue import ENTRY_CODE_LENGTH, GlossaryEntry
from kb.vocabularies.models import GlossaryRow
from kb.vocabularies.service import digest_of, set_content

KINDS = ("concept", "people", "language")
WORDS = ("kind", "fr", "en")
LISTS = ("local", "synonyms", "source_urls")
NOTES = ("note_fr", "note_en")
FIELDS = (*WORDS, *LISTS, *NOTES)
# Addresses of pages that are no entry.
_TAKEN = frozenset({"new"})
_REMOVED = "removed"
_NOT_KEPT = msg("Something is missing or not right.")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry as it stands in the database; `edited_at` is None where it is as shipped."""

    entry: GlossaryEntry
    digest: str
    edited_at: datetime | None
    is_removed: bool

    @property
    def mark(self) -> str:
        """What a form brings back to tell which state of the entry it was made from."""
        return _REMOVED if self.is_removed else self.digest


def stored_entries(session: Session) -> tuple[StoredEntry, ...]:
    """All of them, also those that were removed here."""
    rows = session.scalars(select(GlossaryRow).order_by(GlossaryRow.id))
    return tuple(_stored(row) for row in rows)


def stored_entry(session: Session, code: str) -> StoredEntry:
    """One entry; raises NotFound where there is none."""
    return _stored(_row(session, code))


def fields_of(entry: GlossaryEntry) -> dict[str, str]:
    """An entry as the fields of its form."""
    notes = {locale: entry.note[locale] if entry.note else "" for locale in Locale}
    return {
        **{name: getattr(entry, name) for name in WORDS},
        **{name: "\n".join(getattr(entry, name)) for name in LISTS},
        **{f"note_{locale}": text for locale, text in notes.items()},
    }


def entry_of(code: str, fields: Mapping[str, str]) -> GlossaryEntry:
    """The entry that a form describes; raises Invalid with a sentence for each field of it."""
    lists = {name: _lines(fields[name]) for name in LISTS}
    notes = {locale.value: _line(fields[f"note_{locale}"]) for locale in Locale}
    data = {
        "id": code,
        **{name: _line(fields[name]) for name in WORDS},
        **lists,
        "note": notes if any(notes.values()) else None,
        "sourced": bool(lists["source_urls"]),
    }
    try:
        return GlossaryEntry.parse(data)
    except Invalid as error:
        problems = {_field_of(place): why for place, why in reversed(error.problems.items())}
        ordered = {name: problems[name] for name in FIELDS if name in problems}
        raise Invalid(_NOT_KEPT, ordered) from None


def save_entry(
    work: UnitOfWork, actor: Actor, code: str | None, mark: str, fields: Mapping[str, str]
) -> str:
    """Make an entry (no code yet) or change one; returns its code.

    Saving an entry that was removed brings it back. Raises Conflict if somebody changed it since
    the form was made, unless to the very same.
    """
    require(actor, Permission.SEARCH_CURATE)
    row = _row(work.session, code, lock=True) if code is not None else None
    entry = entry_of(code or _free_code(work.session, fields), fields)
    kinds = {*KINDS, *([_stored(row).entry.kind] if row else ())}
    if entry.kind not in kinds:
        expected = ", ".join(KINDS)
        raise Invalid(_NOT_KEPT, {"kind": msg("is not one of %(expected)s", expected=expected)})
    if row is None:
        _refuse_double(work.session, entry)
        row = GlossaryRow(code=entry.id)
        work.session.add(row)
    else:
        if row.digest == digest_of(entry) and not row.is_removed:
            return entry.id
        _refuse_stale(row, mark)
    set_content(row, entry)
    row.edited_at, row.is_removed = work.clock.now(), False
    work.session.flush()
    work.emit(Event(EventType.THESAURUS_SAVED, actor_id=actor.user_id, data={"entry_id": row.id}))
    return entry.id


def remove_entry(work: UnitOfWork, actor: Actor, code: str, mark: str) -> None:
    """Take an entry out of glossary and search, for good: imports do not bring it back."""
    require(actor, Permission.SEARCH_CURATE)
    row = _row(work.session, code, lock=True)
    if row.is_removed:
        return
    _refuse_stale(row, mark)
    row.edited_at, row.is_removed = work.clock.now(), True
    work.session.flush()
    event = Event(EventType.THESAURUS_REMOVED, actor_id=actor.user_id, data={"entry_id": row.id})
    work.emit(event)


def with_entry(
    entries: Iterable[GlossaryEntry], code: str | None, entry: GlossaryEntry | None
) -> tuple[GlossaryEntry, ...]:
    """The thesaurus as it would be with this entry at this code, or without any there."""
    others = tuple(other for other in entries if other.id != code)
    return others if entry is None else (*others, entry)


def _stored(row: GlossaryRow) -> StoredEntry:
    entry = GlossaryEntry.model_validate(row.content)
    return StoredEntry(entry, row.digest, row.edited_at, row.is_removed)


def _row(session: Session, code: str, *, lock: bool = False) -> GlossaryRow:
    query = select(GlossaryRow).where(GlossaryRow.code == code)
    row = session.scalar(query.with_for_update() if lock else query)
    if row is None:
        raise NotFound(msg("There is no such entry."))
    return row


def _refuse_stale(row: GlossaryRow, mark: str) -> None:
    if _stored(row).mark != mark:
        raise Conflict(msg("Somebody else changed this at the same time."))


def _refuse_double(session: Session, entry: GlossaryEntry) -> None:
    """One concept has one entry: two of them would be edited past each other."""
    same = fold(entry.fr), fold(entry.en)
    for stored in stored_entries(session):
        if not stored.is_removed and (fold(stored.entry.fr), fold(stored.entry.en)) == same:
            raise Invalid(_NOT_KEPT, {"fr": msg("is in the thesaurus already")})


def _free_code(session: Session, fields: Mapping[str, str]) -> str:
    """A code made from the words that nothing has, not even what was removed."""
    words = re.findall(r"[a-z0-9]+", fold(fields["fr"])) or ["entry"]
    base = "-".join(words)[: ENTRY_CODE_LENGTH - 4].strip("-")
    taken = {*session.scalars(select(GlossaryRow.code)), *_TAKEN}
    number, code = 1, base
    while code in taken:
        number += 1
        code = f"{base}-{number}"
    return code


def _field_of(place: str) -> str:
    """The field of the form that a place in an entry is typed into: note.fr, synonyms.3."""
    name, _, rest = place.partition(".")
    return f"{name}_{rest}" if name == "note" else name


def _line(text: str) -> str:
    return " ".join(_CONTROL.sub("", text).splitlines()).strip()


def _lines(text: str) -> list[str]:
    lines = (_line(line) for line in text.splitlines())
    return list(dict.fromkeys(line for line in lines if line))
