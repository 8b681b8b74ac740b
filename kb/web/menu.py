"""The menu of people who are signed in: what their roles open."""

from dataclasses import dataclass

from flask import request, url_for

from kb.core.messages import Message, msg
from kb.notifications.queries import unread_count
from kb.web.access import ACCESS, lets_in
from kb.web.current import runtime
from kb.web.sessions import signed_in


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the menu."""

    url: str
    label: Message
    is_here: bool
    waiting: int


NOTIFICATIONS = "notifications.overview"
_ENTRIES: tuple[tuple[str, Message], ...] = (
    ("contribute.overview", msg("My practices")),
    ("adoption.overview", msg("Adoptions")),
    ("review.queue", msg("Review")),
    ("indicators.dashboard", msg("Indicators")),
    ("curation.thesaurus", msg("Search tools")),
    ("admin.requests", msg("Requests")),
    ("admin.overview", msg("Administration")),
    ("following.overview", msg("What I follow")),
    (NOTIFICATIONS, msg("Notifications")),
    ("account.overview", msg("My account")),
)


def member_menu() -> tuple[Entry, ...]:
    """What the member behind this request may open; nothing for a visitor."""
    who = signed_in()
    if who is None:
        return ()
    with runtime().reading() as session:
        unread = unread_count(session, who.user_id)
    return tuple(
        Entry(
            url_for(endpoint),
            label,
            is_here=request.endpoint == endpoint,
            waiting=unread if endpoint == NOTIFICATIONS else 0,
        )
        for endpoint, label in _ENTRIES
        if lets_in(ACCESS[endpoint], who.actor.roles)
    )
