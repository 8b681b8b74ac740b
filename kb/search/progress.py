"""How far an index has followed the audit trail; the index itself keeps it, as its bookmark."""

from collections.abc import Sequence
from dataclasses import dataclass
import json

from sqlalchemy.orm import Session

from kb.events.queries import Entry, Place, end_of_trail, entries_after, is_in_trail
from kb.events.types import CHANGING_WHAT_IS_PUBLIC


@dataclass(frozen=True, slots=True)
class Progress:
    """Up to this place the index has all that is public, but for what it could not take.

    An index with nothing of the kind has followed no trail: it is in no place of any.
    """

    place: Place | None = None
    left_out: frozenset[str] = frozenset()

    def written(self) -> str:
        """As a bookmark; `parse` reads it again."""
        place = [self.place.entry, self.place.hash] if self.place else None
        return json.dumps({"place": place, "left_out": sorted(self.left_out)})


def parse(bookmark: str) -> Progress:
    """What `written` wrote; with anything else the index has followed nothing."""
    try:
        facts = json.loads(bookmark)
        place = Place(*facts["place"]) if facts["place"] else None
        return Progress(place, frozenset(facts["left_out"]))
    except (ValueError, TypeError, KeyError):
        return Progress()


@dataclass(frozen=True, slots=True)
class News:
    """What the trail tells after an index's place; `entries` is None where that is not in it.

    Then the index was filled from another database, or from this one before it was restored.
    """

    end: Place
    entries: Sequence[Entry] | None


def news_since(session: Session, progress: Progress) -> News:
    """What happened since, to what is public."""
    # First of all: what is committed from now on has a higher number, and is told next time.
    end = end_of_trail(session)
    if progress.place is None or not is_in_trail(session, progress.place):
        return News(end, None)
    return News(end, entries_after(session, progress.place, CHANGING_WHAT_IS_PUBLIC))
