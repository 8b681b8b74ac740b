"""Visitors and members each have an index: neither tells of what is not for its readers."""

from pathlib import Path
import shutil

import pytest

from kb.core.ports import IndexUnavailable, SearchRequest
from kb.operations.doctor import examine
from kb.operations.housekeeping import run_pass
from kb.practices.content import Visibility
from kb.practices.lifecycle import Action, State, Withdrawal
from kb.practices.models import Revision
from kb.practices.readers import MEMBER, VISITOR, WHOLE_HOUSE, Reader
from kb.runtime import Runtime
from kb.search import sync
from kb.search.service import Query, search
from kb.workflow.service import perform
from tests.database import undelivered
from tests.make import make_content, make_next, make_revision, make_text, make_vocabularies

WORD = "zakeyword"
INDEXED = {Visibility.PUBLIC: [True, True], Visibility.MEMBERS: [False, True]}


@pytest.fixture
def house(sqlite_runtime: Runtime) -> Runtime:
    """A public practice, as noise."""
    with sqlite_runtime.begin() as work:
        make_vocabularies(work)
        make_revision(work, State.PUBLISHED)
    return sqlite_runtime


def publish(house: Runtime, visibility: Visibility, slug: str = "the-practice") -> int:
    texts = {"fr": make_text(slug, title=f"Titre {WORD}")}
    with house.begin() as work:
        content = make_content(slug, texts=texts, visibility=visibility)
        return make_revision(work, State.PUBLISHED, content)[0].id


def where(house: Runtime, slug: str = "the-practice") -> list[bool]:
    """Whether the visitors' index has it, and whether the members' has."""
    found = [slug in index.stamps() for index in house.indexes.values()]
    hits = [index.search(SearchRequest(WORD)).total == 1 for index in house.indexes.values()]
    assert found == hits
    return found


def agree(house: Runtime) -> bool:
    differing = [
        sync.difference(house.reading, index, reader) for reader, index in house.indexes.items()
    ]
    return differing == [(), ()]


@pytest.mark.parametrize("visibility", Visibility)
def test_each_index_has_what_its_readers_may_read(house: Runtime, visibility: Visibility) -> None:
    publish(house, visibility)
    assert where(house) == INDEXED.get(visibility, [False, False])
    assert agree(house)


@pytest.mark.parametrize("new", Visibility)
@pytest.mark.parametrize("old", Visibility)
def test_a_changed_visibility_moves_it(house: Runtime, old: Visibility, new: Visibility) -> None:
    with house.begin() as work:
        texts = {"fr": make_text("the-practice", title=f"Titre {WORD}")}
        content = make_content("the-practice", texts=texts, visibility=old)
        revision, people = make_revision(work, State.PUBLISHED, content)
        revision_id = revision.id
    with house.begin() as work:
        revision = work.session.get_one(Revision, revision_id)
        revision.working_copy = revision.working_copy | {"visibility": new.value}
        make_next(work, people, revision, State.PUBLISHED)
    assert where(house) == INDEXED.get(new, [False, False])
    assert agree(house)


READERS: dict[str, tuple[Reader, bool]] = {
    "visitor": (VISITOR, False),
    "member": (MEMBER, True),
    "with an account": (Reader(MEMBER.visibilities, 7), True),
    "desk": (WHOLE_HOUSE, True),
}


@pytest.mark.parametrize("who", READERS)
def test_each_reader_asks_their_own_index(house: Runtime, who: str) -> None:
    reader, finds = READERS[who]
    publish(house, Visibility.MEMBERS)
    publish(house, Visibility.RESTRICTED, "the-restricted-one")
    assert house.index_for(reader) is (house.member_index if finds else house.index)
    with house.reading() as session:
        vocabularies = house.vocabularies.get(session)
        results = search(session, house.index_for(reader), vocabularies, Query(text=WORD), reader)
    assert [found.practice.slug for found in results.found] == ["the-practice"] * finds
    assert results.total == finds


def test_a_lagging_members_index_does_not_give_what_became_restricted(house: Runtime) -> None:
    publish(house, Visibility.MEMBERS)
    with undelivered(house) as work:
        revision = work.session.query(Revision).filter_by(visibility="members").one()
        revision.visibility = Visibility.RESTRICTED
    with house.reading() as session:
        vocabularies = house.vocabularies.get(session)
        results = search(session, house.member_index, vocabularies, Query(text=WORD), MEMBER)
    assert results.found == ()


def folder(house: Runtime) -> Path:
    return house.settings.data_dir / "index"


def on_disk(house: Runtime) -> tuple[bool, bool]:
    """Whether the word is in the files of the visitors' index, and of the members'."""
    found = {True: b"", False: b""}
    for path in folder(house).rglob("*"):
        if path.is_file():
            found[path.is_relative_to(folder(house) / "members")] += path.read_bytes()
    return WORD.encode() in found[False], WORD.encode() in found[True]


def test_on_disk_they_lie_apart_and_forget_what_was_withdrawn(house: Runtime) -> None:
    with house.begin() as work:
        texts = {"fr": make_text("the-practice", title=f"Titre {WORD}")}
        content = make_content("the-practice", texts=texts, visibility="members")
        revision, people = make_revision(work, State.PUBLISHED, content)
        revision_id = revision.id
    assert on_disk(house) == (False, True)
    with house.begin() as work:
        editor = people["editor"]
        perform(work, editor, revision_id, Action.WITHDRAW, "Why.", withdrawal=Withdrawal.SAFETY)
    assert on_disk(house) == (False, False)


def lose(house: Runtime) -> None:
    shutil.rmtree(folder(house) / "members")


def publish_another(house: Runtime) -> None:
    with house.begin() as work:
        make_revision(work, State.PUBLISHED)


MENDERS = {
    "housekeeping": run_pass,
    "doctor": lambda house: examine(house, fix=True),
    "the next reader": Runtime.heal_index,
    "the next publication": publish_another,
}


@pytest.mark.parametrize("mender", MENDERS)
def test_an_installation_without_the_members_index_gets_one(house: Runtime, mender: str) -> None:
    publish(house, Visibility.MEMBERS)
    before = house.index.stamps()
    lose(house)
    with pytest.raises(IndexUnavailable):
        house.member_index.stamps()
    assert house.index.stamps() == before
    MENDERS[mender](house)
    assert where(house) == [False, True]
    assert agree(house)


def test_the_doctor_sees_what_differs_in_either(house: Runtime) -> None:
    publish(house, Visibility.MEMBERS)
    for index, slug in ((house.member_index, "the-practice"), (house.index, "")):
        index.apply([], [slug or min(house.index.stamps())])
        problems = [str(found.problem) for found in examine(house) if found.problem]
        assert problems == ["differs from the database on 1 practices"]
        assert sync.reconcile_all(house.reading, house.indexes) == 1
        assert agree(house)


def test_rebuilding_makes_both(house: Runtime) -> None:
    publish(house, Visibility.MEMBERS)
    shutil.rmtree(folder(house))
    sync.rebuild_all(house.reading, house.indexes)
    assert where(house) == [False, True]
    assert agree(house)
