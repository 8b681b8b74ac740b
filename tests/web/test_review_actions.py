"""States x actions x people through the browser: who may changes it, all others change nothing."""

import pytest

from kb.accounts.models import RoleGrant
from kb.accounts.permissions import Role
from kb.practices.lifecycle import Action, State
from kb.practices.models import Revision
from kb.reviews.rules import Decision, Outcome
from kb.reviews.service import assign, give_verdict, sign_off
from tests.database import snapshot
from tests.lifecycle_table import EXPECTED
from tests.make import ANSWERS, RATINGS, make_next, make_revision, make_user
from tests.web.desk import Desk, add_bystanders

DESK = (
    Action.ASSIGN,
    Action.REQUEST_CHANGES,
    Action.APPROVE,
    Action.REOPEN,
    Action.PUBLISH,
    Action.REJECT,
    Action.ARCHIVE,
    Action.RESTORE,
    Action.WITHDRAW,
)
ELSEWHERE = tuple(set(Action) - set(DESK))
# Who gets as far as the state of the text; all others are refused for who they are.
MAY = {action: {"editor"} for action in DESK} | {
    Action.REQUEST_CHANGES: {"editor", "reviewer"},
    Action.ARCHIVE: {"editor", "editor-author"},
    Action.WITHDRAW: {"editor", "editor-author"},
}
# The gate stops these before anything is looked at.
OUTSIDE = {"visitor", "member", "trainer", "admin", "author", "other contributor"}
FORM = {"note": "Parce que.", "withdrawal": "error"}


@pytest.fixture
def desk(sqlite_runtime):
    return Desk(sqlite_runtime)


def ready(work, state):
    """A revision with all that any action could ask for besides the state."""
    if state is State.SUPERSEDED:
        revision, people = make_revision(work, State.PUBLISHED)
        make_next(work, people, revision, State.PUBLISHED)
    else:
        revision, people = make_revision(work, state)
    if state is State.SUBMITTED:
        assign(work, people["editor"], revision.id, people["reviewer"].user_id, None)
    if state is State.IN_REVIEW:
        give_verdict(work, people["reviewer"], revision.id, Decision.ACCEPT, ratings=RATINGS)
        sign_off(work, people["safeguard"], revision.id, Outcome.PASS, ANSWERS)
    return revision, people


def expected_status(who, action, state, has_version):
    if who in OUTSIDE:
        return 403
    assigned = state not in {State.DRAFT, State.REJECTED, State.ABANDONED}
    if who == "other reviewer" or (who == "reviewer" and not assigned) or not has_version:
        return 404
    if who not in MAY[action]:
        return 403
    return 303 if EXPECTED[state, action] else 409


@pytest.mark.parametrize("state", State)
def test_the_whole_matrix(desk, state):
    with desk.runtime.begin() as work:
        revision, people = ready(work, state)
        add_bystanders(work, revision, people)
        target = (revision.id, revision.version_id)
        make_revision(work, State.IN_REVIEW)
    fields = FORM | {"reviewer_id": people["reviewer"].user_id}
    browsers = {who: desk.browser(actor) for who, actor in people.items()}
    before = snapshot(desk.runtime)
    for who, browser in browsers.items():
        for action in DESK:
            status = expected_status(who, action, state, target[1] is not None)
            if status == 303:
                continue
            response = browser.post(target, action.value, **fields)
            assert response.status_code == status, (who, action)
    assert snapshot(desk.runtime) == before


ALLOWED = [
    (state, action, who)
    for (state, action), new in EXPECTED.items()
    if new and action in DESK
    for who in sorted(MAY[action])
]


@pytest.mark.parametrize(("state", "action", "who"), ALLOWED)
def test_who_may_does(desk, state, action, who):
    with desk.runtime.begin() as work:
        revision, people = ready(work, state)
        add_bystanders(work, revision, people)
        target = (revision.id, revision.version_id)
    response = desk.browser(people[who]).post(target, action.value, **FORM)
    assert (response.status_code, response.headers["Location"].split("?")[0]) == (
        303,
        f"/fr/review/{target[0]}",
    )
    with desk.runtime.reading() as session:
        found = session.get_one(Revision, target[0])
        assert found.state is EXPECTED[state, action]
        if action is Action.WITHDRAW:
            assert found.withdrawal.reason == "error"


