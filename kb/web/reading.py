"""Who reads the page under way: a visitor, or a member with the rights of this moment."""

from kb.practices.readers import MEMBER, VISITOR, Reader, reader_of
from kb.web.current import runtime
from kb.web.sessions import signed_in


def current_reader() -> Reader:
    """What the caller may read; the desk's and one's own only behind a second factor."""
    who = signed_in()
    if who is None:
        return VISITOR
    if runtime().settings.second_factor_required and who.needs_second_factor:
        return MEMBER
    return reader_of(who.actor)
