"""Random histories of a site as plain values, the rows they leave, and a recount without SQL."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from statistics import median
from typing import Any

from hypothesis import strategies as st
from sqlalchemy.orm import Session

from kb.accounts.models import Organisation, OrganisationType, User
from kb.adoption.models import (
    Adoption,
    AdoptionStage,
    FollowUp,
    Recall,
    RecallKind,
)
from kb.adoption.stages import TAKEN_UP, Stage
from kb.adoption.written import Led, Shown
from kb.core.language import Locale
from kb.events.models import AuditEntry
from kb.indicators.definitions import Key
from kb.indicators.filters import Filters
from kb.practices.content import LocationPrecision, Visibility
from kb.practices.lifecycle import ONCE_PUBLIC, State
from kb.practices.models import Practice, Revision, Version, VersionTag
from kb.vocabularies.catalogue import Bilingual, Term, Vocabularies, Vocabulary

START = date(2024, 1, 1)
DAYS = 800
COUNTRIES, THEMES = ("ML", "NE", "BF"), ("land", "peace")
ACTORS = ("women-leaders", "youth-leaders", "chiefs")
TARGETS, REGIONS = ("16.1", "16.3"), ("ML-1", "NE-1")
VOCABULARIES = Vocabularies(
    {
        name: Vocabulary(
            name=name,
            label=Bilingual(fr=name, en=name),
            terms=tuple(Term(code=c, label=Bilingual(fr=c, en=c)) for c in codes),
        )
        for name, codes in {
            "countries": COUNTRIES,
            "themes": THEMES,
            "actor_types": ACTORS,
            "sdg_targets": TARGETS,
            "regions": REGIONS,
        }.items()
    }
)
# What can happen to a revision, in order; each is followed by the state it leaves.
LIVES: dict[str, tuple[tuple[str, State], ...]] = {
    "draft": (),
    "waiting": (("submit", State.SUBMITTED),),
    "taken back": (("submit", State.SUBMITTED), ("recall", State.DRAFT)),
    "rejected": (("submit", State.SUBMITTED), ("reject", State.REJECTED)),
    "published": (
        ("submit", State.SUBMITTED),
        ("assign", State.IN_REVIEW),
        ("request_changes", State.CHANGES_REQUESTED),
        ("submit", State.SUBMITTED),
        ("assign", State.IN_REVIEW),
        ("approve", State.APPROVED),
        ("reopen", State.IN_REVIEW),
        ("approve", State.APPROVED),
        ("publish", State.PUBLISHED),
    ),
    "imported": (("import", State.PUBLISHED),),
    "archived": (("import", State.PUBLISHED), ("archive", State.ARCHIVED)),
}
DECIDING = {"approve", "reject", "request_changes"}


@dataclass
class Entry:
    """A practice: what it is about, and what happened to each of its revisions on which day."""

    lesson: bool
    visibility: Visibility
    lives: tuple[str, ...]
    gaps: tuple[int, ...]
    tags: dict[str, frozenset[str]]
    created: int
    events: list[list[tuple[str, State, int]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        gaps, day = iter(self.gaps), self.created
        for life in self.lives:
            steps = []
            for name, state in LIVES[life]:
                day += next(gaps)
                steps.append((name, state, day))
            self.events.append(steps)

    @property
    def happened(self) -> list[tuple[str, State, int]]:
        return [step for steps in self.events for step in steps]

    @property
    def states(self) -> list[State]:
        """The state of each revision in the end: what is published later takes its place."""
        states = [steps[-1][1] if steps else State.DRAFT for steps in self.events]
        shown = [n for n, state in enumerate(states) if state is State.PUBLISHED]
        for number in shown[:-1]:
            states[number] = State.SUPERSEDED
        return states

    @property
    def was_frozen(self) -> bool:
        return any(name in {"submit", "import"} for name, _, _ in self.happened)

    def days(self, *names: str) -> list[int]:
        return [day for name, _, day in self.happened if name in names]


@dataclass
class Use:
    """An adoption: by which organisation, its stages with their days, and its follow-ups."""

    entry: int
    organisation: int
    stages: tuple[tuple[Stage, int], ...]
    recorded: int
    women: Led
    youth: Led
    is_demo: bool
    # Month, due, done, dropped.
    follow_ups: tuple[tuple[int, int, int | None, int | None], ...]


@dataclass
class Told:
    """A recall: of which practice, when, and when it was acknowledged if it was."""

    entry: int
    use: int | None
    at: int
    known: int | None


@dataclass
class History:
    """All that happened."""

    entries: list[Entry]
    organisations: list[tuple[OrganisationType, str]]
    uses: list[Use]
    recalls: list[Told]


days = st.integers(0, DAYS)
gaps = st.lists(st.integers(0, 90), min_size=20, max_size=20).map(tuple)


def _some(codes: Sequence[str]) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(codes), max_size=len(codes))


entries = st.builds(
    Entry,
    lesson=st.integers(0, 5).map(lambda n: n == 0),
    visibility=st.sampled_from(Visibility),
    lives=st.lists(st.sampled_from(sorted(LIVES)), min_size=1, max_size=2).map(tuple),
    gaps=gaps,
    tags=st.fixed_dictionaries(
        {
            "country": _some(COUNTRIES),
            "theme": _some(THEMES),
            "actor": _some(ACTORS),
            "sdg": _some(TARGETS),
            "region": _some(REGIONS),
        }
    ),
    created=days,
)
PATHS = (
    (Stage.INTENT,),
    (Stage.TRIAL, Stage.ABANDONED),
    (Stage.INTENT, Stage.TRIAL, Stage.ADOPTED),
    (Stage.ADOPTED, Stage.INSTITUTIONALISED),
    (Stage.ADOPTED, Stage.INSTITUTIONALISED, Stage.ABANDONED),
)


@st.composite
def uses(draw: st.DrawFn, places: int, houses: int) -> Use:
    day, stages = draw(days), []
    for stage in draw(st.sampled_from(PATHS)):
        stages.append((stage, day))
        day += draw(st.integers(0, 200))
    follow_ups = []
    for month in draw(st.sampled_from([(), (3,), (3, 6, 12)])):
        due = draw(days)
        done = draw(st.none() | st.integers(due - 10, due + 60))
        dropped = None if done is not None else draw(st.none() | days)
        follow_ups.append((month, due, done, dropped))
    return Use(
        entry=draw(st.integers(0, places - 1)),
        organisation=draw(st.integers(0, houses - 1)),
        stages=tuple(stages),
        recorded=draw(days),
        women=draw(st.sampled_from(Led)),
        youth=draw(st.sampled_from(Led)),
        is_demo=draw(st.integers(0, 4).map(lambda n: n == 0)),
        follow_ups=tuple(follow_ups),
    )


@st.composite
def histories(draw: st.DrawFn) -> History:
    found = draw(st.lists(entries, min_size=1, max_size=6))
    houses = draw(
        st.lists(
            st.tuples(st.sampled_from(OrganisationType), st.sampled_from(COUNTRIES)),
            min_size=1,
            max_size=4,
        )
    )
    adopted = draw(st.lists(uses(len(found), len(houses)), max_size=10))
    told = draw(
        st.lists(
            st.builds(
                Told,
                entry=st.integers(0, len(found) - 1),
                use=st.none() | st.integers(0, len(adopted) - 1) if adopted else st.none(),
                at=days,
                known=st.none() | days,
            ),
            max_size=6,
            unique_by=lambda one: (one.at, one.use),
        )
    )
    return History(found, houses, adopted, told)


def day_of(number: int) -> date:
    return START + timedelta(days=number)


def moment(number: int) -> datetime:
    day = day_of(number)
    return datetime(day.year, day.month, day.day, 23, 59, tzinfo=UTC)


def write(session: Session, history: History) -> None:
    """The rows that such a history leaves."""
    person = User(email="a@example.org", name="A", locale=Locale.FR, created_at=moment(0))
    session.add(person)
    houses = [
        Organisation(name=f"House {n}", type=kind, country=country)
        for n, (kind, country) in enumerate(history.organisations)
    ]
    session.add_all(houses)
    session.flush()
    trail = count(1)
    revisions = [
        _write_entry(session, number, entry, trail) for number, entry in enumerate(history.entries)
    ]
    adoptions = []
    for use in history.uses:
        revision = revisions[use.entry]
        adoption = Adoption(
            practice_id=revision.practice_id,
            revision_id=revision.id,
            organisation_id=houses[use.organisation].id,
            shown=Shown.AGGREGATE,
            stage=use.stages[-1][0],
            stage_on=day_of(use.stages[-1][1]),
            women_led=use.women,
            youth_led=use.youth,
            recorded_by_id=person.id,
            recorded_at=moment(use.recorded),
            is_demo=use.is_demo,
        )
        session.add(adoption)
        session.flush()
        session.add_all(_stages(adoption, use))
        session.add_all(_follow_ups(adoption, use))
        session.flush()
        adoptions.append(adoption)
    for told in history.recalls:
        number = next(trail)
        session.add(_audit(number, "practice.archive", told.at, revisions[told.entry]))
        session.flush()
        known = None if told.known is None else moment(told.known)
        session.add(
            Recall(
                practice_id=revisions[told.entry].practice_id,
                revision_id=revisions[told.entry].id,
                entry_id=number,
                kind=RecallKind.ARCHIVED,
                adoption_id=None if told.use is None else adoptions[told.use].id,
                user_id=person.id if told.use is None else None,
                at=moment(told.at),
                acknowledged_at=known,
                acknowledged_by_id=None if known is None else person.id,
            )
        )
    session.flush()


def _write_entry(session: Session, number: int, entry: Entry, trail: "count[int]") -> Revision:
    practice = Practice(slug=f"practice-{number}", created_at=moment(entry.created))
    session.add(practice)
    session.flush()
    first = None
    for order, (steps, state) in enumerate(zip(entry.events, entry.states, strict=True), 1):
        published = [day for name, _, day in steps if name in {"publish", "import"}]
        revision = Revision(
            practice_id=practice.id,
            number=order,
            state=State.DRAFT,
            working_copy={},
            visibility=entry.visibility,
            location_precision=LocationPrecision.REGION,
            imported=bool(steps) and steps[0][0] == "import",
            created_at=practice.created_at,
            state_since=practice.created_at,
        )
        session.add(revision)
        session.flush()
        first = first or revision
        for name, _, day in steps:
            session.add(_audit(next(trail), f"practice.{name}", day, revision))
            if name in {"submit", "import"}:
                revision.version = _version(session, revision, entry, day)
        revision.state = state
        revision.published_at = moment(published[0]) if state in ONCE_PUBLIC else None
        session.flush()
    assert first is not None
    return first


def _version(session: Session, revision: Revision, entry: Entry, day: int) -> Version:
    number = revision.version.number + 1 if revision.version else 1
    tags = [(facet, code) for facet, codes in entry.tags.items() for code in codes]
    tags.append(("kind", "lesson" if entry.lesson else "practice"))
    version = Version(
        revision_id=revision.id,
        number=number,
        content={"texts": {"fr": {"title": "T"}}},
        content_hash="0" * 64,
        created_at=moment(day),
        tags=[VersionTag(facet=facet, code=code) for facet, code in tags],
    )
    session.add(version)
    session.flush()
    return version


def _audit(number: int, kind: str, day: int, revision: Revision) -> AuditEntry:
    return AuditEntry(
        id=number,
        at=moment(day),
        type=kind,
        practice_id=revision.practice_id,
        revision_id=revision.id,
        data={},
        previous_hash=str(number - 1),
        hash=str(number),
    )


def _stages(adoption: Adoption, use: Use) -> Iterable[AdoptionStage]:
    return [
        AdoptionStage(
            adoption_id=adoption.id,
            stage=stage,
            reached_on=day_of(day),
            recorded_by_id=adoption.recorded_by_id,
            recorded_at=moment(day),
        )
        for stage, day in use.stages
    ]


def _follow_ups(adoption: Adoption, use: Use) -> Iterable[FollowUp]:
    for month, due, done, dropped in use.follow_ups:
        answer: dict[str, Any] = {}
        if done is not None:
            answer = {
                "done_on": day_of(done),
                "recorded_at": moment(done),
                "recorded_by_id": adoption.recorded_by_id,
                "rating": 3,
                "still_in_use": True,
            }
        yield FollowUp(
            adoption_id=adoption.id,
            month=month,
            due_on=day_of(due),
            dropped_on=None if dropped is None else day_of(dropped),
            **answer,
        )


class Recount:
    """Every indicator counted again, one row after the other."""

    def __init__(self, history: History, filters: Filters) -> None:
        self.history, self.filters = history, filters
        self.first = (filters.period.first - START).days
        self.last = (filters.period.last - START).days

    def numbers(self) -> dict[Key, tuple[float, int | None]]:
        entries = [entry for entry in self.history.entries if self._is_about(entry)]
        readable = [entry for entry in entries if self._can_be_read(entry)]
        going = [(use, stage) for use, stage in self.at_the_end() if stage is not Stage.ABANDONED]
        waits = [days for entry in entries for days in self._waits(entry)]
        due = [f for use in self._uses() for f in use.follow_ups if self._is_up(f)]
        told = [recall for recall in self.history.recalls if self._was_told(recall)]
        adopted = {use.entry for use, stage in self.at_the_end() if stage in TAKEN_UP}
        return {
            Key.IDENTIFIED: (sum(self._is_in(e.created) for e in entries), None),
            Key.SUBMITTED: (sum(self._is_in(*e.days("submit")[:1]) for e in entries), None),
            Key.PUBLISHED: (
                sum(self._is_in(*e.days("publish", "import")[:1]) for e in entries),
                None,
            ),
            Key.COUNTRIES: (len(self.covered(readable, "country")), len(COUNTRIES)),
            Key.REGIONS: (len(self.covered(readable, "region")), len(REGIONS)),
            Key.THEMES: (len(self.covered(readable, "theme")), len(THEMES)),
            Key.ACTORS: (len(self.covered(readable, "actor")), len(ACTORS)),
            Key.TARGETS: (len(self.covered(readable, "sdg")), len(TARGETS)),
            Key.DECISION: (round(median(waits), 1) if waits else 0, len(waits)),
            Key.ADOPTED: (len(adopted), len(readable)),
            Key.RECORDED: (sum(self._is_in(use.recorded) for use in self._uses()), None),
            Key.STAGES: (len(self.at_the_end()), None),
            Key.FOLLOW_UPS: (
                sum(done is not None and done <= due_on + 30 for _, due_on, done, _ in due),
                len(due),
            ),
            Key.RECALLS: (sum(recall.known is not None for recall in told), len(told)),
            Key.WOMEN_PRACTICES: (
                sum("women-leaders" in entry.tags["actor"] for entry in readable),
                len(readable),
            ),
            Key.YOUTH_PRACTICES: (
                sum("youth-leaders" in entry.tags["actor"] for entry in readable),
                len(readable),
            ),
            Key.WOMEN_ADOPTIONS: (sum(use.women is Led.YES for use, _ in going), len(going)),
            Key.YOUTH_ADOPTIONS: (sum(use.youth is Led.YES for use, _ in going), len(going)),
        }

    def covered(self, readable: Iterable[Entry], facet: str) -> dict[str, int]:
        found: dict[str, int] = {}
        for entry in readable:
            for code in entry.tags[facet]:
                found[code] = found.get(code, 0) + 1
        return found

    def at_the_end(self) -> list[tuple[Use, Stage]]:
        found = []
        for use in self._uses():
            reached = [stage for stage, day in use.stages if day <= self.last]
            if reached:
                found.append((use, reached[-1]))
        return found

    def _is_in(self, *moments: int) -> bool:
        return any(self.first <= day <= self.last for day in moments)

    def _is_about(self, entry: Entry) -> bool:
        wanted = {facet: codes for facet, codes in self.filters.terms.items() if codes}
        if not entry.was_frozen:
            return not wanted
        return not entry.lesson and self._has(entry, wanted)

    def _has(self, entry: Entry, wanted: dict[str, tuple[str, ...]]) -> bool:
        return all(entry.tags[facet] & set(codes) for facet, codes in wanted.items())

    def _can_be_read(self, entry: Entry) -> bool:
        shown = entry.days("publish", "import")
        return State.PUBLISHED in entry.states and shown[0] <= self.last

    def _waits(self, entry: Entry) -> Iterable[float]:
        for steps in entry.events:
            asked: int | None = None
            for name, _, day in steps:
                if name == "submit":
                    asked = day
                elif name in DECIDING and asked is not None:
                    if self._is_in(day):
                        yield float(day - asked)
                    asked = None

    def _uses(self) -> list[Use]:
        return [use for use in self.history.uses if self._is_wanted(use)]

    def _is_wanted(self, use: Use) -> bool:
        entry = self.history.entries[use.entry]
        wanted = {facet: codes for facet, codes in self.filters.terms.items() if codes}
        countries = wanted.pop("country", None)
        if use.is_demo and not self.filters.with_made_up:
            return False
        if countries and self.history.organisations[use.organisation][1] not in countries:
            return False
        # What the revision was about when it was adopted: a draft never is about anything.
        first_has_text = any(name in {"submit", "import"} for name, _, _ in entry.events[0])
        return not wanted or (first_has_text and self._has(entry, wanted))

    def _is_up(self, follow_up: tuple[int, int, int | None, int | None]) -> bool:
        _, due, _, dropped = follow_up
        return dropped is None and self._is_in(due + 30)

    def _was_told(self, recall: Told) -> bool:
        entry = self.history.entries[recall.entry]
        wanted = {facet: codes for facet, codes in self.filters.terms.items() if codes}
        made_up = recall.use is not None and self.history.uses[recall.use].is_demo
        if made_up and not self.filters.with_made_up:
            return False
        return self._is_in(recall.at) and (
            not wanted or (entry.was_frozen and self._has(entry, wanted))
        )
