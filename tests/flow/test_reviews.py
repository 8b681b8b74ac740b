"""Comments, assignments, named readers, notes, revisions for others: on both databases."""

import pytest
from sqlalchemy import select

from kb.accounts.models import User
from kb.accounts.permissions import Actor, Role
from kb.core.errors import Conflict, Forbidden, Invalid, NotFound
from kb.events.types import EventType
from kb.practices.frozen import frozen_view
from kb.practices.lifecycle import Action, State
from kb.practices.models import PracticeReader, Revision, RevisionAuthor
from kb.practices.notes import add_note
from kb.practices.service import save_working_copy, start_revision
from kb.practices.sharing import readers_of, share, unshare
from kb.reviews.models import Assignment, Comment, CommentAudience
from kb.reviews.people import Capacity
from kb.reviews.queries import present_revision, visible_revision
from kb.reviews.queue import queue, settled
from kb.reviews.rules import Decision, Outcome
from kb.reviews.service import (
    assign,
    comment,
    give_verdict,
    resolve_comment,
    sign_off,
    unassign,
)
from kb.reviews.threads import threads
from kb.reviews.timeline import timeline
from kb.workflow.service import perform
from tests.database import entries, snapshot
from tests.make import (
    ANSWERS,
    RATINGS,
    make_content,
    make_next,
    make_revision,
    make_text,
    make_user,
)

pytestmark = pytest.mark.usefixtures("roles_end")

GONE = "There is no such page."


