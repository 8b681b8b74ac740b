"""Answers to assignments, proposed reviewers, the rubric: on both databases."""

import pytest
from sqlalchemy import event, select

from kb.accounts.models import Organisation, OrganisationType, User
from kb.accounts.permissions import Actor, Role
from kb.core.errors import Conflict, Forbidden, Invalid, NotFound
from kb.events.types import EventType
from kb.practices.lifecycle import Action, State
from kb.practices.models import Revision, RevisionAuthor
from kb.reviews.answering import accept_assignment, decline_assignment, set_due_date
from kb.reviews.candidates import proposals
from kb.reviews.dossier import dossier
from kb.reviews.models import Assignment, Verdict, VerdictRating
from kb.reviews.queries import subject, visible_revision
from kb.reviews.queue import overdue, queue
from kb.reviews.rubric import Criterion, Rating
from kb.reviews.rules import Decision, Outcome
from kb.reviews.service import assign, give_verdict, sign_off, unassign
from kb.reviews.timeline import timeline
from kb.workflow.service import perform
from tests.database import entries, snapshot
from tests.make import ANSWERS, RATINGS, make_content, make_revision, make_user

pytestmark = pytest.mark.usefixtures("roles_end")


@pytest.fixture
def in_review(site):
    """A revision in review, and noise: another one whose reviewer has accepted and declined."""
    with site.begin() as work:
        other, others = make_revision(work, State.IN_REVIEW)
        accept_assignment(work, others["reviewer"], other.id)
        decline_assignment(work, others["reviewer"], other.id, "ailleurs")
        revision, people = make_revision(work, State.IN_REVIEW)
        people |= {
            "other reviewer": make_user(work, Role.REVIEWER),
            "admin": make_user(work, Role.ADMIN),
            "visitor": Actor(),
        }
        return revision.id, people


def refused(site, error, act):
    before = snapshot(site)
    with pytest.raises(error) as refusal, site.begin() as work:
        act(work)
    assert snapshot(site) == before
    return refusal.value


def assignment_of(session, revision_id, actor):
    query = select(Assignment).where(
        Assignment.revision_id == revision_id, Assignment.reviewer_id == actor.user_id
    )
    return session.scalars(query.order_by(Assignment.id.desc())).first()


# Answers.


def test_taking_a_review_on(site, in_review):
    number, people = in_review
    last = len(entries(site))
    with site.begin() as work:
        accept_assignment(work, people["reviewer"], number)
    with site.reading() as session:
        row = assignment_of(session, number, people["reviewer"])
        assert (row.accepted_at, row.declined_at) == (site.clock.now(), None)
    (entry,) = entries(site, after=last)
    assert (entry.type, entry.data["reviewer_id"]) == (
        EventType.ASSIGNMENT_ACCEPTED,
        people["reviewer"].user_id,
    )
    before = snapshot(site)
    with site.begin() as work:
        accept_assignment(work, people["reviewer"], number)
    assert snapshot(site) == before


def test_declining_frees_the_place_and_tells_the_editors(site, in_review):
    number, people = in_review
    reviewer = people["reviewer"]
    last = len(entries(site))
    with site.begin() as work:
        decline_assignment(work, reviewer, number, "  un parent de l'auteur ")
    with site.reading() as session:
        row = assignment_of(session, number, reviewer)
        now = site.clock.now()
        assert (row.declined_at, row.ended_at) == (now, now)
        assert row.decline_reason == "un parent de l'auteur"
        with pytest.raises(NotFound):
            visible_revision(session, reviewer, number)
        (case,) = (
            c for c in queue(session, people["editor"], 1).in_review if c.revision_id == number
        )
        assert (case.reviewers, case.waiting) == (0, ())
    (entry,) = entries(site, after=last)
    assert (entry.type, entry.data["audience"]) == (EventType.ASSIGNMENT_DECLINED, "desk")
    assert "parent" not in str(entry.data)
    for attempt in (
        lambda w: give_verdict(w, reviewer, number, Decision.ACCEPT, ratings=RATINGS),
        lambda w: accept_assignment(w, reviewer, number),
        lambda w: decline_assignment(w, reviewer, number, "encore"),
    ):
        assert str(refused(site, Forbidden, attempt)) == "You may not do this."
    # They may be asked again, and then have not answered.
    with site.begin() as work:
        assign(work, people["editor"], number, reviewer.user_id, None)
        assert assignment_of(work.session, number, reviewer).accepted_at is None


def test_why_somebody_declined_is_for_the_editors_alone(site, in_review):
    number, people = in_review
    with site.begin() as work:
        assign(work, people["editor"], number, people["other reviewer"].user_id, None)
        decline_assignment(work, people["reviewer"], number, "zaraison")
        practice_id = work.session.get_one(Revision, number).practice_id
    today = site.clock.now().date()
    with site.reading() as session:
        for who in ("editor", "safeguard", "other reviewer", "author"):
            told = str(timeline(session, people[who], practice_id))
            told += str(dossier(session, people[who], number, 1, today).declined)
            assert ("zaraison" in told) is (who == "editor"), who
            assert (EventType.ASSIGNMENT_DECLINED.name in told) is (who != "author"), who


