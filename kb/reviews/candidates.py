"""The reviewers who can be asked for a text, with what is known of them.

One query for each kind of fact, however many reviewers there are.
"""

from collections import defaultdict

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kb.accounts.models import RoleGrant, User
from kb.accounts.permissions import Role
from kb.practices.models import Revision, VersionTag
from kb.practices.service import Authorship
from kb.reviews.models import Assignment, Verdict
from kb.reviews.proposals import Candidate, Proposal, rank
from kb.reviews.queries import not_judged, safeguard_ids
from kb.reviews.service import ASSIGNABLE

KNOWN = ("country", "theme")


def proposals(session: Session, revision: Revision, seen: Authorship) -> tuple[Proposal, ...]:
    """Whom to ask to review a revision, the best first; none who may not be."""
    asked = seen.reviewer_ids | safeguard_ids(session, revision.id)
    others = seen.author_ids | seen.former_ids | asked
    reviewers = (
        select(User.id, User.name, User.country, User.organisation_id)
        .join(RoleGrant, RoleGrant.user_id == User.id)
        .where(RoleGrant.role == Role.REVIEWER, User.disabled_at.is_(None), User.id.not_in(others))
    )
    organisations = _organisations_of(session, seen.author_ids)
    declined = _declined(session, revision.id)
    loads, knows = _loads(session), _knows(session)
    found = [
        Candidate(
            user_id=user_id,
            name=name,
            country=country,
            reviewed_countries=frozenset(knows["country", user_id]),
            reviewed_themes=frozenset(knows["theme", user_id]),
            load=loads.get(user_id, 0),
            has_declined=user_id in declined,
            is_colleague=organisation in organisations,
        )
        for user_id, name, country, organisation in session.execute(reviewers)
    ]
    about = _tags(session, revision.version_id or 0)
    return rank(found, about["country"], about["theme"])


def _organisations_of(session: Session, author_ids: frozenset[int]) -> frozenset[int]:
    query = select(User.organisation_id).where(
        User.id.in_(author_ids), User.organisation_id.is_not(None)
    )
    return frozenset(each for each in session.scalars(query) if each is not None)


def _declined(session: Session, revision_id: int) -> frozenset[int]:
    query = select(Assignment.reviewer_id).where(
        Assignment.revision_id == revision_id, Assignment.declined_at.is_not(None)
    )
    return frozenset(session.scalars(query))


def _loads(session: Session) -> dict[int, int]:
    """How many reviews each has still to do."""
    query = (
        select(Assignment.reviewer_id, func.count())
        .join(Revision, Revision.id == Assignment.revision_id)
        .where(Assignment.ended_at.is_(None), Revision.state.in_(ASSIGNABLE), not_judged())
        .group_by(Assignment.reviewer_id)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def _knows(session: Session) -> dict[tuple[str, int], set[str]]:
    """The countries and themes of the texts that each has given a verdict on."""
    query = (
        select(VersionTag.facet, Verdict.reviewer_id, VersionTag.code)
        .join(Verdict, Verdict.version_id == VersionTag.version_id)
        .where(VersionTag.facet.in_(KNOWN))
        .distinct()
    )
    found: dict[tuple[str, int], set[str]] = defaultdict(set)
    for facet, user_id, code in session.execute(query):
        found[facet, user_id].add(code)
    return found


def _tags(session: Session, version_id: int) -> dict[str, set[str]]:
    query = select(VersionTag.facet, VersionTag.code).where(
        VersionTag.version_id == version_id, VersionTag.facet.in_(KNOWN)
    )
    found: dict[str, set[str]] = defaultdict(set)
    for facet, code in session.execute(query):
        found[facet].add(code)
    return found
