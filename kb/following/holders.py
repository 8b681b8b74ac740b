"""Who holds a practice: one list of all that must hear when it is corrected or taken back."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.adoption.models import Adoption
from kb.adoption.stages import Stage
from kb.following.models import Follow


@dataclass(frozen=True, slots=True)
class Holder:
    """An adoption, or else a user."""

    adoption_id: int | None = None
    user_id: int | None = None


Finder = Callable[[Session, int], Iterable[Holder]]


def _adopters(session: Session, practice_id: int) -> Iterable[Holder]:
    query = select(Adoption.id).where(
        Adoption.practice_id == practice_id, Adoption.stage != Stage.ABANDONED
    )
    return [Holder(adoption_id=number) for number in session.scalars(query.order_by(Adoption.id))]


def _followers(session: Session, practice_id: int) -> Iterable[Holder]:
    query = select(Follow.user_id).where(Follow.practice_id == practice_id)
    return [Holder(user_id=number) for number in session.scalars(query.order_by(Follow.user_id))]


# Whatever else keeps practices (course packs, say) adds its own line here.
REGISTRY: tuple[Finder, ...] = (_adopters, _followers)


def holders(session: Session, practice_id: int) -> tuple[Holder, ...]:
    """Everybody who holds this practice."""
    return tuple(holder for find in REGISTRY for holder in find(session, practice_id))
