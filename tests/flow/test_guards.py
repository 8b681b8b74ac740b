"""What must hold besides state and role: quorum, sign-off, reasons, and nobody on both sides."""

import pytest
from sqlalchemy import select

from kb.accounts.models import User
from kb.accounts.permissions import Role
from kb.core.errors import Conflict, Forbidden, Invalid
from kb.practices.content import LocationPrecision, Visibility
from kb.practices.lifecycle import NEEDS_REASON, Action, State, Withdrawal
from kb.practices.models import Practice, Revision, RevisionAuthor, TransitionNote
from kb.practices.queries import get_revision, published_revision
from kb.practices.service import start_revision
from kb.reviews.models import Assignment, Verdict
from kb.reviews.queries import decisions_on, last_sign_off
from kb.reviews.rules import Decision, Outcome
from kb.reviews.service import assign, give_verdict, sign_off
from kb.workflow.service import perform
from tests.database import entries, snapshot
from tests.make import ANSWERS, RATINGS, make_content, make_next, make_revision, make_user

pytestmark = pytest.mark.usefixtures("roles_end")

NOT_ACCEPTED = "The reviewers have not accepted this version."
NOT_SIGNED = "The do-no-harm sign-off of this version is missing or refuses."
TWO_PEOPLE = "Content and do no harm are judged by different people."


def refused(site, error, act):
    """The sentence of the refusal; nothing may have changed."""
    before = snapshot(site)
    with pytest.raises(error) as refusal, site.begin() as work:
        act(work)
    assert snapshot(site) == before
    return str(refusal.value.message)


@pytest.fixture
def in_review(site):
    """A revision in review, and noise: another one that is accepted and signed off."""
    with site.begin() as work:
        make_revision(work, State.APPROVED)
        revision, people = make_revision(work, State.IN_REVIEW)
        return revision.id, people


def approve(people, revision_id, quorum=1):
    def act(work):
        work.review_quorum = quorum
        return perform(work, people["editor"], revision_id, Action.APPROVE)

    return act


def accept(site, people, revision_id, who="reviewer"):
    with site.begin() as work:
        give_verdict(work, people[who], revision_id, Decision.ACCEPT, ratings=RATINGS)


def let_pass(site, people, revision_id, outcome=Outcome.PASS, **more):
    with site.begin() as work:
        sign_off(work, people["safeguard"], revision_id, outcome, ANSWERS, "note", **more)


def test_approval_needs_both_acceptance_and_sign_off(site, in_review):
    revision_id, people = in_review
    assert refused(site, Conflict, approve(people, revision_id)) == NOT_ACCEPTED
    let_pass(site, people, revision_id)
    assert refused(site, Conflict, approve(people, revision_id)) == NOT_ACCEPTED
    accept(site, people, revision_id)
    with site.begin() as work:
        assert approve(people, revision_id)(work).state is State.APPROVED


def test_approval_needs_a_sign_off_even_when_accepted(site, in_review):
    revision_id, people = in_review
    accept(site, people, revision_id)
    assert refused(site, Conflict, approve(people, revision_id)) == NOT_SIGNED


@pytest.mark.parametrize("decision", [Decision.CHANGES, Decision.REJECT])
def test_one_voice_against_is_enough(site, in_review, decision):
    revision_id, people = in_review
    with site.begin() as work:
        people["second"] = make_user(work, Role.REVIEWER)
        assign(work, people["editor"], revision_id, people["second"].user_id, None)
        give_verdict(work, people["second"], revision_id, decision, "not yet")
    accept(site, people, revision_id)
    let_pass(site, people, revision_id)
    assert refused(site, Conflict, approve(people, revision_id)) == NOT_ACCEPTED


