"""Reading and replacing vocabularies and the thesaurus in the database."""

from collections.abc import Iterable, Sequence
import hashlib

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
    """All concepts of the thesaurus."""
    rows = session.scalars(select(GlossaryRow).order_by(GlossaryRow.id))
    return tuple(GlossaryEntry.model_validate(row.content) for row in rows)


def replace_all(
    work: UnitOfWork, vocabularies: Sequence[Vocabulary], glossary: Iterable[GlossaryEntry]
) -> bool:
    """Make the database hold exactly these; announces and returns whether that is a change."""
    entries = tuple(glossary)
    current = load_vocabularies(work.session)
    if (
        tuple(current.by_name.values()) == tuple(vocabularies)
        and load_glossary(work.session) == entries
    ):
        return False
    work.session.execute(delete(VocabularyRow))
    work.session.execute(delete(GlossaryRow))
    work.session.add_all(
        VocabularyRow(
            name=v.name,
            position=position,
            digest=hashlib.sha256(v.model_dump_json().encode()).hexdigest(),
            content=v.model_dump(mode="json"),
        )
        for position, v in enumerate(vocabularies)
    )
    work.session.add_all(
        GlossaryRow(code=entry.id, content=entry.model_dump(mode="json")) for entry in entries
    )
    work.session.flush()
    work.emit(Event("vocabularies.replaced"))
    return True
