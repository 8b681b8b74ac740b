"""Reading the register: whoever may not see an adoption is told that there is none."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from kb.accounts.models import Organisation, User
from kb.accounts.permissions import Actor, Permission, permits, require
from kb.adoption.models import Adoption, FollowUp, Recall, RecallKind, RecallMessage
from kb.adoption.stages import TAKEN_UP, Stage
from kb.adoption.written import Shown
from kb.core.database import LARGEST_ID
from kb.core.errors import NotFound
from kb.core.messages import msg
from kb.core.paging import Paging
from kb.practices.models import Practice, Revision
from kb.practices.service import Authorship

# Fewer than these could be told apart by whoever knows the field.
SHOWN_FROM = 3


def members_of(session: Session, organisation_id: int) -> frozenset[int]:
    """The accounts that act for an organisation now."""
    query = select(User.id).where(
        User.organisation_id == organisation_id, User.disabled_at.is_(None)
    )
    return frozenset(session.scalars(query))


def belonging(session: Session, adoption: Adoption) -> Authorship:
    """An adoption as the permission rules see it."""
    return Authorship(members_of(session, adoption.organisation_id), frozenset())


def visible_adoption(
    session: Session, actor: Actor, adoption_id: int, *, lock: bool = False
) -> Adoption:
    """The adoption if this actor may see it; raises NotFound."""
    query = select(Adoption).where(Adoption.id == adoption_id)
    if lock:
        query = query.with_for_update()
    found = session.scalar(query) if adoption_id <= LARGEST_ID else None
    if found is None or not permits(actor, Permission.ADOPTION_SEE, belonging(session, found)):
        raise NotFound(msg("There is no such page."))
    return found


def own_adoption(
    session: Session, actor: Actor, adoption_id: int, *, lock: bool = False
) -> Adoption:
    """An adoption of the actor's organisation; raises NotFound or Forbidden."""
    found = visible_adoption(session, actor, adoption_id, lock=lock)
    require(actor, Permission.ADOPTION_CHANGE, belonging(session, found))
    return found


def own_of_practice(session: Session, actor: Actor, slug: str) -> Sequence[Adoption]:
    """The adoptions of a practice by the actor's organisation that go on."""
    if not actor.roles:
        return ()
    query = (
        select(Adoption)
        .join(Adoption.practice)
        .where(
            Practice.slug == slug,
            Adoption.stage != Stage.ABANDONED,
            _of_own_organisation(actor),
        )
        .order_by(Adoption.id)
    )
    return session.scalars(query).all()


def listed(
    session: Session, actor: Actor, paging: Paging, *, needs_verifying: bool = False
) -> tuple[Sequence[Adoption], int]:
    """One page of what this actor may see, the newest first; and how many there are."""
    query = select(Adoption).where(_seen_by(actor))
    if needs_verifying:
        query = query.where(Adoption.verified_at.is_(None))
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    page = (
        query.options(
            joinedload(Adoption.organisation),
            joinedload(Adoption.practice),
            selectinload(Adoption.follow_ups),
        )
        .order_by(Adoption.recorded_at.desc(), Adoption.id.desc())
        .offset(paging.offset)
        .limit(paging.per_page)
    )
    return session.scalars(page).all(), total


def due_follow_ups(session: Session, actor: Actor, today: date) -> Sequence[FollowUp]:
    """What this actor's organisation (an editor: everybody) has not answered, the oldest first."""
    query = (
        select(FollowUp)
        .join(FollowUp.adoption)
        .where(_is_open(), FollowUp.due_on <= today, _seen_by(actor))
        .options(
            joinedload(FollowUp.adoption).joinedload(Adoption.organisation),
            joinedload(FollowUp.adoption).joinedload(Adoption.practice),
        )
        .order_by(FollowUp.due_on, FollowUp.id)
    )
    return session.scalars(query).all()


def open_recalls(session: Session, actor: Actor) -> Sequence[Recall]:
    """What this actor still has to acknowledge: for their organisation, and for themselves."""
    mine = select(Adoption.id).where(_of_own_organisation(actor))
    query = (
        select(Recall)
        .where(
            Recall.acknowledged_at.is_(None),
            or_(Recall.adoption_id.in_(mine), Recall.user_id == actor.user_id),
        )
        .order_by(Recall.id.desc())
    )
    return session.scalars(query).all() if actor.roles else ()


