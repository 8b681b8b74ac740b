"""The index follows the database: what becomes public is found, what no longer is, is not."""

from pathlib import Path

import pytest

from kb.accounts.permissions import Role
from kb.core.language import Locale
from kb.core.paging import Paging
from kb.core.ports import IndexUnavailable, SearchRequest
from kb.practices.content import Visibility
from kb.practices.lifecycle import Action, State, Withdrawal
from kb.practices.models import Revision
from kb.practices.queries import practice_by_slug, published_revision
from kb.reviews.rules import Decision, Outcome
from kb.reviews.service import assign, give_verdict, sign_off
from kb.runtime import Runtime
from kb.search import sync
from kb.vocabularies.models import VocabularyRow
from kb.vocabularies.service import load_vocabularies, replace_all
from kb.wiring import build_runtime
from kb.workflow.service import perform
from tests.database import snapshot, undelivered
from tests.make import (
    ANSWERS,
    RATINGS,
    make_content,
    make_next,
    make_revision,
    make_text,
    make_user,
    make_vocabularies,
)

WORD = "zakeyword"


@pytest.fixture
def house(fresh_runtime: Runtime) -> Runtime:
    """One published practice, as noise."""
    with fresh_runtime.begin() as work:
        make_vocabularies(work)
    with fresh_runtime.begin() as work:
        make_revision(work, State.PUBLISHED)
    return fresh_runtime


def found(runtime: Runtime, word: str = WORD) -> list[str]:
    request = SearchRequest(word, Locale.FR, paging=Paging(per_page=100))
    return sorted(hit.slug for hit in runtime.index.search(request).hits)


def agrees(runtime: Runtime) -> bool:
    return sync.difference(runtime.reading, runtime.index) == ()


def with_word(slug: str, **changes):
    return make_content(slug, texts={"fr": make_text(slug, title=f"Titre {WORD}")}, **changes)


def test_found_from_publication_to_withdrawal_and_not_a_moment_else(house):
    slug = "the-practice"
    with house.begin() as work:
        revision, people = make_revision(work, State.DRAFT, with_word(slug))
        revision_id = revision.id
    expected = {
        Action.SUBMIT: [],
        Action.ASSIGN: [],
        Action.APPROVE: [],
        Action.PUBLISH: [slug],
        Action.ARCHIVE: [],
        Action.RESTORE: [slug],
        Action.WITHDRAW: [],
    }
    for action, slugs in expected.items():
        with house.begin() as work:
            if action is Action.ASSIGN:
                assign(work, people["editor"], revision_id, people["reviewer"].user_id, None)
            if action is Action.APPROVE:
                give_verdict(
                    work, people["reviewer"], revision_id, Decision.ACCEPT, ratings=RATINGS
                )
                sign_off(work, people["safeguard"], revision_id, Outcome.PASS, ANSWERS)
            who = "author" if action is Action.SUBMIT else "editor"
            perform(work, people[who], revision_id, action, "why", withdrawal=Withdrawal.ERROR)
        assert found(house) == slugs, action
        assert agrees(house)


def test_the_old_words_are_gone_when_the_new_text_is_published(house):
    with house.begin() as work:
        revision, people = make_revision(work, State.PUBLISHED, with_word("the-practice"))
        revision_id = revision.id
    assert found(house) == ["the-practice"]
    with house.begin() as work:
        old = work.session.get_one(Revision, revision_id)
        old.working_copy = make_content("the-practice")
        make_next(work, people, old, State.PUBLISHED)
    assert found(house) == []
    assert agrees(house)


@pytest.mark.parametrize("visibility", [v for v in Visibility if v is not Visibility.PUBLIC])
def test_what_is_not_for_everybody_is_never_indexed(house, visibility):
    with house.begin() as work:
        make_revision(work, State.PUBLISHED, with_word("the-practice", visibility=visibility))
    assert found(house) == []
    assert "the-practice" not in house.index.stamps()
    assert agrees(house)


def test_what_becomes_members_only_leaves_the_index(house):
    with house.begin() as work:
        revision, people = make_revision(work, State.PUBLISHED, with_word("the-practice"))
        revision_id = revision.id
    with house.begin() as work:
        old = work.session.get_one(Revision, revision_id)
        old.working_copy = with_word("the-practice", visibility="members")
        make_next(work, people, old, State.PUBLISHED)
    assert found(house) == []
    assert agrees(house)


def files_of(runtime: Runtime) -> bytes:
    folder = Path(runtime.settings.data_dir) / "index"
    return b"\n".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_a_withdrawn_text_is_not_left_in_the_files_of_the_index(house):
    """Deleting in an index often only marks: the words must be gone from the disk."""
    with house.begin() as work:
        revision, people = make_revision(work, State.PUBLISHED, with_word("the-practice"))
        revision_id = revision.id
    assert WORD.encode() in files_of(house)
    with house.begin() as work:
        perform(
            work,
            people["editor"],
            revision_id,
            Action.WITHDRAW,
            "in danger",
            withdrawal=Withdrawal.ERROR,
        )
    assert WORD.encode() not in files_of(house)
    assert b"the-practice" not in files_of(house)