def test_the_quorum_is_the_setting(site, in_review):
    revision_id, people = in_review
    accept(site, people, revision_id)
    let_pass(site, people, revision_id)
    assert refused(site, Conflict, approve(people, revision_id, quorum=2)) == NOT_ACCEPTED
    with site.begin() as work:
        people["second"] = make_user(work, Role.REVIEWER)
        assign(work, people["editor"], revision_id, people["second"].user_id, None)
    accept(site, people, revision_id, "second")
    assert refused(site, Conflict, approve(people, revision_id, quorum=3)) == NOT_ACCEPTED
    with site.begin() as work:
        assert approve(people, revision_id, quorum=2)(work).state is State.APPROVED


def test_a_reviewer_may_change_their_mind_and_the_last_word_counts(site, in_review):
    revision_id, people = in_review
    let_pass(site, people, revision_id)
    accept(site, people, revision_id)
    with site.begin() as work:
        give_verdict(work, people["reviewer"], revision_id, Decision.CHANGES, "on second thought")
    assert refused(site, Conflict, approve(people, revision_id)) == NOT_ACCEPTED
    with site.reading() as session:
        version_id = get_revision(session, revision_id).version_id
        (verdict,) = session.scalars(select(Verdict).where(Verdict.version_id == version_id))
        assert (verdict.decision, verdict.reason) == (Decision.CHANGES, "on second thought")


def test_a_refusal_blocks_until_another_sign_off(site, in_review):
    revision_id, people = in_review
    accept(site, people, revision_id)
    let_pass(site, people, revision_id)
    let_pass(site, people, revision_id, Outcome.REFUSE)
    assert refused(site, Conflict, approve(people, revision_id)) == NOT_SIGNED
    let_pass(site, people, revision_id)
    with site.begin() as work:
        assert approve(people, revision_id)(work).state is State.APPROVED


def resubmit(site, people, revision_id):
    with site.begin() as work:
        perform(work, people["editor"], revision_id, Action.REQUEST_CHANGES, "clearer, please")
        perform(work, people["author"], revision_id, Action.SUBMIT)
        perform(work, people["editor"], revision_id, Action.ASSIGN)


def test_resubmitting_voids_acceptance_and_sign_off_alike(site, in_review):
    revision_id, people = in_review
    accept(site, people, revision_id)
    let_pass(site, people, revision_id)
    resubmit(site, people, revision_id)
    with site.reading() as session:
        version_id = get_revision(session, revision_id).version_id
        assert decisions_on(session, version_id) == ()
        assert last_sign_off(session, version_id) is None
    assert refused(site, Conflict, approve(people, revision_id)) == NOT_ACCEPTED
    accept(site, people, revision_id)
    assert refused(site, Conflict, approve(people, revision_id)) == NOT_SIGNED
    let_pass(site, people, revision_id)
    with site.begin() as work:
        assert approve(people, revision_id)(work).state is State.APPROVED


def test_reopening_and_a_second_thought_stop_the_publication(site):
    with site.begin() as work:
        revision, people = make_revision(work, State.APPROVED)
        revision_id = revision.id
        perform(work, people["editor"], revision_id, Action.REOPEN)
        sign_off(
            work, people["safeguard"], revision_id, Outcome.REFUSE, ANSWERS, "a name was found"
        )
    assert refused(site, Conflict, approve(people, revision_id)) == NOT_SIGNED


def test_publishing_asks_again(site):
    """A verdict that was changed by other means between approval and publication counts."""
    with site.begin() as work:
        revision, people = make_revision(work, State.APPROVED)
        revision_id = revision.id
        verdict = work.session.scalars(
            select(Verdict).where(Verdict.version_id == revision.version_id)
        ).one()
        verdict.reason, verdict.decision = "withdrawn", Decision.REJECT

    def publish(work):
        perform(work, people["editor"], revision_id, Action.PUBLISH)

    assert refused(site, Conflict, publish) == NOT_ACCEPTED


REASONED_IN = {
    Action.REQUEST_CHANGES: State.IN_REVIEW,
    Action.REJECT: State.SUBMITTED,
    Action.WITHDRAW: State.PUBLISHED,
    Action.ARCHIVE: State.PUBLISHED,
}