def recalls_of(session: Session, adoption_id: int) -> Sequence[Recall]:
    """All that an adoption was told, the newest first."""
    query = select(Recall).where(Recall.adoption_id == adoption_id).order_by(Recall.id.desc())
    return session.scalars(query).all()


def messages_for(session: Session, recalls: Iterable[Recall]) -> dict[int, str]:
    """What the desk says to those who use it, by recall."""
    found = list(recalls)
    query = select(RecallMessage).where(
        RecallMessage.revision_id.in_({recall.revision_id for recall in found})
    )
    texts = {(row.revision_id, row.action): row.text for row in session.scalars(query)}
    keys = {recall.id: (recall.revision_id, recall.kind.action) for recall in found}
    return {number: texts[key] for number, key in keys.items() if key in texts}


def change_notes(
    session: Session, recalls: Iterable[Recall], readable: Collection[int]
) -> dict[int, str]:
    """What was changed, by recall: for corrections of what the reader may read."""
    corrected = [
        recall
        for recall in recalls
        if recall.kind is RecallKind.CORRECTED and recall.practice_id in readable
    ]
    query = select(Revision.id, Revision.change_note).where(
        Revision.id.in_({recall.revision_id for recall in corrected}), Revision.change_note != ""
    )
    notes = {number: note for number, note in session.execute(query)}  # noqa: C416 - rows
    return {r.id: notes[r.revision_id] for r in corrected if r.revision_id in notes}


def adopters(session: Session, adoption_ids: Collection[int]) -> frozenset[int]:
    """Whom to tell: who recorded it and is of the organisation still, else all of these."""
    told: set[int] = set()
    for adoption in session.scalars(select(Adoption).where(Adoption.id.in_(adoption_ids))):
        members = members_of(session, adoption.organisation_id)
        own = {adoption.recorded_by_id} & members
        told |= own or members
    return frozenset(told)


def recalled(
    session: Session, entry_ids: Collection[int]
) -> tuple[frozenset[int], frozenset[int]]:
    """The adoptions and the followers for whom there is a recall of these entries."""
    rows = session.execute(
        select(Recall.adoption_id, Recall.user_id).where(Recall.entry_id.in_(entry_ids))
    ).all()
    adoptions = frozenset(row.adoption_id for row in rows if row.adoption_id is not None)
    return adoptions, frozenset(row.user_id for row in rows if row.user_id is not None)


def organisations_using(session: Session, slug: str) -> int:
    """How many organisations have adopted it; 0 while they are too few to be counted in public."""
    query = (
        select(func.count(Adoption.organisation_id.distinct()))
        .join(Adoption.practice)
        .where(Practice.slug == slug, Adoption.stage.in_(TAKEN_UP))
    )
    number = session.scalar(query) or 0
    return number if number >= SHOWN_FROM else 0


def named_organisations(session: Session, slug: str) -> Sequence[str]:
    """The organisations that use it, are verified and may be named to members."""
    query = (
        select(Organisation.name)
        .join(Adoption, Adoption.organisation_id == Organisation.id)
        .join(Adoption.practice)
        .where(
            Practice.slug == slug,
            Adoption.stage.in_(TAKEN_UP),
            Adoption.shown == Shown.ORGANISATION,
            Adoption.verified_at.is_not(None),
        )
        .distinct()
        .order_by(Organisation.name)
    )
    return session.scalars(query).all()


def _seen_by(actor: Actor) -> ColumnElement[bool]:
    """The list's form of the permission to see one."""
    if permits(actor, Permission.ADOPTION_SEE):
        return Adoption.id.is_not(None)
    return _of_own_organisation(actor)


def _of_own_organisation(actor: Actor) -> ColumnElement[bool]:
    own = select(User.organisation_id).where(
        User.id == actor.user_id, User.organisation_id.is_not(None)
    )
    return Adoption.organisation_id.in_(own)


def _is_open() -> ColumnElement[bool]:
    return FollowUp.done_on.is_(None) & FollowUp.dropped_on.is_(None)
