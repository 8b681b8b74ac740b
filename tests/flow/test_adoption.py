"""The register: recording, stages, follow-ups, verification, merging; and all that is refused."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from datetime import date, timedelta
import time

from hypothesis import given
from hypothesis import strategies as st
import pytest
from sqlalchemy import func, select

from kb.accounts.models import Organisation, OrganisationMerge, User
from kb.accounts.organisations import add_organisation, all_organisations, known_organisation
from kb.accounts.permissions import Actor, Role
from kb.adoption.follow_ups import answer, remind
from kb.adoption.models import Adoption, AdoptionStage, FollowUp
from kb.adoption.organisations import merge
from kb.adoption.queries import (
    due_follow_ups,
    listed,
    organisations_using,
    visible_adoption,
)
from kb.adoption.service import change, move, verify
from kb.adoption.stages import FIRST, TRANSITIONS, Stage, advance, months_later
from kb.adoption.written import Written, read
from kb.core.errors import Conflict, Forbidden, Invalid, NotFound
from kb.core.paging import Paging
from kb.notifications.models import Notification
from kb.practices.lifecycle import State
from kb.runtime import Runtime
from tests.adopting import FOLLOW_UP, WRITTEN, make_adoption, make_member, make_organisation
from tests.database import snapshot
from tests.make import make_content, make_revision, make_user, make_vocabularies

pytestmark = pytest.mark.usefixtures("roles_end")
TODAY = date(2026, 3, 1)


def refused(site: Runtime, deed, kind=Invalid) -> dict[str, str]:
    """The problems of a deed that must leave nothing behind."""
    before = snapshot(site)
    with pytest.raises(kind) as error, site.begin() as work:
        deed(work)
    assert snapshot(site) == before
    problems = getattr(error.value, "problems", {})
    return {field: why.text for field, why in problems.items()}


def test_what_is_recorded_is_kept_with_its_history_and_its_dates(site):
    with site.begin() as work:
        member = make_member(work)
        revision, _ = make_revision(work, State.PUBLISHED)
        practice_id, revision_id = revision.practice_id, revision.id
        number = make_adoption(work, member, revision.practice.slug).id
    with site.reading() as session:
        found = session.get_one(Adoption, number)
        assert (found.practice_id, found.revision_id) == (practice_id, revision_id)
        assert found.organisation_id == session.get_one(User, member.user_id).organisation_id
        assert (found.people_involved, found.women_involved, found.youth_involved) == (20, 8, 5)
        assert (found.women_led, found.women_leaders) == ("yes", 2)
        assert (found.youth_led, found.youth_leaders) == ("unknown", None)
        assert [(s.stage, s.reached_on) for s in found.stages] == [
            (Stage.TRIAL, date(2026, 1, 15))
        ]
        assert [(f.month, f.due_on) for f in found.follow_ups] == [
            (3, date(2026, 4, 15)),
            (6, date(2026, 7, 15)),
            (12, date(2027, 1, 15)),
        ]
        assert found.verified_at is None


BAD = {
    "stage": ["", "abandoned", "dreamt"],
    "reached_on": ["", "yesterday", "2026-03-02", "1066-10-14", "2026-02-30"],
    "region": ["ML-99", "NE-6"],
    "place": ["x" * 201, "14.6937, -3.9962", "chez le chef, 76 12 34 56"],
    "people_involved": ["-1", "1.5", "many", "9999999", "7"],
    "women_involved": ["-1", "21"],
    "youth_involved": ["-1", "21"],
    "women_led": ["perhaps"],
    "women_leaders": ["-1", "9"],
    "youth_led": ["perhaps"],
    "youth_leaders": ["1"],
    "roles": ["Call +223 76 12 34 56.", "x" * 2001],
    "adaptations": ["Write to moussa@example.org"],
    "shown": ["", "to-all"],
}


def test_every_field_has_its_bad_values():
    assert set(BAD) == {field.name for field in fields(Written)}


@pytest.mark.matrix
@pytest.mark.parametrize(("field", "value"), [(f, v) for f, vs in BAD.items() for v in vs])
def test_a_bad_value_is_refused_at_its_field_and_nothing_is_kept(site, field, value):
    with site.begin() as work:
        member = make_member(work)
        revision, _ = make_revision(work, State.PUBLISHED)
        slug = revision.practice.slug
    problems = refused(site, lambda work: make_adoption(work, member, slug, **{field: value}))
    expected = {field}
    if field == "people_involved" and value == "7":
        expected = {"women_involved"}
    if field == "women_led":
        expected = {"women_led", "women_leaders"}
    assert set(problems) == expected


@given(people=st.integers(0, 50), women=st.integers(0, 50), youth=st.integers(0, 50))
def test_parts_larger_than_the_whole_are_the_only_counts_refused(people, women, youth):
    written = replace(
        WRITTEN,
        people_involved=str(people),
        women_involved=str(women),
        youth_involved=str(youth),
        women_led="",
        women_leaders="",
    )
    wrong = {
        name
        for name, part in (("women_involved", women), ("youth_involved", youth))
        if part > people
    }
    if not wrong:
        assert read(written, TODAY, {"ML-7": ""}).people_involved == people
        return
    with pytest.raises(Invalid) as error:
        read(written, TODAY, {"ML-7": ""})
    assert set(error.value.problems) == wrong


@pytest.mark.parametrize(
    "state", [s for s in State if s not in {State.PUBLISHED, State.SUPERSEDED}]
)
def test_only_what_is_published_can_be_adopted(site, state):
    with site.begin() as work:
        member = make_member(work)
        revision, _ = make_revision(work, state)
        slug = revision.practice.slug
    refused(site, lambda work: make_adoption(work, member, slug), NotFound)


@pytest.mark.parametrize("typed", ["2025-11-20", "20/11/2025", "20.11.2025", " 2025-11-20 "])
def test_a_day_is_understood_as_people_type_it(site, typed):
    with site.begin() as work:
        revision, _ = make_revision(work, State.PUBLISHED)
        made = make_adoption(work, make_member(work), revision.practice.slug, reached_on=typed)
        assert made.stage_on == date(2025, 11, 20)


def test_a_restricted_practice_is_not_there_for_a_member(site):
    with site.begin() as work:
        member = make_member(work)
        content = make_content(visibility="restricted")
        revision, _ = make_revision(work, State.PUBLISHED, content)
        slug = revision.practice.slug
    refused(site, lambda work: make_adoption(work, member, slug), NotFound)


def test_who_has_no_organisation_or_one_of_another_country_is_refused(site):
    with site.begin() as work:
        alone = make_user(work, Role.MEMBER)
        abroad = make_member(work)
        work.session.get_one(User, abroad.user_id).country = "NE"
        revision, _ = make_revision(work, State.PUBLISHED)
        slug = revision.practice.slug
    for who in (alone, abroad):
        problems = refused(site, lambda work, who=who: make_adoption(work, who, slug))
        assert set(problems) == {"organisation"}
    refused(site, lambda work: make_adoption(work, Actor(), slug), Forbidden)


def test_the_same_practice_in_the_same_place_is_recorded_once_until_given_up(site):
    with site.begin() as work:
        member = make_member(work)
        first = make_adoption(work, member)
        slug, number = first.practice.slug, first.id
        make_adoption(work, member, slug, place="in the hills")
    refused(site, lambda work: make_adoption(work, member, slug), Conflict)
    with site.begin() as work:
        move(work, member, number, "abandoned", "2026-02-01")
        make_adoption(work, member, slug)


@pytest.mark.matrix
@pytest.mark.parametrize(("old", "new"), [(o, n) for o in Stage for n in Stage])
def test_the_stages_go_as_the_table_says(old, new):
    if new in TRANSITIONS[old]:
        assert advance(old, new) is new
    else:
        with pytest.raises(Conflict):
            advance(old, new)


def test_a_stage_keeps_the_ones_before_and_its_day_does_not_go_back(site):
    with site.begin() as work:
        member = make_member(work)
        number = make_adoption(work, member, stage="intent").id
        assert (
            work.session.scalar(select(FollowUp.id).where(FollowUp.adoption_id == number)) is None
        )
    problems = refused(site, lambda work: move(work, member, number, "trial", "2026-01-14"))
    assert set(problems) == {"reached_on"}
    refused(site, lambda work: move(work, member, number, "trial", "2026-03-02"))
    refused(site, lambda work: move(work, member, number, "intent", "2026-02-01"), Conflict)
    refused(site, lambda work: move(work, member, number, "x", "2026-02-01"))
    with site.begin() as work:
        move(work, member, number, "trial", "2026-02-01")
        move(work, member, number, "adopted", "2026-02-20")
    with site.reading() as session:
        found = session.get_one(Adoption, number)
        assert [(s.stage.value, s.reached_on.isoformat()) for s in found.stages] == [
            ("intent", "2026-01-15"),
            ("trial", "2026-02-01"),
            ("adopted", "2026-02-20"),
        ]
        assert found.follow_ups[0].due_on == date(2026, 5, 1)


def test_giving_up_drops_what_is_not_due_yet(site):
    with site.begin() as work:
        member = make_member(work)
        number = make_adoption(work, member, reached_on="2025-10-01").id
        move(work, member, number, "abandoned", "2026-02-01")
    with site.reading() as session:
        found = session.get_one(Adoption, number).follow_ups
        assert [each.dropped_on for each in found] == [None, date(2026, 2, 1), date(2026, 2, 1)]


def test_a_follow_up_is_answered_once_by_the_organisation(site):
    with site.begin() as work:
        member = make_member(work)
        number = make_adoption(work, member, reached_on="2025-11-20").id
        stranger, editor = make_member(work), make_user(work, Role.EDITOR)

    def answered(who, month=3, **changes):
        return lambda work: answer(work, who, number, month, replace(FOLLOW_UP, **changes))

    refused(site, answered(stranger), NotFound)
    refused(site, answered(editor), Forbidden)
    refused(site, answered(member, 4), NotFound)
    refused(site, answered(member, 6), Conflict)
    for field, value in (
        ("done_on", "2025-11-19"),
        ("done_on", "2026-03-02"),
        ("what_changed", ""),
        ("evidence", "see 14.6937, -3.9962"),
        ("rating", "5"),
        ("rating", ""),
        ("still_in_use", "perhaps"),
    ):
        assert set(refused(site, answered(member, **{field: value}))) == {field}
    with site.begin() as work:
        answered(member)(work)
    refused(site, answered(member), Conflict)
    with site.reading() as session:
        done = session.get_one(Adoption, number).follow_ups[0]
        assert (done.rating, done.still_in_use, done.done_on) == (3, True, date(2026, 2, 20))


def test_what_is_due_is_listed_and_asked_for_once(fresh_runtime, clock):
    site = fresh_runtime
    with site.begin() as work:
        make_vocabularies(work)
        member, other = make_member(work), make_member(work)
        editor = make_user(work, Role.EDITOR)
        number = make_adoption(work, member).id
        make_adoption(work, other, stage="intent")
    with site.begin() as work:
        assert remind(work) == 0
    clock.advance(days=60)
    with site.begin() as work:
        assert remind(work) == 1
    with site.begin() as work:
        assert remind(work) == 0
    with site.reading() as session:
        today = clock.now().date()
        told = session.scalars(select(Notification.user_id)).all()
        assert told.count(member.user_id) == 1
        assert other.user_id not in told
        for who, expected in ((member, [number]), (other, []), (editor, [number])):
            assert [f.adoption_id for f in due_follow_ups(session, who, today)] == expected


def test_an_editor_of_another_organisation_verifies(site):
    with site.begin() as work:
        organisation = make_organisation(work)
        member = make_member(work, organisation)
        colleague = make_member(work, organisation, Role.EDITOR)
        editor, outsider = make_user(work, Role.EDITOR), make_member(work)
        number = make_adoption(work, member).id
    refused(site, lambda work: verify(work, member, number), Forbidden)
    refused(site, lambda work: verify(work, colleague, number), Forbidden)
    refused(site, lambda work: verify(work, outsider, number), NotFound)
    with site.begin() as work:
        verify(work, editor, number)
    refused(site, lambda work: verify(work, editor, number), Conflict)
    with site.begin() as work:
        change(work, member, number, replace(WRITTEN, people_involved="30"))
    with site.reading() as session:
        found = session.get_one(Adoption, number)
        assert (found.verified_at, found.people_involved) == (None, 30)
        assert (found.stage, found.stage_on) == (Stage.TRIAL, date(2026, 1, 15))


def test_who_may_see_an_adoption(site):
    with site.begin() as work:
        organisation = make_organisation(work)
        member, colleague = make_member(work, organisation), make_member(work, organisation)
        left = make_member(work, organisation)
        number = make_adoption(work, left).id
        work.session.get_one(User, left.user_id).organisation_id = make_organisation(work).id
        noise = make_adoption(work, make_member(work)).id
        editor, alone = make_user(work, Role.EDITOR), make_user(work, Role.ADMIN)
    with site.reading() as session:
        for who in (member, colleague, editor):
            assert visible_adoption(session, who, number).id == number
        for who in (left, alone, Actor(), Actor(member.user_id)):
            with pytest.raises(NotFound):
                visible_adoption(session, who, number)
        seen = {
            name: {a.id for a in listed(session, who, Paging(per_page=100))[0]}
            for name, who in (("member", member), ("left", left), ("alone", alone))
        }
        assert seen == {"member": {number}, "left": set(), "alone": set()}
        everything, _ = listed(session, editor, Paging(per_page=100))
        assert {number, noise} <= {a.id for a in everything}


def test_few_organisations_are_not_counted_in_public(site):
    with site.begin() as work:
        revision, _ = make_revision(work, State.PUBLISHED)
        slug = revision.practice.slug
        for _ in range(2):
            member = make_member(work)
            make_adoption(work, member, slug, stage="adopted")
            make_adoption(work, member, slug, stage="adopted", place="elsewhere")
        make_adoption(work, make_member(work), slug)
        assert organisations_using(work.session, slug) == 0
        make_adoption(work, make_member(work), slug, stage="institutionalised")
        assert organisations_using(work.session, slug) == 3


def test_what_is_recorded_while_organisations_are_merged_is_of_the_one_that_stays(site):
    with site.begin() as work:
        editor = make_user(work, Role.EDITOR)
        one, other = make_organisation(work).id, make_organisation(work).id
        member = make_member(work, work.session.get_one(Organisation, one))
        revision, _ = make_revision(work, State.PUBLISHED)
        slug = revision.practice.slug

    def record_it():
        with site.begin() as work:
            return make_adoption(work, member, slug).id

    with ThreadPoolExecutor(1) as pool:
        with site.begin() as work:
            merge(work, editor, one, other)
            recorded = pool.submit(record_it)
            time.sleep(0.5)  # it waits for the organisation
        number = recorded.result(timeout=20)
    with site.reading() as session:
        assert session.get_one(Adoption, number).organisation_id == other
        assert visible_adoption(session, member, number).id == number


def test_a_duplicate_is_merged_and_its_name_leads_to_the_other(site):
    with site.begin() as work:
        made = [make_organisation(work, country) for country in ("ML", "ML", "NE")]
        member, kept = make_member(work, made[0]), make_member(work, made[1])
        noise = make_member(work)
        number = make_adoption(work, member).id
        editor = make_user(work, Role.EDITOR)
        name = made[0].name
        one, other, abroad = (each.id for each in made)
    refused(site, lambda work: merge(work, member, one, other), Forbidden)
    refused(site, lambda work: merge(work, editor, one, one))
    refused(site, lambda work: merge(work, editor, one, abroad))
    refused(site, lambda work: merge(work, editor, one, 999_999))
    with site.begin() as work:
        merge(work, editor, one, other)
    refused(site, lambda work: merge(work, editor, one, other), Conflict)
    with site.begin() as work:
        assert work.session.get_one(Adoption, number).organisation_id == other
        users = select(User.id).where(User.organisation_id == other).order_by(User.id)
        assert list(work.session.scalars(users)) == sorted([member.user_id, kept.user_id])
        assert work.session.get_one(User, noise.user_id).organisation_id not in {one, other}
        names = [each.id for each in all_organisations(work.session)]
        assert (one in names, other in names) == (False, True)
        assert known_organisation(work, one).id == other
        assert add_organisation(work, name, "gendarmerie", "ML").id == other
        row = work.session.get_one(OrganisationMerge, one)
        assert (row.into_id, row.merged_by_id) == (other, editor.user_id)
        assert work.session.get_one(Organisation, one).name == name


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(0, 36))
def test_months_later_is_that_many_months_and_never_more_days(day, months):
    later = months_later(day, months)
    apart = (later.year - day.year) * 12 + later.month - day.month
    assert apart == months
    is_last = (later + timedelta(days=1)).day == 1
    assert later.day == day.day or (is_last and later.day < day.day)


def test_the_history_is_what_the_adoption_says(site):
    """For every adoption in the house: its stage is the newest row of its history."""
    with site.reading() as session:
        last = select(AdoptionStage.adoption_id, func.max(AdoptionStage.id).label("newest"))
        last = last.group_by(AdoptionStage.adoption_id).subquery()
        rows = session.execute(
            select(
                Adoption.stage, Adoption.stage_on, AdoptionStage.stage, AdoptionStage.reached_on
            )
            .join(last, last.c.adoption_id == Adoption.id)
            .join(AdoptionStage, AdoptionStage.id == last.c.newest)
        ).all()
        assert rows
        assert [row[:2] for row in rows] == [row[2:] for row in rows]
        assert {row[0] for row in rows} - set(FIRST) <= {Stage.ABANDONED}
