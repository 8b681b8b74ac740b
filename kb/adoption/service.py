"""Recording adoptions and their stages, verifying them. Services never commit."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.accounts.models import Organisation, User
from kb.accounts.organisations import present
from kb.accounts.permissions import Actor, Permission, require
from kb.adoption.models import Adoption, AdoptionStage, FollowUp
from kb.adoption.queries import belonging, own_adoption, visible_adoption
from kb.adoption.stages import FOLLOW_UP_MONTHS, IN_USE, Stage, advance, months_later
from kb.adoption.written import Facts, Written, read, read_day
from kb.core.errors import Conflict, Forbidden, Invalid
from kb.core.event import Event
from kb.core.messages import Message, msg
from kb.core.unit_of_work import UnitOfWork
from kb.events.types import EventType
from kb.practices.models import Practice
from kb.practices.queries import practice_by_slug, public_view, published_revision
from kb.practices.readers import reader_of
from kb.vocabularies.service import load_vocabularies

NO_ORGANISATION = msg("Say in your account first which organisation you belong to.")
LESSON = "lesson"
_OWN_COLUMNS = frozenset({"stage", "reached_on"})


def record(
    work: UnitOfWork, actor: Actor, slug: str, written: Written, *, is_demo: bool = False
) -> Adoption:
    """Keep that the actor's organisation uses a practice, or wants to.

    Raises NotFound for what the actor cannot read now, Invalid for what cannot be kept, Conflict
    where the organisation has this practice in this place already.
    """
    require(actor, Permission.ADOPTION_RECORD)
    if public_view(work.session, slug, reader_of(actor)).kind == LESSON:
        raise Conflict(msg("A lesson tells what not to copy: it cannot be adopted."))
    practice = _practice(work, slug)
    revision = published_revision(work.session, practice.id)
    if revision is None:
        raise Conflict(msg("Only what is published can be adopted."))
    organisation = own_organisation(work, actor)
    facts = read(written, work.clock.now().date(), regions_of(work.session, organisation))
    _refuse_twice(work, practice.id, organisation.id, facts)
    adoption = Adoption(
        practice_id=practice.id,
        revision_id=revision.id,
        organisation_id=organisation.id,
        stage=facts.stage,
        stage_on=facts.reached_on,
        recorded_by_id=actor.user_id,
        recorded_at=work.clock.now(),
        is_demo=is_demo,
        **_columns(facts),
    )
    work.session.add(adoption)
    work.session.flush()
    _keep_stage(work, actor, adoption)
    tell(work, EventType.ADOPTION_RECORDED, actor, adoption, stage=facts.stage.value)
    return adoption


def change(work: UnitOfWork, actor: Actor, adoption_id: int, written: Written) -> Adoption:
    """Put right what was written, but for the stage; it has to be verified anew."""
    adoption = own_adoption(work.session, actor, adoption_id, lock=True)
    kept = {"stage": Stage.INTENT.value, "reached_on": adoption.stage_on.isoformat()}
    values = {field.name: getattr(written, field.name) for field in fields(Written)}
    regions = regions_of(work.session, adoption.organisation)
    facts = read(Written(**{**values, **kept}), work.clock.now().date(), regions)
    for name, value in _columns(facts).items():
        setattr(adoption, name, value)
    adoption.verified_at = adoption.verified_by_id = None
    work.session.flush()
    tell(work, EventType.ADOPTION_CHANGED, actor, adoption)
    return adoption


def move(
    work: UnitOfWork, actor: Actor, adoption_id: int, stage: str, reached_on: str
) -> Adoption:
    """Another stage from a day on, not before the last one; the history stays."""
    adoption = own_adoption(work.session, actor, adoption_id, lock=True)
    problems: dict[str, Message] = {}
    if stage not in set(Stage):
        problems["stage"] = msg("Choose how far you are.")
    day, problem = read_day(reached_on, work.clock.now().date(), adoption.stage_on)
    if problem is not None:
        problems["reached_on"] = problem
    if problems:
        raise Invalid(msg("Something is missing or not right."), problems)
    adoption.stage, adoption.stage_on = advance(adoption.stage, Stage(stage)), day
    work.session.flush()
    _keep_stage(work, actor, adoption)
    tell(work, EventType.ADOPTION_MOVED, actor, adoption, stage=stage)
    return adoption


def verify(work: UnitOfWork, actor: Actor, adoption_id: int) -> Adoption:
    """An editor of another organisation says that it is so."""
    adoption = visible_adoption(work.session, actor, adoption_id, lock=True)
    require(actor, Permission.ADOPTION_VERIFY, belonging(work.session, adoption))
    if actor.user_id == adoption.recorded_by_id:
        raise Forbidden(msg("Nobody verifies what they recorded themselves."))
    if adoption.verified_at is not None:
        raise Conflict(msg("This adoption is verified already."))
    adoption.verified_at, adoption.verified_by_id = work.clock.now(), actor.user_id
    work.session.flush()
    tell(work, EventType.ADOPTION_VERIFIED, actor, adoption)
    return adoption


def own_organisation(work: UnitOfWork, actor: Actor) -> Organisation:
    """The organisation that the actor speaks for, locked; raises Invalid where there is none."""
    user = work.session.get(User, actor.user_id)
    query = select(Organisation).where(Organisation.id == (user.organisation_id if user else None))
    organisation = work.session.scalar(query.with_for_update())
    if user is None or organisation is None:
        raise Invalid(NO_ORGANISATION, {"organisation": NO_ORGANISATION})
    # It may have been merged while this waited for it.
    organisation = present(work, organisation)
    if user.country is not None and user.country != organisation.country:
        why = msg("Your account and your organisation name different countries.")
        raise Invalid(why, {"organisation": why})
    return organisation


def regions_of(session: Session, organisation: Organisation) -> Mapping[str, str]:
    """The regions of the organisation's country; of all countries where it has none of them."""
    vocabulary = load_vocabularies(session).by_name.get("regions")
    terms = vocabulary.terms if vocabulary is not None else ()
    own = [term for term in terms if term.code.startswith(f"{organisation.country}-")]
    return {term.code: term.code for term in own or terms}


