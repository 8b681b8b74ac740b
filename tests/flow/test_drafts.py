"""Writing as use cases: addresses, parts, two authors, revisions; on both databases."""

import pytest

from kb.accounts.permissions import Actor, Role
from kb.core.errors import Conflict, Forbidden, Invalid, NotFound
from kb.core.language import Locale
from kb.practices.draft import Fields, Part
from kb.practices.draft_queries import (
    notes_of,
    own_practice,
    own_revision,
    own_revisions,
    reason_for,
)
from kb.practices.draft_service import (
    Opened,
    TwoTexts,
    begin,
    refuse_unknown,
    rename,
    revise,
    save_part,
    shown,
)
from kb.practices.lifecycle import Action, State
from kb.practices.merging import marks
from kb.practices.models import Revision, RevisionAuthor
from kb.practices.notes import add_note
from kb.practices.service import start_revision
from kb.vocabularies.service import load_vocabularies
from kb.workflow.service import perform
from tests.make import (
    make_content,
    make_next,
    make_revision,
    make_text,
    make_user,
    make_vocabularies,
    take_step,
)


def test_a_practice_begins_with_a_title_and_an_address_of_chance(fresh_runtime):
    with fresh_runtime.begin() as work:
        author = make_user(work, Role.CONTRIBUTOR)
        one = begin(work, author, " Le puits\nde Téra ", Locale.FR, "lesson")
        other = begin(work, author, "Le puits de Téra", Locale.FR, "practice")
        assert one.practice.slug.startswith("le-puits-de-tera-")
        assert len(one.practice.slug) == len("le-puits-de-tera-") + 4
        assert other.practice.slug != one.practice.slug
        assert one.state is State.DRAFT
        assert one.working_copy == {
            "slug": one.practice.slug,
            "kind": "lesson",
            "caution": "lesson-only",
            "original_language": "fr",
            "texts": {"fr": {"title": "Le puits de Téra", "sections": {}}},
            "translations": {"fr": "original"},
        }
        assert [row.user_id for row in one.authors] == [author.user_id]


def test_a_taken_address_gets_another_end(fresh_runtime):
    tokens = iter(["aaaa", "aaaa", "aaaa", "bbbb"])
    with fresh_runtime.begin() as work:
        work.new_token = lambda: next(tokens)
        author = make_user(work, Role.CONTRIBUTOR)
        found = [begin(work, author, "Titre", Locale.FR, "practice") for _ in range(2)]
        assert [revision.practice.slug for revision in found] == ["titre-aaaa", "titre-bbbb"]


@pytest.mark.parametrize(
    ("title", "kind", "field"),
    [("  ", "practice", "title"), ("x" * 301, "practice", "title"), ("x", "story", "kind")],
)
def test_a_practice_does_not_begin_without(sqlite_runtime, title, kind, field):
    with sqlite_runtime.begin() as work:
        author = make_user(work, Role.CONTRIBUTOR)
        with pytest.raises(Invalid) as refusal:
            begin(work, author, title, Locale.FR, kind)
        assert set(refusal.value.problems) == {field}
        assert work.session.query(Revision).count() == 0


def test_only_contributors_begin(sqlite_runtime):
    with sqlite_runtime.begin() as work:
        for role in set(Role) - {Role.CONTRIBUTOR}:
            with pytest.raises(Forbidden):
                begin(work, make_user(work, role), "Titre", Locale.FR, "practice")


def test_an_address_can_be_corrected_until_it_is_published(fresh_runtime):
    with fresh_runtime.begin() as work:
        work.new_token = lambda: "abcd"
        author = make_user(work, Role.CONTRIBUTOR)
        revision = begin(work, author, "Le chef Untel", Locale.FR, "practice")
        rename(work, author, revision.id, "Un chef")
        assert revision.practice.slug == "un-chef-abcd"
        assert revision.working_copy["slug"] == "un-chef-abcd"
        # Unchanged, the address keeps its end.
        work.new_token = lambda: "zzzz"
        rename(work, author, revision.id, "un-chef")
        assert revision.practice.slug == "un-chef-abcd"


@pytest.mark.parametrize("state", [State.SUBMITTED, State.PUBLISHED])
def test_an_address_is_not_corrected_later(fresh_runtime, state):
    with fresh_runtime.begin() as work:
        make_vocabularies(work)
        revision, people = make_revision(work, state)
        slug = revision.practice.slug
        draft = (
            make_next(work, people, revision, State.DRAFT)
            if state is State.PUBLISHED
            else revision
        )
        with pytest.raises(Conflict):
            rename(work, people["author"], draft.id, "another")
        assert revision.practice.slug == slug


