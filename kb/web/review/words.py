"""The desk's codes in words."""

from collections.abc import Mapping
from typing import TypeVar

from kb.core.language import Locale
from kb.core.messages import Message, msg
from kb.practices.content import LocationPrecision, Visibility
from kb.practices.lifecycle import Action, Withdrawal
from kb.practices.template import BY_KEY
from kb.reviews.people import Capacity
from kb.reviews.rules import ANCHORS, Decision, Outcome
from kb.web.language import tell

Code = TypeVar("Code", bound=str)
DECISIONS: dict[Decision, Message] = {
    Decision.ACCEPT: msg("accept it as it is"),
    Decision.CHANGES: msg("ask for changes"),
    Decision.REJECT: msg("reject it"),
}
DECIDED: dict[Decision, Message] = {
    Decision.ACCEPT: msg("accepts it"),
    Decision.CHANGES: msg("asks for changes"),
    Decision.REJECT: msg("rejects it"),
}
OUTCOMES: dict[Outcome, Message] = {
    Outcome.PASS: msg("It may be published as it is."),
    Outcome.PASS_COARSENED: msg("It may be published with places told less exactly."),
    Outcome.MEMBERS_ONLY: msg("It may be published for members only."),
    Outcome.REFUSE: msg("It must not be published."),
}
PRECISIONS: dict[LocationPrecision, Message] = {
    LocationPrecision.COUNTRY: msg("by country only"),
    LocationPrecision.REGION: msg("by region at most"),
    LocationPrecision.COMMUNE: msg("by commune at most"),
}
VISIBILITIES: dict[Visibility, Message] = {
    Visibility.PUBLIC: msg("everybody"),
    Visibility.MEMBERS: msg("members only"),
    Visibility.RESTRICTED: msg("the desk, the authors and named readers only"),
}
WITHDRAWALS: dict[Withdrawal, Message] = {
    Withdrawal.SAFETY: msg("safety: nothing will tell that it ever was there"),
    Withdrawal.CONSENT: msg("consent was taken back"),
    Withdrawal.ERROR: msg("a serious error"),
    Withdrawal.OUTDATED: msg("out of date"),
    Withdrawal.RIGHTS: msg("rights of others"),
}
CAPACITIES: dict[Capacity, Message] = {
    Capacity.AUTHOR: msg("author"),
    Capacity.REVIEWER: msg("reviewer"),
    Capacity.SAFEGUARD: msg("do-no-harm reviewer"),
    Capacity.EDITOR: msg("editor"),
    Capacity.OPERATOR: msg("command line"),
}
# What the desk does with a button of its own, in the words of the button.
ACTIONS: dict[Action, Message] = {
    Action.APPROVE: msg("Approve"),
    Action.PUBLISH: msg("Publish"),
    Action.REOPEN: msg("Reopen the review"),
    Action.RESTORE: msg("Publish it again"),
    Action.REQUEST_CHANGES: msg("Ask the authors for changes"),
    Action.REJECT: msg("Reject"),
    Action.ARCHIVE: msg("Archive"),
    Action.WITHDRAW: msg("Withdraw"),
}
_ANCHORS: dict[str, Message] = {
    "title": msg("Title"),
    "summary": msg("Summary"),
    "sources": msg("Sources"),
}


def anchor(key: str, locale: Locale) -> str:
    """The part of the text that a comment is about."""
    return BY_KEY[key].heading[locale] if key in BY_KEY else tell(_ANCHORS[key])


def anchors(locale: Locale) -> list[tuple[str, str]]:
    """What a comment can be about, for a list to choose from."""
    return [(key, anchor(key, locale)) for key in ANCHORS]


def choices(words: Mapping[Code, Message]) -> list[tuple[str, str]]:
    """Codes with their words in the language of the page."""
    return [(str(code), tell(message)) for code, message in words.items()]
