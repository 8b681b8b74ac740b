"""Organisations, their members and what they write about an adoption."""

from collections.abc import Mapping
from dataclasses import replace
import itertools

from sqlalchemy import select

from kb.accounts.models import Organisation, OrganisationType, User
from kb.accounts.permissions import Actor, Role
from kb.adoption.checks import attach
from kb.adoption.models import Adoption, Recall, RecallKind
from kb.adoption.service import record
from kb.adoption.written import Written, WrittenFollowUp
from kb.core.language import Locale
from kb.core.unit_of_work import UnitOfWork
from kb.events.models import AuditEntry
from kb.following.service import Wish, follow
from kb.practices.lifecycle import State
from kb.practices.queries import public_view
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


def add_adoptions(work: UnitOfWork, people: Mapping[str, Actor]) -> dict[str, int | str]:
    """What a member's organisation uses, one of it corrected since; returns their names."""
    member, slug = people["member"], "cadis-gao-tombouctou"
    organisation = make_organisation(work)
    work.session.get_one(User, member.user_id).organisation_id = organisation.id
    adoption = record(work, member, slug, replace(WRITTEN, reached_on="2025-10-20"))
    record(work, member, "case-de-la-paix-gao", replace(WRITTEN, stage="intent", region=""))
    view = public_view(work.session, slug)
    answers = {"conditions-1": {"answer": "met", "note": "Since long ago."}}
    attach(work, member, adoption, view, Locale.FR, answers)
    entry = work.session.scalars(select(AuditEntry.id).order_by(AuditEntry.id).limit(1)).one()
    work.session.add(
        Recall(
            practice_id=adoption.practice_id,
            revision_id=adoption.revision_id,
            entry_id=entry,
            kind=RecallKind.CORRECTED,
            adoption_id=adoption.id,
            at=work.clock.now(),
        )
    )
    follow(work, member, Wish(practice=slug), "", Locale.FR)
    follow(work, member, Wish(search="q=puits"), "Puits", Locale.FR)
    work.session.flush()
    return {"adoption": adoption.id, "adopted": slug}
