"""Reading and replacing vocabularies and the thesaurus in the database."""

from collections.abc import Iterable, Mapping, Sequence
import hashlib
import json

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kb.core.event import Event
from kb.core.unit_of_work import UnitOfWork
from kb.vocabularies.catalogue import GlossaryEntry, Vocabularies, Vocabulary
from kb.vocabularies.models import GlossaryRow, VocabularyRow


def load_vocabularies(session: Session) -> Vocabularies:
    """All vocabularies, in their order."""
    rows = session.scalars(select(VocabularyRow).order_by(VocabularyRow.position))
    return Vocabularies.of(Vocabulary.model_validate(row.content) for row in rows)


class VocabularyCache:
    """The vocabularies of a process, parsed again only when the database has others."""

    def __init__(self) -> None:
        self._digests: tuple[str, ...] | None = None
        self._vocabularies = Vocabularies({})

    def get(self, session: Session) -> Vocabularies:
        """The vocabularies as they are in the database now."""
        query = select(VocabularyRow.digest).order_by(VocabularyRow.position)
        digests = tuple(session.scalars(query))
        if digests != self._digests:
            self._vocabularies, self._digests = load_vocabularies(session), digests
        return self._vocabularies


def load_glossary(session: Session) -> tuple[GlossaryEntry, ...]:
    """All concepts of the thesaurus, without those that were removed here."""
    query = select(GlossaryRow).where(GlossaryRow.is_removed.is_(False)).order_by(GlossaryRow.id)
    return tuple(GlossaryEntry.model_validate(row.content) for row in session.scalars(query))


def set_content(row: GlossaryRow, entry: GlossaryEntry) -> None:
    """Make a row hold an entry; its digest is by what others notice the change."""
    row.content = entry.model_dump(mode="json")
    row.digest = digest_of(entry)


def digest_of(entry: GlossaryEntry) -> str:
    """SHA-256 of an entry as the database holds it."""
    text = json.dumps(entry.model_dump(mode="json"), ensure_ascii=True, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def replace_all(
    work: UnitOfWork,
    vocabularies: Sequence[Vocabulary],
    glossary: Iterable[GlossaryEntry],
    *,
    replace: bool = False,
) -> tuple[str, ...]:
    """Make the database hold these; announces it where that is a change.

    Entries of the thesaurus that were made, changed or removed here stay as they are, unless
    `replace` and there is another one for them. Returns the codes of those that are not as given.
    """
    is_other = tuple(load_vocabularies(work.session).by_name.values()) != tuple(vocabularies)
    if is_other:
        work.session.execute(delete(VocabularyRow))
        work.session.add_all(
            VocabularyRow(
                name=v.name,
                position=position,
                digest=hashlib.sha256(v.model_dump_json().encode()).hexdigest(),
                content=v.model_dump(mode="json"),
            )
            for position, v in enumerate(vocabularies)
        )
    wanted = {entry.id: entry for entry in glossary}
    kept, has_changed = _take_over(work.session, wanted, replace=replace)
    work.session.flush()
    if is_other or has_changed:
        work.emit(Event("vocabularies.replaced"))
    return kept


def _take_over(
    session: Session, wanted: Mapping[str, GlossaryEntry], *, replace: bool
) -> tuple[tuple[str, ...], bool]:
    """Row by row, so that entries keep their numbers; what was kept, and whether any changed."""
    rows = {row.code: row for row in session.scalars(select(GlossaryRow).order_by(GlossaryRow.id))}
    kept, has_changed = [], False
    for code, row in rows.items():
        is_edited = row.edited_at is not None
        entry = wanted.get(code)
        if entry is None and not is_edited:
            session.delete(row)
            has_changed = True
        elif entry is not None:
            is_same = row.digest == digest_of(entry) and not row.is_removed
            if is_edited and not replace:
                kept += [] if is_same else [code]
            elif is_edited or not is_same:
                set_content(row, entry)
                row.edited_at, row.is_removed = None, False
                has_changed = True
    for code, entry in wanted.items():
        if code not in rows:
            row = GlossaryRow(code=code)
            set_content(row, entry)
            session.add(row)
            has_changed = True
    return tuple(kept), has_changed