def test_seeing_an_event_twice_does_no_harm(house):
    before = house.index.bookmark()
    with house.begin() as work:
        make_revision(work, State.PUBLISHED, with_word("the-practice"))
    after = house.index.bookmark()
    assert after != before
    house.index.apply([], [], lambda: before)
    assert sync.follow(house.reading, house.index) == 1
    assert house.index.bookmark() == after
    assert found(house) == ["the-practice"]
    assert agrees(house)


def test_events_that_come_late_do_not_bring_back_what_is_gone(house):
    """The index reads the practice as it is now, not as the event says it was."""
    with undelivered(house) as work:
        revision, people = make_revision(work, State.PUBLISHED, with_word("the-practice"))
        perform(
            work,
            people["editor"],
            revision.id,
            Action.WITHDRAW,
            "why",
            withdrawal=Withdrawal.ERROR,
        )
    house.deliver()
    assert found(house) == []


def test_renamed_terms_are_found_by_their_new_name(house):
    assert found(house, "zanewname") == []
    with house.begin() as work:
        vocabularies = load_vocabularies(work.session)
        changed = [
            v.model_copy(
                update={
                    "terms": tuple(
                        t.model_copy(
                            update={"label": t.label.model_copy(update={"fr": "Zanewname"})}
                        )
                        if t.code == "land-tenure"
                        else t
                        for t in v.terms
                    )
                }
            )
            for v in vocabularies.by_name.values()
        ]
        replace_all(work, changed, [])
        assert [event.type for event in work.events] == ["vocabularies.replaced"]
    assert len(found(house, "zanewname")) == 1
    assert agrees(house)


def test_replacing_terms_by_the_same_is_no_change(house):
    before = snapshot(house)
    with house.begin() as work:
        assert not replace_all(work, list(load_vocabularies(work.session).by_name.values()), [])
    assert snapshot(house) == before


def test_a_process_sees_the_terms_that_another_replaced(house):
    other = build_runtime(house.settings, clock=house.clock, renderer=house.renderer)
    with other.reading() as session:
        assert "themes" in other.vocabularies.get(session).by_name
    with house.begin() as work:
        work.session.delete(work.session.get_one(VocabularyRow, "themes"))
    with other.reading() as session:
        assert "themes" not in other.vocabularies.get(session).by_name
    other.close()


@pytest.fixture
def three(house):
    """Three public practices besides the noise."""
    with house.begin() as work:
        for slug in ("one", "two", "three"):
            make_revision(work, State.PUBLISHED, with_word(slug))
    return house


DRIFTS = {
    "one is missing": (["one"], 1),
    "all are missing": (["one", "two", "three"], 3),
    "none is": ([], 0),
}


@pytest.mark.parametrize("case", DRIFTS)
def test_reconcile_repairs_what_is_missing(three, case):
    gone, repaired = DRIFTS[case]
    three.index.apply([], gone)
    assert set(sync.difference(three.reading, three.index)) == set(gone)
    assert sync.reconcile(three.reading, three.index) == repaired
    assert found(three) == ["one", "three", "two"]
    assert agrees(three)


def test_reconcile_removes_what_should_not_be_there(three):
    with undelivered(three) as work:
        editor = make_user(work, Role.EDITOR)
        practice = practice_by_slug(work.session, "two")
        revision = published_revision(work.session, practice.id)
        perform(work, editor, revision.id, Action.WITHDRAW, "why", withdrawal=Withdrawal.ERROR)
    assert found(three) == ["one", "three", "two"]
    assert sync.reconcile(three.reading, three.index) == 1
    assert found(three) == ["one", "three"]


def test_reconcile_sees_a_text_that_changed(three):
    with undelivered(three) as work:
        practice = practice_by_slug(work.session, "two")
        published_revision(work.session, practice.id).location_precision = "country"
    assert sync.difference(three.reading, three.index) == ("two",)
    assert sync.reconcile(three.reading, three.index) == 1
    assert agrees(three)


def test_rebuild_from_nothing(three):
    assert sync.rebuild(three.reading, three.index) == 4
    assert sync.rebuild(three.reading, three.index) == 4
    assert found(three) == ["one", "three", "two"]


def test_without_an_index_a_delivery_makes_one(fresh_runtime):
    with pytest.raises(IndexUnavailable):
        fresh_runtime.index.stamps()
    with fresh_runtime.begin() as work:
        make_vocabularies(work)
    assert fresh_runtime.index.stamps() == {}


def test_a_citation_leaves_no_space_behind_before_a_full_stop(house):
    text = make_text("cited")
    text["sections"]["context"] = f"Le {WORD} est creusé [S1]. Le bétail y boit [S1], dit-on [S1]."
    with house.begin() as work:
        make_revision(work, State.PUBLISHED, make_content("cited", texts={"fr": text}))
    (hit,) = house.index.search(SearchRequest(WORD)).hits
    assert f"Le <mark>{WORD}</mark> est creusé. Le bétail y boit, dit-on" in hit.snippet
