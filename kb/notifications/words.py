"""What people are told, in general words only. Pure: no database.

A mail is not encrypted and a phone may be taken: no title, name, place or text of a practice
stands in any sentence here.
"""

from dataclasses import dataclass

from kb.core.language import Locale, translate
from kb.core.messages import Message, msg
from kb.events.types import EventType
from kb.notifications.recipients import TOLD_TO_ACTOR_TOO

SENTENCES: dict[EventType, Message] = {
    EventType.PRACTICE_CREATED: msg("A revision was started for you to write."),
    EventType.PRACTICE_SUBMIT: msg("A text was submitted and waits for the editorial desk."),
    EventType.PRACTICE_ASSIGN: msg("A text waits for the do-no-harm sign-off."),
    EventType.PRACTICE_REQUEST_CHANGES: msg("The editorial desk asks you to change a text."),
    EventType.PRACTICE_APPROVE: msg("A text of yours was approved."),
    EventType.PRACTICE_REOPEN: msg("A text of yours is being reviewed again."),
    EventType.PRACTICE_PUBLISH: msg("A text that you worked on was published."),
    EventType.PRACTICE_REJECT: msg("A text of yours was not accepted."),
    EventType.PRACTICE_ARCHIVE: msg("A text of yours was archived."),
    EventType.PRACTICE_RESTORE: msg("A text of yours was published again."),
    EventType.PRACTICE_WITHDRAW: msg("A text of yours was withdrawn."),
    EventType.VERDICT_GIVEN: msg("A reviewer has given a verdict."),
    EventType.SIGNED_OFF: msg("The do-no-harm reviewer has answered."),
    EventType.REVIEWER_ASSIGNED: msg("You were asked to review a text."),
    EventType.COMMENTED: msg("There is a new comment on a text."),
    EventType.PRACTICE_SHARED: msg("A practice was shared with you."),
    EventType.ADOPTION_VERIFIED: msg("An adoption that you recorded was verified."),
    EventType.FOLLOW_UP_DUE: msg("It is time to say what came of a practice that you use."),
    EventType.RECALL_SENT: msg(
        "A practice that you use or follow was corrected, restricted or taken back."
    ),
    EventType.NEWS_GATHERED: msg("There is something new in what you follow."),
    EventType.KEY_MADE: msg("A key for programs was made for your account."),
    EventType.ACCESS_REQUESTED: msg("Somebody asks for access."),
    EventType.ACCOUNT_CHANGED: msg("Your account was changed by somebody else."),
    EventType.ACCOUNT_ENABLED: msg("Your account is open again."),
    EventType.PASSWORD_CHANGED: msg("Your password was changed."),
    EventType.SECOND_FACTOR_SET: msg("The second factor of your account was set up."),
    EventType.SECOND_FACTOR_REMOVED: msg("The second factor of your account was removed."),
    EventType.ROLE_GRANTED: msg("You were given a role."),
    EventType.ROLE_REVOKED: msg("A role was taken from you."),
    EventType.SESSIONS_ENDED: msg("You were signed out everywhere by somebody else."),
}
UNKNOWN = msg("Something happened.")
# After these, the owner of the account may have to act at once.
WARNS = TOLD_TO_ACTOR_TOO | {EventType.ACCOUNT_CHANGED, EventType.SESSIONS_ENDED}

_SUBJECT = msg("Palabre: news for you")
_SEE = msg("See it here:")
_WARNING = msg("If this surprises you, choose a new password here and tell the administrators:")
_GENERAL = msg("On purpose, this mail names no practice and nobody. Delete it once read.")
_SETTINGS = msg("Language and account:")
_INVITATION = (
    msg("Palabre: your invitation"),
    msg("You have been invited to Palabre. Choose your password here:"),
    msg("The link works once and for seven days. If you expected nothing, ignore this mail."),
)
_RESET = (
    msg("Palabre: a new password"),
    msg("Somebody, probably you, asked for a new password. Choose it here:"),
    msg("The link works once and for one hour. If it was not you, ignore this mail."),
)


@dataclass(frozen=True, slots=True)
class Words:
    """Subject and body of a mail, in one language."""

    subject: str
    body: str


def sentence(kind: str) -> Message:
    """What happened, in general; also for a kind that this version no longer knows."""
    return SENTENCES.get(EventType(kind), UNKNOWN) if kind in set(EventType) else UNKNOWN


def notification(locale: Locale, kind: str, base_url: str) -> Words:
    """A mail that sends its reader to the list, where it can be seen what it is about."""
    paragraphs = [
        translate(locale, sentence(kind)),
        f"{translate(locale, _SEE)}\n{base_url}/{locale}/notifications",
    ]
    if kind in WARNS:
        paragraphs.append(f"{translate(locale, _WARNING)}\n{base_url}/{locale}/password")
    paragraphs.append(translate(locale, _GENERAL))
    paragraphs.append(f"{translate(locale, _SETTINGS)}\n{base_url}/{locale}/account")
    return Words(translate(locale, _SUBJECT), _body(paragraphs))


def invitation(locale: Locale, link: str) -> Words:
    """The first mail somebody gets."""
    return _with_link(locale, _INVITATION, link)


def password_reset(locale: Locale, link: str) -> Words:
    """The way to a new password."""
    return _with_link(locale, _RESET, link)


def _with_link(locale: Locale, messages: tuple[Message, Message, Message], link: str) -> Words:
    subject, before, after = (translate(locale, message) for message in messages)
    return Words(subject, _body([f"{before}\n{link}", after]))


def _body(paragraphs: list[str]) -> str:
    return "\n\n".join(paragraphs) + "\n"
