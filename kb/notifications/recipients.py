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
_KEEPERS = (Concerned.EDITORS, Concerned.SAFEGUARDS)

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
    # It stands in the queue; what has to be acted upon is a refusal.
    EventType.ASSIGNMENT_ACCEPTED: NOBODY,
    EventType.ASSIGNMENT_DECLINED: (Concerned.EDITORS,),
    EventType.ASSIGNMENT_DUE_SOON: (Concerned.NAMED_REVIEWER,),
    EventType.ASSIGNMENT_OVERDUE: (Concerned.NAMED_REVIEWER, Concerned.EDITORS),
    EventType.CONSENT_EXPIRING: _KEEPERS,
    EventType.CONSENT_EXPIRED: _KEEPERS,
    EventType.CONSENT_WITHDRAWN: _KEEPERS,
    EventType.COMMENTED: (
        Concerned.READERS_OF_COMMENT,
        Concerned.REVIEWERS,
        Concerned.DISCUSSANTS,
    ),
    EventType.PRACTICE_SHARED: _PERSON,
    # Who may not read it any more need not be reminded that it is there.
    EventType.PRACTICE_UNSHARED: NOBODY,
    EventType.NOTE_ADDED: NOBODY,
    EventType.REVIEW_DUE_SOON: (Concerned.EDITORS, Concerned.AUTHORS),
    EventType.REVIEW_DUE: (Concerned.EDITORS, Concerned.AUTHORS),
    EventType.REVIEW_CONFIRMED: _AUTHORS,
    EventType.PROBLEM_REPORTED: (Concerned.EDITORS,),
    EventType.DANGER_REPORTED: (Concerned.EDITORS, Concerned.SAFEGUARDS),
    EventType.REPORT_HANDLED: NOBODY,
    # Whoever has no account yet finds the invitation once they have one.
    EventType.AUTHOR_INVITED: _PERSON,
    EventType.AUTHOR_UNINVITED: NOBODY,
    EventType.AUTHOR_JOINED: _AUTHORS,
    EventType.AUTHOR_DECLINED: _AUTHORS,
    EventType.AUTHOR_REMOVED: _PERSON,
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

