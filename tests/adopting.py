"""Organisations, their members and what they write about an adoption."""

from dataclasses import replace
import itertools

from kb.accounts.models import Organisation, OrganisationType, User
from kb.accounts.permissions import Actor, Role
from kb.adoption.models import Adoption
from kb.adoption.service import record
from kb.adoption.written import Written, WrittenFollowUp
from kb.core.unit_of_work import UnitOfWork
from kb.practices.lifecycle import State
from tests.make import make_revision, make_user

_numbers = itertools.count(1)
WRITTEN = Written(
    stage="trial",
    reached_on="2026-01-15",
    region="ML-7",
    place="along the river",
    people_involved="20",
    women_involved="8",
    youth_involved="5",
    women_led="yes",
    women_leaders="2",
    roles="Women lead the talks.",
    adaptations="Two meetings instead of one.",
    shown="aggregate",
)
FOLLOW_UP = WrittenFollowUp(
    done_on="2026-02-20",
    what_changed="Fewer disputes at the well.",
    rating="3",
    still_in_use="yes",
)


def make_organisation(work: UnitOfWork, country: str = "ML") -> Organisation:
    made = Organisation(
        name=f"Unit {next(_numbers)}", type=OrganisationType.GENDARMERIE, country=country
    )
    work.session.add(made)
    work.session.flush()
    return made


def make_member(work: UnitOfWork, organisation: Organisation | None = None, *roles: Role) -> Actor:
    """Somebody of this organisation, or of a new one."""
    actor = make_user(work, *(roles or (Role.MEMBER,)))
    organisation = organisation or make_organisation(work)
    work.session.get_one(User, actor.user_id).organisation_id = organisation.id
    work.session.flush()
    return actor


def make_adoption(
    work: UnitOfWork, actor: Actor, slug: str = "", written: Written = WRITTEN, **changes: str
) -> Adoption:
    """An adoption by the actor's organisation, of a new practice if none is named."""
    if not slug:
        revision, _ = make_revision(work, State.PUBLISHED)
        slug = revision.practice.slug
    return record(work, actor, slug, replace(written, **changes))
