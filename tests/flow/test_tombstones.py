"""What is left of a withdrawn practice: a sentence, or nothing that tells that it ever was."""

import pytest

from kb.core.errors import Gone, NotFound
from kb.practices.lifecycle import LEAVES_NO_TRACE, Action, State, Withdrawal
from kb.practices.models import Revision
from kb.practices.queries import public_history, public_view
from kb.practices.readers import MEMBER, VISITOR, WHOLE_HOUSE
from kb.practices.tombstones import TOMBSTONES
from kb.workflow.service import perform
from tests.make import make_content, make_next, make_revision

pytestmark = pytest.mark.usefixtures("roles_end")

READERS = (VISITOR, MEMBER, WHOLE_HOUSE)
OPEN = [reason for reason in Withdrawal if reason not in LEAVES_NO_TRACE]


def withdrawn(site, reason=Withdrawal.ERROR, **changes):
    content = make_content(**changes)
    with site.begin() as work:
        revision, people = make_revision(work, State.PUBLISHED, content)
        perform(
            work, people["editor"], revision.id, Action.WITHDRAW, "Why it was.", withdrawal=reason
        )
        return content["slug"], revision.id, people


def answers(site, slug):
    """What each reader is told, by page and by history."""
    found = set()
    with site.reading() as session:
        for reader in READERS:
            for question in (public_view, public_history):
                with pytest.raises(NotFound) as refusal:
                    question(session, slug, reader)
                found.add((type(refusal.value), str(refusal.value)))
    assert len(found) == 1
    return found.pop()


@pytest.fixture
def never(site):
    return answers(site, "never-existed")


def test_every_reason_but_safety_has_a_sentence():
    assert set(TOMBSTONES) == set(OPEN)
    assert len(set(map(str, TOMBSTONES.values()))) == len(OPEN)


@pytest.mark.parametrize("reason", OPEN)
def test_a_tombstone_tells_the_kind_of_reason_and_nothing_else(site, reason):
    slug, *_ = withdrawn(site, reason)
    assert answers(site, slug) == (Gone, str(TOMBSTONES[reason]))


def test_what_was_withdrawn_for_safety_never_was(site, never):
    slug, *_ = withdrawn(site, Withdrawal.SAFETY)
    assert answers(site, slug) == never == (NotFound, "There is no such page.")


@pytest.mark.parametrize("visibility", ["members", "restricted"])
def test_what_was_not_for_everybody_leaves_no_tombstone(site, never, visibility):
    slug, *_ = withdrawn(site, visibility=visibility)
    assert answers(site, slug) == never


def test_without_a_known_reason_there_is_no_tombstone(site, never):
    slug, revision_id, _ = withdrawn(site)
    with site.begin() as work:
        work.session.get_one(Revision, revision_id).withdrawal = None
    assert answers(site, slug) == never


def test_what_was_archived_first_has_a_tombstone_too(site, never):
    content = make_content()
    with site.begin() as work:
        revision, people = make_revision(work, State.ARCHIVED, content)
        revision_id = revision.id
    assert answers(site, content["slug"]) == never
    with site.begin() as work:
        perform(
            work,
            people["editor"],
            revision_id,
            Action.WITHDRAW,
            "Old.",
            withdrawal=Withdrawal.OUTDATED,
        )
    assert answers(site, content["slug"]) == (Gone, str(TOMBSTONES[Withdrawal.OUTDATED]))


def following(site, revision_id, people, state=State.PUBLISHED, **changes):
    with site.begin() as work:
        before = work.session.get_one(Revision, revision_id)
        before.working_copy = before.working_copy | changes
        following = make_next(work, people, before, state)
        return following.id


def test_a_draft_after_the_withdrawal_changes_nothing(site):
    slug, revision_id, people = withdrawn(site)
    following(site, revision_id, people, State.APPROVED)
    assert answers(site, slug)[0] is Gone


def test_published_again_it_is_there_and_says_nothing_of_the_withdrawal(site):
    slug, revision_id, people = withdrawn(site)
    following(site, revision_id, people)
    with site.reading() as session:
        assert public_view(session, slug).revision_number == 2
        assert [entry.number for entry in public_history(session, slug)] == [2]


@pytest.mark.parametrize("visibility", ["members", "restricted"])
def test_published_again_for_fewer_it_is_not_there_for_the_others(site, never, visibility):
    slug, revision_id, people = withdrawn(site)
    following(site, revision_id, people, visibility=visibility)
    with site.reading() as session:
        assert public_view(session, slug, WHOLE_HOUSE).slug == slug
        with pytest.raises(NotFound) as refusal:
            public_view(session, slug)
    assert (type(refusal.value), str(refusal.value)) == never


def test_the_last_published_text_decides(site, never):
    """Public once, then for members only and withdrawn as such: it is not told to anybody."""
    content = make_content()
    with site.begin() as work:
        revision, people = make_revision(work, State.PUBLISHED, content)
        revision_id = revision.id
    last = following(site, revision_id, people, visibility="members")
    with site.begin() as work:
        perform(
            work, people["editor"], last, Action.WITHDRAW, "Wrong.", withdrawal=Withdrawal.ERROR
        )
    assert answers(site, content["slug"]) == never


# The history.


def test_the_history_has_dates_numbers_and_notes_of_what_was_published(site):
    content = make_content()
    with site.begin() as work:
        revision, people = make_revision(work, State.PUBLISHED, content)
        revision_id = revision.id
    first = site.clock.now()
    site.clock.advance(days=3)
    # Noise: a revision that was never published, between the two.
    rejected = following(site, revision_id, people, State.REJECTED)
    second = following(site, revision_id, people)
    with site.begin() as work:
        work.session.get_one(Revision, rejected).change_note = "Never told."
        work.session.get_one(Revision, second).change_note = "A figure put right."
    following(site, revision_id, people, State.IN_REVIEW)
    with site.reading() as session:
        history = public_history(session, content["slug"])
    assert [(e.number, e.published_at, e.change_note, e.is_current) for e in history] == [
        (3, site.clock.now(), "A figure put right.", True),
        (1, first, "", False),
    ]


def test_the_history_names_only_what_its_reader_could_read(site):
    content = make_content(visibility="restricted")
    with site.begin() as work:
        revision, people = make_revision(work, State.PUBLISHED, content)
        revision_id = revision.id
    following(site, revision_id, people, visibility="members")
    following(site, revision_id, people, visibility="public")
    with site.reading() as session:
        numbers = {
            reader: [entry.number for entry in public_history(session, content["slug"], reader)]
            for reader in READERS
        }
    assert numbers == {VISITOR: [3], MEMBER: [3, 2], WHOLE_HOUSE: [3, 2, 1]}
