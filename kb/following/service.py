"""Following practices, themes and searches. Services never commit."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode

from sqlalchemy import select

from kb.accounts.permissions import Actor, Permission, require
from kb.accounts.sessions import token_hash
from kb.core.errors import Conflict, Invalid, NotFound
from kb.core.event import Event
from kb.core.language import Locale
from kb.core.messages import msg
from kb.core.unit_of_work import UnitOfWork
from kb.events.types import EventType
from kb.following.models import FeedToken, Follow, SavedSearch
from kb.practices.facets import FACETS
from kb.practices.queries import practice_by_slug, public_view
from kb.practices.readers import reader_of
from kb.vocabularies.catalogue import Vocabularies
from kb.vocabularies.service import load_vocabularies

NAME_LENGTH = 100
QUERY_LENGTH = 1000
# More than anybody reads; a bound for what gathering costs.
LARGEST_NUMBER = 100
# What a search is; where in its results somebody was is not part of it.
PARAMETERS = ("q", *FACETS, "exact")
_NO_PAGE = msg("There is no such page.")


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to follow: one of the three."""

    practice: str = ""
    theme: str = ""
    search: str = ""


def follow(work: UnitOfWork, actor: Actor, wish: Wish, name: str, locale: Locale) -> None:
    """Begin to follow; doing it twice changes nothing. `name` is for a search."""
    require(actor, Permission.PRACTICE_FOLLOW)
    found: dict[str, Any] = {}
    if wish.practice:
        public_view(work.session, wish.practice, reader_of(actor))
        practice = practice_by_slug(work.session, wish.practice)
        if practice is None:
            raise NotFound(_NO_PAGE)
        found = {"practice_id": practice.id}
    elif wish.theme:
        if load_vocabularies(work.session).term("themes", wish.theme) is None:
            raise NotFound(_NO_PAGE)
        found = {"theme": wish.theme}
    else:
        found = {"saved_search_id": _saved(work, actor, wish.search, name, locale).id}
    mine = select(Follow).where(Follow.user_id == actor.user_id)
    if work.session.scalar(mine.filter_by(**found)) is not None:
        return
    if len(work.session.scalars(mine).all()) >= LARGEST_NUMBER:
        raise Conflict(msg("You follow very much already. Give something up first."))
    now = work.clock.now()
    work.session.add(Follow(user_id=actor.user_id, created_at=now, **found))
    work.session.flush()


def unfollow(work: UnitOfWork, actor: Actor, follow_id: int) -> None:
    """End it; a search that is not followed any more is forgotten. Raises NotFound."""
    found = work.session.get(Follow, follow_id)
    if found is None or found.user_id != actor.user_id:
        raise NotFound(_NO_PAGE)
    search = found.saved_search
    work.session.delete(found)
    work.session.flush()
    if search is not None:
        work.session.delete(search)
        work.session.flush()


def new_feed_key(work: UnitOfWork, actor: Actor) -> str:
    """A key for the private feed, in place of the one before, which opens nothing any more."""
    require(actor, Permission.PRACTICE_FOLLOW)
    if actor.user_id is None:
        raise NotFound(_NO_PAGE)
    token = work.new_token()
    row = work.session.get(FeedToken, actor.user_id) or FeedToken(user_id=actor.user_id)
    row.token_hash, row.created_at = token_hash(token), work.clock.now()
    work.session.add(row)
    work.session.flush()
    data = {"user_id": actor.user_id, "kind": "feed"}
    work.emit(Event(EventType.KEY_MADE, actor.user_id, data=data))
    return token


def canonical(parameters: Mapping[str, list[str]], vocabularies: Vocabularies) -> str:
    """A search as it is kept: known parameters and values only, in one order."""
    pairs: list[tuple[str, str]] = []
    for name in PARAMETERS:
        values = [value for value in parameters.get(name, []) if value]
        if name in FACETS and name != "kind":
            values = sorted({v for v in values if vocabularies.term(FACETS[name], v)})
        pairs += [(name, value) for value in values]
    return urlencode(pairs)


def _saved(work: UnitOfWork, actor: Actor, search: str, name: str, locale: Locale) -> SavedSearch:
    query = canonical(parse_qs(search), load_vocabularies(work.session))
    if not query or len(query) > QUERY_LENGTH:
        raise Invalid(msg("This search cannot be kept."))
    if not name or len(name) > NAME_LENGTH:
        why = msg("Give the search a name of at most %(count)s characters.", count=NAME_LENGTH)
        raise Invalid(why, {"name": why})
    mine = select(SavedSearch).where(
        SavedSearch.user_id == actor.user_id, SavedSearch.query == query
    )
    found = work.session.scalar(mine) or SavedSearch(
        user_id=actor.user_id, query=query, created_at=work.clock.now()
    )
    found.name, found.locale = name, locale
    work.session.add(found)
    work.session.flush()
    return found
