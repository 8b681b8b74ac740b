"""Looking after the register and the follows: reminders, and news in one word a day."""

from collections.abc import Collection
from dataclasses import replace
import logging
from urllib.parse import parse_qs

from kb.adoption.follow_ups import remind
from kb.core.paging import PER_PAGE_LIMIT, Paging
from kb.core.ports import IndexUnavailable, Sort
from kb.following.models import SavedSearch
from kb.following.news import Finder, gather, keep, newest_publication, tell
from kb.operations.models import SiteFact
from kb.practices.readers import Reader
from kb.runtime import Runtime
from kb.search.service import parse_query, search

LOG = logging.getLogger(__name__)
# The last publication that was news already.
GATHERED = "follow-news-gathered"


def remind_and_tell(runtime: Runtime) -> int:
    """Ask for follow-ups that are due, gather news and tell of it; counts what was told."""
    with runtime.begin() as work:
        reminded = remind(work)
    try:
        _gather(runtime)
    except IndexUnavailable:
        # It is being rebuilt: saved searches find nothing now, and what is new stays new.
        LOG.warning("news wait for the index")
    with runtime.begin() as work:
        return reminded + tell(work)


def _gather(runtime: Runtime) -> None:
    with runtime.reading() as session:
        mark = session.get(SiteFact, GATHERED)
        if mark is None:
            up_to, gathered = newest_publication(session), None
        else:
            find = _finder(runtime)
            gathered = gather(session, int(mark.value), runtime.clock.now(), find)
            up_to = gathered.up_to
    if mark is not None and up_to == int(mark.value):
        return
    with runtime.begin() as work:
        if gathered is not None:
            keep(work, gathered)
        work.session.merge(SiteFact(name=GATHERED, value=str(up_to)))


def _finder(runtime: Runtime) -> Finder:
    def find(saved: SavedSearch, reader: Reader, among: Collection[str]) -> Collection[str]:
        """The newest that a saved search finds; what is restricted is in no index."""
        with runtime.reading() as session:
            vocabularies = runtime.vocabularies.get(session)
            words = runtime.thesaurus.get(session)
            asked = parse_query(parse_qs(saved.query), saved.locale, vocabularies)
            query = replace(asked, sort=Sort.NEWEST, paging=Paging(per_page=PER_PAGE_LIMIT))
            index = runtime.index_for(reader)
            found = search(session, index, vocabularies, query, reader, words).found
        return {each.practice.slug for each in found} & set(among)

    return find