@pytest.mark.parametrize("reason", ["", " \n ", "x" * 10_001])
def test_declining_needs_a_reason(site, in_review, reason):
    number, people = in_review
    refusal = refused(
        site, Invalid, lambda w: decline_assignment(w, people["reviewer"], number, reason)
    )
    assert set(refusal.problems) == {"decline_reason"}


def test_only_who_was_asked_answers(site, in_review):
    number, people = in_review
    for who in set(people) - {"reviewer"}:
        for act in (
            lambda w, a=people[who]: accept_assignment(w, a, number),
            lambda w, a=people[who]: decline_assignment(w, a, number, "x"),
        ):
            assert str(refused(site, Forbidden, act)) == "You may not do this.", who


def test_who_has_judged_cannot_decline_that_version_any_more(site, in_review):
    number, people = in_review
    reviewer = people["reviewer"]
    with site.begin() as work:
        give_verdict(work, reviewer, number, Decision.CHANGES, "à revoir")
        # Judging is taking it on.
        assert assignment_of(work.session, number, reviewer).accepted_at == site.clock.now()
    refused(site, Conflict, lambda w: decline_assignment(w, reviewer, number, "trop tard"))
    with site.begin() as work:
        perform(work, people["editor"], number, Action.REQUEST_CHANGES, "à revoir")
        perform(work, people["author"], number, Action.SUBMIT)
        decline_assignment(work, reviewer, number, "plus le temps")
        assert work.session.scalars(select(Verdict)).all()


@pytest.mark.parametrize("state", [State.APPROVED, State.PUBLISHED, State.ARCHIVED])
def test_there_is_a_time_to_answer(site, state):
    with site.begin() as work:
        revision, people = make_revision(work, state)
        number = revision.id
    for act in (
        lambda w: accept_assignment(w, people["reviewer"], number),
        lambda w: decline_assignment(w, people["reviewer"], number, "x"),
    ):
        refused(site, Conflict, act)


def test_a_new_round_has_a_new_date(site, in_review):
    number, people = in_review
    day = site.clock.now().date()
    with site.begin() as work:
        row = assignment_of(work.session, number, people["reviewer"])
        row.due_on, row.reminded_at, row.overdue_told_at = day, site.clock.now(), site.clock.now()
    refused(site, Forbidden, lambda w: set_due_date(w, people["reviewer"], number, None))
    with site.begin() as work:
        set_due_date(work, people["editor"], number, day.replace(year=2027))
        row = assignment_of(work.session, number, people["reviewer"])
        assert (row.due_on.year, row.reminded_at, row.overdue_told_at) == (2027, None, None)


def test_what_is_late_comes_first_and_says_by_how_much(site, in_review):
    number, people = in_review
    today = site.clock.now().date()
    with site.begin() as work:
        for who, days in (("reviewer", 2), ("other reviewer", 5)):
            if who != "reviewer":
                assign(work, people["editor"], number, people[who].user_id, None)
            row = assignment_of(work.session, number, people[who])
            row.due_on = today.replace(month=2, day=28 - days + 1)
        names = {
            who: work.session.get_one(User, people[who].user_id).name
            for who in ("reviewer", "other reviewer")
        }
    with site.reading() as session:
        ((case, late),) = overdue(queue(session, people["editor"], 1), today)
    assert case.revision_id == number
    assert [(each.name, each.days) for each in late] == [
        (names["other reviewer"], 5),
        (names["reviewer"], 2),
    ]
    with site.begin() as work:
        for who in ("reviewer", "other reviewer"):
            give_verdict(work, people[who], number, Decision.CHANGES, "fait")
    with site.reading() as session:
        assert overdue(queue(session, people["editor"], 1), today) == ()


# The rubric.


def test_a_verdict_to_accept_is_rated(site, in_review):
    number, people = in_review
    some = {Criterion.CLARITY: Rating(4, "clair")}
    for ratings in ({}, some):
        refusal = refused(
            site,
            Invalid,
            lambda w, r=ratings: give_verdict(
                w, people["reviewer"], number, Decision.ACCEPT, ratings=r
            ),
        )
        assert len(refusal.problems) == 6 - len(ratings)
    with site.begin() as work:
        give_verdict(work, people["reviewer"], number, Decision.REJECT, "non", ratings=some)
    with site.begin() as work:
        verdict = give_verdict(work, people["reviewer"], number, Decision.ACCEPT, ratings=RATINGS)
        rows = work.session.scalars(
            select(VerdictRating).where(VerdictRating.verdict_id == verdict.id)
        ).all()
        assert {row.criterion: (row.level, row.note) for row in rows} == dict.fromkeys(
            Criterion, (3, "")
        )
    with site.begin() as work:
        verdict = give_verdict(
            work, people["reviewer"], number, Decision.CHANGES, "x", ratings=some
        )
        assert [(r.criterion, r.level) for r in verdict.ratings] == [(Criterion.CLARITY, 4)]


