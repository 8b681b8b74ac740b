"""Who reads: what a visitor, a member and the desk may have of what is published. Pure."""

from dataclasses import dataclass

from kb.accounts.permissions import Actor, Role
from kb.practices.content import Visibility


@dataclass(frozen=True, slots=True)
class Reader:
    """What may be read whoever wrote it, and besides what this user owns, wrote or was given."""

    visibilities: frozenset[Visibility] = frozenset({Visibility.PUBLIC})
    user_id: int | None = None


VISITOR = Reader()
MEMBER = Reader(frozenset({Visibility.PUBLIC, Visibility.MEMBERS}))
WHOLE_HOUSE = Reader(frozenset(Visibility))
# An administrator keeps the house running and reads no more than any member.
DESK = frozenset({Role.EDITOR, Role.SAFEGUARD})


def reader_of(actor: Actor) -> Reader:
    """What these roles may read; an account without any role reads what a visitor does."""
    if not actor.roles:
        return VISITOR
    readable = WHOLE_HOUSE if actor.roles & DESK else MEMBER
    return Reader(readable.visibilities, actor.user_id)
