"""Writing together: nobody becomes an author unasked, and no answer tells who has an account."""

from concurrent.futures import ThreadPoolExecutor
import time

import pytest
from sqlalchemy import select

from kb.accounts.models import AccessRequest, User
from kb.accounts.permissions import Role
from kb.accounts.service import decide_request
from kb.core.errors import Conflict, Forbidden, Invalid, NotFound
from kb.events.models import AuditEntry
from kb.practices.attaching import may_edit
from kb.practices.coauthors import (
    MOST_WAITING,
    answer,
    asked_of,
    coauthors_of,
    forget_unanswered,
    invite,
    remove,
    uninvite,
    waiting_for,
)
from kb.practices.draft import Fields, Part
from kb.practices.draft_queries import own_revision, own_revisions
from kb.practices.draft_service import Opened, save_part, shown
from kb.practices.lifecycle import Action, State
from kb.practices.models import AuthorInvitation, AuthorRole, Revision
from kb.reviews.queries import may_see, subject
from kb.reviews.service import assign
from kb.workflow.service import perform
from tests.make import make_content, make_revision, make_text, make_user, make_vocabularies


@pytest.fixture
def house(fresh_runtime):
    with fresh_runtime.begin() as work:
        make_vocabularies(work)
    return fresh_runtime


def email_of(work, actor) -> str:
    return work.session.get_one(User, actor.user_id).email


def begun(work):
    texts = {"fr": make_text("Puits"), "en": make_text("Wells")}
    both = {"fr": "original", "en": "up-to-date"}
    return make_revision(work, State.DRAFT, make_content(texts=texts, translations=both))


def joined(work, people, revision, role="writes", *roles):
    other = make_user(work, Role.CONTRIBUTOR, *roles)
    invite(work, people["author"], revision.id, email_of(work, other), role)
    (asked,) = asked_of(work.session, other)
    assert answer(work, other, asked.id, accepts=True) == revision.id
    return other


def save(work, actor, revision, part, **values):
    fields = shown(part, revision)
    changed = Fields({**fields.values, **values}, fields.lists)
    return save_part(work, actor, revision.id, Opened(revision.lock_number), part, changed)


def test_whoever_is_asked_writes_once_they_say_yes_and_not_before(house):
    with house.begin() as work:
        revision, people = begun(work)
        other, noise = make_user(work, Role.CONTRIBUTOR), make_user(work, Role.CONTRIBUTOR)
        invite(work, people["author"], revision.id, f" {email_of(work, other).upper()} ", "writes")
        assert asked_of(work.session, noise) == []
        with pytest.raises(NotFound):
            own_revision(work.session, other, revision.id)
        (asked,) = asked_of(work.session, other)
        assert asked.role is AuthorRole.WRITES
        with pytest.raises(NotFound):
            answer(work, noise, asked.id, accepts=True)
        answer(work, other, asked.id, accepts=True)
        assert own_revisions(work.session, other) == [revision]
        assert save(work, other, revision, Part.FR, title="Ensemble") is revision
        names = [(one.is_owner, one.role) for one in coauthors_of(work.session, revision)]
        assert names == [(True, AuthorRole.WRITES), (False, AuthorRole.WRITES)]
        assert work.session.query(AuthorInvitation).count() == 0
        assert work.session.query(AccessRequest).count() == 0
        perform(work, other, revision.id, Action.SUBMIT)


def test_who_says_no_is_asked_no_more(house):
    with house.begin() as work:
        revision, people = begun(work)
        other = make_user(work, Role.CONTRIBUTOR)
        invite(work, people["author"], revision.id, email_of(work, other), "writes")
        (asked,) = asked_of(work.session, other)
        answer(work, other, asked.id, accepts=False)
        assert asked_of(work.session, other) == []
        assert len(coauthors_of(work.session, revision)) == 1
        with pytest.raises(NotFound):
            own_revision(work.session, other, revision.id)


