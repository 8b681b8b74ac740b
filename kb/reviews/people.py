"""Who is who around a text: names for the desk, capacities for everybody else."""

from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.accounts.models import RoleGrant, User
from kb.accounts.permissions import Role
from kb.reviews.models import Assignment
from kb.reviews.queries import safeguard_ids


class Capacity(StrEnum):
    """In what capacity somebody acts on a text."""

    AUTHOR = "author"
    REVIEWER = "reviewer"
    SAFEGUARD = "safeguard"
    EDITOR = "editor"
    OPERATOR = "operator"


def people_with(session: Session, role: Role) -> tuple[tuple[int, str], ...]:
    """The accounts with a role that are not disabled, by name: id and name."""
    query = (
        select(User.id, User.name)
        .join(RoleGrant, RoleGrant.user_id == User.id)
        .where(RoleGrant.role == role, User.disabled_at.is_(None))
        .order_by(User.name, User.id)
    )
    return tuple((user_id, name) for user_id, name in session.execute(query))


class Around:
    """Who acts on one revision in which capacity, also those whose part has ended."""

    def __init__(self, session: Session, revision_id: int, author_ids: frozenset[int]) -> None:
        reviewers = select(Assignment.reviewer_id).where(Assignment.revision_id == revision_id)
        self._authors = author_ids
        self._reviewers = frozenset(session.scalars(reviewers))
        self._safeguards = safeguard_ids(session, revision_id)
        editors = select(RoleGrant.user_id).where(RoleGrant.role == Role.EDITOR)
        safeguards = select(RoleGrant.user_id).where(
            RoleGrant.role == Role.SAFEGUARD, RoleGrant.user_id.not_in(editors)
        )
        self._safeguards |= frozenset(session.scalars(safeguards))

    def capacity(self, user_id: int | None) -> Capacity:
        """Their capacity; whoever is nothing else acted as an editor."""
        if user_id is None:
            return Capacity.OPERATOR
        for members, capacity in (
            (self._authors, Capacity.AUTHOR),
            (self._reviewers, Capacity.REVIEWER),
            (self._safeguards, Capacity.SAFEGUARD),
        ):
            if user_id in members:
                return capacity
        return Capacity.EDITOR
