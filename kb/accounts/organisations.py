"""The units, schools, offices and associations that people say they belong to."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.accounts.models import Organisation, OrganisationMerge, OrganisationType
from kb.accounts.people import (
    CHOOSE_COUNTRY,
    NAME_LENGTH,
    country_problem,
    one_line,
    refuse,
    text_problem,
)
from kb.core.messages import msg
from kb.core.unit_of_work import UnitOfWork

WRITE_NAME = msg("Write the name of the organisation.")


def all_organisations(session: Session) -> list[Organisation]:
    """Every organisation, by name, but for those that turned out to be another one."""
    merged = select(OrganisationMerge.organisation_id)
    query = select(Organisation).where(Organisation.id.not_in(merged))
    query = query.order_by(Organisation.name, Organisation.country)
    return list(session.scalars(query))


def known_organisation(work: UnitOfWork, organisation_id: int) -> Organisation:
    """One of the organisations there are; raises Invalid for any other number."""
    found = work.session.get(Organisation, organisation_id, with_for_update=True)
    if found is None:
        refuse({"organisation": msg("Choose an organisation from the list.")})
    return present(work, work.session.get_one(Organisation, organisation_id))


def present(work: UnitOfWork, organisation: Organisation) -> Organisation:
    """The organisation, or the one that it turned out to be."""
    merge = work.session.get(OrganisationMerge, organisation.id)
    return organisation if merge is None else work.session.get_one(Organisation, merge.into_id)


def add_organisation(work: UnitOfWork, name: str, kind: str, country: str) -> Organisation:
    """The organisation of this name in this country, made if it is new."""
    name = one_line(name)
    is_kind = kind in set(OrganisationType)
    refuse(
        {
            "new_organisation": text_problem(name, WRITE_NAME, NAME_LENGTH),
            "organisation_type": None if is_kind else msg("Choose a kind of organisation."),
            "organisation_country": country_problem(country) if country else CHOOSE_COUNTRY,
        }
    )
    query = select(Organisation).where(Organisation.name == name, Organisation.country == country)
    found = work.session.scalar(query)
    if found is not None:
        return present(work, found)
    made = Organisation(name=name, type=OrganisationType(kind), country=country)
    work.session.add(made)
    work.session.flush()
    return made
