"""The editors' choice: for one query, in order, and for nobody who may not read it."""

import pytest

from kb.accounts.permissions import Actor, Role
from kb.core.errors import Forbidden, Invalid, NotFound
from kb.core.paging import Paging
from kb.practices.lifecycle import Action, State, Withdrawal
from kb.practices.queries import practice_by_slug, published_revision
from kb.practices.readers import MEMBER, VISITOR, WHOLE_HOUSE
from kb.search.promotions import (
    PER_QUERY,
    all_promotions,
    move_up,
    promote,
    promoted,
    withdraw_promotion,
)
from kb.search.service import Query
from kb.workflow.service import perform
from tests.database import entries, snapshot
from tests.make import make_content, make_revision, make_user, make_vocabularies


@pytest.fixture
def editor(fresh_runtime) -> Actor:
    with fresh_runtime.begin() as work:
        make_vocabularies(work)
        return make_user(work, Role.EDITOR)


def publish(runtime, slug, **changes):
    with runtime.begin() as work:
        revision, people = make_revision(work, State.PUBLISHED, make_content(slug, **changes))
        return revision.id, people


def choose(runtime, editor, text, *slugs):
    for slug in slugs:
        with runtime.begin() as work:
            promote(work, editor, text, slug)


def shown(runtime, text, reader=VISITOR, **changes) -> list[str]:
    with runtime.reading() as session:
        found = promoted(session, Query(text=text, **changes), reader)
    return [practice.slug for practice in found]


def numbers(runtime) -> dict[str, list[int]]:
    with runtime.reading() as session:
        found = all_promotions(session, WHOLE_HOUSE)
        return {query: [each.id for each in chosen] for query, chosen in found.items()}


def test_a_choice_is_for_its_query_however_it_is_typed(fresh_runtime, editor):
    for slug in ("a-well", "a-court", "noise"):
        publish(fresh_runtime, slug)
    choose(fresh_runtime, editor, "Puits d'été", "a-court", "a-well")
    choose(fresh_runtime, editor, "autre", "noise")
    for text in ("puits d’ete", "PUITS, D ÉTÉ !", "  puits d été"):
        assert shown(fresh_runtime, text) == ["a-court", "a-well"]
    for text in ("puits", "été d'puits", "puits d'été noise", "", "*"):
        assert shown(fresh_runtime, text) == []


@pytest.mark.parametrize(
    "narrowed",
    [{"filters": {"country": ("ML",)}}, {"kind": "lesson"}, {"paging": Paging(page=2)}],
)
def test_a_choice_stands_on_the_first_page_without_filters(fresh_runtime, editor, narrowed):
    publish(fresh_runtime, "a-well")
    choose(fresh_runtime, editor, "puits", "a-well")
    assert shown(fresh_runtime, "puits", **narrowed) == []
    for others in ({}, {"kind": "all"}, {"is_exact": True}, {"paging": Paging(per_page=5)}):
        assert shown(fresh_runtime, "puits", **others) == ["a-well"]


def test_order_is_the_editors(fresh_runtime, editor):
    slugs = [f"practice-{letter}" for letter in "abcd"]
    for slug in slugs:
        publish(fresh_runtime, slug)
    choose(fresh_runtime, editor, "puits", *slugs)
    choose(fresh_runtime, editor, "noise", *reversed(slugs))
    first, _, third, _ = numbers(fresh_runtime)["puits"]
    for number in (third, third, first):
        with fresh_runtime.begin() as work:
            move_up(work, editor, number)
    assert shown(fresh_runtime, "puits") == [
        *("practice-a", "practice-c", "practice-b", "practice-d")
    ]
    with fresh_runtime.begin() as work:
        withdraw_promotion(work, editor, third)
    assert shown(fresh_runtime, "puits") == ["practice-a", "practice-b", "practice-d"]
    assert shown(fresh_runtime, "noise") == list(reversed(slugs))


def test_what_leaves_the_public_leaves_the_choice(fresh_runtime, editor):
    revision, people = publish(fresh_runtime, "withdrawn")
    publish(fresh_runtime, "noise")
    choose(fresh_runtime, editor, "puits", "withdrawn", "noise")
    with fresh_runtime.begin() as work:
        perform(
            work,
            people["editor"],
            revision,
            Action.WITHDRAW,
            "because",
            withdrawal=Withdrawal.SAFETY,
        )
    for reader in (VISITOR, MEMBER, WHOLE_HOUSE):
        assert shown(fresh_runtime, "puits", reader) == ["noise"]
    with fresh_runtime.reading() as session:
        (first, second) = all_promotions(session, WHOLE_HOUSE)["puits"]
    assert first.practice is None
    assert second.practice is not None


