"""Consent and validation on record, who signs off, and what the desk is reminded of."""

from datetime import date, timedelta
import threading

import pytest
from sqlalchemy import select

from kb.accounts.models import User
from kb.accounts.permissions import Actor, Role
from kb.core.errors import Conflict, Forbidden, Invalid
from kb.events.types import EventType
from kb.notifications.models import Mail, Notification
from kb.operations.housekeeping import run_pass
from kb.practices.lifecycle import Action, State
from kb.practices.models import Revision, RevisionAuthor
from kb.reviews.answering import decline_assignment
from kb.reviews.consent import Standing
from kb.reviews.consents import consent_to, flagged, validation_of
from kb.reviews.models import Assignment, CommunityValidation, ConsentRecord
from kb.reviews.queries import last_sign_off
from kb.reviews.records import withdraw_consent
from kb.reviews.reminders import remind
from kb.reviews.rules import Decision, Outcome
from kb.reviews.service import assign, give_verdict, sign_off, unassign
from kb.workflow.service import perform
from tests.database import entries, snapshot
from tests.make import ANSWERS, RATINGS, make_revision, make_user, make_vocabularies

CONSENT = {
    "answer": "yes",
    "note": "",
    "type": "community",
    "scope": "le texte entier",
    "date": "15/02/2026",
    "expiry": "2026-12-31",
    "contact": "la radio du village",
}
VALIDATED = {"answer": "yes", "note": "", "role": "des femmes du marché", "date": "20/02/2026"}
VALIDATED |= {"language": "songhay"}
AGREED = ANSWERS | {"consent": CONSENT, "validated": VALIDATED}
TODAY = date(2026, 3, 1)


@pytest.fixture
def house(fresh_runtime):
    with fresh_runtime.begin() as work:
        make_vocabularies(work)
    return fresh_runtime


@pytest.fixture
def signed(house):
    """A revision in review with a consent that ends on 31 December 2026, and noise beside it."""
    with house.begin() as work:
        other, others = make_revision(work, State.IN_REVIEW)
        far = AGREED | {"consent": CONSENT | {"expiry": ""}}
        sign_off(work, others["safeguard"], other.id, Outcome.PASS, far)
        revision, people = make_revision(work, State.IN_REVIEW)
        sign_off(work, people["safeguard"], revision.id, Outcome.PASS, AGREED)
        people |= {"admin": make_user(work, Role.ADMIN), "visitor": Actor()}
        return revision.id, people


def refused(site, error, act):
    before = snapshot(site)
    with pytest.raises(error) as refusal, site.begin() as work:
        act(work)
    assert snapshot(site) == before
    return refusal.value


def version_of(session, number):
    return session.get_one(Revision, number).version_id


def test_a_sign_off_puts_consent_and_validation_on_record(house, signed):
    number, _ = signed
    with house.reading() as session:
        version = version_of(session, number)
        consent = consent_to(session, version, TODAY)
        assert (consent.type, consent.scope, consent.contact) == (
            "community",
            "le texte entier",
            "la radio du village",
        )
        assert (consent.given_on, consent.expires_on) == (date(2026, 2, 15), date(2026, 12, 31))
        assert consent.standing is Standing.VALID
        validation = validation_of(session, version)
        assert (validation.role, validation.validated_on, validation.language) == (
            "des femmes du marché",
            date(2026, 2, 20),
            "songhay",
        )


def test_a_later_sign_off_of_the_version_takes_the_place_of_the_record(house, signed):
    number, people = signed
    with house.begin() as work:
        sign_off(work, people["safeguard"], number, Outcome.PASS, ANSWERS)
    with house.reading() as session:
        version = version_of(session, number)
        assert consent_to(session, version, TODAY) is None
        assert validation_of(session, version) is None
        for table in (ConsentRecord, CommunityValidation):
            (row,) = session.scalars(select(table).where(table.version_id == version))
            assert row.ended_at == house.clock.now()


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"date": "hier"}, {"q_consent_date"}),
        ({"date": "01/03/2027"}, {"q_consent_date"}),
        ({"expiry": "31/02/2027"}, {"q_consent_expiry"}),
        ({"expiry": "2026-02-28"}, {"q_consent_expiry"}),
    ],
)
def test_a_wrong_day_gives_a_sentence_and_signs_nothing_off(house, signed, changes, fields):
    number, people = signed
    answers = AGREED | {"consent": CONSENT | changes}
    refusal = refused(
        house,
        Invalid,
        lambda w: sign_off(w, people["safeguard"], number, Outcome.PASS, answers),
    )
    assert set(refusal.problems) == fields


