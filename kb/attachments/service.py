"""The files of a revision: rows here, contents in the store. Services never commit.

Who may do what with a revision is for `practices.attaching` to say.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
import hashlib

from sqlalchemy import func, select, union
from sqlalchemy.orm import Session

from kb.attachments.cleaning import REFUSALS, Clean, clean_name, recognise
from kb.attachments.isolation import clean_apart
from kb.attachments.models import Attachment, VersionAttachment
from kb.attachments.refusals import Refused
from kb.core.database import LARGEST_ID
from kb.core.errors import Conflict, Invalid, NotFound
from kb.core.language import Locale
from kb.core.messages import Message, msg
from kb.core.ports import FileStore
from kb.core.unit_of_work import UnitOfWork

PER_REVISION = 20
PER_USER_BYTES = 100_000_000
MEGABYTE = 1_000_000
LONGEST = {
    "alternative_text_fr": 500,
    "alternative_text_en": 500,
    "credit": 200,
    "licence": 60,
}
_NOT_TAKEN = msg("The file was not taken.")
_COPIED = ("content_hash", "media_type", "file_name", "size", "width", "height", *LONGEST)


class TooLarge(Invalid):
    """The file is over the limit; the words written beside it are kept."""

    status = 413


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as a browser sent it."""

    name: str
    declared_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Words:
    """What is said about a file."""

    alternative_text_fr: str = ""
    alternative_text_en: str = ""
    credit: str = ""
    licence: str = "CC-BY-SA-4.0"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A clean file with its name, ready to be kept."""

    name: str
    file: Clean


def prepare(upload: Upload, max_megabytes: int) -> Prepared:
    """The file made harmless; raises Invalid with the reason. Slow: not inside a transaction."""
    if len(upload.body) > max_megabytes * MEGABYTE:
        why = msg("is larger than %(megabytes)s MB", megabytes=max_megabytes)
        raise TooLarge(_NOT_TAKEN, {"file": why})
    try:
        media_type = recognise(upload.name, upload.declared_type, upload.body)
        file = clean_apart(media_type, upload.body)
    except Refused as refused:
        raise Invalid(_NOT_TAKEN, {"file": REFUSALS[refused.code]}) from None
    return Prepared(clean_name(upload.name, media_type), file)


def attach(
    work: UnitOfWork,
    files: FileStore,
    user_id: int,
    revision_id: int,
    prepared: Prepared,
    words: Words,
) -> Attachment:
    """Keep a file with a revision; raises Invalid or Conflict where there is no room for it."""
    check_words(words)
    file = prepared.file
    content_hash = hashlib.sha256(file.body).hexdigest()
    _check_room(work.session, files, user_id, revision_id, (content_hash, len(file.body)))
    files.put(file.body)
    found = Attachment(
        revision_id=revision_id,
        uploaded_by_id=user_id,
        content_hash=content_hash,
        media_type=file.media_type,
        file_name=prepared.name,
        size=len(file.body),
        width=file.width,
        height=file.height,
        created_at=work.clock.now(),
        **asdict(words),
    )
    work.session.add(found)
    work.session.flush()
    return found


def describe(work: UnitOfWork, revision_id: int, attachment_id: int, words: Words) -> Attachment:
    """Change what is said about a file."""
    check_words(words)
    found = attachment_of(work.session, revision_id, attachment_id)
    for name, value in asdict(words).items():
        setattr(found, name, value)
    work.session.flush()
    return found


def remove(work: UnitOfWork, revision_id: int, attachment_id: int) -> None:
    """Take a file out of a revision; others may still show it."""
    work.session.delete(attachment_of(work.session, revision_id, attachment_id))
    work.session.flush()


def check_words(words: Words) -> None:
    """Raise Invalid for words that are too long."""
    problems = {
        name: msg("is longer than %(max_length)s characters", max_length=longest)
        for name, longest in LONGEST.items()
        if len(getattr(words, name)) > longest
    }
    if problems:
        raise Invalid(msg("This could not be saved."), problems)


def attachment_of(session: Session, revision_id: int, attachment_id: int) -> Attachment:
    """A file of this very revision; raises NotFound for all others."""
    query = select(Attachment).where(
        Attachment.id == attachment_id, Attachment.revision_id == revision_id
    )
    found = session.scalar(query) if attachment_id <= LARGEST_ID else None
    if found is None:
        raise NotFound(msg("There is no such page."))
    return found


def attachments_of(session: Session, revision_id: int) -> tuple[Attachment, ...]:
    """The files of a revision, in the order in which they came."""
    query = select(Attachment).where(Attachment.revision_id == revision_id).order_by(Attachment.id)
    return tuple(session.scalars(query))


def problems(
    session: Session, revision_id: int, original: Locale | None = None
) -> Mapping[str, Message]:
    """What keeps the files from being submitted: an image needs words for who cannot see it.

    They are needed in the original language, or in any where that is not known yet.
    """
    silent = [
        found.file_name
        for found in attachments_of(session, revision_id)
        if found.width is not None and not _has_words(found, original)
    ]
    if not silent:
        return {}
    why = msg("an image needs an alternative text: %(names)s", names=", ".join(silent))
    return {"attachments": why}


def freeze(work: UnitOfWork, revision_id: int, version_id: int, original: Locale) -> None:
    """Keep the files and their words as they are now; raises Invalid if words are missing."""
    found = problems(work.session, revision_id, original)
    if found:
        raise Invalid(msg("The practice is not valid."), found)
    for position, attachment in enumerate(attachments_of(work.session, revision_id)):
        values = {name: getattr(attachment, name) for name in _COPIED}
        work.session.add(VersionAttachment(version_id=version_id, position=position, **values))
    work.session.flush()


def carry_over(work: UnitOfWork, old_revision_id: int, new_revision_id: int) -> None:
    """Begin a revision with the files of the one before."""
    for attachment in attachments_of(work.session, old_revision_id):
        values = {name: getattr(attachment, name) for name in _COPIED}
        work.session.add(
            Attachment(
                revision_id=new_revision_id,
                uploaded_by_id=attachment.uploaded_by_id,
                created_at=work.clock.now(),
                **values,
            )
        )
    work.session.flush()


def frozen_with(
    session: Session, version_ids: Iterable[int]
) -> Mapping[int, tuple[VersionAttachment, ...]]:
    """The files of versions, each version's in their order."""
    query = (
        select(VersionAttachment)
        .where(VersionAttachment.version_id.in_(list(version_ids)))
        .order_by(VersionAttachment.version_id, VersionAttachment.position)
    )
    found: dict[int, tuple[VersionAttachment, ...]] = {}
    for row in session.scalars(query):
        found[row.version_id] = (*found.get(row.version_id, ()), row)
    return found


