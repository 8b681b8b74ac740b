"""A frozen version as the desk reads it: like readers will, but with nothing made coarser."""

from sqlalchemy.orm import Session

from kb.attachments.service import frozen_with
from kb.core.errors import NotFound
from kb.core.messages import msg
from kb.practices.content import LocationPrecision
from kb.practices.models import Revision
from kb.practices.public import Publication, PublicPractice, derive
from kb.practices.queries import public_attachments, safe_html


def frozen_view(session: Session, revision: Revision) -> PublicPractice:
    """The present version of a revision; raises NotFound where nothing was submitted yet.

    It is for those who may see the revision, and leaves by no other way than their page.
    """
    version = revision.version
    if version is None:
        raise NotFound(msg("There is no such page."))
    publication = Publication(
        revision_number=revision.number,
        version_id=version.id,
        visibility=revision.visibility,
        location_precision=LocationPrecision.COMMUNE,
        published_at=revision.published_at or version.created_at,
        review_due_on=revision.review_due_on,
        imported=revision.imported,
    )
    attached = public_attachments(frozen_with(session, [version.id]).get(version.id, ()))
    return derive(version.parsed(), publication, safe_html(version.rendered), attached)