def test_a_consent_that_is_taken_back_closes_the_gate_until_signed_anew(house, signed):
    number, people = signed
    with house.begin() as work:
        give_verdict(work, people["reviewer"], number, Decision.ACCEPT, ratings=RATINGS)
        withdraw_consent(work, people["safeguard"], number, " dit par la radio ")
    with house.reading() as session:
        consent = consent_to(session, version_of(session, number), TODAY)
        assert consent.standing is Standing.WITHDRAWN
        assert consent.withdrawal_note == "dit par la radio"
        for who in ("editor", "safeguard"):
            (flag,) = flagged(session, people[who], TODAY)
            assert (flag.revision_id, flag.standing) == (number, Standing.WITHDRAWN)
        for who in ("reviewer", "author", "admin", "visitor"):
            assert flagged(session, people[who], TODAY) == ()
    entry = entries(house)[-1]
    assert (entry.type, entry.data["audience"]) == (EventType.CONSENT_WITHDRAWN, "desk")
    assert "radio" not in str(entry.data)
    sentence = "The consent to this text was taken back: it has to be signed off again."

    def approve(work):
        perform(work, people["editor"], number, Action.APPROVE)

    assert str(refused(house, Conflict, approve)) == sentence
    again = lambda w: withdraw_consent(w, people["editor"], number, "encore")  # noqa: E731
    refused(house, Conflict, again)
    with house.begin() as work:
        sign_off(work, people["safeguard"], number, Outcome.PASS, ANSWERS)
        perform(work, people["editor"], number, Action.APPROVE)
    with house.reading() as session:
        assert flagged(session, people["editor"], TODAY) == ()


@pytest.mark.parametrize(
    ("state", "action"), [(State.APPROVED, Action.PUBLISH), (State.ARCHIVED, Action.RESTORE)]
)
def test_nothing_comes_to_be_read_without_consent(house, state, action):
    with house.begin() as work:
        revision, people = make_revision(work, State.IN_REVIEW)
        number = revision.id
        give_verdict(work, people["reviewer"], number, Decision.ACCEPT, ratings=RATINGS)
        sign_off(work, people["safeguard"], number, Outcome.PASS, AGREED)
        perform(work, people["editor"], number, Action.APPROVE)
        if state is State.ARCHIVED:
            perform(work, people["editor"], number, Action.PUBLISH)
            perform(work, people["editor"], number, Action.ARCHIVE, "x")
        withdraw_consent(work, people["editor"], number, "dit")
    refused(house, Conflict, lambda w: perform(w, people["editor"], number, action))


def test_what_is_public_stays_so_until_an_editor_withdraws_it(house, signed):
    number, people = signed
    with house.begin() as work:
        give_verdict(work, people["reviewer"], number, Decision.ACCEPT, ratings=RATINGS)
        for action in (Action.APPROVE, Action.PUBLISH):
            perform(work, people["editor"], number, action)
        withdraw_consent(work, people["safeguard"], number, "dit")
    with house.reading() as session:
        assert session.get_one(Revision, number).state is State.PUBLISHED
        assert [each.revision_id for each in flagged(session, people["editor"], TODAY)] == [number]
    with house.begin() as work:
        perform(work, people["editor"], number, Action.WITHDRAW, "x", withdrawal="consent")
    with house.reading() as session:
        assert flagged(session, people["editor"], TODAY) == ()


def test_who_takes_note_of_it_and_says_how(house, signed):
    number, people = signed
    with house.begin() as work:
        both = make_user(work, Role.EDITOR, Role.SAFEGUARD)
        work.session.add(RevisionAuthor(revision_id=number, user_id=both.user_id))
    for who in (both, people["author"], people["reviewer"], people["admin"], people["visitor"]):
        refused(house, Forbidden, lambda w, a=who: withdraw_consent(w, a, number, "x"))
    for note in ("", "  ", "x" * 10_001):
        refusal = refused(
            house, Invalid, lambda w, n=note: withdraw_consent(w, people["editor"], number, n)
        )
        assert set(refusal.problems) == {"consent_note"}


