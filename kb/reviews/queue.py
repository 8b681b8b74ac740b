"""What waits at the desk, and for whom."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, defer, joinedload, selectinload

from kb.accounts.directory import names_of
from kb.accounts.permissions import Actor, Permission, Role, permits
from kb.core.folding import fold
from kb.core.language import Locale
from kb.practices.lifecycle import State
from kb.practices.models import Practice, Revision, Version
from kb.practices.service import Authorship, authorship
from kb.reviews.models import Assignment, SignOff, Verdict
from kb.reviews.overdue import Late, Waiting, lateness
from kb.reviews.rules import Decision, Outcome, gate_open, quorum_reached

AT_THE_DESK = (State.SUBMITTED, State.IN_REVIEW, State.APPROVED, State.CHANGES_REQUESTED)
SHOWN = 30
TITLES = [Version.content["texts"][locale]["title"].as_string() for locale in Locale]


@dataclass(frozen=True, slots=True)
class Case:
    """A revision at the desk: where it stands, and what was said about its present version."""

    revision_id: int
    number: int
    titles: Mapping[str, str]
    state: State
    since: datetime
    due_on: date | None
    reviewers: int
    decisions: tuple[Decision, ...]
    outcome: Outcome | None
    is_mine: bool
    has_accepted: bool
    has_my_verdict: bool
    seen: Authorship
    waiting: tuple[Waiting, ...]

    @property
    def is_mine_to_answer(self) -> bool:
        """Whether this person was asked and has not said yes or no."""
        return self.is_mine and not self.has_accepted

    @property
    def unanswered(self) -> int:
        """How many of those who were asked have not said yes or no."""
        return sum(1 for each in self.waiting if not each.has_accepted)

    def late(self, today: date) -> tuple[Late, ...]:
        """What is late with it."""
        if self.state is not State.IN_REVIEW:
            return ()
        return lateness(self.waiting, None if self.outcome else self.since, today)

    def title(self, locale: Locale) -> str:
        """In this language or in another."""
        return self.titles.get(locale) or next(iter(self.titles.values()), "")


@dataclass(frozen=True, slots=True)
class Queue:
    """The desk of one person, in the order in which things have to be done."""

    to_review: tuple[Case, ...]
    reviewed: tuple[Case, ...]
    to_sign: tuple[Case, ...]
    to_assign: tuple[Case, ...]
    in_review: tuple[Case, ...]
    to_approve: tuple[Case, ...]
    to_publish: tuple[Case, ...]
    with_authors: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class Settled:
    """A revision that is or was public, for the editor's list."""

    revision_id: int
    number: int
    slug: str
    titles: Mapping[str, str]
    state: State
    since: datetime

    def title(self, locale: Locale) -> str:
        """In this language or in another."""
        return self.titles.get(locale) or next(iter(self.titles.values()), self.slug)


@dataclass(frozen=True, slots=True)
class Shelf:
    """What is shown of a long list, and how long it is."""

    shown: tuple[Settled, ...]
    total: int


def queue(session: Session, actor: Actor, quorum: int) -> Queue:
    """What waits for this person: by their roles, and never their own text."""
    cases = _cases(session, actor)
    mine = [case for case in cases if case.is_mine]
    is_editor = Role.EDITOR in actor.roles
    of_editor = [case for case in cases if is_editor and _may_decide(actor, case)]
    in_review = [case for case in of_editor if case.state is State.IN_REVIEW]
    ready = [
        case
        for case in in_review
        if quorum_reached(case.decisions, quorum) and gate_open(case.outcome)
    ]
    return Queue(
        to_review=tuple(c for c in mine if c.state is State.IN_REVIEW and not c.has_my_verdict),
        reviewed=tuple(c for c in mine if c.state is not State.IN_REVIEW or c.has_my_verdict),
        to_sign=tuple(
            case
            for case in cases
            if case.state is State.IN_REVIEW
            and case.outcome is None
            and permits(actor, Permission.PRACTICE_SIGN_OFF, case.seen)
        ),
        to_assign=tuple(case for case in of_editor if case.state is State.SUBMITTED),
        in_review=tuple(case for case in in_review if case not in ready),
        to_approve=tuple(ready),
        to_publish=tuple(case for case in of_editor if case.state is State.APPROVED),
        with_authors=tuple(c for c in of_editor if c.state is State.CHANGES_REQUESTED),
    )


def overdue(found: Queue, today: date) -> tuple[tuple[Case, tuple[Late, ...]], ...]:
    """Of what an editor sees in review that which is late, the latest first."""
    late = ((case, case.late(today)) for case in (*found.in_review, *found.to_approve))
    return tuple(sorted((each for each in late if each[1]), key=lambda each: -each[1][0].days))


def shelf(session: Session, words: str, state: State) -> Shelf:
    """The first of the published or archived revisions with these words, and their number."""
    if words.strip():
        found = settled(session, words, state)
        return Shelf(found[:SHOWN], len(found))
    in_state = select(func.count()).select_from(Revision).where(Revision.state == state)
    # Titles are read out of the texts, which takes its time: not for what is not shown.
    return Shelf(settled(session, "", state, SHOWN), session.scalar(in_state) or 0)


