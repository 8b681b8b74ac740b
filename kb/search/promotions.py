"""The editors' choice: practices that stand above the results of a query."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from kb.accounts.permissions import Actor, Permission, require
from kb.core.errors import Invalid, NotFound
from kb.core.event import Event
from kb.core.messages import Message, msg
from kb.core.unit_of_work import UnitOfWork
from kb.events.types import EventType
from kb.practices.models import Practice
from kb.practices.public import PublicPractice
from kb.practices.queries import practice_by_slug, public_views
from kb.practices.readers import VISITOR, Reader
from kb.search.models import TEXT_LENGTH, SearchPromotion
from kb.search.queries import is_plain, query_key
from kb.search.service import Query

PER_QUERY = 5


@dataclass(frozen=True, slots=True)
class Promotion:
    """A promoted practice; None where it may not be read any more."""

    id: int
    practice: PublicPractice | None


def promoted(session: Session, query: Query, reader: Reader) -> tuple[PublicPractice, ...]:
    """What stands above the first page of this query, as far as this reader may read it.

    Who narrows by filters has seen it already.
    """
    if not is_plain(query):
        return ()
    slugs = [row.slug for row in _rows(session, query_key(query.text))]
    views = public_views(session, slugs, reader) if slugs else {}
    return tuple(views[slug] for slug in slugs if slug in views)


def all_promotions(session: Session, reader: Reader) -> dict[str, tuple[Promotion, ...]]:
    """Every promoted practice by query, in order."""
    rows = _rows(session)
    views = public_views(session, {row.slug for row in rows}, reader)
    return {
        key: tuple(Promotion(row.id, views.get(row.slug)) for row in group)
        for key, group in groupby(rows, key=lambda row: row.query)
    }


def promote(work: UnitOfWork, actor: Actor, text: str, slug: str) -> None:
    """Put a public practice last among those of a query; doing it twice changes nothing.

    Raises Invalid for a query without words, one that has enough of them, and for any practice
    that not everybody may read.
    """
    require(actor, Permission.SEARCH_CURATE)
    key = query_key(text)
    problems = _problems(key)
    is_public = slug in public_views(work.session, [slug], VISITOR)
    practice = practice_by_slug(work.session, slug) if is_public else None
    if practice is None:
        problems["practice"] = msg("Choose one of the public practices.")
    if problems or practice is None:
        raise Invalid(msg("Something is missing or not right."), problems)
    of_query = select(SearchPromotion).where(SearchPromotion.query == key)
    others = work.session.scalars(of_query).all()
    if any(other.practice_id == practice.id for other in others):
        return
    if len(others) >= PER_QUERY:
        why = msg("has %(limit)s practices already: remove one first", limit=PER_QUERY)
        raise Invalid(msg("Something is missing or not right."), {"query": why})
    position = max((other.position for other in others), default=0) + 1
    work.session.add(SearchPromotion(query=key, practice_id=practice.id, position=position))
    work.session.flush()
    _announce(work, actor, EventType.PROMOTION_ADDED, practice.id)


def move_up(work: UnitOfWork, actor: Actor, promotion_id: int) -> None:
    """Let a promoted practice change places with the one before it; the first stays there."""
    found = _get(work, actor, promotion_id)
    before = work.session.scalar(
        select(SearchPromotion)
        .where(
            SearchPromotion.query == found.query,
            SearchPromotion.position < found.position,
        )
        .order_by(SearchPromotion.position.desc())
        .limit(1)
    )
    if before is not None:
        found.position, before.position = before.position, found.position
        _announce(work, actor, EventType.PROMOTION_MOVED, found.practice_id)


def withdraw_promotion(work: UnitOfWork, actor: Actor, promotion_id: int) -> None:
    """Leave the results of a query to the search."""
    found = _get(work, actor, promotion_id)
    work.session.delete(found)
    _announce(work, actor, EventType.PROMOTION_REMOVED, found.practice_id)


def _problems(key: str) -> dict[str, Message]:
    if not key:
        return {"query": msg("is missing")}
    if len(key) > TEXT_LENGTH:
        return {"query": msg("is longer than %(max_length)s characters", max_length=TEXT_LENGTH)}
    return {}


def _get(work: UnitOfWork, actor: Actor, promotion_id: int) -> SearchPromotion:
    require(actor, Permission.SEARCH_CURATE)
    found = work.session.get(SearchPromotion, promotion_id)
    if found is None:
        raise NotFound(msg("There is no such entry."))
    return found


def _rows(session: Session, key: str | None = None) -> Sequence[Row[int, str, str]]:
    query = (
        select(SearchPromotion.id, SearchPromotion.query, Practice.slug)
        .join(Practice, Practice.id == SearchPromotion.practice_id)
        .order_by(SearchPromotion.query, SearchPromotion.position, SearchPromotion.id)
    )
    return session.execute(
        query if key is None else query.where(SearchPromotion.query == key)
    ).all()


def _announce(work: UnitOfWork, actor: Actor, kind: EventType, practice_id: int) -> None:
    # Not as the event's practice: the desk's timeline of a text tells what happened to the text.
    work.emit(Event(kind, actor_id=actor.user_id, data={"promoted_id": practice_id}))