def test_a_corrected_address_is_the_one_that_is_published(fresh_runtime):
    with fresh_runtime.begin() as work:
        make_vocabularies(work)
        revision, people = make_revision(work, State.CHANGES_REQUESTED)
        rename(work, people["author"], revision.id, "corrected")
        slug = revision.practice.slug
        assert slug.startswith("corrected-")
        perform(work, people["author"], revision.id, Action.SUBMIT)
        assert revision.version.content["slug"] == slug


def title(words: str) -> Fields:
    return Fields({"title": words}, {})


def test_two_authors_write_in_turn_and_not_over_each_other(fresh_runtime):
    with fresh_runtime.begin() as work:
        one, other = make_user(work, Role.CONTRIBUTOR), make_user(work, Role.CONTRIBUTOR)
        revision = begin(work, one, "First", Locale.FR, "practice")
        revision_id, number = revision.id, revision.lock_number
        revision.practice.owner_id = one.user_id
        with pytest.raises(NotFound):
            save_part(work, other, revision_id, Opened(number), Part.FR, title("Foreign"))
        work.session.add(RevisionAuthor(revision_id=revision_id, user_id=other.user_id))
    with fresh_runtime.begin() as work:
        saved = save_part(work, other, revision_id, Opened(number), Part.FR, title("Second"))
        assert saved.lock_number == number + 1
    with pytest.raises(Conflict), fresh_runtime.begin() as work:
        save_part(work, one, revision_id, Opened(number), Part.FR, title("Third"))
    with fresh_runtime.begin() as work:
        # The very same text sent twice is no conflict.
        again = save_part(work, one, revision_id, Opened(number), Part.FR, title("Second"))
        assert again.lock_number == number + 1
        assert again.working_copy["texts"]["fr"]["title"] == "Second"


def test_two_authors_write_different_fields_at_the_same_time(fresh_runtime):
    with fresh_runtime.begin() as work:
        author = make_user(work, Role.CONTRIBUTOR)
        revision = begin(work, author, "First", Locale.FR, "practice")
        revision_id = revision.id
        opened = Opened(revision.lock_number, marks(Part.FR, shown(Part.FR, revision)))
        first = {"title": "First"}
    with fresh_runtime.begin() as work:
        fields = Fields(first | {"context": "One"}, {})
        save_part(work, author, revision_id, opened, Part.FR, fields)
    with fresh_runtime.begin() as work:
        fields = Fields(first | {"results": "Two"}, {})
        text = save_part(work, author, revision_id, opened, Part.FR, fields).working_copy["texts"]
        assert text["fr"]["sections"] == {"context": "One", "results": "Two"}
    fields = Fields(first | {"context": "Three"}, {})
    with pytest.raises(TwoTexts), fresh_runtime.begin() as work:
        save_part(work, author, revision_id, opened, Part.FR, fields)


def test_a_new_revision_knows_what_its_translation_corresponds_to(fresh_runtime):
    with fresh_runtime.begin() as work:
        make_vocabularies(work)
        texts = {"fr": make_text("Puits"), "en": make_text("Wells")}
        both = {"fr": "original", "en": "up-to-date"}
        revision, people = make_revision(
            work, State.DRAFT, make_content(texts=texts, translations=both)
        )
        fields = shown(Part.FR, revision)
        changed = Fields({**fields.values, "context": "Autre chose"}, {})
        save_part(
            work, people["author"], revision.id, Opened(revision.lock_number), Part.FR, changed
        )
        for step in ("submit", "assign", "approve", "publish"):
            take_step(work, people, revision, Action(step))
        content = revision.version.parsed()
        assert content.translations == {Locale.FR: "original", Locale.EN: "stale"}
        assert "translation_bases" not in revision.version.content
        following = revise(work, people["author"], revision.practice_id)
        assert following.translation_bases == revision.translation_bases
        assert list(following.translation_bases) == ["en"]
        # A text from elsewhere says itself what its translation corresponds to.
        perform(work, people["author"], following.id, Action.ABANDON)
        texts = {**revision.working_copy["texts"], "fr": make_text("Autre")}
        other = {**revision.working_copy, "texts": texts}
        imported = start_revision(work, people["author"], revision.practice, other)
        assert imported.translation_bases == {}


def test_the_change_note_and_the_address_are_saved_with_the_part_about(fresh_runtime):
    with fresh_runtime.begin() as work:
        author = make_user(work, Role.CONTRIBUTOR)
        revision = begin(work, author, "First", Locale.FR, "practice")
        fields = shown(Part.ABOUT, revision)
        changed = {**fields.values, "change_note": " New\nfigures ", "address": "other-words"}
        save_part(
            work,
            author,
            revision.id,
            Opened(revision.lock_number),
            Part.ABOUT,
            Fields(changed, {}),
        )
        assert revision.change_note == "New figures"
        assert revision.practice.slug.startswith("other-words-")
        assert revision.working_copy["slug"] == revision.practice.slug
        changed["change_note"] = "x" * 501
        with pytest.raises(Invalid) as refusal:
            save_part(
                work,
                author,
                revision.id,
                Opened(revision.lock_number),
                Part.ABOUT,
                Fields(changed, {}),
            )
        assert set(refusal.value.problems) == {"change_note"}


