"""What somebody follows, and what it brought."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from kb.accounts.models import User
from kb.accounts.sessions import token_hash
from kb.adoption.titles import readable
from kb.following.models import FeedToken, Follow, FollowNews
from kb.practices.public import PublicPractice
from kb.practices.readers import Reader

NEWS = 50


def follows_of(session: Session, user_id: int) -> Sequence[Follow]:
    """All that somebody follows, the newest first."""
    query = (
        select(Follow)
        .where(Follow.user_id == user_id)
        .options(joinedload(Follow.saved_search))
        .order_by(Follow.id.desc())
    )
    return session.scalars(query).all()


def news_of(session: Session, user_id: int, reader: Reader) -> tuple[PublicPractice, ...]:
    """The practices that it brought, the newest first; only what this reader may have now."""
    query = (
        select(FollowNews.practice_id)
        .where(FollowNews.user_id == user_id)
        .order_by(FollowNews.id.desc())
        .limit(NEWS)
    )
    numbers = list(dict.fromkeys(session.scalars(query)))
    views = readable(session, numbers, reader)
    return tuple(views[number] for number in numbers if number in views)


def has_feed_key(session: Session, user_id: int) -> bool:
    """Whether there is a private feed."""
    return session.get(FeedToken, user_id) is not None


def owner_of_feed(session: Session, token: str) -> User | None:
    """Whose feed a key opens, unless the account is disabled."""
    query = (
        select(User)
        .join(FeedToken, FeedToken.user_id == User.id)
        .where(FeedToken.token_hash == token_hash(token), User.disabled_at.is_(None))
    )
    return session.scalar(query)
