"""What the checks find in a submitted text, for the desk."""

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, load_only, selectinload

from kb.accounts.permissions import Actor
from kb.attachments.service import frozen_with
from kb.practices.checking import file_words
from kb.practices.checks import Check, evaluate
from kb.practices.examined import Examined
from kb.practices.lifecycle import UNDER_WAY
from kb.practices.models import Revision, Version
from kb.practices.near_queries import near
from kb.practices.readers import reader_of
from kb.reviews.queries import may_see, subjects


def checks_for_desk(
    session: Session, actor: Actor, revision: Revision, version: Version
) -> tuple[Check, ...]:
    """All that is found in a frozen text.

    Of other practices it tells only what this member of the desk may read or see.
    """
    files = frozen_with(session, [version.id]).get(version.id, ())
    examined = Examined(version.content, revision.change_note, file_words(files))
    like_it = near(
        session,
        version.content,
        revision.practice_id,
        reader_of(actor),
        _visible_under_way(session, actor),
    )
    return evaluate(examined, like_it)


def _visible_under_way(session: Session, actor: Actor) -> frozenset[int]:
    """What has been submitted and is not decided, as far as this actor may know of it."""
    query = (
        select(Revision)
        .options(
            load_only(Revision.practice_id, Revision.version_id),  # not every text that waits
            joinedload(Revision.practice),
            selectinload(Revision.authors),
        )
        .where(Revision.state.in_(UNDER_WAY), Revision.version_id.is_not(None))
    )
    found = session.scalars(query).all()
    seen = subjects(session, found)
    return frozenset(each.id for each in found if may_see(actor, each, seen[each.id]))
