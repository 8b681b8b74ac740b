"""What people are told, in general words only. Pure: no database.

A mail is not encrypted and a phone may be taken: no title, name, place or text of a practice
stands in any sentence here.
"""

from collections.abc import Sequence
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
    EventType.ASSIGNMENT_DECLINED: msg("Somebody cannot review a text: ask somebody else."),
    EventType.ASSIGNMENT_DUE_SOON: msg("A review of yours is due within three days."),
    EventType.ASSIGNMENT_OVERDUE: msg("A review is overdue."),
    EventType.CONSENT_EXPIRING: msg("The consent to a text ends within two months."),
    EventType.CONSENT_EXPIRED: msg("The consent to a text has ended."),
    EventType.CONSENT_WITHDRAWN: msg("The consent to a text was taken back."),
    EventType.COMMENTED: msg("There is a new comment on a text."),
    EventType.PRACTICE_SHARED: msg("A practice was shared with you."),
    EventType.REVIEW_DUE_SOON: msg("A published text is to be read again within a month."),
    EventType.REVIEW_DUE: msg("A published text is to be read again now."),
    EventType.REVIEW_CONFIRMED: msg("A text of yours was read again and is still right."),
    EventType.PROBLEM_REPORTED: msg("A reader reports a problem with a published text."),
    EventType.DANGER_REPORTED: msg("Urgent: a reader says that a text puts somebody in danger."),
    EventType.AUTHOR_INVITED: msg(
        "You are asked to write or translate with somebody: see “My practices”."
    ),
    EventType.AUTHOR_JOINED: msg("Somebody writes a text with you from now on."),
    EventType.AUTHOR_DECLINED: msg("Somebody does not want to write a text with you."),
    EventType.AUTHOR_REMOVED: msg("You are not among the authors of a text any more."),
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
# The same in a digest, where there may be many; what always goes at once is in none.
COUNTED: dict[EventType, Message] = {
    EventType.PRACTICE_CREATED: msg("Revisions for you to write: %(count)s"),
    EventType.PRACTICE_SUBMIT: msg("Texts submitted, waiting for the desk: %(count)s"),
    EventType.PRACTICE_ASSIGN: msg("Texts waiting for the do-no-harm sign-off: %(count)s"),
    EventType.PRACTICE_REQUEST_CHANGES: msg("Texts that you are asked to change: %(count)s"),
    EventType.PRACTICE_APPROVE: msg("Texts of yours that were approved: %(count)s"),
    EventType.PRACTICE_REOPEN: msg("Texts of yours that are being reviewed again: %(count)s"),
    EventType.PRACTICE_PUBLISH: msg("Texts you worked on that were published: %(count)s"),
    EventType.PRACTICE_REJECT: msg("Texts of yours that were not accepted: %(count)s"),
    EventType.PRACTICE_ARCHIVE: msg("Texts of yours that were archived: %(count)s"),
    EventType.PRACTICE_RESTORE: msg("Texts of yours that were published again: %(count)s"),
    EventType.PRACTICE_WITHDRAW: msg("Texts of yours that were withdrawn: %(count)s"),
    EventType.VERDICT_GIVEN: msg("Verdicts of reviewers: %(count)s"),
    EventType.SIGNED_OFF: msg("Answers of the do-no-harm reviewers: %(count)s"),
    EventType.REVIEWER_ASSIGNED: msg("Texts for you to review: %(count)s"),
    EventType.ASSIGNMENT_DECLINED: msg("Reviews that were declined: %(count)s"),
    EventType.ASSIGNMENT_DUE_SOON: msg("Reviews due in three days: %(count)s"),
    EventType.ASSIGNMENT_OVERDUE: msg("Reviews that are late: %(count)s"),
    EventType.CONSENT_EXPIRING: msg("Consents that end within two months: %(count)s"),
    EventType.CONSENT_EXPIRED: msg("Consents that have ended: %(count)s"),
    EventType.COMMENTED: msg("Comments on texts: %(count)s"),
    EventType.PRACTICE_SHARED: msg("Practices shared with you: %(count)s"),
    EventType.AUTHOR_INVITED: msg("Invitations to write with somebody: %(count)s"),
    EventType.AUTHOR_JOINED: msg("People who now write with you: %(count)s"),
    EventType.AUTHOR_DECLINED: msg("Invitations of yours that were declined: %(count)s"),
    EventType.AUTHOR_REMOVED: msg("Texts that you no longer write: %(count)s"),
    EventType.ADOPTION_VERIFIED: msg("Adoptions of yours that were verified: %(count)s"),
    EventType.FOLLOW_UP_DUE: msg("Practices of which to say what came of them: %(count)s"),
    EventType.NEWS_GATHERED: msg("News in what you follow: %(count)s"),
    EventType.REVIEW_DUE_SOON: msg("Published texts to be read again within a month: %(count)s"),
    EventType.REVIEW_DUE: msg("Published texts to be read again now: %(count)s"),
    EventType.REVIEW_CONFIRMED: msg("Texts of yours that are still right: %(count)s"),
    EventType.PROBLEM_REPORTED: msg("Problems reported by readers: %(count)s"),
    EventType.ACCESS_REQUESTED: msg("Requests for access: %(count)s"),
}
OTHERS = msg("Other news: %(count)s")
# After these, the owner of the account may have to act at once.
WARNS = TOLD_TO_ACTOR_TOO | {EventType.ACCOUNT_CHANGED, EventType.SESSIONS_ENDED}

_SUBJECT = msg("Palabre: news for you")
_URGENT = msg("Palabre: urgent, for the desk")
_DAILY = msg("Palabre: your daily summary")
_TO_DO = msg("To do:")
_NEWS = msg("For your information:")
_SEE = msg("See it here:")
_WARNING = msg("If this surprises you, choose a new password here and tell the administrators:")
_GENERAL = msg("On purpose, this mail names no practice and nobody. Delete it once read.")
_SETTINGS = msg("Fewer mails, one a day, another language:")
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
    subject = _URGENT if kind == EventType.DANGER_REPORTED else _SUBJECT
    return Words(translate(locale, subject), _body(paragraphs))


def counted(kind: str, count: int) -> Message:
    """So many of one kind."""
    known = COUNTED.get(EventType(kind), OTHERS) if kind in set(EventType) else OTHERS
    return Message(known.text, {"count": count})


def digest(locale: Locale, lines: Sequence[tuple[str, bool, int]], base_url: str) -> Words:
    """One mail for a day: kinds, whether they are to-dos, and how many of each."""
    paragraphs = []
    for heading, wanted in ((_TO_DO, True), (_NEWS, False)):
        found = [
            f"- {translate(locale, counted(kind, count))}"
            for kind, is_to_do, count in lines
            if is_to_do is wanted
        ]
        if found:
            paragraphs.append("\n".join([translate(locale, heading), *found]))
    paragraphs.append(f"{translate(locale, _SEE)}\n{base_url}/{locale}/notifications")
    paragraphs.append(translate(locale, _GENERAL))
    paragraphs.append(f"{translate(locale, _SETTINGS)}\n{base_url}/{locale}/account")
    return Words(translate(locale, _DAILY), _body(paragraphs))


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