def test_the_table_of_reasons_is_complete():
    assert set(REASONED_IN) == set(NEEDS_REASON)


@pytest.mark.matrix
@pytest.mark.parametrize("action", REASONED_IN)
@pytest.mark.parametrize("note", ["", "   ", "\n\t\u00a0"])
def test_the_server_insists_on_a_reason(site, action, note):
    with site.begin() as work:
        revision, people = make_revision(work, REASONED_IN[action])
        revision_id = revision.id

    def act(work):
        perform(work, people["editor"], revision_id, action, note, withdrawal=Withdrawal.ERROR)

    assert refused(site, Invalid, act) == "Please give a reason."


def test_a_note_is_kept_beside_the_audit_trail_and_not_in_it(site):
    with site.begin() as work:
        revision, people = make_revision(work, State.PUBLISHED)
        revision_id = revision.id
        perform(work, people["editor"], revision_id, Action.ARCHIVE, "  too dangerous now ")
    with site.reading() as session:
        note = session.scalars(
            select(TransitionNote).where(TransitionNote.revision_id == revision_id)
        ).one()
        assert note.text == "too dangerous now"
    entry = entries(site)[-1]
    assert entry.data["note_id"] == note.id
    assert "dangerous" not in str(entry.data)


@pytest.mark.parametrize("decision", [Decision.CHANGES, Decision.REJECT])
@pytest.mark.parametrize("reason", ["", "  "])
def test_a_verdict_against_needs_a_reason(site, in_review, decision, reason):
    revision_id, people = in_review

    def act(work):
        give_verdict(work, people["reviewer"], revision_id, decision, reason)

    assert refused(site, Invalid, act) == "Please give a reason."


def test_a_refusing_sign_off_needs_a_reason(site, in_review):
    revision_id, people = in_review

    def act(work):
        sign_off(work, people["safeguard"], revision_id, Outcome.REFUSE, ANSWERS, " ")

    assert refused(site, Invalid, act) == "Please give a reason."


@pytest.mark.parametrize("outcome", list(Outcome))
@pytest.mark.parametrize("precision", [None, LocationPrecision.REGION])
def test_only_a_coarsened_pass_says_how_coarse(site, in_review, outcome, precision):
    revision_id, people = in_review

    def act(work):
        return sign_off(
            work,
            people["safeguard"],
            revision_id,
            outcome,
            ANSWERS,
            "note",
            location_precision=precision,
        )

    if (outcome is Outcome.PASS_COARSENED) == (precision is not None):
        with site.begin() as work:
            assert act(work).location_precision == precision
        return
    assert refused(site, Invalid, act) == "Please say how exactly places may be told."


# Nobody on both sides.


def test_own_text_is_never_assigned_verdict_given_signed_decided(site):
    with site.begin() as work:
        revision, people = make_revision(work, State.IN_REVIEW)
        revision_id = revision.id
        everything = make_user(work, *Role)
        revision.authors.append(RevisionAuthor(user_id=everything.user_id))
        give_verdict(work, people["reviewer"], revision_id, Decision.ACCEPT, ratings=RATINGS)
        sign_off(work, people["safeguard"], revision_id, Outcome.PASS, ANSWERS)
        # As if they had been assigned before they became an author.
        work.session.add(
            Assignment(
                revision_id=revision_id,
                reviewer_id=everything.user_id,
                assigned_by_id=people["editor"].user_id,
                assigned_at=work.clock.now(),
            )
        )
    attempts = {
        "verdict": lambda w: give_verdict(
            w, everything, revision_id, Decision.ACCEPT, ratings=RATINGS
        ),
        "sign-off": lambda w: sign_off(w, everything, revision_id, Outcome.PASS, ANSWERS),
        "assign": lambda w: assign(w, everything, revision_id, people["safeguard"].user_id, None),
        **{
            action: lambda w, action=action: perform(w, everything, revision_id, action, "why")
            for action in (Action.APPROVE, Action.REJECT, Action.REQUEST_CHANGES)
        },
    }
    for attempt in attempts.values():
        assert refused(site, Forbidden, attempt) == "You may not do this."


