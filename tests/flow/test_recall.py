"""Corrections, restrictions, withdrawals and archiving reach every holder, once, until read."""

import pytest
from sqlalchemy import select

from kb.accounts.models import User
from kb.accounts.permissions import Actor, Role
from kb.adoption.models import Recall, RecallMessage
from kb.adoption.queries import messages_for, open_recalls, recalls_of
from kb.adoption.recalling import acknowledge, leave_message
from kb.adoption.service import move
from kb.core.errors import Forbidden, Invalid, NotFound
from kb.core.language import Locale
from kb.core.unit_of_work import UnitOfWork
from kb.events.models import AuditEntry
from kb.events.types import EventType
from kb.following import recall
from kb.following.models import Follow
from kb.following.service import Wish, follow
from kb.notifications.models import Mail, Notification
from kb.practices.lifecycle import Action, State, Withdrawal
from kb.practices.models import Revision
from kb.runtime import Runtime
from kb.workflow.service import perform
from tests.adopting import make_adoption, make_member
from tests.database import snapshot
from tests.make import make_next, make_revision, make_user, make_vocabularies


class Scene:
    """A published practice with an adopter and a follower; another one with others."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        with runtime.begin() as work:
            make_vocabularies(work)
            revision, self.people = make_revision(work, State.PUBLISHED)
            slug = revision.practice.slug
            self.revision, self.practice = revision.id, revision.practice_id
            self.member, self.follower = make_member(work), make_user(work, Role.MEMBER)
            self.adoption = make_adoption(work, self.member, slug).id
            follow(work, self.follower, Wish(practice=slug), "", Locale.FR)
            self.given_up = make_member(work)
            number = make_adoption(work, self.given_up, slug).id
            move(work, self.given_up, number, "abandoned", "2026-02-01")
            # Noise: whoever uses and follows something else hears nothing.
            other, _ = make_revision(work, State.PUBLISHED)
            self.stranger = make_member(work)
            make_adoption(work, self.stranger, other.practice.slug)
            follow(work, self.stranger, Wish(practice=other.practice.slug), "", Locale.FR)

    def act(self, action: Action, **options: Withdrawal) -> None:
        with self.runtime.begin() as work:
            perform(
                work, self.people["editor"], self.revision, action, "Moussa K. asks", **options
            )

    def told(self) -> list[tuple[str, str | None, int | None, int | None]]:
        with self.runtime.reading() as session:
            rows = session.scalars(select(Recall).order_by(Recall.id))
            return [(r.kind.value, r.reason, r.adoption_id, r.user_id) for r in rows]

    def notified(self) -> set[int]:
        query = (
            select(Notification.user_id)
            .join(AuditEntry, AuditEntry.id == Notification.entry_id)
            .where(AuditEntry.type == EventType.RECALL_SENT)
        )
        with self.runtime.reading() as session:
            return set(session.scalars(query))


@pytest.fixture
def scene(fresh_runtime: Runtime) -> Scene:
    return Scene(fresh_runtime)


def test_a_first_publication_calls_nobody(scene):
    assert scene.told() == []


def test_a_correction_reaches_adopter_and_follower(scene):
    with scene.runtime.begin() as work:
        revision = work.session.get_one(Revision, scene.revision)
        make_next(work, scene.people, revision, State.PUBLISHED)
    assert scene.told() == [
        ("corrected", None, scene.adoption, None),
        ("corrected", None, None, scene.follower.user_id),
    ]
    assert scene.notified() == {scene.member.user_id, scene.follower.user_id}


def test_a_narrower_revision_is_a_restriction(scene):
    with scene.runtime.begin() as work:
        revision = work.session.get_one(Revision, scene.revision)
        revision.working_copy = {**revision.working_copy, "visibility": "members"}
        make_next(work, scene.people, revision, State.PUBLISHED)
    assert {row[0] for row in scene.told()} == {"restricted"}


@pytest.mark.parametrize("reason", Withdrawal)
def test_a_withdrawal_tells_the_kind_of_reason_and_never_the_note(scene, reason):
    scene.act(Action.WITHDRAW, withdrawal=reason)
    assert scene.told() == [
        ("withdrawn", reason, scene.adoption, None),
        ("withdrawn", reason, None, scene.follower.user_id),
    ]
    rows = snapshot(scene.runtime)
    for table in ("recalls", "recall_messages", "audit_entries", "notifications", "mails"):
        assert "Moussa" not in repr(rows[table])
    with scene.runtime.reading() as session:
        mailed = session.scalars(select(Mail.user_id)).all()
        # Nobody of these has a password yet: nothing to sign in with, so no mail.
        assert scene.member.user_id not in mailed


def test_archiving_is_told_too_and_restoring_is_not(scene):
    scene.act(Action.ARCHIVE)
    scene.act(Action.RESTORE)
    assert [row[0] for row in scene.told()] == ["archived", "archived"]


def test_an_event_seen_twice_is_told_once(scene):
    scene.act(Action.ARCHIVE)
    before = snapshot(scene.runtime)
    with scene.runtime.begin() as work:
        entries = work.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
        recall.consume(work, list(entries))
        assert work.events == []
    assert snapshot(scene.runtime) == before


def test_who_came_between_two_deliveries_is_told_by_the_second(scene):
    """At least once, for everybody who holds it when it is delivered."""
    scene.act(Action.ARCHIVE)
    late = make_late_follower(scene)
    with scene.runtime.begin() as work:
        entry = work.session.scalars(
            select(AuditEntry).where(AuditEntry.type == EventType.PRACTICE_ARCHIVE)
        ).one()
        recall.consume(work, [entry])
    assert [row[3] for row in scene.told()][-1] == late.user_id
    assert len(scene.told()) == 3


def make_late_follower(scene: Scene) -> Actor:
    with scene.runtime.begin() as work:
        late = make_user(work, Role.MEMBER)
        now = work.clock.now()
        row = Follow(user_id=late.user_id, practice_id=scene.practice, created_at=now)
        work.session.add(row)
    return late


def test_it_waits_until_somebody_of_the_organisation_has_read_it(scene):
    scene.act(Action.ARCHIVE)
    with scene.runtime.begin() as work:
        user = work.session.get_one(User, scene.member.user_id)
        colleague = make_member(work, user.organisation)
    with scene.runtime.reading() as session:
        waiting = {
            name: [r.id for r in open_recalls(session, who)]
            for name, who in (
                ("member", scene.member),
                ("colleague", colleague),
                ("follower", scene.follower),
                ("stranger", scene.stranger),
                ("given up", scene.given_up),
                ("nobody", Actor()),
            )
        }
    first, second = (row for row in (1, 2))
    assert waiting == {
        "member": [first],
        "colleague": [first],
        "follower": [second],
        "stranger": [],
        "given up": [],
        "nobody": [],
    }
    before = snapshot(scene.runtime)
    editor = scene.people["editor"]
    for who, number in (
        (scene.stranger, first),
        (scene.follower, first),
        (editor, first),
        (scene.member, second),
        (Actor(scene.member.user_id), first),
        (scene.member, 999_999),
        (scene.member, 10**30),
    ):
        with pytest.raises(NotFound), scene.runtime.begin() as work:
            acknowledge(work, who, number)
    assert snapshot(scene.runtime) == before
    with scene.runtime.begin() as work:
        acknowledge(work, colleague, first)
        acknowledge(work, scene.follower, second)
    with scene.runtime.begin() as work:
        acknowledge(work, scene.member, first)
    with scene.runtime.reading() as session:
        assert list(open_recalls(session, scene.member)) == []
        (told,) = recalls_of(session, scene.adoption)
        assert told.acknowledged_by_id == colleague.user_id


def found(work: UnitOfWork, scene: Scene) -> Revision:
    return work.session.get_one(Revision, scene.revision)


def test_the_desk_may_add_words_that_name_nobody(scene):
    editor = scene.people["editor"]
    before = snapshot(scene.runtime)
    for who, text, problem in (
        (editor, "Call +223 76 12 34 56.", Invalid),
        (scene.member, "Stop.", Forbidden),
    ):
        with pytest.raises(problem), scene.runtime.begin() as work:
            leave_message(work, who, found(work, scene), Action.ARCHIVE, text)
    assert snapshot(scene.runtime) == before
    with scene.runtime.begin() as work:
        revision = work.session.get_one(Revision, scene.revision)
        leave_message(work, editor, revision, Action.SUBMIT, "Nobody is called back by this.")
        leave_message(work, editor, revision, Action.ARCHIVE, "")
        assert work.session.scalars(select(RecallMessage.id)).all() == []
        leave_message(work, editor, revision, Action.ARCHIVE, "Please stop for now.")
    scene.act(Action.ARCHIVE)
    with scene.runtime.reading() as session:
        told = recalls_of(session, scene.adoption)
        assert list(messages_for(session, told).values()) == ["Please stop for now."]
