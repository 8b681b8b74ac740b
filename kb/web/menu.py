"""The menu of people who are signed in: what their roles open."""

from dataclasses import dataclass

from flask import current_app, request, url_for

from kb.core.messages import Message, msg
from kb.web.access import ACCESS, ROLES
from kb.web.sessions import signed_in


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the menu."""

    url: str
    label: Message
    is_here: bool


_ENTRIES: tuple[tuple[str, Message], ...] = (
    ("contribute.overview", msg("My practices")),
    ("review.queue", msg("Review")),
    ("admin.requests", msg("Requests")),
    ("admin.overview", msg("Administration")),
    ("notifications.overview", msg("Notifications")),
    ("account.overview", msg("My account")),
)


def member_menu() -> tuple[Entry, ...]:
    """What the member behind this request may open; nothing for a visitor."""
    who = signed_in()
    if who is None:
        return ()
    return tuple(
        Entry(url_for(endpoint), label, request.endpoint == endpoint)
        for endpoint, label in _ENTRIES
        if endpoint in current_app.view_functions and who.actor.roles & ROLES[ACCESS[endpoint]]
    )