def test_an_unknown_address_is_put_before_the_editors_and_the_trail_names_nobody(house):
    with house.begin() as work:
        revision, people = begun(work)
        known = email_of(work, make_user(work, Role.CONTRIBUTOR))
        for email in (known, "nobody@example.org"):
            invite(work, people["author"], revision.id, email, "translates")
        # The owner sees the same of both.
        waiting = waiting_for(work.session, revision.id)
        assert {(one.email, one.role) for one in waiting} == {
            (known, AuthorRole.TRANSLATES),
            ("nobody@example.org", AuthorRole.TRANSLATES),
        }
        requests = work.session.scalars(select(AccessRequest.email)).all()
        assert requests == ["nobody@example.org"]
        assert "example.org" not in str([row.data for row in work.session.query(AuditEntry)])
        # An account made later finds the invitation.
        other = make_user(work, Role.CONTRIBUTOR)
        work.session.get_one(User, other.user_id).email = "nobody@example.org"
        work.session.flush()
        assert len(asked_of(work.session, other)) == 1


def test_a_member_who_may_not_write_yet_is_put_before_the_editors_too(house):
    with house.begin() as work:
        revision, people = begun(work)
        member = make_user(work, Role.MEMBER)
        invite(work, people["author"], revision.id, email_of(work, member), "writes")
        assert work.session.query(AccessRequest).count() == 1
        (asked,) = asked_of(work.session, member)
        with pytest.raises(Forbidden):
            answer(work, member, asked.id, accepts=True)


def test_translators_change_the_other_language_and_nothing_else(house):
    with house.begin() as work:
        revision, people = begun(work)
        other = joined(work, people, revision, "translates")
        before = dict(revision.working_copy)
        for part, name in ((Part.FR, "title"), (Part.ABOUT, "period"), (Part.SOURCES, "x")):
            with pytest.raises(Forbidden):
                save(work, other, revision, part, **{name: "Autre", "source_2_title": "Autre"})
        assert revision.working_copy == before
        save(work, other, revision, Part.EN, title="Other")
        assert revision.working_copy["texts"]["en"]["title"] == "Other"
        assert not may_edit(other, revision)
        for action in (Action.SUBMIT, Action.ABANDON):
            with pytest.raises(Forbidden):
                perform(work, other, revision.id, action)


def test_nobody_judges_what_they_wrote_even_after_they_left(house):
    with house.begin() as work:
        revision, people = begun(work)
        other = joined(work, people, revision, "writes", Role.REVIEWER, Role.EDITOR)
        remove(work, people["author"], revision.id, other.user_id)
        with pytest.raises(NotFound):
            own_revision(work.session, other, revision.id)
        assert own_revisions(work.session, other) == []
        perform(work, people["author"], revision.id, Action.SUBMIT)
        assert not may_see(other, revision, subject(work.session, revision))
        with pytest.raises(Forbidden):
            assign(work, people["editor"], revision.id, other.user_id, None)
        with pytest.raises(Forbidden):
            perform(work, other, revision.id, Action.REJECT, "because")


def test_the_owner_alone_invites_and_removes(house):
    with house.begin() as work:
        revision, people = begun(work)
        other = joined(work, people, revision)
        for actor, error in ((other, Forbidden), (people["editor"], NotFound)):
            with pytest.raises(error):
                invite(work, actor, revision.id, "x@example.org", "writes")
            with pytest.raises(error):
                remove(work, actor, revision.id, people["author"].user_id)
        with pytest.raises(Conflict):  # nobody removes the owner
            remove(work, people["author"], revision.id, people["author"].user_id)
        remove(work, people["author"], revision.id, other.user_id)
        with pytest.raises(Conflict):
            remove(work, people["author"], revision.id, other.user_id)
        # Whoever left can be asked again.
        invite(work, people["author"], revision.id, email_of(work, other), "translates")
        (asked,) = asked_of(work.session, other)
        answer(work, other, asked.id, accepts=True)
        assert subject(work.session, revision).translator_ids == {other.user_id}


