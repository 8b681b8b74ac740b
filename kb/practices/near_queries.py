"""Practices that resemble a text, among those that somebody may see and no others."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

from kb.core.language import Locale
from kb.practices.lifecycle import UNDER_WAY, State
from kb.practices.models import AuthorRole, Practice, Revision, RevisionAuthor, Version
from kb.practices.queries import readable_by
from kb.practices.readers import Reader
from kb.practices.similarity import Near, Sketches, compare, is_near, nearest, sketches

MOST = 5
_AT_A_TIME = 200
_REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class _Known:
    sketches: Sketches
    names: Mapping[Locale, str]


# A frozen text never changes: what is left of it to compare by is made once in each process.
_MEMORY: dict[str, _Known] = {}


def near(
    session: Session,
    content: Mapping[str, Any],
    practice_id: int,
    reader: Reader,
    under_way: Collection[int] = (),
) -> tuple[Near, ...]:
    """The practices nearest to this content, other than its own.

    Compared are the published ones that this reader may read, what they wrote and submitted
    themselves, and those of the revisions `under_way` that the caller lets them see.
    """
    rows = session.execute(_candidates(practice_id, reader, under_way)).all()
    known = _known(session, {row[5]: row[4] for row in rows})
    own, best = sketches(content), dict[int, Near]()
    for revision_id, other_id, slug, state, _, content_hash in rows:
        text, title = compare(own, known[content_hash].sketches)
        before = best.get(other_id)
        if is_near(text, title) and (
            before is None or (text, title) > (before.text, before.title)
        ):
            names, is_published = known[content_hash].names, state is State.PUBLISHED
            best[other_id] = Near(names, slug, revision_id, is_published, text, title)
    return nearest(best.values(), MOST)


def _candidates(
    practice_id: int, reader: Reader, under_way: Collection[int]
) -> Select[int, int, str, State, int, str]:
    """Revision, practice, address, state, version and hash of all that may be told."""
    seen: ColumnElement[bool] = Revision.id.in_(under_way)
    if reader.user_id is not None:
        wrote = select(RevisionAuthor.revision_id).where(
            RevisionAuthor.user_id == reader.user_id, RevisionAuthor.role != AuthorRole.LEFT
        )
        seen = or_(seen, Revision.id.in_(wrote), Practice.owner_id == reader.user_id)
    return (
        select(Revision.id, Revision.practice_id, Practice.slug, Revision.state)
        .add_columns(Version.id, Version.content_hash)
        .join(Practice, Practice.id == Revision.practice_id)
        .join(Version, Version.id == Revision.version_id)
        .where(
            Revision.practice_id != practice_id,
            or_(
                and_(Revision.state == State.PUBLISHED, readable_by(reader)),
                and_(Revision.state.in_(UNDER_WAY), seen),
            ),
        )
        .order_by(Revision.id)
    )


def _known(session: Session, wanted: Mapping[str, int]) -> Mapping[str, _Known]:
    """Sketches by hash of the content; of those seen before, no text is opened."""
    found = {
        content_hash: _MEMORY[content_hash] for content_hash in wanted if content_hash in _MEMORY
    }
    missing = [version for content_hash, version in wanted.items() if content_hash not in found]
    for content_hash, content in _contents(session, missing):
        found[content_hash] = _Known(sketches(content), _names(content))
    if len(_MEMORY) + len(missing) > _REMEMBERED:
        _MEMORY.clear()
    _MEMORY.update(found)
    return found


def _contents(
    session: Session, version_ids: Sequence[int]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for start in range(0, len(version_ids), _AT_A_TIME):
        some = version_ids[start : start + _AT_A_TIME]
        query = select(Version.content_hash, Version.content).where(Version.id.in_(some))
        yield from ((row[0], row[1]) for row in session.execute(query))


def _names(content: Mapping[str, Any]) -> dict[Locale, str]:
    texts = content["texts"]
    return {locale: texts[locale]["title"] for locale in Locale if locale in texts}
