"""What is withdrawn or corrected while the index is being written never shows in it."""

from kb.accounts.permissions import Role
from kb.core.ports import SearchRequest
from kb.practices.lifecycle import Action, State, Withdrawal
from kb.practices.models import Practice
from kb.practices.service import start_revision
from kb.runtime import Runtime
from kb.search import sync
from kb.search.service import parse_query, search
from kb.workflow.service import perform
from tests.fakes import MemoryIndex
from tests.make import (
    PATHS,
    make_content,
    make_revision,
    make_text,
    make_user,
    make_vocabularies,
    take_step,
)


class Interrupted(MemoryIndex):
    """An index on which somebody else acts between the call and the lock."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile = lambda: None

    def apply(self, upserts, deletions, bookmark=None) -> None:
        meanwhile, self.meanwhile = self.meanwhile, lambda: None
        meanwhile()
        super().apply(upserts, deletions, bookmark)

    def replace_all(self, documents, bookmark=None) -> None:
        meanwhile, self.meanwhile = self.meanwhile, lambda: None
        meanwhile()
        super().replace_all(documents, bookmark)


def published(runtime: Runtime, slug: str) -> int:
    with runtime.begin() as work:
        revision, _people = make_revision(work, State.PUBLISHED, make_content(slug))
        return revision.id


def withdraw(runtime: Runtime, revision_id: int) -> None:
    with runtime.begin() as work:
        editor = make_user(work, Role.EDITOR)
        perform(
            work,
            editor,
            revision_id,
            Action.WITHDRAW,
            "somebody is in danger",
            withdrawal=Withdrawal.ERROR,
        )


def test_a_withdrawal_wins_over_a_write_under_way(fresh_runtime: Runtime) -> None:
    with fresh_runtime.begin() as work:
        make_vocabularies(work)
    for write in (sync.reconcile, sync.rebuild, sync.follow):
        kept = published(fresh_runtime, f"kept-{write.__name__}")
        gone = published(fresh_runtime, f"gone-{write.__name__}")
        index = Interrupted()
        index.replace_all([])
        index.meanwhile = lambda gone=gone: withdraw(fresh_runtime, gone)
        write(fresh_runtime.reading, index)
        assert f"kept-{write.__name__}" in index.stamps()
        assert f"gone-{write.__name__}" not in index.stamps()
        assert kept != gone


def test_a_lagging_index_never_quotes_the_text_before_a_correction(
    sqlite_runtime: Runtime,
) -> None:
    old = make_text("puits")
    old["sections"]["results"] += " Le guide Zadangereux habite ici."
    with sqlite_runtime.begin() as work:
        make_vocabularies(work)
    with sqlite_runtime.begin() as work:
        revision, people = make_revision(
            work, State.PUBLISHED, make_content("puits", texts={"fr": old})
        )
        practice_id = revision.practice_id
    with sqlite_runtime._unit_of_work() as work:  # committed, not delivered
        practice = work.session.get_one(Practice, practice_id)
        corrected = start_revision(work, people["author"], practice, make_content("puits"))
        for step in PATHS[State.PUBLISHED]:
            take_step(work, people, corrected, step)
    hits = sqlite_runtime.index.search(SearchRequest("zadangereux")).hits
    assert [hit.slug for hit in hits] == ["puits"]
    with sqlite_runtime.reading() as session:
        vocabularies = sqlite_runtime.vocabularies.get(session)
        query = parse_query(
            {"q": ["zadangereux"]}, sqlite_runtime.settings.default_locale, vocabularies
        )
        (found,) = search(session, sqlite_runtime.index, vocabularies, query).found
    assert str(found.snippet) == "Résumé de puits."
    sqlite_runtime.deliver()
    assert sqlite_runtime.index.search(SearchRequest("zadangereux")).hits == ()


def test_a_long_row_of_spaces_is_indexed_in_the_time_of_any_text(sqlite_runtime: Runtime) -> None:
    text = make_text("espaces")
    text["sections"]["results"] = f"avant 10<sup>3</sup> `{' ' * 150_000}` après [S1]."
    with sqlite_runtime.begin() as work:
        make_vocabularies(work)
    with sqlite_runtime.begin() as work:
        make_revision(work, State.PUBLISHED, make_content("espaces", texts={"fr": text}))
    assert sync.difference(sqlite_runtime.reading, sqlite_runtime.index) == ()
    (hit,) = sqlite_runtime.index.search(SearchRequest("avant apres")).hits
    assert hit.slug == "espaces"