# Who signs off.


def test_the_sign_off_is_another_persons(house):
    """Everybody who had a part in it, with and without the role; and those who had none."""
    with house.begin() as work:
        revision, people = make_revision(work, State.IN_REVIEW)
        number, editor = revision.id, people["editor"]
        every = {
            name: make_user(work, Role.SAFEGUARD, Role.REVIEWER, Role.CONTRIBUTOR)
            for name in (
                *("co-author", "owner", "assigned", "accepted", "judge"),
                *("released judge", "judge of before", "declined", "released", "nobody yet"),
            )
        }
        reviewing = set(every) - {"co-author", "owner", "nobody yet"}
        for name in sorted(reviewing):
            assign(work, editor, number, every[name].user_id, None)
        for name in ("judge of before", "released judge"):
            give_verdict(work, every[name], number, Decision.CHANGES, "à revoir")
        decline_assignment(work, every["declined"], number, "non")
        for name in ("released", "released judge", "judge of before"):
            unassign(work, editor, number, every[name].user_id)
        revision.authors.append(RevisionAuthor(user_id=every["co-author"].user_id))
        revision.practice.owner_id = every["owner"].user_id
        perform(work, editor, number, Action.REQUEST_CHANGES, "à revoir")
        perform(work, people["author"], number, Action.SUBMIT)
        perform(work, editor, number, Action.ASSIGN)
        give_verdict(work, every["judge"], number, Decision.ACCEPT, ratings=RATINGS)
        for role in Role:
            every[f"only {role}"] = make_user(work, role)
        every |= people | {"everything": make_user(work, *Role), "visitor": Actor()}
    may = {"declined", "released", "nobody yet", "only safeguard", "safeguard", "everything"}
    allowed = set()
    for name, actor in every.items():
        before = snapshot(house)
        try:
            with house.begin() as work:
                sign_off(work, actor, number, Outcome.PASS, ANSWERS)
        except Forbidden:
            assert snapshot(house) == before
        else:
            allowed.add(name)
    assert allowed == may


def test_a_resubmission_voids_the_sign_off_and_its_records(house, signed):
    number, people = signed
    with house.begin() as work:
        before = version_of(work.session, number)
        perform(work, people["editor"], number, Action.REQUEST_CHANGES, "à revoir")
        perform(work, people["author"], number, Action.SUBMIT)
        perform(work, people["editor"], number, Action.ASSIGN)
        give_verdict(work, people["reviewer"], number, Decision.ACCEPT, ratings=RATINGS)
    with house.reading() as session:
        version = version_of(session, number)
        assert version != before
        assert last_sign_off(session, before) is not None
        assert last_sign_off(session, version) is None
        assert consent_to(session, version, TODAY) is None
    refused(house, Conflict, lambda w: perform(w, people["editor"], number, Action.APPROVE))


# Reminders.


def told(runtime):
    """What was announced, and to whom it was told in the site and by mail."""
    with runtime.reading() as session:
        rows = session.execute(select(Notification.entry_id, Notification.user_id)).all()
        posted = session.execute(select(Mail.entry_id, Mail.user_id)).all()
    found = [e for e in entries(runtime) if "due" in e.type or "consent" in e.type]
    kinds = {entry.id: entry.type for entry in found}
    # Mails that were sent are not kept for as long.
    fresh = {entry.id for entry in found if runtime.clock.now() - entry.at < timedelta(days=9)}
    assert {tuple(row) for row in posted if row[0] in fresh} == {
        tuple(row) for row in rows if row[0] in fresh
    }
    return [
        (kind, {user_id for entry_id, user_id in rows if entry_id == number})
        for number, kind in sorted(kinds.items())
    ]


def give_passwords(work):
    for user in work.session.scalars(select(User)):
        user.password_hash = "x"


