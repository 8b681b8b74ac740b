"""Drafts, working copies, frozen versions and the public view."""

from datetime import UTC, datetime
import threading

import pytest
from sqlalchemy import select
from sqlalchemy.exc import StatementError

from kb.accounts.permissions import OPERATOR, Actor, Role
from kb.core.errors import Conflict, Forbidden, Gone, Invalid, NotFound
from kb.practices.content import PracticeContent
from kb.practices.lifecycle import EDITABLE, Action, State, Withdrawal
from kb.practices.models import Practice, RenderedText, Revision, Version, VersionTag
from kb.practices.queries import get_revision, public_slugs, public_view, public_views
from kb.practices.readers import MEMBER, VISITOR, WHOLE_HOUSE, Reader
from kb.practices.service import create_practice, save_working_copy, start_revision
from kb.workflow.service import perform
from tests.database import changes, entries, snapshot
from tests.make import make_content, make_next, make_revision, make_text, make_user

pytestmark = pytest.mark.usefixtures("roles_end")

CONFLICT = "Somebody else changed this at the same time."


def test_a_new_practice_is_a_draft_of_its_author(site):
    with site.begin() as work:
        author = make_user(work, Role.CONTRIBUTOR)
    before, last = snapshot(site), len(entries(site))
    with site.begin() as work:
        revision = create_practice(work, author, "a-new-practice", {"title": "unfinished"})
        assert (revision.number, revision.state) == (1, State.DRAFT)
        assert revision.working_copy == {"title": "unfinished"}
        assert [a.user_id for a in revision.authors] == [author.user_id]
        assert revision.practice.owner_id == author.user_id
        assert revision.version_id is None
    assert changes(before, snapshot(site)) == {
        "practices": 1,
        "revisions": 1,
        "revision_authors": 1,
        "audit_entries": 1,
        "audit_head": 0,
    }
    assert [entry.type for entry in entries(site, after=last)] == ["practice.created"]


@pytest.mark.parametrize("role", [None, *[r for r in Role if r is not Role.CONTRIBUTOR]])
def test_only_contributors_and_the_operator_begin_one(site, role):
    with site.begin() as work:
        user = make_user(work, *([role] if role else []))
        revision, _ = make_revision(work, State.PUBLISHED)
        practice_id = revision.practice_id
    before = snapshot(site)
    for actor in (user, Actor()):
        with pytest.raises(Forbidden), site.begin() as work:
            create_practice(work, actor, "not-this-one", {})
        # An editor begins one, but not for themselves.
        error = Invalid if actor is user and role is Role.EDITOR else Forbidden
        with pytest.raises(error), site.begin() as work:
            start_revision(work, actor, work.session.get_one(Practice, practice_id), {})
    assert snapshot(site) == before


def test_an_address_is_given_once(site):
    with site.begin() as work:
        revision, people = make_revision(work, State.WITHDRAWN)
        slug = revision.practice.slug
    before = snapshot(site)
    with pytest.raises(Conflict) as refusal, site.begin() as work:
        create_practice(work, people["author"], slug, {})
    assert str(refusal.value) == "There is already a practice at this address."
    assert snapshot(site) == before


# The working copy.


@pytest.fixture
def draft(site):
    with site.begin() as work:
        revision, people = make_revision(work, State.DRAFT)
        return revision.id, people, revision.lock_number


def save(site, draft, lock_number=None, actor="author", text="new"):
    revision_id, people, number = draft
    with site.begin() as work:
        saved = save_working_copy(
            work, people[actor], revision_id, lock_number or number, {"title": text}
        )
        return saved.lock_number


def working_copy(site, draft):
    with site.reading() as session:
        return get_revision(session, draft[0]).working_copy


def test_saving_counts_up(site, draft):
    number = save(site, draft)
    assert number == draft[2] + 1
    assert save(site, draft, number, text="newer") == number + 1
    assert working_copy(site, draft) == {"title": "newer"}


def test_the_second_of_two_who_began_together_is_told(site, draft):
    save(site, draft, text="the first")
    with pytest.raises(Conflict) as refusal:
        save(site, draft, text="the second")
    assert str(refusal.value) == CONFLICT
    assert working_copy(site, draft) == {"title": "the first"}