@pytest.fixture
def in_review(site):
    """A revision in review, and another one with comments of its own."""
    with site.begin() as work:
        other, others = make_revision(work, State.IN_REVIEW)
        comment(work, others["reviewer"], other.id, "ailleurs")
        revision, people = make_revision(work, State.IN_REVIEW)
        people["co-author"] = make_user(work, Role.CONTRIBUTOR)
        revision.authors.append(RevisionAuthor(user_id=people["co-author"].user_id))
        people |= {
            "stranger": make_user(work, Role.REVIEWER, Role.CONTRIBUTOR),
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


# Who may see


@pytest.mark.matrix
@pytest.mark.parametrize("state", [state for state in State if state is not State.SUPERSEDED])
def test_who_sees_a_revision(site, state):
    with site.begin() as work:
        revision, people = make_revision(work, state)
        people["author-editor"] = make_user(work, Role.EDITOR)
        revision.authors.append(RevisionAuthor(user_id=people["author-editor"].user_id))
        people |= {f"other {role}": make_user(work, role) for role in Role}
        number, submitted = revision.id, revision.version_id is not None
        assignment = select(Assignment.id).where(Assignment.revision_id == number)
        assigned = work.session.scalar(assignment) is not None
    expected = {"author": True, "author-editor": True, "editor": submitted}
    expected |= {"safeguard": submitted, "reviewer": submitted and assigned}
    desk = {Role.EDITOR, Role.SAFEGUARD}
    expected |= {f"other {role}": submitted and role in desk for role in Role}
    with site.reading() as session:
        for who, may in expected.items():
            if may:
                assert visible_revision(session, people[who], number).id == number
                continue
            with pytest.raises(NotFound) as refusal:
                visible_revision(session, people[who], number)
            assert str(refusal.value) == GONE


def test_the_desk_reads_what_was_submitted_and_never_the_working_copy(site):
    with site.begin() as work:
        content = make_content(texts={"fr": make_text("soumis")})
        revision, people = make_revision(work, State.CHANGES_REQUESTED, content)
        written = content | {"texts": {"fr": make_text("encore-en-travail")}}
        save_working_copy(work, people["author"], revision.id, revision.lock_number, written)
        number = revision.id
    with site.reading() as session:
        found = visible_revision(session, people["editor"], number)
        assert frozen_view(session, found).texts["fr"].title == "Titre soumis"


def test_a_decision_is_about_the_version_that_was_read(site, in_review):
    number, people = in_review
    with site.reading() as session:
        version = session.get_one(Revision, number).version_id
    with site.begin() as work:
        assert present_revision(work.session, people["editor"], number, version).id == number
        for other in (None, 0, version + 1):
            with pytest.raises(Conflict):
                present_revision(work.session, people["editor"], number, other)
        with pytest.raises(NotFound):
            present_revision(work.session, people["stranger"], number, version)


# Comments


def test_a_comment_names_its_version_and_is_announced(site, in_review):
    number, people = in_review
    last = len(entries(site))
    with site.begin() as work:
        made = comment(
            work, people["reviewer"], number, " D'où ? ", field="results", quote=" 12 sur 20 "
        )
        version = work.session.get_one(Revision, number).version_id
        assert (made.version_id, made.body, made.quote, made.field, made.audience) == (
            version,
            "D'où ?",
            "12 sur 20",
            "results",
            CommentAudience.AUTHORS,
        )
        made_id = made.id
    (entry,) = entries(site, after=last)
    assert (entry.type, entry.revision_id) == (EventType.COMMENTED, number)
    assert entry.data == {"version_id": version, "comment_id": made_id, "audience": "authors"}


MAY_COMMENT = {"author", "co-author", "reviewer", "safeguard", "editor"}


@pytest.mark.parametrize("internal", [False, True])
def test_who_comments(site, in_review, internal):
    number, people = in_review
    may = MAY_COMMENT - {"author", "co-author"} if internal else MAY_COMMENT
    for who, actor in people.items():
        if who in may:
            with site.begin() as work:
                comment(work, actor, number, who, internal=internal)
            continue
        error = Forbidden if who in MAY_COMMENT else NotFound
        refused(site, error, lambda w, a=actor: comment(w, a, number, "x", internal=internal))


def test_internal_comments_never_reach_the_authors(site, in_review):
    number, people = in_review
    with site.begin() as work:
        told = comment(work, people["reviewer"], number, "pour vous")
        kept = comment(work, people["reviewer"], number, "entre nous", internal=True)
        # An answer to what is internal is internal, whatever was asked.
        comment(work, people["editor"], number, "entre nous aussi", parent_id=kept.id)
        comment(work, people["editor"], number, "aparté", parent_id=told.id, internal=True)
        comment(work, people["author"], number, "merci", parent_id=told.id)
        kept_id = kept.id
    desk = {"pour vous", "entre nous", "entre nous aussi", "aparté", "merci"}
    for who, expected in (
        ("author", {"pour vous", "merci"}),
        ("co-author", {"pour vous", "merci"}),
        ("reviewer", desk),
        ("safeguard", desk),
        ("editor", desk),
    ):
        with site.reading() as session:
            revision = visible_revision(session, people[who], number)
            found = threads(session, people[who], revision)
            remarks = [r for thread in found for r in (thread.first, *thread.answers)]
            assert {remark.body for remark in remarks} == expected, who
            lines = timeline(session, people[who], revision.practice_id)
            assert {e.text for e in lines if e.kind is EventType.COMMENTED} == expected, who
    for act in (
        lambda w: comment(w, people["author"], number, "quoi ?", parent_id=kept_id),
        lambda w: resolve_comment(w, people["author"], number, kept_id),
    ):
        assert str(refused(site, NotFound, act)) == GONE


def test_threads_have_one_level(site, in_review):
    number, people = in_review
    with site.begin() as work:
        first = comment(work, people["reviewer"], number, "un")
        second = comment(work, people["author"], number, "deux", parent_id=first.id)
        third = comment(work, people["editor"], number, "trois", parent_id=second.id)
        assert third.parent_id == first.id
    with site.reading() as session:
        (thread,) = threads(session, people["author"], session.get_one(Revision, number))
    assert [answer.body for answer in thread.answers] == ["deux", "trois"]


def test_an_answer_stays_with_its_revision(site, in_review):
    number, people = in_review
    with site.reading() as session:
        elsewhere = session.scalar(select(Comment.id).order_by(Comment.id.desc()).limit(1))
    editor = people["editor"]
    for other in (elsewhere, 999_999):
        refused(site, NotFound, lambda w, p=other: comment(w, editor, number, "x", parent_id=p))
        refused(site, NotFound, lambda w, c=other: resolve_comment(w, editor, number, c))


@pytest.mark.parametrize(
    ("body", "more", "fields"),
    [
        ("", {}, {"comment"}),
        (" \n", {}, {"comment"}),
        ("x" * 10_001, {}, {"comment"}),
        ("x", {"quote": "x" * 1_001}, {"quote"}),
        ("x", {"field": "state"}, {"comment_field"}),
        ("", {"field": "visibility"}, {"comment", "comment_field"}),
    ],
)
def test_comments_that_are_none(site, in_review, body, more, fields):
    number, people = in_review
    refusal = refused(site, Invalid, lambda w: comment(w, people["editor"], number, body, **more))
    assert set(refusal.problems) == fields


@pytest.mark.parametrize("state", [State.REJECTED, State.WITHDRAWN])
def test_nothing_is_said_about_what_is_settled(site, state):
    with site.begin() as work:
        revision, people = make_revision(work, state)
        number = revision.id
    refused(site, Conflict, lambda w: comment(w, people["editor"], number, "x"))


def test_resolving(site, in_review):
    number, people = in_review
    with site.begin() as work:
        made = comment(work, people["reviewer"], number, "un")
        resolve_comment(work, people["author"], number, made.id)
        assert made.resolved_at == site.clock.now()


# Assignments


def test_assigning_and_releasing_are_announced_and_act_at_once(site, in_review):
    number, people = in_review
    stranger = people["stranger"]
    last = len(entries(site))
    with site.begin() as work:
        assign(work, people["editor"], number, stranger.user_id, None)
    with site.reading() as session:
        visible_revision(session, stranger, number)
    with site.begin() as work:
        unassign(work, people["editor"], number, stranger.user_id)
    with site.reading() as session, pytest.raises(NotFound):
        visible_revision(session, stranger, number)
    told = [(e.type, e.data["reviewer_id"]) for e in entries(site, after=last)]
    assert told == [
        (EventType.REVIEWER_ASSIGNED, stranger.user_id),
        (EventType.REVIEWER_UNASSIGNED, stranger.user_id),
    ]
    refused(site, Conflict, lambda w: unassign(w, people["editor"], number, stranger.user_id))
    reviewer_id = people["reviewer"].user_id
    for who in ("reviewer", "safeguard", "author", "admin"):
        refused(site, Forbidden, lambda w, a=people[who]: unassign(w, a, number, reviewer_id))


def test_a_verdict_is_not_got_rid_of_by_releasing_its_reviewer(site, in_review):
    number, people = in_review
    with site.begin() as work:
        assign(work, people["editor"], number, people["stranger"].user_id, None)
        give_verdict(work, people["stranger"], number, Decision.REJECT, "dangereux")
        give_verdict(work, people["reviewer"], number, Decision.ACCEPT, ratings=RATINGS)
        sign_off(work, people["safeguard"], number, Outcome.PASS, ANSWERS)
        unassign(work, people["editor"], number, people["stranger"].user_id)
    refused(site, Conflict, lambda w: perform(w, people["editor"], number, Action.APPROVE))


def test_a_released_reviewer_does_not_come_back_to_sign_off(site, in_review):
    number, people = in_review
    with site.begin() as work:
        both = make_user(work, Role.REVIEWER, Role.SAFEGUARD)
        assign(work, people["editor"], number, both.user_id, None)
        give_verdict(work, both, number, Decision.CHANGES, "à revoir")
        perform(work, people["editor"], number, Action.REQUEST_CHANGES, "à revoir")
        unassign(work, people["editor"], number, both.user_id)
        perform(work, people["author"], number, Action.SUBMIT)
        perform(work, people["editor"], number, Action.ASSIGN)
    refused(site, Forbidden, lambda w: sign_off(w, both, number, Outcome.PASS, ANSWERS))


def test_unanswered_questions_sign_nothing_off(site, in_review):
    number, people = in_review
    for answers in ({}, {key: ANSWERS[key] for key in list(ANSWERS)[1:]}):
        refused(
            site,
            Invalid,
            lambda w, a=answers: sign_off(w, people["safeguard"], number, Outcome.PASS, a),
        )


# Timeline


def test_the_timeline_for_the_desk_and_for_the_authors(site, in_review):
    number, people = in_review
    with site.begin() as work:
        give_verdict(work, people["reviewer"], number, Decision.CHANGES, "première raison")
        give_verdict(work, people["reviewer"], number, Decision.CHANGES, "dernière raison")
        sign_off(work, people["safeguard"], number, Outcome.REFUSE, ANSWERS, "un nom secret")
        perform(work, people["editor"], number, Action.REQUEST_CHANGES, "à reprendre")
        practice_id = work.session.get_one(Revision, number).practice_id
        names = {
            who: work.session.get_one(User, people[who].user_id).name
            for who in ("author", "reviewer", "safeguard", "editor")
        }
    with site.reading() as session:
        desk = timeline(session, people["editor"], practice_id)
        authors = timeline(session, people["author"], practice_id)
        for who in ("stranger", "admin", "visitor"):
            assert timeline(session, people[who], practice_id) == ()
    kinds = [
        EventType.PRACTICE_CREATED,
        EventType.PRACTICE_SUBMIT,
        EventType.REVIEWER_ASSIGNED,
        EventType.PRACTICE_ASSIGN,
        EventType.VERDICT_GIVEN,
        EventType.VERDICT_GIVEN,
        EventType.SIGNED_OFF,
        EventType.PRACTICE_REQUEST_CHANGES,
    ]
    assert [entry.kind for entry in desk] == [entry.kind for entry in authors] == kinds
    assert [entry.who for entry in authors] == [
        *(Capacity.AUTHOR, Capacity.AUTHOR, Capacity.EDITOR, Capacity.EDITOR),
        *(Capacity.REVIEWER, Capacity.REVIEWER, Capacity.SAFEGUARD, Capacity.EDITOR),
    ]
    assert {entry.name + entry.about for entry in authors} == {""}
    assert desk[2].name == names["editor"]
    assert desk[2].about == names["reviewer"]
    texts = ["", "", "", "", "", "dernière raison"]
    assert [entry.text for entry in authors] == [*texts, "", "à reprendre"]
    assert [entry.text for entry in desk] == [*texts, "un nom secret", "à reprendre"]
    assert authors[6].code == "refuse"


def test_the_timeline_of_a_revision_is_for_those_of_that_revision(site):
    with site.begin() as work:
        first, people = make_revision(work, State.PUBLISHED)
        comment(work, people["editor"], first.id, "au premier auteur")
        second_author = make_user(work, Role.CONTRIBUTOR)
        second = start_revision(
            work,
            people["editor"],
            first.practice,
            first.version.content,
            author_id=second_author.user_id,
        )
        practice_id, second_id = first.practice_id, second.id
    with site.reading() as session:
        seen = timeline(session, second_author, practice_id)
        assert {(e.kind, e.revision_number) for e in seen} == {(EventType.PRACTICE_CREATED, 2)}
        # A draft that was never submitted is no business of the desk.
        desk = timeline(session, people["editor"], practice_id)
        assert {entry.revision_number for entry in desk} == {1}
        waiting = queue(session, people["editor"], 1).to_assign
        assert second_id not in {case.revision_id for case in waiting}


# Queue


def test_what_waits_for_whom(site):
    with site.begin() as work:
        made = {
            state: make_revision(work, state)
            for state in (State.DRAFT, State.SUBMITTED, State.IN_REVIEW, State.APPROVED)
        }
        ready, people = make_revision(work, State.IN_REVIEW)
        give_verdict(work, people["reviewer"], ready.id, Decision.ACCEPT, ratings=RATINGS)
        sign_off(work, people["safeguard"], ready.id, Outcome.PASS, ANSWERS)
        back, _ = make_revision(work, State.CHANGES_REQUESTED)
        own, _ = make_revision(work, State.SUBMITTED)
        editor = make_user(work, Role.EDITOR, Role.SAFEGUARD)
        own.authors.append(RevisionAuthor(user_id=editor.user_id))
        numbers = {state: revision.id for state, (revision, _) in made.items()}
        ready_id, back_id, own_id = ready.id, back.id, own.id
    with site.reading() as session:
        found = queue(session, editor, 1)
        reviewer = queue(session, made[State.IN_REVIEW][1]["reviewer"], 1)
        done = queue(session, people["reviewer"], 1)
        nobody = queue(session, Actor(1, frozenset({Role.ADMIN, Role.MEMBER})), 1)

    def ids(cases):
        return {case.revision_id for case in cases}

    assert numbers[State.SUBMITTED] in ids(found.to_assign)
    assert numbers[State.IN_REVIEW] in ids(found.in_review) & ids(found.to_sign)
    assert ids(found.to_approve) >= {ready_id}
    assert ready_id not in ids(found.in_review) | ids(found.to_sign)
    assert numbers[State.APPROVED] in ids(found.to_publish)
    assert back_id in ids(found.with_authors)
    everything = {case.revision_id for name in found.__slots__ for case in getattr(found, name)}
    assert not everything & {own_id, numbers[State.DRAFT]}
    assert ids(reviewer.to_review) == {numbers[State.IN_REVIEW]}
    assert (ids(done.to_review), ids(done.reviewed)) == (set(), {ready_id})
    assert not reviewer.to_assign + reviewer.to_sign + reviewer.in_review
    assert all(getattr(nobody, name) == () for name in nobody.__slots__)


def test_what_was_published_is_found_by_words_of_its_title(site):
    with site.begin() as work:
        texts = {"fr": make_text("x", title="Médiation des puits à Ménaka")}
        texts["en"] = make_text("x", title="Well mediation")
        both = {"fr": "original", "en": "up-to-date"}
        content = make_content(texts=texts, translations=both)
        wanted, people = make_revision(work, State.PUBLISHED, content)
        make_revision(work, State.PUBLISHED)
        number = wanted.id
    with site.reading() as session:
        for words in ("mediation MENAKA", "puits", "well", "  "):
            found = settled(session, words, State.PUBLISHED)
            assert number in {each.revision_id for each in found}, words
        found = settled(session, "puits menaka", State.PUBLISHED)
        assert [each.revision_id for each in found] == [number]
        assert settled(session, "puits", State.ARCHIVED) == ()
    with site.begin() as work:
        perform(work, people["editor"], number, Action.ARCHIVE, "parce que")
    with site.reading() as session:
        assert [e.revision_id for e in settled(session, "puits", State.ARCHIVED)] == [number]
        assert settled(session, "puits", State.PUBLISHED) == ()


# Named readers, notes, revisions for others


def test_named_readers(site):
    with site.begin() as work:
        revision, people = make_revision(work, State.PUBLISHED)
        guest = make_user(work, Role.MEMBER, name="Invitée")
        user = work.session.get_one(User, guest.user_id)
        gone = make_user(work, Role.MEMBER)
        work.session.get_one(User, gone.user_id).disabled_at = site.clock.now()
        practice_id, email = revision.practice_id, user.email
        gone_email = work.session.get_one(User, gone.user_id).email
    last = len(entries(site))
    with site.begin() as work:
        share(work, people["editor"], practice_id, f"  {email.upper()} ")
    with site.reading() as session:
        assert [r.name for r in readers_of(session, practice_id)] == ["Invitée"]
    for address in (email, "nobody@example.org", gone_email, ""):
        refusal = refused(
            site, Invalid, lambda w, e=address: share(w, people["editor"], practice_id, e)
        )
        assert set(refusal.problems) == {"reader_email"}
    for who in ("reviewer", "safeguard"):
        refused(site, Forbidden, lambda w, a=people[who]: share(w, a, practice_id, email))
        refused(
            site, Forbidden, lambda w, a=people[who]: unshare(w, a, practice_id, guest.user_id)
        )
    with site.begin() as work:
        unshare(work, people["author"], practice_id, guest.user_id)
        assert work.session.get(PracticeReader, (practice_id, guest.user_id)) is None
    refused(site, Conflict, lambda w: unshare(w, people["editor"], practice_id, guest.user_id))
    told = [(e.type, e.practice_id, e.data) for e in entries(site, after=last)]
    assert told == [
        (EventType.PRACTICE_SHARED, practice_id, {"user_id": guest.user_id}),
        (EventType.PRACTICE_UNSHARED, practice_id, {"user_id": guest.user_id}),
    ]


def test_notes(site):
    with site.begin() as work:
        revision, people = make_revision(work, State.PUBLISHED)
        people |= {"admin": make_user(work, Role.ADMIN), "member": make_user(work, Role.MEMBER)}
        people["other"] = make_user(work, Role.CONTRIBUTOR)
        practice_id = revision.practice_id
    for who in ("author", "editor", "safeguard"):
        with site.begin() as work:
            note = add_note(work, people[who], practice_id, f" de {who} ")
            assert (note.text, note.author_id) == ({"fr": f"de {who}"}, people[who].user_id)
        entry = entries(site)[-1]
        assert (entry.type, entry.practice_id) == (EventType.NOTE_ADDED, practice_id)
        assert who not in str(entry.data)
    for who in ("admin", "member", "other"):
        refused(site, Forbidden, lambda w, a=people[who]: add_note(w, a, practice_id, "x"))
    for text in ("", "  ", "x" * 10_001):
        refused(site, Invalid, lambda w, t=text: add_note(w, people["editor"], practice_id, t))
    refused(site, NotFound, lambda w: add_note(w, people["editor"], 999_999, "x"))


def test_an_editor_starts_a_revision_for_a_contributor(site):
    with site.begin() as work:
        revision, people = make_revision(work, State.PUBLISHED)
        writer = make_user(work, Role.CONTRIBUTOR)
        member = make_user(work, Role.MEMBER)
        number, content = revision.id, revision.version.content

    def start(work, who="editor", author_id=None):
        practice = work.session.get_one(Revision, number).practice
        return start_revision(work, people[who], practice, content, author_id=author_id)

    assert set(refused(site, Invalid, start).problems) == {"author_id"}
    for nobody in (member.user_id, 999_999):
        refusal = refused(site, Invalid, lambda w, n=nobody: start(w, author_id=n))
        assert set(refusal.problems) == {"author_id"}
    for who in ("reviewer", "safeguard"):
        refused(site, Forbidden, lambda w, a=who: start(w, a, writer.user_id))
    with site.begin() as work:
        begun = start(work, author_id=writer.user_id)
        assert [author.user_id for author in begun.authors] == [writer.user_id]
        assert (begun.working_copy, begun.number, begun.state) == (content, 2, State.DRAFT)
    refused(site, Conflict, lambda w: start(w, author_id=writer.user_id))


def test_a_withdrawal_says_what_kind_of_reason_it_has(site):
    with site.begin() as work:
        revision, people = make_revision(work, State.PUBLISHED)
        make_next(work, people, revision, State.DRAFT)
        number = revision.id
    refusal = refused(
        site, Invalid, lambda w: perform(w, people["editor"], number, Action.WITHDRAW, "raison")
    )
    assert set(refusal.problems) == {"withdrawal"}
