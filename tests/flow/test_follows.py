"""Following practices, themes and searches: what is kept, what is told, what the feed shows."""

import pytest
from sqlalchemy import select

from kb.accounts.permissions import Actor, Role
from kb.app import create_app
from kb.core.errors import Conflict, Forbidden, Invalid, NotFound
from kb.core.language import Locale
from kb.core.ports import IndexUnavailable
from kb.events.models import AuditEntry
from kb.events.types import EventType
from kb.following import service
from kb.following.models import Follow, FollowNews, SavedSearch
from kb.following.queries import follows_of, news_of
from kb.following.service import Wish, canonical, follow, new_feed_key, unfollow
from kb.notifications.models import Notification
from kb.operations import following
from kb.operations.following import remind_and_tell
from kb.practices.lifecycle import State
from kb.practices.readers import MEMBER
from kb.vocabularies.service import load_vocabularies
from tests.database import snapshot
from tests.make import make_content, make_revision, make_text, make_user, make_vocabularies


@pytest.fixture
def site(sqlite_runtime):
    with sqlite_runtime.begin() as work:
        make_vocabularies(work)
        make_revision(work, State.PUBLISHED, make_content("well"))
        make_revision(work, State.SUBMITTED, make_content("unseen"))
    remind_and_tell(sqlite_runtime)
    return sqlite_runtime


@pytest.fixture
def member(site) -> Actor:
    with site.begin() as work:
        return make_user(work, Role.MEMBER)


def begin(site, who, name="", **wish):
    with site.begin() as work:
        follow(work, who, Wish(**wish), name, Locale.FR)


def publish(site, clock, slug, **changes):
    """Something new, and the time until everybody may know of it."""
    clock.advance(minutes=5)
    with site.begin() as work:
        make_revision(work, State.PUBLISHED, make_content(slug, **changes))
    clock.advance(minutes=5)


def told(site) -> list[int]:
    query = (
        select(Notification.user_id)
        .join(AuditEntry, AuditEntry.id == Notification.entry_id)
        .where(AuditEntry.type == EventType.NEWS_GATHERED)
        .order_by(Notification.id)
    )
    with site.reading() as session:
        return list(session.scalars(query))


def test_each_thing_is_followed_once_and_given_up_by_its_owner_only(site, member):
    for _ in range(2):
        begin(site, member, practice="well")
        begin(site, member, theme="land-tenure")
        begin(site, member, "Wells", search="theme=land-tenure&q=puits&page=3&x=1")
    with site.begin() as work:
        stranger = make_user(work, Role.MEMBER)
        follows = follows_of(work.session, member.user_id)
        (search,) = work.session.scalars(select(SavedSearch))
        assert (search.name, search.query) == ("Wells", "q=puits&theme=land-tenure")
        numbers = [each.id for each in follows]
    assert len(numbers) == 3
    before = snapshot(site)
    for who, number in ((stranger, numbers[0]), (member, 999_999)):
        with pytest.raises(NotFound), site.begin() as work:
            unfollow(work, who, number)
    assert snapshot(site) == before
    for number in numbers:
        with site.begin() as work:
            unfollow(work, member, number)
    with site.reading() as session:
        assert session.scalars(select(Follow)).all() == []
        assert session.scalars(select(SavedSearch)).all() == []


@pytest.mark.parametrize(
    ("wish", "error"),
    [
        ({"practice": "unseen"}, NotFound),
        ({"practice": "never-there"}, NotFound),
        ({"theme": "nothing-of-ours"}, NotFound),
        ({"search": ""}, Invalid),
        ({"search": "page=2"}, Invalid),
        ({"search": f"q={'x' * 1001}"}, Invalid),
    ],
)
def test_what_is_not_there_cannot_be_followed(site, member, wish, error):
    before = snapshot(site)
    with pytest.raises(error):
        begin(site, member, "A name", **wish)
    with pytest.raises(Invalid):
        begin(site, member, "", search="q=puits")
    with pytest.raises(Forbidden):
        begin(site, Actor(member.user_id), practice="well")
    assert snapshot(site) == before


