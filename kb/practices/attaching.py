"""Files of a practice: only its authors, while they may edit; who may see one is asked here."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.accounts.permissions import Actor, Permission, permits
from kb.attachments import service as attachments
from kb.attachments.kinds import BY_EXTENSION, EXTENSIONS, SHA256
from kb.attachments.models import Attachment, VersionAttachment
from kb.attachments.service import Prepared, Words
from kb.core.errors import Conflict, Invalid
from kb.core.messages import msg
from kb.core.ports import FileStore
from kb.core.unit_of_work import UnitOfWork
from kb.practices.draft_queries import own_revision
from kb.practices.lifecycle import EDITABLE, State
from kb.practices.models import Practice, Revision, Version
from kb.practices.queries import readable_by
from kb.practices.readers import Reader
from kb.practices.service import authorship
from kb.vocabularies.service import load_vocabularies


def attach(
    work: UnitOfWork,
    files: FileStore,
    actor: Actor,
    revision_id: int,
    prepared: Prepared,
    words: Words,
) -> Attachment:
    """Add a clean file to one's own revision."""
    require_editable(work.session, actor, revision_id, lock=True)
    _check_licence(work, words)
    user_id = actor.user_id or 0  # only accounts write revisions
    return attachments.attach(work, files, user_id, revision_id, prepared, words)


def describe(
    work: UnitOfWork, actor: Actor, revision_id: int, attachment_id: int, words: Words
) -> Attachment:
    """Change what is said about a file of one's own revision."""
    require_editable(work.session, actor, revision_id, lock=True)
    _check_licence(work, words)
    return attachments.describe(work, revision_id, attachment_id, words)


def remove(work: UnitOfWork, actor: Actor, revision_id: int, attachment_id: int) -> None:
    """Take a file out of one's own revision."""
    require_editable(work.session, actor, revision_id, lock=True)
    attachments.remove(work, revision_id, attachment_id)


def require_editable(
    session: Session, actor: Actor, revision_id: int, *, lock: bool = False
) -> Revision:
    """One's own revision while it may be edited; raises NotFound for others', else Conflict."""
    revision = own_revision(session, actor, revision_id, lock=lock)
    if not may_edit(actor, revision):
        raise Conflict(msg("This revision cannot be edited in its present state."))
    return revision


def may_edit(actor: Actor, revision: Revision) -> bool:
    """Whether this author may change the files now."""
    allowed = permits(actor, Permission.PRACTICE_EDIT, authorship(revision))
    return allowed and revision.state in EDITABLE


def readable_file(session: Session, reader: Reader, name: str) -> VersionAttachment | None:
    """A file by its name below /media/, if a published practice of this reader's shows it."""
    content_hash, media_type = _parts(name)
    query = (
        select(VersionAttachment)
        .join(Revision, Revision.version_id == VersionAttachment.version_id)
        .join(Practice, Practice.id == Revision.practice_id)
        .where(
            VersionAttachment.content_hash == content_hash,
            VersionAttachment.media_type == media_type,
            Revision.state == State.PUBLISHED,
            readable_by(reader),
        )
        .order_by(VersionAttachment.version_id)
        .limit(1)
    )
    return session.scalar(query)


def files_in_work(
    session: Session, name: str
) -> Iterator[tuple[Attachment | VersionAttachment, Revision]]:
    """A file by its name below /media/ wherever it is, with each revision that has or had it.

    Several people may have uploaded the same: what it is called is told of each one apart.
    """
    content_hash, media_type = _parts(name)
    now = (
        select(Attachment, Revision)
        .join(Revision, Revision.id == Attachment.revision_id)
        .where(Attachment.content_hash == content_hash, Attachment.media_type == media_type)
        .order_by(Attachment.id)
    )
    yield from ((found, revision) for found, revision in session.execute(now))
    once = (
        select(VersionAttachment, Revision)
        .join(Version, Version.id == VersionAttachment.version_id)
        .join(Revision, Revision.id == Version.revision_id)
        .where(
            VersionAttachment.content_hash == content_hash,
            VersionAttachment.media_type == media_type,
        )
        .order_by(VersionAttachment.version_id)
    )
    yield from ((found, revision) for found, revision in session.execute(once))


def _parts(name: str) -> tuple[str, str]:
    """Hash and media type; of a name that no file has, something that no row has either."""
    content_hash, _, extension = name.partition(".")
    media_type = BY_EXTENSION.get(extension, "")
    if not SHA256.fullmatch(content_hash) or EXTENSIONS.get(media_type) != extension:
        return "", ""
    return content_hash, media_type


def _check_licence(work: UnitOfWork, words: Words) -> None:
    if load_vocabularies(work.session).unknown("licences", (words.licence,)):
        raise Invalid(
            msg("This could not be saved."),
            {"licence": msg("unknown term: %(terms)s", terms=words.licence)},
        )