def settled(
    session: Session, words: str, state: State, limit: int | None = None
) -> tuple[Settled, ...]:
    """The published or archived revisions whose title has all these words, by address."""
    query = (
        select(Revision.id, Revision.number, Practice.slug, Revision.state_since, *TITLES)
        .join(Practice, Practice.id == Revision.practice_id)
        .join(Version, Version.id == Revision.version_id)
        .where(Revision.state == state)
        .order_by(Practice.slug, Revision.number)
        .limit(limit)
    )
    wanted = fold(words).split()
    found = []
    for revision_id, number, slug, since, *told in session.execute(query):
        if all(word in fold(" ".join([slug, *filter(None, told)])) for word in wanted):
            found.append(Settled(revision_id, number, slug, by_locale(told), state, since))
    return tuple(found)


def by_locale(titles: Sequence[str | None]) -> Mapping[str, str]:
    """What was asked for as `TITLES`, without the languages that a text does not have."""
    return {locale: title for locale, title in zip(Locale, titles, strict=True) if title}


def _may_decide(actor: Actor, case: Case) -> bool:
    return permits(actor, Permission.PRACTICE_DECIDE, case.seen)


def _cases(session: Session, actor: Actor) -> tuple[Case, ...]:
    """Everything under way that this person may see at the desk, the oldest first."""
    query = (
        select(Revision, *TITLES)
        .join(Version, Version.id == Revision.version_id)
        .options(
            # A list needs no text, and parsing many takes longer than all the rest.
            defer(Revision.working_copy),
            joinedload(Revision.practice),
            selectinload(Revision.authors),
        )
        .where(Revision.state.in_(AT_THE_DESK))
        .order_by(Revision.state_since, Revision.id)
    )
    titles = {row[0]: by_locale(row[1:]) for row in session.execute(query)}
    revisions = list(titles)
    assigned = _assigned(session, revisions)
    versions = [r.version_id for r in revisions if r.version_id is not None]
    verdicts: dict[int, list[Verdict]] = defaultdict(list)
    for verdict in session.scalars(select(Verdict).where(Verdict.version_id.in_(versions))):
        verdicts[verdict.version_id].append(verdict)
    signed = select(SignOff).where(SignOff.version_id.in_(versions)).order_by(SignOff.id)
    outcomes = {each.version_id: each.outcome for each in session.scalars(signed)}
    names = names_of(session, {each for of_one in assigned.values() for each in of_one})
    cases = []
    for revision in revisions:
        seen = authorship(revision, frozenset(assigned[revision.id]))
        if permits(actor, Permission.PRACTICE_COMMENT_INTERNALLY, seen):
            version_id = revision.version_id or 0
            said = verdicts[version_id], outcomes.get(version_id)
            at_work = _AtWork(assigned[revision.id], names, seen)
            cases.append(_case(actor, revision, titles[revision], at_work, said))
    return tuple(cases)


def _assigned(session: Session, revisions: Sequence[Revision]) -> dict[int, dict[int, Assignment]]:
    found: dict[int, dict[int, Assignment]] = {revision.id: {} for revision in revisions}
    query = select(Assignment).where(
        Assignment.revision_id.in_(found), Assignment.ended_at.is_(None)
    )
    for assignment in session.scalars(query):
        found[assignment.revision_id][assignment.reviewer_id] = assignment
    return found


@dataclass(frozen=True, slots=True)
class _AtWork:
    """Who has to do with a revision."""

    assigned: Mapping[int, Assignment]
    names: Mapping[int, str]
    seen: Authorship

    def waiting(self, judges: frozenset[int]) -> tuple[Waiting, ...]:
        return tuple(
            Waiting(number, self.names[number], each.due_on, each.accepted_at is not None)
            for number, each in self.assigned.items()
            if number not in judges
        )


def _case(
    actor: Actor,
    revision: Revision,
    titles: Mapping[str, str],
    at_work: _AtWork,
    said: tuple[Sequence[Verdict], Outcome | None],
) -> Case:
    given, outcome = said
    judges = frozenset(verdict.reviewer_id for verdict in given)
    waiting = at_work.waiting(judges)
    own = at_work.assigned.get(actor.user_id or 0)
    dates = [own.due_on] if own else [each.due_on for each in waiting]
    return Case(
        revision_id=revision.id,
        number=revision.number,
        titles=titles,
        state=revision.state,
        since=revision.state_since,
        due_on=min((day for day in dates if day is not None), default=None),
        reviewers=len(at_work.assigned),
        decisions=tuple(verdict.decision for verdict in given),
        outcome=outcome,
        is_mine=own is not None,
        has_accepted=own is not None and own.accepted_at is not None,
        has_my_verdict=actor.user_id in judges,
        seen=at_work.seen,
        waiting=waiting,
    )