def test_authors_read_the_rubric_as_they_read_the_reason(site, in_review):
    number, people = in_review
    with site.begin() as work:
        first = {Criterion.CLARITY: Rating(1, "avant")}
        give_verdict(work, people["reviewer"], number, Decision.CHANGES, "un", ratings=first)
        last = {Criterion.CLARITY: Rating(2, "après"), Criterion.RELEVANCE: Rating(4)}
        give_verdict(work, people["reviewer"], number, Decision.CHANGES, "deux", ratings=last)
        practice_id = work.session.get_one(Revision, number).practice_id
    with site.reading() as session:
        for who in ("author", "editor", "safeguard"):
            given = [
                entry
                for entry in timeline(session, people[who], practice_id)
                if entry.kind is EventType.VERDICT_GIVEN
            ]
            assert [entry.text for entry in given] == ["", "deux"]
            assert given[0].ratings == ()
            assert [(each.criterion, each.level, each.note) for each in given[1].ratings] == [
                (Criterion.RELEVANCE, 4, ""),
                (Criterion.CLARITY, 2, "après"),
            ]
            assert (given[1].name == "") is (who == "author")


# Proposals.


def proposed(site, number):
    with site.reading() as session:
        revision = session.get_one(Revision, number)
        found = proposals(session, revision, subject(session, revision))
        return {each.user_id: each for each in found}, [each.user_id for each in found]


def test_who_is_proposed_and_why(site, in_review):
    _, people = in_review
    with site.begin() as work:
        content = make_content(countries=["NE"], themes=["reconciliation"])
        known, others = make_revision(work, State.IN_REVIEW, content)
        text, authors = make_revision(work, State.SUBMITTED, content | {"slug": "a-text-to-ask"})
        school = Organisation(name="École", type=OrganisationType.CIVIL_SOCIETY, country="NE")
        work.session.add(school)
        work.session.flush()
        give_verdict(work, others["reviewer"], known.id, Decision.CHANGES, "vu")
        colleague = make_user(work, Role.REVIEWER)
        neighbour = make_user(work, Role.REVIEWER)
        author_too = make_user(work, Role.REVIEWER)
        gone = make_user(work, Role.REVIEWER)
        text.authors.append(RevisionAuthor(user_id=author_too.user_id))
        for actor, changes in (
            (authors["author"], {"organisation": school}),
            (colleague, {"organisation": school, "country": "NE"}),
            (neighbour, {"country": "NE"}),
            (gone, {"disabled_at": site.clock.now()}),
        ):
            for name, value in changes.items():
                setattr(work.session.get_one(User, actor.user_id), name, value)
        text_id = text.id
    found, order = proposed(site, text_id)
    wanted = {
        "expert": others["reviewer"].user_id,
        "neighbour": neighbour.user_id,
        "busy": people["reviewer"].user_id,
        "colleague": colleague.user_id,
    }
    assert order.index(wanted["expert"]) == 0
    assert order.index(wanted["neighbour"]) < order.index(wanted["busy"])
    assert order[-1] == wanted["colleague"]
    assert not set(order) & {author_too.user_id, gone.user_id}
    expert = found[wanted["expert"]]
    assert (expert.countries, expert.themes, expert.load) == (("NE",), ("reconciliation",), 0)
    busy = found[wanted["busy"]]
    assert (busy.countries, busy.themes, busy.load) == ((), (), 1)
    assert [user_id for user_id, each in found.items() if each.is_colleague] == [
        wanted["colleague"]
    ]


def test_who_may_not_be_asked_is_not_proposed(site, in_review):
    number, people = in_review
    with site.begin() as work:
        both = make_user(work, Role.REVIEWER, Role.SAFEGUARD)
        sign_off(work, both, number, Outcome.PASS, ANSWERS)
        decliner = make_user(work, Role.REVIEWER)
        assign(work, people["editor"], number, decliner.user_id, None)
        decline_assignment(work, decliner, number, "non")
        released = make_user(work, Role.REVIEWER)
        assign(work, people["editor"], number, released.user_id, None)
        unassign(work, people["editor"], number, released.user_id)
    found, order = proposed(site, number)
    assert not set(order) & {both.user_id, people["reviewer"].user_id}
    assert order[-1] == decliner.user_id
    assert [user_id for user_id, each in found.items() if each.has_declined] == [decliner.user_id]
    assert released.user_id in order


def test_the_number_of_queries_does_not_grow_with_the_reviewers(site, in_review):
    number, _ = in_review

    def queries():
        told = []

        def listen(_connection, _cursor, statement, *_rest):
            told.append(statement)

        event.listen(site.engine, "before_cursor_execute", listen)
        proposed(site, number)
        event.remove(site.engine, "before_cursor_execute", listen)
        return len([each for each in told if each.startswith("SELECT")])

    few = queries()
    with site.begin() as work:
        for _ in range(8):
            revision, people = make_revision(work, State.IN_REVIEW)
            give_verdict(work, people["reviewer"], revision.id, Decision.CHANGES, "x")
    assert queries() == few
