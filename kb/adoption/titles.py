"""The practices of a list, as far as its reader may read them now."""

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.practices.models import Practice
from kb.practices.public import PublicPractice
from kb.practices.queries import public_views
from kb.practices.readers import Reader


def readable(
    session: Session, practice_ids: Collection[int], reader: Reader
) -> Mapping[int, PublicPractice]:
    """The public views by number; a practice that is not there any more is left out."""
    if not practice_ids:
        return {}
    query = select(Practice.id, Practice.slug).where(Practice.id.in_(practice_ids))
    slugs = {row.id: row.slug for row in session.execute(query)}
    views = public_views(session, slugs.values(), reader)
    return {number: views[slug] for number, slug in slugs.items() if slug in views}
