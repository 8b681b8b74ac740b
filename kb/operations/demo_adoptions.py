"""Invented adoptions by invented organisations, in a demonstration only and marked as such."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import select

from kb.accounts.models import Organisation, OrganisationType, RoleGrant, User
from kb.accounts.permissions import Actor, Role
from kb.adoption import follow_ups, service
from kb.adoption.models import Adoption, Recall, RecallKind
from kb.adoption.stages import Stage, months_later
from kb.adoption.written import NO, YES, Led, Shown, Written, WrittenFollowUp
from kb.core.errors import Conflict
from kb.core.language import Locale, translate
from kb.core.messages import Message, msg
from kb.core.unit_of_work import UnitOfWork
from kb.events.models import AuditEntry
from kb.events.types import EventType
from kb.operations.demo_accounts import DOMAIN, email_of
from kb.operations.installation import DEMO
from kb.operations.models import SiteFact
from kb.practices.queries import public_views
from kb.practices.readers import MEMBER
from kb.runtime import Runtime

MADE = "demo-adoptions"
ADOPTIONS = 60
MONTHS = 18
REGIONS = {"ML": ("ML-7", "ML-5", "ML-6"), "NE": ("NE-6", "NE-5"), "BF": ("BF-12", "BF-10")}
COUNTRIES = ("ML", "NE", "BF")
TYPES = tuple(OrganisationType)
ORGANISATIONS = 2 * len(TYPES)
NAME = msg("Demonstration unit %(number)s")
# The accounts that can be signed in with belong to the first ones.
MEMBERS = (Role.MEMBER, Role.CONTRIBUTOR, Role.TRAINER)
ADAPTATIONS = (
    msg("Two meetings a month instead of one, because of the seasons."),
    msg("Women sit in the first row and speak first."),
    msg("The agreement is read out on the local radio."),
    msg("Young people keep the minutes."),
    msg("Nothing was changed."),
)
CHANGES = (
    msg("Disputes come to us earlier."),
    msg("Fewer complaints about animals in the fields."),
    msg("People speak to the patrols again."),
    msg("Little has changed so far."),
)
EVIDENCE = msg("Our own register of disputes.")
UNINTENDED = msg("At first one group felt left out.")


@dataclass(frozen=True, slots=True)
class _At:
    """A clock that stands still on a day of the past."""

    moment: datetime

    def now(self) -> datetime:
        return self.moment


def make_demo_adoptions(runtime: Runtime) -> None:
    """Fill the register once; the same things each time, counted back from today."""
    with runtime.begin() as work:
        if work.session.get(SiteFact, DEMO) is None:
            raise Conflict(msg("This database is not a demonstration."))
        if work.session.get(SiteFact, MADE) is not None:
            return
        locale = runtime.settings.default_locale
        actors = [_organisation(work, number, locale) for number in range(ORGANISATIONS)]
        slugs = sorted(
            slug
            for slug, view in public_views(work.session, reader=MEMBER).items()
            if view.kind != service.LESSON
        )
        if slugs:
            made = [_adopt(work, n, actors, slugs, locale) for n in range(ADOPTIONS)]
            _recall(work, made)
        work.session.add(SiteFact(name=MADE, value="yes"))


def _organisation(work: UnitOfWork, number: int, locale: Locale) -> Actor:
    """An organisation, and an account without a password that speaks for it."""
    made = Organisation(
        name=translate(locale, Message(NAME.text, {"number": number + 1})),
        type=TYPES[number % len(TYPES)],
        country=COUNTRIES[number % len(COUNTRIES)],
    )
    work.session.add(made)
    work.session.flush()
    now = work.clock.now()
    user = User(
        email=f"unit-{number + 1}@{DOMAIN}",
        name=made.name,
        locale=locale,
        organisation_id=made.id,
        created_at=now,
        grants=[RoleGrant(role=Role.MEMBER, granted_at=now)],
    )
    work.session.add(user)
    if number < len(MEMBERS):
        query = select(User).where(User.email == email_of(MEMBERS[number]))
        account = work.session.scalar(query)
        if account is not None and account.organisation_id is None:
            account.organisation_id = made.id
    work.session.flush()
    return user.as_actor()


def _adopt(
    work: UnitOfWork, number: int, actors: list[Actor], slugs: list[str], locale: Locale
) -> Adoption:
    """One of them: begun some time ago, gone on since, followed up and mostly verified."""
    actor = actors[number % len(actors)]
    today = work.clock.now().date()
    began = months_later(today - timedelta(days=number % 23), -(number * 5 % MONTHS) - 1)
    slug = slugs[(number * 7 + number // len(slugs)) % len(slugs)]
    first = Stage.INTENT if number % 4 == 0 else Stage.TRIAL
    written = _written(number, first, began, locale)
    adoption = service.record(_on(work, began), actor, slug, written, is_demo=True)
    if number % 4 and number % 3 == 0:
        _move(work, actor, adoption, Stage.ADOPTED, months_later(began, 2), today)
    elif number % 4 and number % 3 == 1:
        _move(work, actor, adoption, Stage.ADOPTED, months_later(began, 1), today)
        _move(work, actor, adoption, Stage.INSTITUTIONALISED, months_later(began, 9), today)
    elif number % 10 == 5:  # noqa: PLR2004 - now and then
        _move(work, actor, adoption, Stage.ABANDONED, months_later(began, 5), today)
    _follow_up(work, actor, adoption, number, locale)
    if number % 5:
        adoption.verified_by_id = _editor(work)
        adoption.verified_at = work.clock.now() if adoption.verified_by_id else None
    work.session.flush()
    return adoption


def _written(number: int, stage: Stage, began: date, locale: Locale) -> Written:
    people, women = 12 + number % 30, 4 + number % 8
    country = COUNTRIES[number % ORGANISATIONS % len(COUNTRIES)]
    regions = REGIONS[country]
    return Written(
        stage=stage.value,
        reached_on=began.isoformat(),
        region=regions[number % len(regions)],
        people_involved=str(people),
        women_involved=str(women),
        youth_involved=str(2 + number % 7),
        women_led=(Led.YES, Led.NO, Led.YES, Led.UNKNOWN)[number % 4].value,
        women_leaders="2" if number % 4 == 0 else "",
        youth_led=(Led.NO, Led.YES, Led.UNKNOWN)[number % 3].value,
        youth_leaders="1" if number % 3 == 1 else "",
        adaptations=translate(locale, ADAPTATIONS[number % len(ADAPTATIONS)]),
        shown=(Shown.AGGREGATE, Shown.ORGANISATION)[number % 2].value,
    )


def _move(
    work: UnitOfWork, actor: Actor, adoption: Adoption, stage: Stage, day: date, today: date
) -> None:
    if adoption.stage_on <= day <= today and stage is not adoption.stage:
        service.move(_on(work, day), actor, adoption.id, stage.value, day.isoformat())


def _follow_up(
    work: UnitOfWork, actor: Actor, adoption: Adoption, number: int, locale: Locale
) -> None:
    """Most answer in time, some late, some not at all."""
    today = work.clock.now().date()
    for each in adoption.follow_ups:
        day = each.due_on + timedelta(days=45 if number % 6 == 0 else number % 12)
        if each.dropped_on is not None or day > today or (number + each.month) % 5 == 0:
            continue
        written = WrittenFollowUp(
            done_on=day.isoformat(),
            what_changed=translate(locale, CHANGES[(number + each.month) % len(CHANGES)]),
            evidence=translate(locale, EVIDENCE) if number % 2 else "",
            unintended=translate(locale, UNINTENDED) if number % 9 == 0 else "",
            rating=str(1 + (number * 3 + each.month) % 4),
            still_in_use=NO if number % 17 == 0 else YES,
        )
        follow_ups.answer(_on(work, day), actor, adoption.id, each.month, written)


def _recall(work: UnitOfWork, made: list[Adoption]) -> None:
    """As if the practices of every sixth adoption had been corrected; most have read it."""
    for number, adoption in enumerate(made[::6]):
        entry = work.session.scalar(
            select(AuditEntry.id)
            .where(
                AuditEntry.type == EventType.PRACTICE_IMPORT,
                AuditEntry.practice_id == adoption.practice_id,
            )
            .order_by(AuditEntry.id.desc())
            .limit(1)
        )
        if entry is None:
            continue
        has_read = number % 3 != 0
        work.session.add(
            Recall(
                practice_id=adoption.practice_id,
                revision_id=adoption.revision_id,
                entry_id=entry,
                kind=RecallKind.CORRECTED,
                adoption_id=adoption.id,
                at=work.clock.now(),
                acknowledged_at=work.clock.now() if has_read else None,
                acknowledged_by_id=adoption.recorded_by_id if has_read else None,
            )
        )
    work.session.flush()


def _editor(work: UnitOfWork) -> int | None:
    return work.session.scalar(select(User.id).where(User.email == email_of(Role.EDITOR)))


def _on(work: UnitOfWork, day: date) -> UnitOfWork:
    """The same transaction as if it were that day."""
    return replace(work, clock=_At(datetime.combine(day, time(9), UTC)))