@pytest.mark.parametrize("action", sorted({*ELSEWHERE, "supersede", "nothing", "Approve"}))
def test_what_the_desk_does_not_do_is_no_page(desk, action):
    with desk.runtime.begin() as work:
        revision, people = ready(work, State.IN_REVIEW)
        add_bystanders(work, revision, people)
        target = (revision.id, revision.version_id)
    before = snapshot(desk.runtime)
    for who in ("editor", "editor-author", "reviewer"):
        browser = desk.browser(people[who])
        grown = snapshot(desk.runtime)
        assert browser.post(target, action, **FORM).status_code == 404
        assert snapshot(desk.runtime) == grown
    assert snapshot(desk.runtime)["revisions"] == before["revisions"]


VERBS = (
    *(action.value for action in DESK),
    *("unassign", "verdict", "sign-off", "comment", "resolve", "share", "unshare", "note"),
    *("revise", "accept", "decline", "consent"),
)


@pytest.mark.parametrize("verb", VERBS)
def test_a_number_that_leads_nowhere_for_this_person(desk, verb):
    """Missing, too large, a stranger's draft, a text that others review: one and the same."""
    with desk.runtime.begin() as work:
        draft, _ = make_revision(work, State.DRAFT)
        reviewed, _ = make_revision(work, State.IN_REVIEW)
        me = make_user(work, Role.REVIEWER)
        targets = [
            (draft.id, None),
            (reviewed.id, reviewed.version_id),
            (999_999, 1),
            (2**40, 1),
        ]
    browser = desk.browser(me)
    before = snapshot(desk.runtime)
    answers = [browser.post(target, verb, **FORM) for target in targets]
    pages = [browser.client.get(f"/fr/review/{number}") for number, _ in targets]
    assert {answer.status_code for answer in [*answers, *pages]} == {404}
    assert len({answer.text for answer in answers}) == 1
    assert {page.text for page in pages} == {answers[0].text}
    assert snapshot(desk.runtime) == before


@pytest.mark.parametrize("verb", VERBS)
def test_a_form_is_about_the_version_that_was_read(desk, verb):
    with desk.runtime.begin() as work:
        revision, people = ready(work, State.IN_REVIEW)
        everything = make_user(work, *Role)
        assign(work, people["editor"], revision.id, everything.user_id, None)
        number, version = revision.id, revision.version_id
    browser = desk.browser(everything)
    before = snapshot(desk.runtime)
    for stale in (version - 1, version + 1, ""):
        words = {"reason": "Je reste.", "note": "Je reste.", "comment": "Je reste."}
        words |= {"sign_off_note": "Je reste.", "restricted_note": "Je reste."}
        response = browser.post((number, stale), verb, **words)
        assert response.status_code == 409
        assert "changed in the meantime" in response.text or "entre-temps" in response.text
    assert snapshot(desk.runtime) == before


def test_without_the_token_of_the_form_nothing_is_done(desk):
    with desk.runtime.begin() as work:
        revision, people = ready(work, State.IN_REVIEW)
        target = (revision.id, revision.version_id)
    browser, other = desk.browser(people["editor"]), desk.browser(people["reviewer"])
    before = snapshot(desk.runtime)
    for key in ("", "forged", other.key):
        browser.key = key
        assert browser.post(target, "approve").status_code == 403
    assert snapshot(desk.runtime) == before


def test_fields_sent_twice_are_refused_and_unknown_ones_ignored(desk):
    with desk.runtime.begin() as work:
        revision, people = ready(work, State.IN_REVIEW)
        target = (revision.id, revision.version_id)
    browser = desk.browser(people["editor"])
    before = snapshot(desk.runtime)
    assert browser.post(target, "reject", note=["a", "b"]).status_code == 400
    assert snapshot(desk.runtime) == before
    ignored = {"status": "published", "state": "published", "visibility": "public"}
    assert browser.post(target, "reject", note="Non.", **ignored).status_code == 303
    with desk.runtime.reading() as session:
        assert session.get_one(Revision, target[0]).state is State.REJECTED


def test_a_role_taken_away_acts_at_the_next_request(desk):
    with desk.runtime.begin() as work:
        revision, people = ready(work, State.IN_REVIEW)
        target = (revision.id, revision.version_id)
    browser = desk.browser(people["editor"])
    browser.get(f"/fr/review/{target[0]}")
    with desk.runtime.begin() as work:
        for grant in work.session.query(RoleGrant).filter_by(user_id=people["editor"].user_id):
            work.session.delete(grant)
    before = snapshot(desk.runtime)
    assert browser.post(target, "approve").status_code == 403
    assert browser.client.get(f"/fr/review/{target[0]}").status_code == 403
    assert snapshot(desk.runtime) == before