def test_two_who_save_at_the_same_moment(site, draft):
    """Both hold the same number and write at once: one wins, one is told, nothing is mixed."""
    barrier = threading.Barrier(2, timeout=20)
    outcomes: list[str] = []

    def write(text):
        barrier.wait()
        try:
            save(site, draft, text=text)
            outcomes.append(text)
        except Conflict:
            outcomes.append("conflict")

    threads = [threading.Thread(target=write, args=(text,)) for text in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (winner,) = set(outcomes) - {"conflict"}
    assert sorted(outcomes) == sorted([winner, "conflict"])
    assert working_copy(site, draft) == {"title": winner}


def test_a_stale_object_is_refused_by_the_row_itself(site, draft):
    """Even where a use case forgets to compare numbers."""
    table = Revision.__table__

    def overwrite():
        with site.begin() as work:
            revision = get_revision(work.session, draft[0])
            elsewhere = table.update().where(table.c.id == draft[0]).values(lock_number=99)
            work.session.execute(elsewhere)
            revision.change_note = "mine"

    with pytest.raises(Conflict) as refusal:
        overwrite()
    assert str(refusal.value) == CONFLICT


def test_only_authors_save(site, draft):
    revision_id, people, _ = draft
    with site.begin() as work:
        people["another"] = make_user(work, *Role)
        people["operator"] = OPERATOR
        people["visitor"] = Actor()
    before = snapshot(site)
    for who in people.keys() - {"author"}:
        with pytest.raises(Forbidden):
            save(site, draft, actor=who)
    assert snapshot(site) == before
    assert revision_id


@pytest.mark.matrix
@pytest.mark.parametrize("state", [s for s in State if s is not State.SUPERSEDED])
def test_only_drafts_and_requested_changes_are_edited(site, state):
    with site.begin() as work:
        revision, people = make_revision(work, state)
        draft = revision.id, people, revision.lock_number
    if state in EDITABLE:
        save(site, draft)
        assert working_copy(site, draft) == {"title": "new"}
        return
    before = snapshot(site)
    with pytest.raises(Conflict) as refusal:
        save(site, draft)
    assert str(refusal.value) == "This revision cannot be edited in its present state."
    assert snapshot(site) == before


# Freezing.


def submit(site, content, **also):
    slug = content["slug"]
    with site.begin() as work:
        author = make_user(work, Role.CONTRIBUTOR)
        revision_id = create_practice(work, author, slug, content | also).id
    with site.begin() as work:
        perform(work, author, revision_id, Action.SUBMIT)
    return revision_id


INCOMPLETE = [
    ("countries", [], "countries", "needs at least one value"),
    ("slug", "another-address", "slug", "differs from the permanent address"),
    ("themes", ["land-tenure", "nonsense"], "themes", "unknown term: nonsense"),
    ("countries", ["ML", "FR"], "countries", "unknown term: FR"),
    ("evidence", "nonsense", "evidence", "unknown term: nonsense"),
    ("licence", "all-mine", "licence", "unknown term: all-mine"),
    ("zone", "moon", "zone", "unknown term: moon"),
    ("sdg_targets", ["99.1"], "sdg_targets", "unknown term: 99.1"),
]


@pytest.mark.parametrize(("field", "value", "place", "why"), INCOMPLETE)
def test_what_is_not_complete_is_not_submitted(site, field, value, place, why):
    content = make_content()
    with site.begin() as work:
        author = make_user(work, Role.CONTRIBUTOR)
        revision_id = create_practice(work, author, content["slug"], content | {field: value}).id
    before = snapshot(site)
    with pytest.raises(Invalid) as refusal, site.begin() as work:
        perform(work, author, revision_id, Action.SUBMIT)
    assert {k: str(v) for k, v in refusal.value.problems.items()} == {place: why}
    assert snapshot(site) == before


def test_a_version_holds_text_tags_and_html(site):
    content = make_content(
        countries=["ML", "NE"],
        themes=["land-tenure"],
        texts={"fr": make_text("x"), "en": make_text("y")},
        translations={"fr": "original", "en": "stale"},
    )
    revision_id = submit(site, content)
    with site.reading() as session:
        revision = get_revision(session, revision_id)
        version = revision.version
        assert version.parsed() == PracticeContent.parse(content)
        tags = session.execute(
            select(VersionTag.facet, VersionTag.code).where(VersionTag.version_id == version.id)
        ).all()
        assert sorted(tags) == [
            ("actor", "women-leaders"),
            ("country", "ML"),
            ("country", "NE"),
            ("evidence", "solid"),
            ("kind", "practice"),
            ("maturity", "unknown"),
            ("origin", "unknown"),
            ("region", "ML-7"),
            ("theme", "land-tenure"),
        ]
        rendered = session.scalars(
            select(RenderedText).where(RenderedText.version_id == version.id)
        ).all()
        assert {row.locale.value for row in rendered} == {"fr", "en"}
        assert {row.renderer_version for row in rendered} == {site.renderer.version}
        (french,) = [row for row in rendered if row.locale == "fr"]
        assert french.sections["results"] == (
            '<ul>\n<li>Texte results de x&nbsp;<sup><a href="#S1">S1</a></sup></li>\n</ul>'
        )


def test_each_submission_is_another_version_and_the_first_stays(site):
    with site.begin() as work:
        revision, people = make_revision(work, State.CHANGES_REQUESTED)
        revision_id = revision.id
        revision.working_copy = revision.working_copy | {"evidence": "medium"}
        work.session.flush()
        perform(work, people["author"], revision_id, Action.SUBMIT)
    with site.reading() as session:
        versions = session.scalars(
            select(Version).where(Version.revision_id == revision_id).order_by(Version.number)
        ).all()
        assert [(v.number, v.content["evidence"]) for v in versions] == [
            (1, "solid"),
            (2, "medium"),
        ]
        assert get_revision(session, revision_id).version_id == versions[1].id


# The public view.


def test_the_public_view_of_each_state(site):
    slugs = {}
    with site.begin() as work:
        for state in State:
            if state is not State.SUPERSEDED:
                revision, _ = make_revision(work, state)
                slugs[state] = revision.practice.slug
    with site.reading() as session:
        for state, slug in slugs.items():
            if state is State.PUBLISHED:
                assert public_view(session, slug).slug == slug
                continue
            with pytest.raises(NotFound) as refusal:
                public_view(session, slug)
            # Only this one leaves a tombstone; tests/flow/test_tombstones.py has the others.
            if state is State.WITHDRAWN:
                assert type(refusal.value) is Gone
                continue
            with pytest.raises(NotFound) as never:
                public_view(session, "never-existed")
            assert type(refusal.value) is NotFound
            assert str(refusal.value) == str(never.value)
        assert set(public_views(session, slugs.values())) == {slugs[State.PUBLISHED]}


READERS = [
    (VISITOR, {"public"}),
    (MEMBER, {"public", "members"}),
    (WHOLE_HOUSE, {"public", "members", "restricted"}),
    (Reader(frozenset()), set()),
]


@pytest.mark.parametrize(("reader", "readable"), READERS)
def test_each_reader_gets_their_own_and_related_names_no_other(site, reader, readable):
    with site.begin() as work:
        contents = {v: make_content(visibility=v) for v in ("public", "members", "restricted")}
        slugs = {v: content["slug"] for v, content in contents.items()}
        for content in contents.values():
            related = sorted(slugs.values())
            make_revision(work, State.PUBLISHED, content | {"related": related})
    with site.reading() as session:
        views = public_views(session, slugs.values(), reader)
        assert set(views) == {slugs[v] for v in readable}
        assert {s for s in public_slugs(session, reader) if s in slugs.values()} == set(views)
        for view in views.values():
            assert set(view.related) == set(views)


def test_readers_get_the_published_text_and_not_the_newer_draft(site):
    with site.begin() as work:
        revision, people = make_revision(work, State.PUBLISHED)
        slug, version_id = revision.practice.slug, revision.version_id
        new = make_next(work, people, revision, State.DRAFT)
        new.working_copy = new.working_copy | {"evidence": "medium"}
    with site.reading() as session:
        view = public_view(session, slug)
        assert (view.evidence, view.version_id, view.revision_number) == ("solid", version_id, 1)


@pytest.mark.parametrize(
    ("actors", "themes", "women", "youth"),
    [
        (["women-leaders"], ["land-tenure"], "leaders", "not-described"),
        (["women-leaders"], ["womens-participation"], "leaders", "not-described"),
        (["traditional-authority"], ["womens-participation"], "addressed", "not-described"),
        (["youth-leaders"], ["reconciliation"], "not-described", "leaders"),
        (["traditional-authority"], ["reconciliation"], "not-described", "not-described"),
    ],
)
def test_leadership_is_told_by_rule(site, actors, themes, women, youth):
    content = make_content(actor_types=actors, themes=themes)
    with site.begin() as work:
        make_revision(work, State.PUBLISHED, content)
    with site.reading() as session:
        view = public_view(session, content["slug"])
        assert (view.women, view.youth) == (women, youth)


def test_times_are_aware_and_utc_on_every_database(site):
    with site.begin() as work:
        revision, _ = make_revision(work, State.PUBLISHED)
        revision_id = revision.id
    with site.reading() as session:
        assert get_revision(session, revision_id).published_at == site.clock.now()
        assert get_revision(session, revision_id).published_at.tzinfo is UTC
    naive = datetime(2026, 1, 1)  # noqa: DTZ001
    with site.reading() as session, pytest.raises(StatementError, match="naive datetime"):
        session.scalar(select(Revision).where(Revision.state_since == naive))


ODD_SLUGS = ["a\0b", "\0", "", " ", "x" * 5000, "é", "a'b", "%", "_", "\ud800"]


@pytest.mark.parametrize("slug", ODD_SLUGS)
def test_no_address_is_too_odd_for_the_database(site, slug):
    with site.begin() as work:
        make_revision(work, State.PUBLISHED)
    with site.reading() as session:
        with pytest.raises(NotFound) as odd:
            public_view(session, slug)
        with pytest.raises(NotFound) as never:
            public_view(session, "never-existed")
        assert str(odd.value) == str(never.value)


@pytest.mark.parametrize("note", ["a\0b", "x" * 100_000, "\ud800"])
def test_no_note_is_too_odd_for_the_database(site, note):
    with site.begin() as work:
        revision, people = make_revision(work, State.PUBLISHED)
        revision_id = revision.id
    before = snapshot(site)
    try:
        with site.begin() as work:
            perform(
                work,
                people["editor"],
                revision_id,
                Action.WITHDRAW,
                note,
                withdrawal=Withdrawal.ERROR,
            )
    except Invalid:
        assert snapshot(site) == before
