"""The facts that are recorded."""

from enum import StrEnum


class EventType(StrEnum):
    """Every kind of event; the name of a workflow event is `practice.` and its action."""

    PRACTICE_CREATED = "practice.created"
    PRACTICE_SUBMIT = "practice.submit"
    PRACTICE_RECALL = "practice.recall"
    PRACTICE_ASSIGN = "practice.assign"
    PRACTICE_REQUEST_CHANGES = "practice.request_changes"
    PRACTICE_APPROVE = "practice.approve"
    PRACTICE_REOPEN = "practice.reopen"
    PRACTICE_PUBLISH = "practice.publish"
    PRACTICE_REJECT = "practice.reject"
    PRACTICE_ABANDON = "practice.abandon"
    PRACTICE_SUPERSEDE = "practice.supersede"
    PRACTICE_ARCHIVE = "practice.archive"
    PRACTICE_RESTORE = "practice.restore"
    PRACTICE_WITHDRAW = "practice.withdraw"
    PRACTICE_IMPORT = "practice.import"
    VERDICT_GIVEN = "review.verdict"
    SIGNED_OFF = "review.sign_off"
    REVIEWER_ASSIGNED = "review.assigned"
    REVIEWER_UNASSIGNED = "review.unassigned"
    COMMENTED = "review.comment"
    PRACTICE_SHARED = "practice.shared"
    PRACTICE_UNSHARED = "practice.unshared"
    NOTE_ADDED = "practice.note_added"
    VOCABULARIES_REPLACED = "vocabularies.replaced"
    THESAURUS_SAVED = "thesaurus.saved"
    THESAURUS_REMOVED = "thesaurus.removed"
    PROMOTION_ADDED = "search.promotion_added"
    PROMOTION_MOVED = "search.promotion_moved"
    PROMOTION_REMOVED = "search.promotion_removed"
    MISS_FORGOTTEN = "search.miss_forgotten"
    ACCESS_REQUESTED = "account.access_requested"
    ACCESS_GRANTED = "account.access_granted"
    ACCESS_REFUSED = "account.access_refused"
    ACCOUNT_INVITED = "account.invited"
    ACCOUNT_ACTIVATED = "account.activated"
    ACCOUNT_CHANGED = "account.changed"
    ACCOUNT_DISABLED = "account.disabled"
    ACCOUNT_ENABLED = "account.enabled"
    PASSWORD_RESET_ASKED = "account.password_reset_asked"  # noqa: S105 - a kind of event
    PASSWORD_CHANGED = "account.password_changed"  # noqa: S105
    SECOND_FACTOR_SET = "account.second_factor_set"
    SECOND_FACTOR_REMOVED = "account.second_factor_removed"
    ROLE_GRANTED = "account.role_granted"
    ROLE_REVOKED = "account.role_revoked"
    SESSIONS_ENDED = "account.sessions_ended"
    ORGANISATION_SAVED = "organisation.saved"
    ORGANISATION_MERGED = "organisation.merged"
    ADOPTION_RECORDED = "adoption.recorded"
    ADOPTION_CHANGED = "adoption.changed"
    ADOPTION_MOVED = "adoption.moved"
    ADOPTION_VERIFIED = "adoption.verified"
    FOLLOW_UP_DUE = "adoption.follow_up_due"
    FOLLOW_UP_DONE = "adoption.follow_up_done"
    RECALL_SENT = "adoption.recall_sent"
    RECALL_ACKNOWLEDGED = "adoption.recall_acknowledged"
    RECALL_MESSAGE_LEFT = "adoption.recall_message_left"
    NEWS_GATHERED = "following.news_gathered"
    KEY_MADE = "account.key_made"
    KEY_REVOKED = "account.key_revoked"
    BACKUP_RESTORED = "backup.restored"


class Consumer(StrEnum):
    """Who is handed the events, once for the whole house and each at its own pace."""

    NOTIFICATIONS = "notifications"
    RECALLS = "recalls"


# Of these nobody is told, neither in the site nor by mail.
_UNTOLD = frozenset(
    {
        EventType.PRACTICE_RECALL,
        EventType.PRACTICE_ABANDON,
        EventType.PRACTICE_SUPERSEDE,
        EventType.PRACTICE_IMPORT,
        EventType.REVIEWER_UNASSIGNED,
        EventType.PRACTICE_UNSHARED,
        EventType.NOTE_ADDED,
        EventType.VOCABULARIES_REPLACED,
        EventType.THESAURUS_SAVED,
        EventType.THESAURUS_REMOVED,
        EventType.PROMOTION_ADDED,
        EventType.PROMOTION_MOVED,
        EventType.PROMOTION_REMOVED,
        EventType.MISS_FORGOTTEN,
        EventType.ACCESS_GRANTED,
        EventType.ACCESS_REFUSED,
        EventType.ACCOUNT_ACTIVATED,
        EventType.ACCOUNT_DISABLED,
        EventType.ORGANISATION_SAVED,
        EventType.ORGANISATION_MERGED,
        EventType.ADOPTION_RECORDED,
        EventType.ADOPTION_CHANGED,
        EventType.ADOPTION_MOVED,
        EventType.FOLLOW_UP_DONE,
        EventType.RECALL_ACKNOWLEDGED,
        EventType.RECALL_MESSAGE_LEFT,
        EventType.KEY_REVOKED,
        EventType.BACKUP_RESTORED,
    }
)

# What each consumer is told.
SUBSCRIPTIONS: dict[Consumer, frozenset[EventType]] = {
    Consumer.NOTIFICATIONS: frozenset(EventType) - _UNTOLD,
    Consumer.RECALLS: frozenset(
        {
            EventType.PRACTICE_PUBLISH,
            EventType.PRACTICE_IMPORT,
            EventType.PRACTICE_ARCHIVE,
            EventType.PRACTICE_WITHDRAW,
        }
    ),
}

# What the indexes follow. They read the practice again, so every change of what is public, in
# whichever direction, is enough.
CHANGING_WHAT_IS_PUBLIC = frozenset(
    {
        EventType.PRACTICE_PUBLISH,
        EventType.PRACTICE_SUPERSEDE,
        EventType.PRACTICE_ARCHIVE,
        EventType.PRACTICE_RESTORE,
        EventType.PRACTICE_WITHDRAW,
        EventType.PRACTICE_IMPORT,
        EventType.VOCABULARIES_REPLACED,
    }
)
