"""Whom each kind of event concerns, as data. Pure: no database."""

from enum import StrEnum

from kb.accounts.permissions import Permission
from kb.events.types import EventType


class Concerned(StrEnum):
    """A circle of people around an event; who is in it is looked up when it happens."""

    EDITORS = "editors"
    SAFEGUARDS = "safeguards"
    REVIEWERS = "reviewers"  # assigned to the revision now
    NAMED_REVIEWER = "named-reviewer"  # the one whom the event names
    JUDGES = "judges"  # who gave a verdict on the version
    DISCUSSANTS = "discussants"  # who commented on the revision or signed it off
    AUTHORS = "authors"  # of the revision, the owner of the practice included
    READERS_OF_COMMENT = "readers-of-comment"  # the authors, unless it is for the desk alone
    WRITERS = "writers"  # whose accounts stand on the revision itself
    PERSON = "person"  # the account that the event is about
    EDITORS_AND_ADMINS = "editors-and-admins"
    ADOPTERS = "adopters"  # who recorded an adoption, or else their organisation
    RECALLED = "recalled"  # whoever holds what was corrected or taken back


# What somebody of the desk must be able to do with the revision at that moment, whatever circle
# they are in: an editor who wrote the text is no editor here.
NEEDS: dict[Concerned, Permission] = {
    Concerned.EDITORS: Permission.PRACTICE_COMMENT_INTERNALLY,
    Concerned.SAFEGUARDS: Permission.PRACTICE_SIGN_OFF,
    Concerned.REVIEWERS: Permission.PRACTICE_REVIEW,
    Concerned.NAMED_REVIEWER: Permission.PRACTICE_REVIEW,
    Concerned.JUDGES: Permission.PRACTICE_COMMENT_INTERNALLY,
    Concerned.DISCUSSANTS: Permission.PRACTICE_COMMENT_INTERNALLY,
}
NOBODY: tuple[Concerned, ...] = ()
_AUTHORS = (Concerned.AUTHORS,)
_PERSON = (Concerned.PERSON,)

RECIPIENTS: dict[EventType, tuple[Concerned, ...]] = {
    # An editor may start a revision for somebody else to write.
    EventType.PRACTICE_CREATED: (Concerned.WRITERS,),
    EventType.PRACTICE_SUBMIT: (Concerned.EDITORS, Concerned.REVIEWERS),
    EventType.PRACTICE_RECALL: NOBODY,
    EventType.PRACTICE_ASSIGN: (Concerned.SAFEGUARDS,),
    EventType.PRACTICE_REQUEST_CHANGES: _AUTHORS,
    EventType.PRACTICE_APPROVE: _AUTHORS,
    EventType.PRACTICE_REOPEN: _AUTHORS,
    EventType.PRACTICE_PUBLISH: (Concerned.AUTHORS, Concerned.JUDGES),
    EventType.PRACTICE_REJECT: _AUTHORS,
    EventType.PRACTICE_ABANDON: NOBODY,
    EventType.PRACTICE_SUPERSEDE: NOBODY,
    EventType.PRACTICE_ARCHIVE: _AUTHORS,
    EventType.PRACTICE_RESTORE: _AUTHORS,
    EventType.PRACTICE_WITHDRAW: _AUTHORS,
    EventType.PRACTICE_IMPORT: NOBODY,
    EventType.VERDICT_GIVEN: (Concerned.EDITORS,),
    EventType.SIGNED_OFF: (Concerned.EDITORS,),
    EventType.REVIEWER_ASSIGNED: (Concerned.NAMED_REVIEWER,),
    EventType.REVIEWER_UNASSIGNED: NOBODY,
    EventType.COMMENTED: (
        Concerned.READERS_OF_COMMENT,
        Concerned.REVIEWERS,
        Concerned.DISCUSSANTS,
    ),
    EventType.PRACTICE_SHARED: _PERSON,
    # Who may not read it any more need not be reminded that it is there.
    EventType.PRACTICE_UNSHARED: NOBODY,
    EventType.NOTE_ADDED: NOBODY,
    EventType.VOCABULARIES_REPLACED: NOBODY,
    EventType.THESAURUS_SAVED: NOBODY,
    EventType.THESAURUS_REMOVED: NOBODY,
    EventType.PROMOTION_ADDED: NOBODY,
    EventType.PROMOTION_MOVED: NOBODY,
    EventType.PROMOTION_REMOVED: NOBODY,
    EventType.MISS_FORGOTTEN: NOBODY,
    EventType.ACCESS_REQUESTED: (Concerned.EDITORS_AND_ADMINS,),
    EventType.ACCESS_GRANTED: NOBODY,
    EventType.ACCESS_REFUSED: NOBODY,
    # The invitation and the link for a new password are mails of their own.
    EventType.ACCOUNT_INVITED: NOBODY,
    EventType.ACCOUNT_ACTIVATED: NOBODY,
    EventType.ACCOUNT_CHANGED: _PERSON,
    EventType.ACCOUNT_DISABLED: NOBODY,
    EventType.ACCOUNT_ENABLED: _PERSON,
    EventType.PASSWORD_RESET_ASKED: NOBODY,
    EventType.PASSWORD_CHANGED: _PERSON,
    EventType.SECOND_FACTOR_SET: _PERSON,
    EventType.SECOND_FACTOR_REMOVED: _PERSON,
    EventType.ROLE_GRANTED: _PERSON,
    EventType.ROLE_REVOKED: _PERSON,
    EventType.SESSIONS_ENDED: _PERSON,
    EventType.ORGANISATION_SAVED: NOBODY,
    EventType.ORGANISATION_MERGED: NOBODY,
    EventType.ADOPTION_RECORDED: NOBODY,
    EventType.ADOPTION_CHANGED: NOBODY,
    EventType.ADOPTION_MOVED: NOBODY,
    EventType.ADOPTION_VERIFIED: (Concerned.ADOPTERS,),
    EventType.FOLLOW_UP_DUE: (Concerned.ADOPTERS,),
    EventType.FOLLOW_UP_DONE: NOBODY,
    EventType.RECALL_SENT: (Concerned.RECALLED,),
    EventType.RECALL_ACKNOWLEDGED: NOBODY,
    EventType.RECALL_MESSAGE_LEFT: NOBODY,
    EventType.NEWS_GATHERED: _PERSON,
    EventType.KEY_MADE: _PERSON,
    EventType.KEY_REVOKED: NOBODY,
    EventType.BACKUP_RESTORED: NOBODY,
}
# Nobody is told of what they did themselves, but for these: whoever holds somebody else's
# phone acts in their name, and the owner has to hear of it.
TOLD_TO_ACTOR_TOO = frozenset(
    {
        EventType.PASSWORD_CHANGED,
        EventType.SECOND_FACTOR_SET,
        EventType.SECOND_FACTOR_REMOVED,
        EventType.KEY_MADE,
    }
)