def test_reviewers_are_reminded_once_and_editors_told_once(house):
    due = TODAY + timedelta(days=10)
    with house.begin() as work:
        revision, people = make_revision(work, State.IN_REVIEW)
        number = revision.id
        extra = {
            name: make_user(work, Role.REVIEWER)
            for name in ("judged", "released", "declined", "no date", "later")
        }
        for name, actor in extra.items():
            day = {"no date": None, "later": due + timedelta(days=99)}.get(name, due)
            assign(work, people["editor"], number, actor.user_id, day)
        give_verdict(work, extra["judged"], number, Decision.CHANGES, "x")
        unassign(work, people["editor"], number, extra["released"].user_id)
        decline_assignment(work, extra["declined"], number, "x")
        row = select(Assignment).where(Assignment.reviewer_id == people["reviewer"].user_id)
        work.session.scalars(row).one().due_on = due
        waiting, others = make_revision(work, State.SUBMITTED)
        assign(work, others["editor"], waiting.id, others["reviewer"].user_id, due)
        give_passwords(work)
    reviewer = {people["reviewer"].user_id}
    editors = {people["editor"].user_id, others["editor"].user_id}
    house.clock.advance(days=6)
    assert (run_pass(house)["announced"], told(house)) == (0, [])
    house.clock.advance(days=1)
    soon = [("review.assignment_due_soon", reviewer)]
    for expected in (1, 0):
        assert (run_pass(house)["announced"], told(house)) == (expected, soon)
    house.clock.advance(days=3)
    assert run_pass(house)["announced"] == 0
    house.clock.advance(days=1)
    late = [*soon, ("review.assignment_overdue", reviewer | editors)]
    for expected in (1, 0):
        assert (run_pass(house)["announced"], told(house)) == (expected, late)
    house.clock.advance(days=60)
    assert told(house) == late


def test_two_that_remind_at_once_remind_once(house):
    with house.begin() as work:
        _, people = make_revision(work, State.IN_REVIEW)
        row = work.session.scalars(
            select(Assignment).where(Assignment.reviewer_id == people["reviewer"].user_id)
        ).one()
        row.due_on = TODAY + timedelta(days=9)
    house.clock.advance(days=20)
    together, told_by = threading.Barrier(3), []

    def keep_house():
        together.wait()
        with house.begin() as work:
            told_by.append(remind(work))

    threads = [threading.Thread(target=keep_house) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told_by) == [0, 0, 1]
    kinds = [entry.type for entry in entries(house)]
    assert kinds.count(EventType.ASSIGNMENT_OVERDUE) == 1


def test_a_consent_that_ends_is_told_twice_in_all(house, signed):
    number, people = signed
    with house.begin() as work:
        give_verdict(work, people["reviewer"], number, Decision.ACCEPT, ratings=RATINGS)
        for action in (Action.APPROVE, Action.PUBLISH):
            perform(work, people["editor"], number, action)
        author = make_user(work, Role.EDITOR, Role.SAFEGUARD)
        work.session.add(RevisionAuthor(revision_id=number, user_id=author.user_id))
        give_passwords(work)
    with house.reading() as session:
        keepers = {
            user.id
            for user in session.scalars(select(User))
            if {grant.role for grant in user.grants} & {Role.EDITOR, Role.SAFEGUARD}
        } - {author.user_id}
    expiring = ("review.consent_expiring", keepers)
    for day, expected, all_told in (
        (date(2026, 10, 31), 0, []),
        (date(2026, 11, 1), 1, [expiring]),
        (date(2026, 12, 31), 0, [expiring]),
        (date(2027, 1, 1), 1, [expiring, ("review.consent_expired", keepers)]),
        (date(2027, 6, 1), 0, [expiring, ("review.consent_expired", keepers)]),
    ):
        house.clock.advance(days=(day - house.clock.now().date()).days)
        assert (run_pass(house)["announced"], told(house)) == (expected, all_told), day
        with house.reading() as session:
            shown = [each.standing for each in flagged(session, people["editor"], day)]
        assert (
            shown
            == ([Standing.EXPIRED] if day.year == 2027 else [Standing.EXPIRING])[: len(all_told)]
        )


def test_what_is_over_is_not_told(house, signed):
    number, people = signed
    with house.begin() as work:
        perform(work, people["editor"], number, Action.REJECT, "non")
        assert remind(work) == 0
    house.clock.advance(days=500)
    with house.begin() as work:
        assert remind(work) == 0
