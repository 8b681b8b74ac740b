"""Who reads the page under way: a visitor, or a member with the rights of this moment."""

from kb.practices.readers import MEMBER, VISITOR, Reader, reader_of
from kb.web.sessions import lacks_second_factor, signed_in


def current_reader() -> Reader:
    """What the caller may read; the desk's and one's own only behind a second factor."""
    who = signed_in()
    if who is None:
        return VISITOR
    if lacks_second_factor(who):
        return MEMBER
    return reader_of(who.actor)
