"""What is left of a public practice that was withdrawn: the kind of reason, or nothing at all."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.core.errors import Gone, NotFound
from kb.core.messages import Message, msg
from kb.practices.content import SLUG, Visibility
from kb.practices.lifecycle import LEAVES_NO_TRACE, State, Withdrawal
from kb.practices.models import Practice, Revision

# A reason that is not here has no tombstone.
TOMBSTONES: dict[Withdrawal, Message] = {
    Withdrawal.CONSENT: msg("Withdrawn: somebody concerned no longer agrees to its publication."),
    Withdrawal.ERROR: msg("Withdrawn: it contained errors."),
    Withdrawal.OUTDATED: msg("Withdrawn: it was out of date."),
    Withdrawal.RIGHTS: msg("Withdrawn: the right to publish it was missing."),
}


def absence(session: Session, slug: str) -> NotFound:
    """What to answer where nothing can be read: Gone where everybody could read it before.

    Whatever was not public in the end, or was withdrawn for somebody's safety, never was there.
    """
    nothing = NotFound(msg("There is no such page."))
    if not SLUG.fullmatch(slug):
        return nothing
    last = session.scalar(
        select(Revision)
        .join(Revision.practice)
        .where(Practice.slug == slug, Revision.published_at.is_not(None))
        .order_by(Revision.number.desc())
        .limit(1)
    )
    if last is None or last.state is not State.WITHDRAWN:
        return nothing
    if last.visibility is not Visibility.PUBLIC or last.withdrawal is None:
        return nothing
    if last.withdrawal.reason in LEAVES_NO_TRACE:
        return nothing
    return Gone(TOMBSTONES[last.withdrawal.reason])