_DECIDED = frozenset(
    {EventType.PRACTICE_REQUEST_CHANGES, EventType.PRACTICE_APPROVE, EventType.PRACTICE_REJECT}
)
_WRITTEN = frozenset({EventType.PRACTICE_SUBMIT, EventType.PRACTICE_ABANDON})
_REVIEWED = _DECIDED | {
    EventType.VERDICT_GIVEN,
    EventType.REVIEWER_UNASSIGNED,
    EventType.PRACTICE_RECALL,
}
_ANSWERED = _REVIEWED | {EventType.ASSIGNMENT_DECLINED}
_CONSENT_LOOKED_AT = frozenset(
    {EventType.SIGNED_OFF, EventType.PRACTICE_ARCHIVE, EventType.PRACTICE_WITHDRAW}
)
_READ_AGAIN = frozenset(
    {
        EventType.REVIEW_CONFIRMED,
        EventType.PRACTICE_PUBLISH,
        EventType.PRACTICE_ARCHIVE,
        EventType.PRACTICE_WITHDRAW,
    }
)
# What asks somebody to act, by event and circle, and what settles it. All else is news.
TO_DO: dict[tuple[EventType, Concerned], frozenset[EventType]] = {
    (EventType.PRACTICE_CREATED, Concerned.WRITERS): _WRITTEN,
    (EventType.PRACTICE_REQUEST_CHANGES, Concerned.AUTHORS): _WRITTEN,
    (EventType.PRACTICE_SUBMIT, Concerned.EDITORS): frozenset(
        {EventType.PRACTICE_ASSIGN, EventType.PRACTICE_RECALL, EventType.PRACTICE_REJECT}
    ),
    # Submitted again: whoever reviews it reads the new version.
    (EventType.PRACTICE_SUBMIT, Concerned.REVIEWERS): _ANSWERED,
    (EventType.REVIEWER_ASSIGNED, Concerned.NAMED_REVIEWER): _ANSWERED,
    (EventType.ASSIGNMENT_DUE_SOON, Concerned.NAMED_REVIEWER): _ANSWERED,
    (EventType.ASSIGNMENT_OVERDUE, Concerned.NAMED_REVIEWER): _ANSWERED,
    (EventType.ASSIGNMENT_DECLINED, Concerned.EDITORS): _DECIDED | {EventType.REVIEWER_ASSIGNED},
    (EventType.PRACTICE_ASSIGN, Concerned.SAFEGUARDS): _DECIDED | {EventType.SIGNED_OFF},
    (EventType.VERDICT_GIVEN, Concerned.EDITORS): _DECIDED,
    (EventType.SIGNED_OFF, Concerned.EDITORS): _DECIDED,
    (EventType.REVIEW_DUE, Concerned.EDITORS): _READ_AGAIN,
    (EventType.REVIEW_DUE, Concerned.AUTHORS): _READ_AGAIN,
    (EventType.CONSENT_EXPIRED, Concerned.EDITORS): _CONSENT_LOOKED_AT,
    (EventType.CONSENT_EXPIRED, Concerned.SAFEGUARDS): _CONSENT_LOOKED_AT,
    (EventType.CONSENT_WITHDRAWN, Concerned.EDITORS): _CONSENT_LOOKED_AT,
    (EventType.CONSENT_WITHDRAWN, Concerned.SAFEGUARDS): _CONSENT_LOOKED_AT,
    (EventType.AUTHOR_INVITED, Concerned.PERSON): frozenset(
        {EventType.AUTHOR_JOINED, EventType.AUTHOR_DECLINED, EventType.AUTHOR_UNINVITED}
    ),
    (EventType.PROBLEM_REPORTED, Concerned.EDITORS): frozenset({EventType.REPORT_HANDLED}),
    (EventType.DANGER_REPORTED, Concerned.EDITORS): frozenset({EventType.REPORT_HANDLED}),
    (EventType.DANGER_REPORTED, Concerned.SAFEGUARDS): frozenset({EventType.REPORT_HANDLED}),
    (EventType.FOLLOW_UP_DUE, Concerned.ADOPTERS): frozenset({EventType.FOLLOW_UP_DONE}),
    (EventType.RECALL_SENT, Concerned.RECALLED): frozenset({EventType.RECALL_ACKNOWLEDGED}),
    (EventType.ACCESS_REQUESTED, Concerned.EDITORS_AND_ADMINS): frozenset(
        {EventType.ACCESS_GRANTED, EventType.ACCESS_REFUSED}
    ),
}
# By what two events are about the same thing, where it is not the revision.
SAME_DATA: dict[EventType, tuple[str, ...]] = {
    EventType.ACCESS_REQUESTED: ("request_id",),
    EventType.AUTHOR_INVITED: ("invitation_id",),
    EventType.FOLLOW_UP_DUE: ("adoption_id", "month"),
    EventType.PROBLEM_REPORTED: ("report_id",),
    EventType.DANGER_REPORTED: ("report_id",),
}
SAME_PRACTICE = frozenset(
    {
        EventType.REVIEW_DUE,
        EventType.CONSENT_EXPIRED,
        EventType.CONSENT_WITHDRAWN,
        EventType.RECALL_SENT,
    }
)
# These settle it for one person alone: for who did it, or for whom the event names.
SETTLED_BY_ACTOR = frozenset(
    {
        EventType.VERDICT_GIVEN,
        EventType.ASSIGNMENT_DECLINED,
        EventType.RECALL_ACKNOWLEDGED,
    }
)
SETTLED_FOR_NAMED: dict[EventType, str] = {EventType.REVIEWER_UNASSIGNED: "reviewer_id"}
