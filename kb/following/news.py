"""What was published becomes news for those who follow its theme or find it by a saved search."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from kb.accounts.models import User
from kb.core.event import Event
from kb.core.unit_of_work import UnitOfWork
from kb.events.models import AuditEntry
from kb.events.types import EventType
from kb.following.models import Follow, FollowNews, SavedSearch
from kb.practices.models import Practice
from kb.practices.public import PublicPractice
from kb.practices.queries import public_views
from kb.practices.readers import Reader, reader_of

# By then the index has it.
SETTLED = timedelta(minutes=2)
DIGEST_EVERY = timedelta(hours=20)
BATCH = 50
_PUBLISHED = (EventType.PRACTICE_PUBLISH, EventType.PRACTICE_IMPORT)

Views = Mapping[str, PublicPractice]
# The addresses that a saved search finds among these.
Finder = Callable[[SavedSearch, Reader, Collection[str]], Collection[str]]


@dataclass(frozen=True, slots=True)
class Published:
    """A publication."""

    entry_id: int
    practice_id: int
    slug: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Gathered:
    """Whom to tell of which publication, and up to which entry this was looked at."""

    news: tuple[tuple[int, Published], ...]
    up_to: int


def gather(session: Session, after: int, now: datetime, find: Finder) -> Gathered:
    """What the publications after an entry are to those who follow something; writes nothing."""
    published = _published(session, after, now)
    if not published:
        return Gathered((), after)
    news: dict[tuple[int, int], Published] = {}
    for user, follows in _followers(session):
        reader = reader_of(user.as_actor())
        views = public_views(session, {each.slug for each in published}, reader)
        for follow in follows:
            for each in _matching(follow, reader, published, views, find):
                news[user.id, each.entry_id] = each
    up_to = max(each.entry_id for each in published)
    return Gathered(tuple((user_id, each) for (user_id, _), each in news.items()), up_to)


def keep(work: UnitOfWork, gathered: Gathered) -> int:
    """Note the news, each once; returns how many were new."""
    known = {
        (row.user_id, row.entry_id)
        for row in work.session.execute(
            select(FollowNews.user_id, FollowNews.entry_id).where(
                FollowNews.entry_id.in_({each.entry_id for _, each in gathered.news})
            )
        )
    }
    new = [(u, each) for u, each in gathered.news if (u, each.entry_id) not in known]
    for user_id, each in new:
        work.session.add(
            FollowNews(
                user_id=user_id,
                practice_id=each.practice_id,
                entry_id=each.entry_id,
                at=work.clock.now(),
            )
        )
    work.session.flush()
    return len(new)


def tell(work: UnitOfWork) -> int:
    """One word for all that is new, to each at most once a day; returns to how many."""
    now = work.clock.now()
    recently = select(FollowNews.user_id).where(FollowNews.told_at > now - DIGEST_EVERY)
    waiting = (
        select(FollowNews)
        .where(FollowNews.told_at.is_(None), FollowNews.user_id.not_in(recently))
        .order_by(FollowNews.id)
    )
    told: set[int] = set()
    for row in work.session.scalars(waiting):
        row.told_at = now
        told.add(row.user_id)
    work.session.flush()
    for user_id in sorted(told):
        work.emit(Event(EventType.NEWS_GATHERED, data={"user_id": user_id}))
    return len(told)


def newest_publication(session: Session) -> int:
    """The last publication so far: whoever begins to follow is told of later ones."""
    query = select(func.max(AuditEntry.id)).where(AuditEntry.type.in_(_PUBLISHED))
    return session.scalar(query) or 0


def _published(session: Session, after: int, now: datetime) -> Sequence[Published]:
    query = (
        select(AuditEntry.id, AuditEntry.practice_id, Practice.slug, AuditEntry.at)
        .join(Practice, Practice.id == AuditEntry.practice_id)
        .where(
            AuditEntry.type.in_(_PUBLISHED), AuditEntry.id > after, AuditEntry.at <= now - SETTLED
        )
        .order_by(AuditEntry.id)
        .limit(BATCH)
    )
    return [
        Published(number, practice_id, slug, at)
        for number, practice_id, slug, at in session.execute(query)
        if practice_id is not None
    ]


def _followers(session: Session) -> Sequence[tuple[User, list[Follow]]]:
    query = (
        select(Follow)
        .where(Follow.practice_id.is_(None))
        .options(joinedload(Follow.saved_search))
        .order_by(Follow.user_id)
    )
    by_user: dict[int, list[Follow]] = {}
    for follow in session.scalars(query):
        by_user.setdefault(follow.user_id, []).append(follow)
    users = session.scalars(
        select(User)
        .where(User.id.in_(by_user), User.disabled_at.is_(None))
        .options(selectinload(User.grants))
    )
    return [(user, by_user[user.id]) for user in users]


def _matching(
    follow: Follow, reader: Reader, later: Sequence[Published], views: Views, find: Finder
) -> Sequence[Published]:
    """Those of the later publications that this follow is about, and that its owner may read."""
    there = [each for each in later if each.slug in views and each.at > follow.created_at]
    if follow.theme is not None:
        return [each for each in there if follow.theme in views[each.slug].themes]
    if follow.saved_search is None or not there:
        return ()
    found = find(follow.saved_search, reader, {each.slug for each in there})
    return [each for each in there if each.slug in found]
