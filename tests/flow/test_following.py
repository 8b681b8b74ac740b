"""Each machine keeps its own index in step with the one database, by following the trail."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
import shutil

import pytest

from kb.core.ports import NotIndexable, SearchRequest
from kb.events.queries import Place
from kb.operations.backup import make_backup
from kb.operations.doctor import examine
from kb.operations.restore import restore
from kb.operations.state import Queue, site_state
from kb.practices.content import Visibility
from kb.practices.lifecycle import Action, State, Withdrawal
from kb.practices.models import Revision
from kb.practices.readers import MEMBER, VISITOR
from kb.runtime import Runtime
from kb.search import sync
from kb.search.progress import Progress, parse
from kb.search.sync import Standing
from kb.vocabularies.service import load_vocabularies, replace_all
from kb.wiring import build_runtime
from kb.workflow.service import perform
from tests.conftest import make_settings
from tests.database import entries, snapshot, undelivered
from tests.fakes import MemoryIndex
from tests.make import make_content, make_next, make_revision, make_text, make_vocabularies

WORD = "zakeyword"
SLUG = "the-practice"


def node_of(runtime: Runtime, folder: Path) -> Runtime:
    """Another machine, or another process where the folder is the same."""
    url = runtime.engine.url.render_as_string(hide_password=False)
    return build_runtime(
        make_settings(folder, url), clock=runtime.clock, renderer=runtime.renderer
    )


@pytest.fixture
def nodes(fresh_runtime: Runtime, tmp_path: Path) -> Iterator[tuple[Runtime, Runtime]]:
    """Two machines on one database with one published practice, as noise."""
    with fresh_runtime.begin() as work:
        make_vocabularies(work)
        make_revision(work, State.PUBLISHED, make_content("noise"))
    other = node_of(fresh_runtime, tmp_path / "other")
    other.follow()
    yield fresh_runtime, other
    other.close()


def publish(node: Runtime, slug: str = SLUG, *, follows: bool = True, **changes) -> int:
    content = make_content(slug, texts={"fr": make_text(slug, title=f"Titre {WORD}")}, **changes)
    with node.begin() if follows else undelivered(node) as work:
        return make_revision(work, State.PUBLISHED, content)[0].id


def withdraw(node: Runtime, revision_id: int, *, follows: bool = True) -> None:
    with node.begin() if follows else undelivered(node) as work:
        _, people = make_revision(work)
        withdrawal = Withdrawal.SAFETY
        perform(work, people["editor"], revision_id, Action.WITHDRAW, "why", withdrawal=withdrawal)


def found(node: Runtime) -> list[str]:
    return sorted(hit.slug for hit in node.index.search(SearchRequest(WORD)).hits)


def agrees(node: Runtime) -> bool:
    read = node.reading
    return all(not sync.difference(read, index, reader) for reader, index in node.indexes.items())


def progress(node: Runtime) -> Progress:
    return parse(node.index.bookmark())


def files(node: Runtime) -> Mapping[str, bytes]:
    folder = node.settings.data_dir / "index"
    return {str(p): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


# From one machine to the other.


def test_what_one_machine_publishes_the_other_finds(nodes):
    one, other = nodes
    publish(one)
    assert (found(one), found(other)) == ([SLUG], [])
    assert other.follow() == 1
    assert found(other) == [SLUG]
    assert progress(one) == progress(other)
    assert agrees(one)
    assert agrees(other)


def test_what_one_machine_withdraws_leaves_the_other_and_its_disk(nodes):
    one, other = nodes
    revision_id = publish(one)
    other.follow()
    withdraw(other, revision_id)
    assert (found(one), found(other)) == ([SLUG], [])
    one.follow()
    assert found(one) == []
    assert agrees(one)
    assert [name for name, body in files(one).items() if WORD.encode() in body] == []


def test_following_changes_nothing_in_the_database(nodes):
    one, other = nodes
    publish(one)
    before = snapshot(one)
    other.follow()
    assert snapshot(one) == before


def test_with_nothing_new_nothing_is_written(nodes):
    one, other = nodes
    with one.begin() as work:
        make_revision(work, State.DRAFT)
    before = files(other)
    assert other.follow() == 0
    assert files(other) == before


@pytest.mark.parametrize("visibility", [Visibility.MEMBERS, Visibility.RESTRICTED])
def test_what_is_not_for_everybody_does_not_come_by_following_either(nodes, visibility):
    one, other = nodes
    publish(one, visibility=visibility)
    other.follow()
    where = [SLUG in index.stamps() for index in other.indexes.values()]
    assert where == [False, visibility is Visibility.MEMBERS]
    assert found(other) == []
    # All is taken note of: it is not looked at again.
    assert other.follow() == 0
    assert progress(one) == progress(other)


def test_a_machine_that_was_away_for_a_hundred_events_catches_up(nodes):
    one, other = nodes
    gone = publish(one, "gone")
    other.follow()
    for number in range(25):
        publish(one, f"p-{number:02}", follows=False)
    withdraw(one, gone, follows=False)
    with undelivered(one) as work:
        revision, people = make_revision(work, State.PUBLISHED, make_content("changed"))
        revision.working_copy = make_content(
            "changed", texts={"fr": make_text("changed", title=f"Neuf {WORD}")}
        )
        make_next(work, people, revision, State.PUBLISHED)
    assert len(entries(one, after=progress(other).place.entry)) > 100
    other.follow()
    assert set(other.index.stamps()) == {"noise", "changed", *(f"p-{n:02}" for n in range(25))}
    assert agrees(other)
    assert other.follow() == 0


def test_with_very_many_to_look_at_the_whole_is_compared(nodes, monkeypatch):
    one, other = nodes
    monkeypatch.setattr(sync, "MANY", 2)
    for number in range(4):
        publish(one, f"p-{number}")
    assert other.follow() == 4
    assert agrees(other)
    assert other.follow() == 0


def test_replaced_terms_reach_the_other_machine(nodes):
    one, other = nodes
    with one.begin() as work:
        vocabularies = load_vocabularies(work.session).by_name.values()
        renamed = [
            vocabulary.model_copy(
                update={
                    "terms": tuple(
                        term.model_copy(
                            update={"label": term.label.model_copy(update={"fr": f"{WORD} fr"})}
                        )
                        if term.code == "land-tenure"
                        else term
                        for term in vocabulary.terms
                    )
                }
            )
            for vocabulary in vocabularies
        ]
        replace_all(work, renamed, [])
    assert found(other) == []
    other.follow()
    assert found(other) == ["noise"]
    assert agrees(other)


# What befalls an index.


def lose(folder: Path) -> None:
    shutil.rmtree(folder)


def garble(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            path.write_bytes(b"garbage")


@pytest.mark.parametrize("damage", [lose, garble])
def test_an_index_that_breaks_heals_by_following_and_leaves_the_other_alone(nodes, damage):
    one, other = nodes
    publish(one)
    other.follow()
    before = files(one)
    damage(other.settings.data_dir / "index")
    other.follow()
    assert found(other) == [SLUG]
    assert agrees(other)
    assert progress(other) == progress(one)
    assert files(one) == before


def forget_place(node: Runtime) -> None:
    """As an index that nobody has followed with."""
    for index in node.indexes.values():
        index.apply([], ["noise"], lambda: "")


def of_another_trail(node: Runtime) -> None:
    """As an index of another database, or of this one before a backup was restored."""
    for index in node.indexes.values():
        mark = Progress(Place(progress(node).place.entry, "f" * 64)).written()
        index.apply([], ["noise"], lambda mark=mark: mark)


def ahead_of_the_trail(node: Runtime) -> None:
    for index in node.indexes.values():
        mark = Progress(Place(10_000, "f" * 64)).written()
        index.apply([], ["noise"], lambda mark=mark: mark)


@pytest.mark.parametrize("damage", [forget_place, of_another_trail, ahead_of_the_trail])
def test_an_index_that_has_not_come_by_this_trail_is_compared_as_a_whole(nodes, damage):
    one, other = nodes
    damage(other)
    assert sync.standing(other.reading, other.index).waiting is None
    assert not agrees(other)
    other.follow()
    assert agrees(other)
    assert progress(other) == progress(one)


def test_after_a_restore_the_index_forgets_what_the_backup_does_not_have(
    sqlite_runtime: Runtime, tmp_path: Path
):
    with sqlite_runtime.begin() as work:
        make_vocabularies(work)
    publish(sqlite_runtime, "before")
    make_backup(sqlite_runtime, tmp_path / "site.tar")
    publish(sqlite_runtime, "after")
    sqlite_runtime.close()
    folder = sqlite_runtime.settings.data_dir
    for file in folder.glob("palabre.db*"):
        file.unlink()
    restore(sqlite_runtime.settings, build_runtime, tmp_path / "site.tar")
    node = node_of(sqlite_runtime, folder)
    # Life goes on, until the trail is as long as the index remembers.
    publish(node, "elsewhere", follows=False)
    assert len(entries(node)) >= progress(node).place.entry
    assert found(node) == ["after", "before"]
    node.follow()
    assert found(node) == ["before", "elsewhere"]
    assert agrees(node)
    node.close()


# What an index cannot take.


class Delicate(MemoryIndex):
    """An index that cannot take some texts."""

    def __init__(self) -> None:
        super().__init__()
        self.poison = {"poison"}

    def apply(self, upserts, deletions, bookmark=None) -> None:
        super().apply(self._checked(upserts), deletions, bookmark)

    def replace_all(self, documents, bookmark=None) -> None:
        super().replace_all(self._checked(documents), bookmark)

    def _checked(self, documents):
        for document in documents:
            if document.slug in self.poison:
                raise NotIndexable(document.slug) from ValueError("odd")
            yield document


@pytest.fixture
def delicate(fresh_runtime: Runtime) -> Runtime:
    runtime = replace(fresh_runtime, index=Delicate(), member_index=Delicate())
    with runtime.begin() as work:
        make_vocabularies(work)
        make_revision(work, State.PUBLISHED, make_content("noise"))
    return runtime


def test_a_text_that_cannot_be_indexed_stops_nothing_else(delicate):
    gone = publish(delicate, "gone")
    publish(delicate, "poison", follows=False)
    publish(delicate, "good", follows=False)
    withdraw(delicate, gone)
    assert set(delicate.index.stamps()) == {"noise", "good"}
    assert progress(delicate).left_out == {"poison"}
    # What comes later is taken at once, and the bad one not tried each time.
    publish(delicate, "later")
    assert set(delicate.index.stamps()) == {"noise", "good", "later"}
    assert progress(delicate).left_out == {"poison"}
    assert delicate.follow() == 0


def test_what_became_bad_is_not_found_in_its_older_form(delicate):
    with delicate.begin() as work:
        revision, people = make_revision(work, State.PUBLISHED, make_content("good"))
        revision_id = revision.id
    assert "good" in delicate.index.stamps()
    for index in delicate.indexes.values():
        index.poison.add("good")
    with delicate.begin() as work:
        before = work.session.get_one(Revision, revision_id)
        before.working_copy = make_content("good", texts={"fr": make_text("good", title="Neuf")})
        make_next(work, people, before, State.PUBLISHED)
    assert set(delicate.index.stamps()) == {"noise"}
    assert progress(delicate).left_out == {"good"}


MENDERS = {
    "trying again": lambda node: node.follow(again=True),
    "reconcile": lambda node: sync.reconcile_all(node.reading, node.indexes),
    "rebuild": lambda node: sync.rebuild_all(node.reading, node.indexes),
    "doctor": lambda node: examine(node, fix=True),
}


@pytest.mark.parametrize("mender", MENDERS)
def test_it_is_tried_again_on_request(delicate, mender):
    publish(delicate, "poison")
    MENDERS[mender](delicate)
    assert set(delicate.index.stamps()) == {"noise"}
    assert progress(delicate).left_out == {"poison"}
    for index in delicate.indexes.values():
        index.poison.clear()
    MENDERS[mender](delicate)
    assert set(delicate.index.stamps()) == {"noise", "poison"}
    assert progress(delicate).left_out == set()
    assert agrees(delicate)


def test_it_is_told_wherever_one_would_look(delicate):
    publish(delicate, "poison")
    assert sync.difference(delicate.reading, delicate.index) == ("poison",)
    assert sync.standing(delicate.reading, delicate.index) == Standing(
        practices=1, waiting=0, left_out=frozenset({"poison"})
    )
    problems = [str(finding.problem) for finding in examine(delicate) if finding.problem]
    assert problems == ["1 practices cannot be indexed: see the log"]
    assert site_state(delicate).queues[0] == Queue("index", waiting=1, failing=1)


def test_withdrawing_it_is_the_end_of_it(delicate):
    revision_id = publish(delicate, "poison")
    withdraw(delicate, revision_id)
    assert progress(delicate).left_out == set()
    assert agrees(delicate)


def test_what_waits_is_counted(nodes):
    one, other = nodes
    publish(one)
    publish(one, "another")
    standing = sync.standing(other.reading, other.index)
    assert standing == Standing(practices=1, waiting=2, left_out=frozenset())
    assert site_state(other).queues[0] == Queue("index", waiting=2, failing=0)
    shutil.rmtree(other.settings.data_dir / "index")
    assert "index" not in [queue.name for queue in site_state(other).queues]


class Failing(MemoryIndex):
    """An index on a disk that takes nothing."""

    def apply(self, upserts, deletions, bookmark=None) -> None:
        list(upserts)
        raise OSError("no space left")


@pytest.mark.parametrize("broken", [VISITOR, MEMBER])
def test_an_index_that_fails_holds_up_neither_the_other_nor_the_use_case(
    fresh_runtime, caplog, broken
):
    indexes = {VISITOR: MemoryIndex(), MEMBER: MemoryIndex(), broken: Failing()}
    for index in indexes.values():
        index.replace_all([])
    node = replace(fresh_runtime, index=indexes[VISITOR], member_index=indexes[MEMBER])
    with node.begin() as work:
        make_vocabularies(work)
    publish(node)
    stamps = {reader: set(index.stamps()) for reader, index in indexes.items()}
    assert stamps == {reader: set() if reader == broken else {SLUG} for reader in indexes}
    assert "the index does not follow" in caplog.text
    with pytest.raises(OSError, match="no space left"):
        node.follow()


# Several at once.


def test_processes_of_one_machine_follow_at_once(nodes):
    """Two that serve pages and one that keeps house, each with connections of its own."""
    one, other = nodes
    processes = [node_of(other, other.settings.data_dir) for _ in range(3)]
    expected = {"noise"}
    with ThreadPoolExecutor(len(processes)) as pool:
        for number in range(5):
            publish(one, f"p-{number}", follows=False)
            expected.add(f"p-{number}")
            list(pool.map(Runtime.follow, processes))
            assert [set(p.index.stamps()) for p in processes] == [expected] * 3
    assert agrees(other)
    assert other.index.search(SearchRequest(WORD)).total == 5
    for process in processes:
        process.close()


def test_no_number_is_seen_before_a_smaller_one(nodes):
    """Readers rely on it: behind the place where an index is nothing appears any more."""
    one, other = nodes
    writers, each = 4, 6

    def write(writer: int) -> None:
        for number in range(each):
            publish(one, f"w{writer}-{number}", follows=False)

    with ThreadPoolExecutor(writers) as pool:
        writing = [pool.submit(write, writer) for writer in range(writers)]
        while not all(one.done() for one in writing):
            other.follow()
        for each_one in writing:
            each_one.result()
    other.follow()
    assert set(other.index.stamps()) == {
        "noise",
        *(f"w{writer}-{number}" for writer in range(writers) for number in range(each)),
    }
    assert agrees(other)
    assert [entry.id for entry in entries(one)] == list(range(1, len(entries(one)) + 1))
