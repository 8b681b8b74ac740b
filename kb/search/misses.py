"""Searches that found nothing, counted: never by whom or when, nor what before the third time."""

from collections.abc import Sequence
from datetime import timedelta
import hmac
import re

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from kb.accounts.permissions import Actor, Permission, require
from kb.core.errors import NotFound
from kb.core.event import Event
from kb.core.folding import fold
from kb.core.language import Locale
from kb.core.messages import msg
from kb.core.unit_of_work import UnitOfWork
from kb.events.types import EventType
from kb.search.models import TIMES_BEFORE_TEXT, SearchMiss
from kb.search.queries import is_plain, query_key, shown_text
from kb.search.service import Results

# Whoever types at random fills no disk: beyond this the least sought go first.
ROWS_LIMIT = 5000
REPORT_LIMIT = 200
KEPT_FOR = timedelta(days=90)
# What looks like an address or a telephone number, however its digits are set apart.
_PERSONAL = re.compile(r"@|\d(?:[\s.,/()+-]*\d){4}")


def is_miss(results: Results) -> bool:
    """Whether some words, and nothing else in the way of them, found nothing at all."""
    query = results.query
    return not (results.total or results.lessons or query.is_exact) and is_plain(query)


def is_countable(text: str) -> bool:
    """Whether a query has words, and nothing like an address or a telephone number."""
    return bool(query_key(text)) and not _PERSONAL.search(fold(text))


def count_miss(work: UnitOfWork, secret: str, text: str, locale: Locale) -> None:
    """Count a query that found nothing; `secret` is the site's key, from which the hash's is made.

    The third time its text is kept, as it was typed then: so often it was no slip of one person's
    tongue, and without it nobody could tell what readers look for in vain.
    """
    if not is_countable(text):
        return
    key = _hash(secret, query_key(text))
    query = select(SearchMiss).where(SearchMiss.query_hash == key).with_for_update()
    miss = work.session.scalar(query)
    if miss is None:
        _make_room(work.session)
        miss = SearchMiss(query_hash=key, times=0)
        work.session.add(miss)
    miss.times += 1
    miss.locale, miss.last_seen_on = locale, work.clock.now().date()
    if miss.text is None and miss.times >= TIMES_BEFORE_TEXT:
        miss.text = shown_text(text)


def frequent_misses(session: Session) -> Sequence[SearchMiss]:
    """What was sought in vain three times or more, the most frequent first."""
    query = (
        select(SearchMiss)
        .where(SearchMiss.text.is_not(None))
        .order_by(SearchMiss.times.desc(), SearchMiss.last_seen_on.desc(), SearchMiss.id)
        .limit(REPORT_LIMIT)
    )
    return session.scalars(query).all()


def forget_miss(work: UnitOfWork, actor: Actor, miss_id: int) -> None:
    """Delete a query from the report; it is counted anew from the next time on."""
    require(actor, Permission.SEARCH_CURATE)
    found = delete(SearchMiss).where(SearchMiss.id == miss_id, SearchMiss.text.is_not(None))
    if work.session.scalar(found.returning(SearchMiss.id)) is None:
        raise NotFound(msg("There is no such query in the report."))
    work.emit(Event(EventType.MISS_FORGOTTEN, actor_id=actor.user_id))


def forget_old(work: UnitOfWork) -> int:
    """Delete what nobody has sought for 90 days; returns how many queries."""
    since = (work.clock.now() - KEPT_FOR).date()
    old = delete(SearchMiss).where(SearchMiss.last_seen_on < since).returning(SearchMiss.id)
    return len(work.session.scalars(old).all())


def _hash(secret: str, key: str) -> str:
    """A keyed hash: who has the table alone cannot try names against it."""
    return hmac.digest(
        secret.encode(), f"search-miss:{key}".encode(errors="replace"), "sha256"
    ).hex()


def _make_room(session: Session) -> None:
    surplus = (session.scalar(select(func.count(SearchMiss.id))) or 0) + 1 - ROWS_LIMIT
    if surplus > 0:
        order = (SearchMiss.times, SearchMiss.last_seen_on, SearchMiss.id)
        least = select(SearchMiss.id).order_by(*order).limit(surplus)
        session.execute(delete(SearchMiss).where(SearchMiss.id.in_(least)))