def test_there_is_a_bound(site, member, monkeypatch):
    monkeypatch.setattr(service, "LARGEST_NUMBER", 1)
    begin(site, member, practice="well")
    with pytest.raises(Conflict):
        begin(site, member, theme="land-tenure")


def test_the_order_of_a_search_makes_no_other_search(site):
    with site.reading() as session:
        terms = load_vocabularies(session)
    one = {"country": ["NE", "ML", "XX"], "q": ["a b"], "sort": ["newest"]}
    assert canonical(one, terms) == "q=a+b&country=ML&country=NE"


def test_what_is_new_is_told_once_a_day_to_those_whom_it_is_for(site, member, clock):
    with site.begin() as work:
        by_search, other, late = (make_user(work, Role.MEMBER) for _ in range(3))
    begin(site, member, theme="reconciliation")
    begin(site, by_search, "Puits", search="q=grenier")
    begin(site, other, theme="womens-participation")
    text = {"fr": make_text("granary", title="Le grenier commun")}
    publish(site, clock, "granary", themes=["reconciliation"], texts=text)
    begin(site, late, theme="reconciliation")
    assert remind_and_tell(site) == 2
    assert told(site) == sorted([member.user_id, by_search.user_id])
    assert remind_and_tell(site) == 0
    publish(site, clock, "second", themes=["reconciliation"])
    # Noted at once, told the day after.
    assert remind_and_tell(site) == 1
    assert told(site)[-1] == late.user_id
    clock.advance(hours=21)
    assert remind_and_tell(site) == 1
    assert told(site).count(member.user_id) == 2
    with site.reading() as session:
        views = news_of(session, member.user_id, MEMBER)
        assert [view.slug for view in views] == ["second", "granary"]
        rows = session.execute(select(FollowNews.user_id, FollowNews.entry_id)).all()
        assert len(rows) == len(set(rows)) == 4


def test_news_wait_for_the_index_and_are_told_once_it_is_there(site, member, clock, monkeypatch):
    begin(site, member, "Wells", search="theme=land-tenure")
    begin(site, member, theme="land-tenure")
    publish(site, clock, "school")

    def rebuilding(*_arguments):
        raise IndexUnavailable

    with monkeypatch.context() as patch:
        patch.setattr(following, "search", rebuilding)
        assert remind_and_tell(site) == 0
    assert told(site) == []
    assert remind_and_tell(site) == 1
    assert told(site) == [member.user_id]


def test_what_a_follower_may_not_read_is_no_news(site, member, clock):
    begin(site, member, theme="reconciliation")
    publish(site, clock, "hidden", themes=["reconciliation"], visibility="restricted")
    assert remind_and_tell(site) == 0
    publish(site, clock, "inner", themes=["reconciliation"], visibility="members")
    assert remind_and_tell(site) == 1


def test_the_feed_opens_with_its_key_and_tells_of_public_practices_only(site, member, clock):
    begin(site, member, theme="reconciliation")
    publish(site, clock, "granary", themes=["reconciliation"])
    publish(site, clock, "inner", themes=["reconciliation"], visibility="members")
    remind_and_tell(site)
    with site.begin() as work:
        old = new_feed_key(work, member)
    with site.begin() as work:
        key = new_feed_key(work, member)
    assert key not in repr(snapshot(site))
    client = create_app(site).test_client()
    for wrong in (old, "x", "a" * 5000):
        assert client.get(f"/feeds/mine/{wrong}.atom").status_code == 404
    answer = client.get(f"/feeds/mine/{key}.atom")
    assert (answer.status_code, answer.mimetype) == (200, "application/atom+xml")
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "granary" in answer.text
    assert "inner" not in answer.text
    assert "Set-Cookie" not in answer.headers