def test_own_text_is_never_published_or_reopened(site):
    with site.begin() as work:
        revision, _ = make_revision(work, State.APPROVED)
        revision_id = revision.id
        author = make_user(work, Role.EDITOR)
        revision.authors.append(RevisionAuthor(user_id=author.user_id))
    for action in (Action.PUBLISH, Action.REOPEN):
        assert (
            refused(site, Forbidden, lambda w, a=action: perform(w, author, revision_id, a))
            == "You may not do this."
        )


def test_the_owner_of_the_practice_is_an_author_of_every_revision(site):
    with site.begin() as work:
        revision, people = make_revision(work, State.SUBMITTED)
        revision_id = revision.id
        revision.practice.owner_id = people["editor"].user_id
    for action in (Action.ASSIGN, Action.REJECT):
        assert (
            refused(
                site,
                Forbidden,
                lambda w, a=action: perform(w, people["editor"], revision_id, a, "why"),
            )
            == "You may not do this."
        )


def assignee(site, **changes):
    with site.begin() as work:
        if "roles" in changes:
            return make_user(work, *changes["roles"]).user_id
        user = work.session.get_one(User, make_user(work, Role.REVIEWER).user_id)
        for name, value in changes.items():
            setattr(user, name, value)
        return user.id


@pytest.mark.parametrize("roles", [(), *[(role,) for role in Role if role is not Role.REVIEWER]])
def test_only_reviewers_are_assigned(site, in_review, roles):
    revision_id, people = in_review
    other = assignee(site, roles=roles)

    def act(work):
        assign(work, people["editor"], revision_id, other, None)

    assert refused(site, Invalid, act) == "This person does not review."


def test_nobody_who_is_disabled_or_unknown_is_assigned(site, in_review):
    revision_id, people = in_review
    gone = assignee(site, disabled_at=site.clock.now())
    for other in (gone, 999_999):
        assert (
            refused(
                site,
                Invalid,
                lambda w, o=other: assign(w, people["editor"], revision_id, o, None),
            )
            == "This person does not review."
        )


def test_the_author_is_not_assigned_even_as_a_reviewer(site, in_review):
    revision_id, people = in_review
    with site.begin() as work:
        author = make_user(work, Role.REVIEWER, Role.CONTRIBUTOR)
        work.session.add(RevisionAuthor(revision_id=revision_id, user_id=author.user_id))

    def act(work):
        assign(work, people["editor"], revision_id, author.user_id, None)

    assert refused(site, Forbidden, act) == "Nobody reviews their own text."


def test_nobody_is_assigned_twice(site, in_review):
    revision_id, people = in_review

    def act(work):
        assign(work, people["editor"], revision_id, people["reviewer"].user_id, None)

    assert refused(site, Conflict, act) == "This reviewer is already assigned."


def test_the_content_reviewer_never_signs_off(site, in_review):
    revision_id, people = in_review
    with site.begin() as work:
        both = make_user(work, Role.REVIEWER, Role.SAFEGUARD)
        assign(work, people["editor"], revision_id, both.user_id, None)

    def act(work):
        sign_off(work, both, revision_id, Outcome.PASS, ANSWERS)

    assert refused(site, Forbidden, act) == "You may not do this."
    # Nor once the assignment has ended, when their verdict stands.
    with site.begin() as work:
        give_verdict(work, both, revision_id, Decision.ACCEPT, ratings=RATINGS)
        for assignment in work.session.scalars(
            select(Assignment).where(Assignment.reviewer_id == both.user_id)
        ):
            assignment.ended_at = work.clock.now()
    assert refused(site, Forbidden, act) == TWO_PEOPLE