def tell(
    work: UnitOfWork, kind: EventType, actor: Actor, adoption: Adoption, **facts: str | int
) -> None:
    """Announce what happened to an adoption; codes and numbers only."""
    data = {"adoption_id": adoption.id, **facts}
    work.emit(Event(kind, actor.user_id, adoption.practice_id, None, data))


def _practice(work: UnitOfWork, slug: str) -> Practice:
    practice = practice_by_slug(work.session, slug)
    if practice is None:  # the public view has just been there
        raise Conflict(msg("Only what is published can be adopted."))
    return practice


def _columns(facts: Facts) -> dict[str, Any]:
    names = {field.name for field in fields(Facts)} - _OWN_COLUMNS
    return {name: getattr(facts, name) for name in names}


def _refuse_twice(work: UnitOfWork, practice_id: int, organisation_id: int, facts: Facts) -> None:
    query = select(Adoption.id).where(
        Adoption.practice_id == practice_id,
        Adoption.organisation_id == organisation_id,
        Adoption.region.is_(None) if facts.region is None else Adoption.region == facts.region,
        Adoption.place == facts.place,
        Adoption.stage != Stage.ABANDONED,
    )
    if work.session.scalar(query.limit(1)) is not None:
        raise Conflict(
            msg("Your organisation has recorded this practice for this place: see “Adoptions”.")
        )


def _keep_stage(work: UnitOfWork, actor: Actor, adoption: Adoption) -> None:
    """A row of the history, and the follow-ups that begin or end with this stage."""
    work.session.add(
        AdoptionStage(
            adoption_id=adoption.id,
            stage=adoption.stage,
            reached_on=adoption.stage_on,
            recorded_by_id=actor.user_id,
            recorded_at=work.clock.now(),
        )
    )
    work.session.flush()
    work.session.refresh(adoption)
    if adoption.stage in IN_USE and not adoption.follow_ups:
        _ask_later(work, adoption, adoption.stage_on)
    if adoption.stage is Stage.ABANDONED:
        for follow_up in adoption.follow_ups:
            if follow_up.done_on is None and follow_up.due_on > adoption.stage_on:
                follow_up.dropped_on = adoption.stage_on
    work.session.flush()


def _ask_later(work: UnitOfWork, adoption: Adoption, since: date) -> None:
    for month in FOLLOW_UP_MONTHS:
        due_on = months_later(since, month)
        work.session.add(FollowUp(adoption_id=adoption.id, month=month, due_on=due_on))
    work.session.flush()
    work.session.refresh(adoption)