def test_a_choice_shows_nobody_what_they_may_not_read(fresh_runtime, editor):
    """Public when it was chosen, for members or restricted since."""
    for slug, visibility in (("for-members", "members"), ("hidden", "restricted")):
        publish(fresh_runtime, slug)
        choose(fresh_runtime, editor, "puits", slug)
        narrow(fresh_runtime, slug, visibility)
    publish(fresh_runtime, "noise")
    choose(fresh_runtime, editor, "puits", "noise")
    assert shown(fresh_runtime, "puits") == ["noise"]
    assert shown(fresh_runtime, "puits", MEMBER) == ["for-members", "noise"]
    assert shown(fresh_runtime, "puits", WHOLE_HOUSE) == ["for-members", "hidden", "noise"]


def narrow(runtime, slug, visibility):
    """Let fewer people read it than when it was chosen."""
    with runtime.begin() as work:
        practice = practice_by_slug(work.session, slug)
        revision = published_revision(work.session, practice.id)
        revision.visibility = visibility


@pytest.mark.matrix
@pytest.mark.parametrize(
    ("text", "slug", "problems"),
    [
        ("", "public", {"query": "is missing"}),
        ("?!", "public", {"query": "is missing"}),
        ("x" * 201, "public", {"query": "is longer than 200 characters"}),
        ("puits", "", {"practice": "Choose one of the public practices."}),
        ("puits", "nowhere", {"practice": "Choose one of the public practices."}),
        ("puits", "draft", {"practice": "Choose one of the public practices."}),
        ("puits", "for-members", {"practice": "Choose one of the public practices."}),
        ("puits", "hidden", {"practice": "Choose one of the public practices."}),
        ("puits", "a\0b", {"practice": "Choose one of the public practices."}),
        ("", "hidden", {"query": "is missing", "practice": "Choose one of the public practices."}),
    ],
)
def test_what_cannot_be_chosen(fresh_runtime, editor, text, slug, problems):
    publish(fresh_runtime, "public")
    publish(fresh_runtime, "for-members", visibility="members")
    publish(fresh_runtime, "hidden", visibility="restricted")
    with fresh_runtime.begin() as work:
        make_revision(work, State.DRAFT, make_content("draft"))
    before = snapshot(fresh_runtime)
    with pytest.raises(Invalid) as refusal:
        choose(fresh_runtime, editor, text, slug)
    assert {name: str(why) for name, why in refusal.value.problems.items()} == problems
    assert snapshot(fresh_runtime) == before


def test_twice_is_once_and_there_are_never_many(fresh_runtime, editor):
    slugs = [f"practice-{number}" for number in range(PER_QUERY + 1)]
    for slug in slugs:
        publish(fresh_runtime, slug)
    choose(fresh_runtime, editor, "puits", slugs[0], slugs[0], *slugs[1:PER_QUERY])
    with pytest.raises(Invalid) as refusal:
        choose(fresh_runtime, editor, "puits", slugs[-1])
    assert [str(why) for why in refusal.value.problems.values()] == [
        "has 5 practices already: remove one first"
    ]
    choose(fresh_runtime, editor, "puits", slugs[1])
    assert shown(fresh_runtime, "puits") == slugs[:PER_QUERY]


def test_the_trail_has_numbers_and_no_words(fresh_runtime, editor):
    publish(fresh_runtime, "a-well")
    publish(fresh_runtime, "noise")
    last = entries(fresh_runtime)[-1].id
    choose(fresh_runtime, editor, "puits", "a-well", "noise")
    first, second = numbers(fresh_runtime)["puits"]
    for act, number in ((move_up, second), (withdraw_promotion, first)):
        with fresh_runtime.begin() as work:
            act(work, editor, number)
    found = entries(fresh_runtime, last)
    assert [entry.type for entry in found] == [
        "search.promotion_added",
        "search.promotion_added",
        "search.promotion_moved",
        "search.promotion_removed",
    ]
    assert {(entry.actor_id, entry.practice_id) for entry in found} == {(editor.user_id, None)}
    assert all(list(entry.data) == ["promoted_id"] for entry in found)


def test_only_editors_choose(fresh_runtime, editor):
    publish(fresh_runtime, "a-well")
    choose(fresh_runtime, editor, "puits", "a-well")
    (number,) = numbers(fresh_runtime)["puits"]
    before = snapshot(fresh_runtime)
    others = frozenset(Role) - {Role.EDITOR}
    for actor in (Actor(), Actor(1, others), Actor(is_operator=True)):
        for act in (
            lambda work, who: promote(work, who, "autre", "a-well"),
            lambda work, who: move_up(work, who, number),
            lambda work, who: withdraw_promotion(work, who, number),
        ):
            with pytest.raises(Forbidden), fresh_runtime.begin() as work:
                act(work, actor)
    with pytest.raises(NotFound), fresh_runtime.begin() as work:
        move_up(work, editor, number + 1)
    assert snapshot(fresh_runtime) == before