def test_who_signed_off_is_not_assigned_afterwards(site, in_review):
    revision_id, people = in_review
    with site.begin() as work:
        both = make_user(work, Role.REVIEWER, Role.SAFEGUARD)
        sign_off(work, both, revision_id, Outcome.PASS, ANSWERS)

    def act(work):
        assign(work, people["editor"], revision_id, both.user_id, None)

    assert refused(site, Forbidden, act) == TWO_PEOPLE
    resubmit(site, people, revision_id)
    assert refused(site, Forbidden, act) == TWO_PEOPLE


NOT_IN_REVIEW = [state for state in State if state not in {State.IN_REVIEW, State.SUPERSEDED}]


@pytest.mark.parametrize("state", NOT_IN_REVIEW)
def test_verdicts_and_sign_offs_belong_to_the_review(site, state):
    with site.begin() as work:
        revision, people = make_revision(work, state)
        revision_id = revision.id
        if state in {State.DRAFT, State.SUBMITTED, State.REJECTED, State.ABANDONED}:
            work.session.add(
                Assignment(
                    revision_id=revision_id,
                    reviewer_id=people["reviewer"].user_id,
                    assigned_by_id=people["editor"].user_id,
                    assigned_at=work.clock.now(),
                )
            )
    attempts = (
        lambda w: give_verdict(
            w, people["reviewer"], revision_id, Decision.ACCEPT, ratings=RATINGS
        ),
        lambda w: sign_off(w, people["safeguard"], revision_id, Outcome.PASS, ANSWERS),
    )
    for attempt in attempts:
        assert (
            refused(site, Conflict, attempt)
            == "This cannot be done with a revision in this state."
        )


def test_a_review_does_not_start_without_a_reviewer(site):
    with site.begin() as work:
        make_revision(work, State.IN_REVIEW)
        revision, people = make_revision(work, State.SUBMITTED)
        revision_id = revision.id

    def act(work):
        perform(work, people["editor"], revision_id, Action.ASSIGN)

    assert refused(site, Conflict, act) == "No reviewer is assigned yet."


# What the sign-off narrows.

NARROWED = [
    (Outcome.PASS, None, Visibility.PUBLIC, "commune", Visibility.PUBLIC, "commune"),
    (Outcome.PASS, None, Visibility.MEMBERS, "region", Visibility.MEMBERS, "region"),
    (Outcome.MEMBERS_ONLY, None, Visibility.PUBLIC, "commune", Visibility.MEMBERS, "commune"),
    (Outcome.MEMBERS_ONLY, None, Visibility.RESTRICTED, "region", Visibility.RESTRICTED, "region"),
    (Outcome.PASS_COARSENED, "region", Visibility.PUBLIC, "commune", Visibility.PUBLIC, "region"),
    (Outcome.PASS_COARSENED, "country", Visibility.PUBLIC, "region", Visibility.PUBLIC, "country"),
    (Outcome.PASS_COARSENED, "commune", Visibility.PUBLIC, "region", Visibility.PUBLIC, "region"),
    (Outcome.PASS_COARSENED, "region", Visibility.PUBLIC, "country", Visibility.PUBLIC, "country"),
]


@pytest.mark.parametrize("case", NARROWED, ids=str)
def test_the_sign_off_narrows_and_never_widens(site, case):
    outcome, coarse, wished, exact, visibility, precision = case
    content = make_content(visibility=wished, location_precision=exact)
    with site.begin() as work:
        revision, people = make_revision(work, State.IN_REVIEW, content)
        revision_id = revision.id
    accept(site, people, revision_id)
    let_pass(
        site,
        people,
        revision_id,
        outcome,
        location_precision=LocationPrecision(coarse) if coarse else None,
    )
    with site.begin() as work:
        perform(work, people["editor"], revision_id, Action.APPROVE)
        after = perform(work, people["editor"], revision_id, Action.PUBLISH)
        assert (after.visibility, after.location_precision) == (visibility, precision)