def test_what_cannot_be_invited(house):
    with house.begin() as work:
        revision, people = begun(work)
        author = people["author"]
        other = joined(work, people, revision)
        invite(work, author, revision.id, "twice@example.org", "writes")
        for email, role, field in (
            ("no address", "writes", "author_email"),
            ("twice@example.org", "writes", "author_email"),
            (email_of(work, author), "writes", "author_email"),
            (email_of(work, other), "writes", "author_email"),
            ("x@example.org", "owns", "role"),
            ("x@example.org", "left", "role"),
        ):
            with pytest.raises(Invalid) as refusal:
                invite(work, author, revision.id, email, role)
            assert set(refusal.value.problems) == {field}
        for number in range(MOST_WAITING - 1):
            invite(work, author, revision.id, f"x{number}@example.org", "writes")
        with pytest.raises(Invalid):
            invite(work, author, revision.id, "one-more@example.org", "writes")
        first = waiting_for(work.session, revision.id)[0]
        uninvite(work, author, revision.id, first.id)
        with pytest.raises(Conflict):
            uninvite(work, author, revision.id, first.id)
        invite(work, author, revision.id, "one-more@example.org", "writes")


def test_an_invitation_to_a_text_that_is_being_reviewed_waits(house):
    with house.begin() as work:
        revision, people = begun(work)
        reviewer = make_user(work, Role.CONTRIBUTOR, Role.REVIEWER)
        invite(work, people["author"], revision.id, email_of(work, reviewer), "writes")
        (asked,) = asked_of(work.session, reviewer)
        perform(work, people["author"], revision.id, Action.SUBMIT)
        assert asked_of(work.session, reviewer) == []
        with pytest.raises(Conflict):
            answer(work, reviewer, asked.id, accepts=True)


def test_the_editors_grant_whoever_was_invited_and_they_find_the_question(house):
    with house.begin() as work:
        revision, people = begun(work)
        invite(work, people["author"], revision.id, "nobody@example.org", "writes")
        request = work.session.query(AccessRequest).one()
        roles = frozenset({Role.CONTRIBUTOR})
        decide_request(work, people["editor"], request.id, roles)
        user = work.session.query(User).filter_by(email="nobody@example.org").one()
        assert len(asked_of(work.session, user.as_actor())) == 1


def test_an_address_is_not_kept_for_somebody_who_does_not_come(house, clock):
    with house.begin() as work:
        revision, people = begun(work)
        revision_id = revision.id
        invite(work, people["author"], revision_id, "old@example.org", "writes")
    clock.advance(days=91)
    with house.begin() as work:
        invite(work, people["author"], revision_id, "new@example.org", "writes")
        assert forget_unanswered(work) == 1
        waiting = waiting_for(work.session, revision_id)
        assert [one.email for one in waiting] == ["new@example.org"]


def test_an_invitation_that_is_taken_back_meanwhile_makes_nobody_an_author(house):
    with house.begin() as work:
        revision, people = begun(work)
        revision_id, other = revision.id, make_user(work, Role.CONTRIBUTOR)
        invite(work, people["author"], revision_id, email_of(work, other), "writes")
        (asked,) = asked_of(work.session, other)

    def say_yes():
        with house.begin() as work:
            answer(work, other, asked.id, accepts=True)

    with ThreadPoolExecutor(1) as pool:
        with house.begin() as work:
            uninvite(work, people["author"], revision_id, asked.id)
            said = pool.submit(say_yes)
            time.sleep(0.5)  # it waits for the revision
        with pytest.raises(NotFound):
            said.result(timeout=20)
    with house.reading() as session:
        rows = session.get_one(Revision, revision_id).authors
        assert [row.user_id for row in rows] == [people["author"].user_id]


def test_who_has_no_account_and_a_long_address_is_invited_like_all_others(house):
    label = "a" * 60
    email = f"nobody@{label}.{label}.{label}.{label}.org"
    with house.begin() as work:
        revision, people = begun(work)
        invite(work, people["author"], revision.id, email, "writes")
        (waiting,) = waiting_for(work.session, revision.id)
        request = work.session.query(AccessRequest).one()
        assert (waiting.email, request.email) == (email, email)
