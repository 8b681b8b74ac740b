"""What somebody was told, with what they may see of it at this moment and no more."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from kb.accounts.permissions import Actor, Permission, permits
from kb.core.language import Locale
from kb.core.messages import Message
from kb.core.paging import Paging
from kb.events.models import AuditEntry
from kb.events.types import EventType
from kb.notifications.models import Notification
from kb.notifications.words import sentence
from kb.practices.models import Practice, Revision
from kb.practices.public import PublicPractice
from kb.practices.queries import public_views
from kb.practices.readers import reader_of
from kb.reviews.queries import subjects


class Place(StrEnum):
    """Where it can be seen what a notification is about."""

    AUTHOR = "author"
    DESK = "desk"
    READER = "reader"
    ACCOUNT = "account"
    REQUESTS = "requests"
    ADOPTIONS = "adoptions"
    FOLLOWING = "following"
    NOWHERE = "nowhere"


@dataclass(frozen=True, slots=True)
class Title:
    """The title of a practice and the language it is in."""

    text: str
    locale: Locale


@dataclass(frozen=True, slots=True)
class Notice:
    """One line of the list."""

    at: datetime
    is_unread: bool
    sentence: Message
    place: Place = Place.NOWHERE
    title: Title | None = None
    revision_id: int | None = None
    slug: str = ""


@dataclass(frozen=True, slots=True)
class Inbox:
    """One page of the list; `newest_id` names the last notification of all that are listed."""

    notices: tuple[Notice, ...]
    total: int
    unread: int
    newest_id: int


@dataclass(frozen=True, slots=True)
class _About:
    """What this person may see of a practice now."""

    place: Place
    title: Title | None
    slug: str


def inbox(session: Session, actor: Actor, locale: Locale, paging: Paging) -> Inbox:
    """What somebody was told, the newest first."""
    mine = Notification.user_id == actor.user_id
    total, newest, unread = session.execute(
        select(
            func.count(),
            func.max(Notification.id),
            func.count().filter(Notification.read_at.is_(None)),
        ).where(mine)
    ).one()
    rows = session.execute(
        select(Notification, AuditEntry)
        .join(AuditEntry, AuditEntry.id == Notification.entry_id)
        .where(mine)
        .order_by(Notification.id.desc())
        .offset(paging.offset)
        .limit(paging.per_page)
    ).all()
    about = _Sight(session, actor, locale, [entry for _, entry in rows])
    notices = tuple(_notice(row, entry, about) for row, entry in rows)
    return Inbox(notices, total, unread, newest or 0)


class _Sight:
    """Looks up, for one page of entries, what this person may see of each practice."""

    def __init__(
        self, session: Session, actor: Actor, locale: Locale, entries: Sequence[AuditEntry]
    ) -> None:
        self.actor, self._locale = actor, locale
        practices = {entry.practice_id for entry in entries if entry.practice_id is not None}
        query = select(Practice.id, Practice.slug).where(Practice.id.in_(practices))
        self._slugs: dict[int, str] = {row.id: row.slug for row in session.execute(query)}
        self._views: Mapping[str, PublicPractice] = public_views(
            session, list(self._slugs.values()), reader_of(actor)
        )
        revisions = _revisions(session, {entry.revision_id for entry in entries})
        self._revisions = {revision.id: revision for revision in revisions}
        self._subjects = subjects(session, revisions)

    def of(self, entry: AuditEntry) -> _About:
        slug = self._slugs.get(entry.practice_id or 0, "")
        found = self._of_revision(entry.revision_id, slug) if entry.revision_id else None
        if found is not None:
            return found
        view = self._views.get(slug)
        if view is None:
            return _About(Place.NOWHERE, None, "")
        text = view.text_for(self._locale)
        return _About(Place.READER, Title(text.title, text.locale), slug)

    def _of_revision(self, revision_id: int, slug: str) -> _About | None:
        revision = self._revisions.get(revision_id)
        if revision is None:
            return None
        seen = self._subjects[revision_id]
        if self.actor.user_id in seen.author_ids:
            return _About(Place.AUTHOR, _title(revision.working_copy, self._locale), slug)
        # The desk reads what was submitted and nothing before.
        version = revision.version
        if version is None or not permits(self.actor, Permission.PRACTICE_SEE, seen):
            return None
        return _About(Place.DESK, _title(version.content, self._locale), slug)


def _revisions(session: Session, ids: Collection[int | None]) -> Sequence[Revision]:
    query = (
        select(Revision)
        .where(Revision.id.in_(ids))
        .options(
            joinedload(Revision.practice),
            joinedload(Revision.version),
            selectinload(Revision.authors),
        )
    )
    return session.scalars(query).all()


def _notice(row: Notification, entry: AuditEntry, sight: _Sight) -> Notice:
    about = _account_page(entry, sight.actor) or sight.of(entry)
    return Notice(
        at=row.created_at,
        is_unread=row.read_at is None,
        sentence=sentence(entry.type),
        place=about.place,
        title=about.title,
        revision_id=entry.revision_id,
        slug=about.slug,
    )


# What these tell of is found in lists of one's own.
_LISTS: dict[str, Place] = {
    EventType.ADOPTION_VERIFIED.value: Place.ADOPTIONS,
    EventType.FOLLOW_UP_DUE.value: Place.ADOPTIONS,
    EventType.RECALL_SENT.value: Place.ADOPTIONS,
    EventType.NEWS_GATHERED.value: Place.FOLLOWING,
}


def _account_page(entry: AuditEntry, actor: Actor) -> _About | None:
    if entry.type in _LISTS:
        return _About(_LISTS[entry.type], None, "")
    if entry.type == EventType.ACCESS_REQUESTED:
        may = permits(actor, Permission.ACCESS_DECIDE)
        return _About(Place.REQUESTS if may else Place.NOWHERE, None, "")
    if entry.type.startswith("account."):
        return _About(Place.ACCOUNT, None, "")
    return None


def _title(content: Mapping[str, Any], locale: Locale) -> Title | None:
    """The title in the reader's language, else in the other; a draft may have none."""
    for each in (locale, locale.other):
        text = content.get("texts", {}).get(each.value, {}).get("title", "").strip()
        if text:
            return Title(text, each)
    return None
