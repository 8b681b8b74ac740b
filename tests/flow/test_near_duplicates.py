"""Near-duplicates are told to those who may see them, and nobody else learns that they exist."""

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import event

from kb.accounts.permissions import Actor, Role
from kb.practices.checking import checks_for_author
from kb.practices.checks import Check
from kb.practices.lifecycle import State
from kb.practices.models import AuthorRole, PracticeReader, Revision, RevisionAuthor
from kb.reviews.checking import checks_for_desk
from kb.reviews.service import assign
from kb.runtime import Runtime
from tests.make import make_content, make_next, make_revision, make_text, make_user

WORDS = " ".join(f"mot{number}" for number in range(90))
STATES = (
    *(State.DRAFT, State.SUBMITTED, State.IN_REVIEW, State.CHANGES_REQUESTED, State.APPROVED),
    *(State.PUBLISHED, State.ARCHIVED, State.REJECTED, State.WITHDRAWN),
)


def alike(slug: str, **changes: Any) -> dict[str, Any]:
    """A practice that says the same as all others made so."""
    sections = dict.fromkeys(
        ("context", "actors_roles", "how_it_works", "results", "limits_risks"), f"{WORDS} [S1]"
    )
    text = make_text(slug, sections=sections, title=f"Même pratique {slug}")
    return make_content(slug, texts={"fr": text}, **changes)


@pytest.fixture(scope="module")
def others(site: Runtime) -> Mapping[int, str]:
    """Other people's practices in every state and visibility, by the id of their revision."""
    with site.begin() as work:
        found = {}
        for state in STATES:
            for visibility in ("public", "members", "restricted"):
                name = f"{state.value}-{visibility}".replace("_", "-")
                revision, _ = make_revision(work, state, alike(name, visibility=visibility))
                found[revision.id] = name
        make_revision(work, State.PUBLISHED, make_content("quite-another"))
        return found


@pytest.fixture
def draft(site: Runtime) -> tuple[int, Actor]:
    with site.begin() as work:
        revision, people = make_revision(work, State.DRAFT, alike("own"))
        name = f"own-{revision.id}"
        revision.practice.slug = name
        return revision.id, people["author"]


@pytest.fixture(autouse=True)
def _all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kb.practices.near_queries.MOST", 100)


def told(checks: tuple[Check, ...]) -> set[str]:
    return {check.near.slug for check in checks if check.near}


def to_author(site: Runtime, revision_id: int, actor: Actor) -> set[str]:
    with site.reading() as session:
        return told(checks_for_author(session, actor, session.get_one(Revision, revision_id)))


def to_desk(site: Runtime, revision_id: int, actor: Actor) -> set[str]:
    with site.reading() as session:
        revision = session.get_one(Revision, revision_id)
        assert revision.version is not None
        return told(checks_for_desk(session, actor, revision, revision.version))


def test_an_author_learns_of_nothing_that_is_not_theirs_to_read(site, others, draft):
    assert to_author(site, *draft) == {"published-public", "published-members"}


def test_an_author_without_a_role_reads_like_a_visitor(site, others, draft):
    revision_id, author = draft
    bare = Actor(author.user_id, frozenset())
    assert to_author(site, revision_id, bare) == {"published-public"}


def test_what_the_author_wrote_owns_or_was_given_is_told(site, others, draft):
    revision_id, author = draft
    by_name = {name: number for number, name in others.items()}
    with site.begin() as work:
        for name in ("submitted-restricted", "rejected-public", "draft-public"):
            work.session.add(RevisionAuthor(revision_id=by_name[name], user_id=author.user_id))
        given = work.session.get_one(Revision, by_name["published-restricted"])
        work.session.add(
            PracticeReader(
                practice_id=given.practice_id,
                user_id=author.user_id,
                granted_at=work.clock.now(),
            )
        )
    assert to_author(site, revision_id, author) == {
        *("published-public", "published-members", "published-restricted"),
        "submitted-restricted",
    }


def test_the_desk_sees_all_that_waits_and_all_that_is_published(site, others):
    with site.begin() as work:
        revision, people = make_revision(work, State.IN_REVIEW, alike("judged"))
        number = revision.id
    expected = {
        f"{state}-{visibility}"
        for state in ("submitted", "in-review", "changes-requested", "approved", "published")
        for visibility in ("public", "members", "restricted")
    }
    for who in ("editor", "safeguard"):
        assert to_desk(site, number, people[who]) - {"own"} >= expected, who
        hidden = set(others.values()) - expected
        assert to_desk(site, number, people[who]) & hidden == set(), who
    # A reviewer is of the desk of what was assigned to them, and of nothing else.
    reviewer = people["reviewer"]
    assert to_desk(site, number, reviewer) == {"published-public", "published-members"}
    by_name = {name: number for number, name in others.items()}
    with site.begin() as work:
        assign(work, people["editor"], by_name["submitted-restricted"], reviewer.user_id, None)
    assert to_desk(site, number, reviewer) == {
        *("published-public", "published-members", "submitted-restricted"),
    }


def test_an_editor_who_wrote_one_is_told_it_as_its_author(site, others, draft):
    revision_id, _ = draft
    with site.begin() as work:
        editor = make_user(work, Role.EDITOR, Role.CONTRIBUTOR)
        work.session.add(RevisionAuthor(revision_id=revision_id, user_id=editor.user_id))
    published = {"published-public", "published-members", "published-restricted"}
    assert to_author(site, revision_id, editor) == published


def test_who_writes_a_text_no_more_is_not_told_it(site, others, draft):
    revision_id, author = draft
    by_name = {name: number for number, name in others.items()}
    published = {"published-public", "published-members"}
    for role, told in ((AuthorRole.TRANSLATES, {"in-review-public"}), (AuthorRole.LEFT, set())):
        with site.begin() as work:
            work.session.merge(
                RevisionAuthor(
                    revision_id=by_name["in-review-public"], user_id=author.user_id, role=role
                )
            )
        assert to_author(site, revision_id, author) == published | told


def test_revisions_of_one_practice_are_told_once_and_its_own_never(site):
    with site.begin() as work:
        content = alike("revised")
        for locale_text in content["texts"].values():
            locale_text["sections"] = dict.fromkeys(
                locale_text["sections"], " ".join(f"rare{n}" for n in range(80)) + " [S1]"
            )
        published, people = make_revision(work, State.PUBLISHED, content)
        following = make_next(work, people, published, State.SUBMITTED)
        same = {**content, "slug": "revised-again"}
        other, others_people = make_revision(work, State.IN_REVIEW, same)
        numbers = following.id, other.id
    with site.reading() as session:
        revision = session.get_one(Revision, numbers[1])
        assert revision.version is not None
        checks = checks_for_desk(session, others_people["editor"], revision, revision.version)
        assert [check.near.slug for check in checks if check.near] == ["revised"]
        own = session.get_one(Revision, numbers[0])
        assert own.version is not None
        checks = checks_for_desk(session, people["editor"], own, own.version)
        assert [check.near.slug for check in checks if check.near] == ["revised-again"]


def test_a_frozen_text_is_opened_once(site, others, draft, monkeypatch):
    revision_id, author = draft
    monkeypatch.setattr("kb.practices.near_queries._MEMORY", {})
    opened: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("SELECT versions.content_hash, versions.content"):
            opened.append(statement)

    with site.reading() as session:
        engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", note)
    try:
        for _ in range(3):
            assert to_author(site, revision_id, author)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert len(opened) == 1
