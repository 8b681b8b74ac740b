"""How much somebody wants to be written, and how often. Pure: no database."""

from dataclasses import dataclass
from enum import StrEnum

from kb.events.types import EventType


class MailLevel(StrEnum):
    """What somebody is written about."""

    ALL = "all"
    TO_DO = "to-do"
    NONE = "none"


class MailRhythm(StrEnum):
    """When somebody is written."""

    AT_ONCE = "at-once"
    DAILY = "daily"


class Way(StrEnum):
    """How one event reaches one person, besides the list in the site, which has everything."""

    MAIL = "mail"
    DIGEST = "digest"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody chose. Nobody has to: then nothing is missed, and nothing waits."""

    level: MailLevel = MailLevel.ALL
    rhythm: MailRhythm = MailRhythm.AT_ONCE


# Whatever somebody chose: the owner of an account may have to act at once, and so may whoever
# can keep a person from harm.
ALWAYS_AT_ONCE = frozenset(
    {
        EventType.ACCOUNT_CHANGED,
        EventType.ACCOUNT_ENABLED,
        EventType.PASSWORD_CHANGED,
        EventType.SECOND_FACTOR_SET,
        EventType.SECOND_FACTOR_REMOVED,
        EventType.ROLE_GRANTED,
        EventType.ROLE_REVOKED,
        EventType.SESSIONS_ENDED,
        EventType.DANGER_REPORTED,
        EventType.CONSENT_WITHDRAWN,
        EventType.KEY_MADE,
        # Whoever uses what may do harm has to hear of it.
        EventType.RECALL_SENT,
    }
)
# What has waited for two years waits for the morning: many are due on one day.
NEVER_AT_ONCE = frozenset({EventType.REVIEW_DUE_SOON, EventType.REVIEW_DUE})


def way(kind: EventType, wish: Wish, *, is_to_do: bool) -> Way:
    """How somebody with this wish is told of an event."""
    if kind in ALWAYS_AT_ONCE:
        return Way.MAIL
    if wish.level is MailLevel.NONE or (wish.level is MailLevel.TO_DO and not is_to_do):
        return Way.NEITHER
    if wish.rhythm is MailRhythm.DAILY or kind in NEVER_AT_ONCE:
        return Way.DIGEST
    return Way.MAIL