def named_hashes(session: Session) -> frozenset[str]:
    """Every file that some revision or version still names."""
    query = union(select(Attachment.content_hash), select(VersionAttachment.content_hash))
    return frozenset(session.scalars(query))


def orphans(session: Session, files: FileStore, before: datetime) -> tuple[str, ...]:
    """Files that nothing names and that were put before this time."""
    return tuple(
        content_hash
        for content_hash in sorted(frozenset(files.hashes()) - named_hashes(session))
        if files.written_at(content_hash) < before
    )


def _has_words(attachment: Attachment, original: Locale | None) -> bool:
    texts = {
        Locale.FR: attachment.alternative_text_fr.strip(),
        Locale.EN: attachment.alternative_text_en.strip(),
    }
    return bool(texts[original]) if original else any(texts.values())


def _check_room(
    session: Session, files: FileStore, user_id: int, revision_id: int, new: tuple[str, int]
) -> None:
    content_hash, size = new
    present = [found.content_hash for found in attachments_of(session, revision_id)]
    if content_hash in present:
        raise Invalid(_NOT_TAKEN, {"file": msg("is here already")})
    if len(present) >= PER_REVISION:
        why = msg("is one too many: a practice has at most %(number)s files", number=PER_REVISION)
        raise Invalid(_NOT_TAKEN, {"file": why})
    own = (
        select(Attachment.content_hash, Attachment.size)
        .where(Attachment.uploaded_by_id == user_id, Attachment.content_hash != content_hash)
        .distinct()
        .subquery()
    )
    used = session.scalar(select(func.coalesce(func.sum(own.c.size), 0))) or 0
    if used + size > PER_USER_BYTES:
        why = msg(
            "does not fit: all your files together may have %(megabytes)s MB",
            megabytes=PER_USER_BYTES // MEGABYTE,
        )
        raise Invalid(_NOT_TAKEN, {"file": why})
    if files.free_bytes() < size:
        raise Conflict(msg("There is no room for files at the moment. Texts can still be saved."))
