"""Importing a content folder into the database, and exporting it again."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from sqlalchemy import ScalarResult, select
from sqlalchemy.orm import Session

from kb.accounts.permissions import OPERATOR
from kb.core.errors import Invalid
from kb.core.messages import Message, msg
from kb.core.unit_of_work import UnitOfWork
from kb.operations.content_folder import (
    ContentFolder,
    foreign_practices,
    write_practice,
    write_terms,
)
from kb.practices.content import Visibility
from kb.practices.files import Note, PracticeFiles
from kb.practices.lifecycle import FINAL, Action, State
from kb.practices.models import Practice, RestrictedNote, Revision
from kb.practices.queries import practice_by_slug, published_revision
from kb.practices.service import check_terms, content_hash, create_practice, start_revision
from kb.vocabularies.catalogue import Vocabularies
from kb.vocabularies.service import load_glossary, load_vocabularies, replace_all
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
    """What happened to each practice, and what was wrong with the others.

    `kept_entries` are those of the thesaurus that were edited here and stay as they are.
    """

    results: dict[str, Result] = field(default_factory=dict)
    kept_entries: tuple[str, ...] = ()
    problems: dict[str, Message] = field(default_factory=dict)


def import_folder(
    work: UnitOfWork, folder: ContentFolder, *, replace: bool = False, partial: bool = False
) -> Report:
    """Publish the folder's practices as imports, and make its vocabularies the site's.

    Raises Invalid, and changes nothing, if anything in the folder is wrong - unless `partial`.
    A practice edited here since its last import is left alone unless `replace`, and so is an
    entry of the thesaurus; a practice that was archived or withdrawn here is always left alone.
    """
    if folder.problems and not partial:
        raise Invalid(msg("The content is not valid; nothing was imported."), folder.problems)
    kept = _import_terms(work, folder, replace=replace)
    report = Report(kept_entries=kept, problems=dict(folder.problems))
    for practice in folder.practices:
        slug = practice.content.slug
        report.results[slug] = _import_practice(work, practice, replace=replace)
    return report


def _import_terms(work: UnitOfWork, folder: ContentFolder, *, replace: bool) -> tuple[str, ...]:
    """Take over vocabularies and thesaurus; what the folder does not have, stays.

    Returns the entries of the thesaurus that were edited here and kept. Raises Invalid if a term
    would go that a published practice uses.
    """
    if any(place.startswith(("vocabularies/", "glossary")) for place in folder.problems):
        return ()  # a broken file is not an empty one
    current = load_vocabularies(work.session)
    merged = Vocabularies({**current.by_name, **Vocabularies.of(folder.vocabularies).by_name})
    imported = {practice.content.slug for practice in folder.practices}
    for revision in _published(work.session):
        if revision.version is not None and revision.practice.slug not in imported:
            check_terms(revision.version.parsed(), merged)
    terms = tuple(merged.by_name.values())
    if folder.glossary is None:
        return replace_all(work, terms, load_glossary(work.session))
    return replace_all(work, terms, folder.glossary, replace=replace)


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
    """Write the published practices with all terms; returns their slugs.

    Without `desk` only public practices are written, places as coarse as on the site and
    without restricted notes. Raises Invalid, and writes nothing, if the folder has other
    practices: one that was withdrawn here must not live on in an old export.
    """
    revisions = [r for r in _published(session) if desk or r.visibility is Visibility.PUBLIC]
    slugs = tuple(revision.practice.slug for revision in revisions)
    foreign = foreign_practices(folder, slugs)
    if foreign:
        raise Invalid(
            msg("The folder has practices that are not in this export; choose an empty one."),
            {f"practices/{name}": msg("is not published here") for name in foreign},
        )
    folder.mkdir(parents=True, exist_ok=True, mode=0o700 if desk else 0o755)
    if desk:
        # Names and exact places: for nobody else on this machine, also in a folder that was there.
        folder.chmod(0o700)
    vocabularies = load_vocabularies(session).by_name.values()
    write_terms(folder, vocabularies, load_glossary(session))
    for revision in revisions:
        write_practice(folder, _exported(revision, frozenset(slugs), desk=desk))
    return slugs


def _published(session: Session) -> ScalarResult[Revision]:
    return session.scalars(
        select(Revision)
        .join(Revision.practice)
        .where(Revision.state == State.PUBLISHED)
        .order_by(Practice.slug)
    )


def _exported(revision: Revision, slugs: frozenset[str], *, desk: bool) -> PracticeFiles:
    """The practice as decided here: what the sign-off narrowed stays narrow elsewhere."""
    if revision.version is None:  # refused by a CHECK constraint
        raise LookupError(revision.id)
    decided = {
        "visibility": revision.visibility,
        "location_precision": revision.location_precision,
    }
    content = revision.version.parsed()
    related = tuple(slug for slug in content.related if slug in slugs)
    content = content.model_copy(update={**decided, "related": related})
    if desk:
        notes = tuple(Note(note.origin, note.text) for note in revision.practice.notes)
        return PracticeFiles(content, notes)
    return PracticeFiles(content.coarsened(revision.location_precision))
