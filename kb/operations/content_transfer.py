"""Importing a content folder into the database, and exporting it again."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.accounts.permissions import OPERATOR
from kb.core.errors import Invalid
from kb.core.messages import Message, msg
from kb.core.unit_of_work import UnitOfWork
from kb.operations.content_folder import ContentFolder, write_practice
from kb.practices.content import Visibility
from kb.practices.files import Note, PracticeFiles
from kb.practices.lifecycle import FINAL, Action, State
from kb.practices.models import Practice, RestrictedNote, Revision
from kb.practices.queries import practice_by_slug, published_revision
from kb.practices.service import content_hash, create_practice, start_revision
from kb.vocabularies.service import replace_all
from kb.workflow.service import perform


class Result(StrEnum):
    """What the import did with a practice."""

    ADDED = "added"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    EDITED_HERE = "edited-here"
    TAKEN_DOWN_HERE = "taken-down-here"


@dataclass(frozen=True, slots=True)
class Report:
    """What happened to each practice, and what was wrong with the others."""

    results: dict[str, Result] = field(default_factory=dict)
    problems: dict[str, Message] = field(default_factory=dict)


def import_folder(
    work: UnitOfWork, folder: ContentFolder, *, replace: bool = False, partial: bool = False
) -> Report:
    """Publish the folder's practices as imports, and make its vocabularies the site's.

    Raises Invalid, and changes nothing, if anything in the folder is wrong - unless `partial`.
    A practice edited here since its last import is left alone unless `replace`; one that was
    archived or withdrawn here is always left alone.
    """
    if folder.problems and not partial:
        raise Invalid(msg("The content is not valid; nothing was imported."), folder.problems)
    report = Report(problems=dict(folder.problems))
    replace_all(work, folder.vocabularies, folder.glossary)
    for practice in folder.practices:
        slug = practice.content.slug
        report.results[slug] = _import_practice(work, practice, replace=replace)
    return report


def _import_practice(work: UnitOfWork, files: PracticeFiles, *, replace: bool) -> Result:
    data = files.content.to_json()
    practice = practice_by_slug(work.session, files.content.slug)
    if practice is None:
        revision = create_practice(work, OPERATOR, files.content.slug, data)
        perform(work, OPERATOR, revision.id, Action.IMPORT)
        _replace_notes(work, revision.practice, files.notes)
        return Result.ADDED
    published = published_revision(work.session, practice.id)
    if published is None:
        return Result.TAKEN_DOWN_HERE if _was_public(practice) else Result.EDITED_HERE
    if published.version is not None and published.version.content_hash == content_hash(data):
        _replace_notes(work, practice, files.notes)
        return Result.UNCHANGED
    if (not published.imported or _under_way(practice)) and not replace:
        return Result.EDITED_HERE
    if _under_way(practice):
        # Somebody's unfinished text is never overwritten, whatever the operator asks.
        return Result.EDITED_HERE
    revision = start_revision(work, OPERATOR, practice, data)
    perform(work, OPERATOR, revision.id, Action.IMPORT)
    _replace_notes(work, practice, files.notes)
    return Result.UPDATED


def _was_public(practice: Practice) -> bool:
    return any(revision.published_at is not None for revision in practice.revisions)


def _under_way(practice: Practice) -> bool:
    settled = FINAL | {State.PUBLISHED, State.ARCHIVED}
    return any(revision.state not in settled for revision in practice.revisions)


def _replace_notes(work: UnitOfWork, practice: Practice, notes: tuple[Note, ...]) -> None:
    """Make the imported notes these; notes that people wrote here stay."""
    imported = [note for note in practice.notes if note.author_id is None]
    if [(n.origin, n.text) for n in imported] == [(n.origin, dict(n.text)) for n in notes]:
        return
    for row in imported:
        work.session.delete(row)
    work.session.add_all(
        RestrictedNote(
            practice_id=practice.id,
            author_id=None,
            origin=note.origin,
            text=dict(note.text),
            created_at=work.clock.now(),
        )
        for note in notes
    )
    work.session.flush()
    work.session.expire(practice, ["notes"])


def export_folder(session: Session, folder: Path, *, desk: bool = False) -> tuple[str, ...]:
    """Write the published practices; returns their slugs.

    Without `desk` only public practices are written, places as coarse as on the site and
    without restricted notes.
    """
    query = (
        select(Revision)
        .join(Revision.practice)
        .where(Revision.state == State.PUBLISHED)
        .order_by(Practice.slug)
    )
    slugs = []
    for revision in session.scalars(query):
        if desk or revision.visibility is Visibility.PUBLIC:
            write_practice(folder, _exported(revision, desk=desk))
            slugs.append(revision.practice.slug)
    return tuple(slugs)


def _exported(revision: Revision, *, desk: bool) -> PracticeFiles:
    if revision.version is None:  # refused by a CHECK constraint
        raise LookupError(revision.id)
    content = revision.version.parsed()
    if desk:
        notes = tuple(Note(note.origin, note.text) for note in revision.practice.notes)
        return PracticeFiles(content, notes)
    return PracticeFiles(content.coarsened(revision.location_precision))