def test_nothing_is_written_outside_draft_and_changes_requested(fresh_runtime):
    with fresh_runtime.begin() as work:
        make_vocabularies(work)
        for state in (State.SUBMITTED, State.IN_REVIEW, State.APPROVED, State.PUBLISHED):
            revision, people = make_revision(work, state)
            before = dict(revision.working_copy)
            with pytest.raises(Conflict):
                save_part(
                    work,
                    people["author"],
                    revision.id,
                    Opened(revision.lock_number),
                    Part.FR,
                    title("Late"),
                )
            assert revision.working_copy == before


def test_terms_that_do_not_exist_are_refused(sqlite_runtime):
    with sqlite_runtime.begin() as work:
        make_vocabularies(work)
        fields = Fields(
            {"visibility": "secret", "origin": "mars", "evidence": "", "title": "x"},
            {"countries": ("ML", "XX"), "themes": ()},
        )
        with pytest.raises(Invalid) as refusal:
            refuse_unknown(fields, load_vocabularies(work.session))
        assert set(refusal.value.problems) == {"visibility", "origin", "countries"}


def test_a_revision_begins_with_the_published_text(fresh_runtime):
    with fresh_runtime.begin() as work:
        make_vocabularies(work)
        revision, people = make_revision(work, State.PUBLISHED)
        stranger = make_user(work, Role.CONTRIBUTOR)
        with pytest.raises(NotFound):
            revise(work, stranger, revision.practice_id)
        following = revise(work, people["author"], revision.practice_id)
        assert (following.number, following.state) == (2, State.DRAFT)
        assert following.working_copy == revision.version.content
        assert revision.state is State.PUBLISHED
        with pytest.raises(Conflict):
            revise(work, people["author"], revision.practice_id)


def test_nothing_published_nothing_to_revise(sqlite_runtime):
    with sqlite_runtime.begin() as work:
        make_vocabularies(work)
        revision, people = make_revision(work, State.SUBMITTED)
        with pytest.raises(Conflict):
            revise(work, people["author"], revision.practice_id)


def test_one_sees_ones_own_revisions_only(fresh_runtime):
    with fresh_runtime.begin() as work:
        make_vocabularies(work)
        mine, people = make_revision(work, State.CHANGES_REQUESTED)
        other, _ = make_revision(work, State.PUBLISHED)
        author = people["author"]
        assert [r.id for r in own_revisions(work.session, author)] == [mine.id]
        assert own_revisions(work.session, Actor()) == ()
        assert reason_for(work.session, mine) == "because"
        assert reason_for(work.session, other) == ""
        assert own_revision(work.session, author, mine.id) is mine
        for missing in (other.id, 999_999, 2**31, 10**30):
            with pytest.raises(NotFound) as hidden:
                own_revision(work.session, author, missing)
            assert str(hidden.value) == "There is no such page."
            with pytest.raises(NotFound):
                own_practice(work.session, author, missing if missing != other.id else 10**20)
        for who in ("editor", "reviewer", "safeguard"):
            with pytest.raises(NotFound):
                own_revision(work.session, people[who], mine.id)


def test_an_answered_reason_is_not_told_again(fresh_runtime):
    with fresh_runtime.begin() as work:
        make_vocabularies(work)
        revision, people = make_revision(work, State.CHANGES_REQUESTED)
        fresh_runtime.clock.advance(hours=1)
        perform(work, people["author"], revision.id, Action.SUBMIT)
        assert reason_for(work.session, revision) == ""


def test_notes_are_for_the_owner_and_for_whoever_wrote_them(sqlite_runtime):
    with sqlite_runtime.begin() as work:
        make_vocabularies(work)
        revision, people = make_revision(work, State.SUBMITTED)
        helper = make_user(work, Role.CONTRIBUTOR)
        work.session.add(RevisionAuthor(revision_id=revision.id, user_id=helper.user_id))
        work.session.flush()
        work.session.refresh(revision)
        for who, text in ((people["editor"], "from the desk"), (helper, "from the helper")):
            add_note(work, who, revision.practice_id, text)
        practice = revision.practice

        def seen_by(who):
            return [next(iter(n.text.values())) for n in notes_of(work.session, who, practice)]

        assert seen_by(people["author"]) == ["from the desk", "from the helper"]
        assert seen_by(helper) == ["from the helper"]
