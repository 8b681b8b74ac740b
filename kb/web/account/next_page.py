"""Where to go after signing in: an address of ours, or the start of whoever signed in."""

from flask import current_app, url_for

from kb.accounts.permissions import Role
from kb.accounts.sessions import SignedIn
from kb.web.access import ROLES, Access

LONGEST = 2000
FIRST_PRINTABLE = "!"
LAST_ASCII = "~"


def local_path(text: str) -> str:
    """The path if it cannot lead elsewhere, else nothing.

    Browsers read a backslash as a slash and skip tabs and line ends, so none of them may be in
    it; what begins with two slashes names another host.
    """
    is_plain = all(FIRST_PRINTABLE <= character <= LAST_ASCII for character in text)
    is_local = text.startswith("/") and not text.startswith("//") and "\\" not in text
    return text if is_plain and is_local and len(text) <= LONGEST else ""


def start_of(who: SignedIn) -> str:
    """What somebody works with, in the language of their account."""
    wanted = "browse.home"
    if who.actor.roles & ROLES[Access.REVIEWING]:
        wanted = "review.queue"
    if Role.CONTRIBUTOR in who.actor.roles:
        wanted = "contribute.overview"
    known = wanted in current_app.view_functions
    return url_for(wanted if known else "browse.home", lang=who.locale)
