"""What the checks find in a working copy, for its author."""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from kb.accounts.permissions import Actor
from kb.attachments.kinds import is_image
from kb.attachments.models import Attachment, VersionAttachment
from kb.attachments.service import attachments_of
from kb.core.language import Locale
from kb.practices.checks import Check, evaluate
from kb.practices.examined import Examined, FileWords
from kb.practices.models import Revision
from kb.practices.near_queries import near
from kb.practices.readers import reader_of


def checks_for_author(session: Session, actor: Actor, revision: Revision) -> tuple[Check, ...]:
    """All that is found in one's own working copy.

    Of other practices it tells only what this author may read anyway.
    """
    examined = Examined(
        revision.working_copy,
        revision.change_note,
        file_words(attachments_of(session, revision.id)),
    )
    like_it = near(session, revision.working_copy, revision.practice_id, reader_of(actor))
    return evaluate(examined, like_it)


def file_words(rows: Iterable[Attachment | VersionAttachment]) -> tuple[FileWords, ...]:
    """What is said about files, for the checks."""
    return tuple(
        FileWords(
            row.file_name,
            is_image(row.media_type),
            {Locale.FR: row.alternative_text_fr, Locale.EN: row.alternative_text_en},
            row.credit,
        )
        for row in rows
    )