# One public text.


def test_the_old_text_stays_public_until_the_new_one_is_published(site):
    with site.begin() as work:
        old, people = make_revision(work, State.PUBLISHED)
        old_id, practice_id = old.id, old.practice_id
        new = make_next(work, people, old, State.DRAFT)
        new_id = new.id
    for action, who in (
        (Action.SUBMIT, "author"),
        (Action.ASSIGN, "editor"),
        (Action.APPROVE, "editor"),
    ):
        with site.begin() as work:
            if action is Action.ASSIGN:
                assign(work, people["editor"], new_id, people["reviewer"].user_id, None)
            if action is Action.APPROVE:
                give_verdict(work, people["reviewer"], new_id, Decision.ACCEPT, ratings=RATINGS)
                sign_off(work, people["safeguard"], new_id, Outcome.PASS, ANSWERS)
            perform(work, people[who], new_id, action)
            assert published_revision(work.session, practice_id).id == old_id
    last = len(entries(site))
    with site.begin() as work:
        perform(work, people["editor"], new_id, Action.PUBLISH)
    with site.reading() as session:
        assert published_revision(session, practice_id).id == new_id
        assert get_revision(session, old_id).state is State.SUPERSEDED
        states = session.scalars(
            select(Revision.state).where(Revision.practice_id == practice_id)
        ).all()
        assert sorted(states) == ["published", "superseded"]
    assert [(e.type, e.revision_id, e.actor_id) for e in entries(site, after=last)] == [
        ("practice.supersede", old_id, people["editor"].user_id),
        ("practice.publish", new_id, people["editor"].user_id),
    ]


LATER = "A later revision of this practice was published."


@pytest.mark.parametrize("then", [None, Action.ARCHIVE, Action.WITHDRAW])
def test_what_a_later_text_replaced_does_not_return(site, then):
    """Perhaps it was replaced because it endangered somebody."""
    with site.begin() as work:
        make_revision(work, State.PUBLISHED)
        old, people = make_revision(work, State.ARCHIVED)
        old_id = old.id
        new = make_next(work, people, old, State.PUBLISHED)
        if then is not None:
            perform(work, people["editor"], new.id, then, "why", withdrawal=Withdrawal.ERROR)

    def act(work):
        perform(work, people["editor"], old_id, Action.RESTORE)

    assert refused(site, Conflict, act) == LATER


@pytest.mark.parametrize("state", [State.DRAFT, State.REJECTED, State.ABANDONED])
def test_the_newest_public_text_returns_whatever_was_begun_since(site, state):
    with site.begin() as work:
        make_revision(work, State.PUBLISHED)
        old, people = make_revision(work, State.ARCHIVED)
        make_next(work, people, old, state)
        assert perform(work, people["editor"], old.id, Action.RESTORE).state is State.PUBLISHED


OPEN = [
    State.DRAFT,
    State.SUBMITTED,
    State.IN_REVIEW,
    State.CHANGES_REQUESTED,
    State.APPROVED,
]


@pytest.mark.parametrize("state", OPEN)
def test_one_revision_at_a_time(site, state):
    with site.begin() as work:
        revision, people = make_revision(work, state)
        practice_id = revision.practice_id

    def act(work):
        practice = work.session.get_one(Practice, practice_id)
        start_revision(work, people["author"], practice, {})

    assert refused(site, Conflict, act) == "A revision of this practice is already under way."


@pytest.mark.parametrize("state", [s for s in State if s not in {*OPEN, State.SUPERSEDED}])
def test_another_revision_once_the_last_is_settled(site, state):
    with site.begin() as work:
        revision, people = make_revision(work, state)
        new = start_revision(work, people["author"], revision.practice, {})
        assert (new.number, new.state) == (2, State.DRAFT)
