"""Consent and validation as a sign-off records them: types, days, and how far off. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from kb.core.days import parse_day
from kb.core.errors import Invalid
from kb.core.messages import Message, msg

# So long before a consent ends the desk is told.
TOLD_BEFORE = timedelta(days=60)


class ConsentType(StrEnum):
    """How those concerned agreed."""

    ORAL = "oral"
    WRITTEN = "written"
    COMMUNITY = "community"
    PUBLIC_SOURCES = "none-public-sources"


CONSENT_TYPES: dict[ConsentType, Message] = {
    ConsentType.ORAL: msg("oral"),
    ConsentType.WRITTEN: msg("written"),
    ConsentType.COMMUNITY: msg("of the community"),
    ConsentType.PUBLIC_SOURCES: msg("none: public sources only"),
}


class Standing(StrEnum):
    """How a consent stands on a given day, the most pressing first."""

    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    EXPIRING = "expiring"
    VALID = "valid"


@dataclass(frozen=True, slots=True)
class Consent:
    """What the sign-off says about consent."""

    type: ConsentType
    scope: str
    given_on: date | None
    expires_on: date | None
    contact: str


@dataclass(frozen=True, slots=True)
class Validation:
    """What the sign-off says about people of the community who read or heard the text."""

    role: str
    validated_on: date | None
    language: str


def consent_in(answers: Mapping[str, Any], today: date) -> Consent | None:
    """The consent that checked answers tell of, if any; raises Invalid for days that cannot be."""
    given = answers["consent"]
    if given["answer"] != "yes":
        return None
    consent = Consent(
        type=ConsentType(given["type"]),
        scope=given.get("scope", ""),
        given_on=parse_day(given.get("date", "")),
        expires_on=parse_day(given.get("expiry", "")),
        contact=given.get("contact", ""),
    )
    problems = {}
    if consent.given_on is not None and consent.given_on > today:
        problems["q_consent_date"] = msg("Consent cannot have been given on a day to come.")
    if consent.expires_on is not None and consent.expires_on <= today:
        problems["q_consent_expiry"] = msg("This consent has ended already.")
    if problems:
        raise Invalid(msg("Please look at the days of the consent again."), problems)
    return consent


def validation_in(answers: Mapping[str, Any], today: date) -> Validation | None:
    """The validation that checked answers tell of, if any; raises Invalid likewise."""
    given = answers["validated"]
    if given["answer"] != "yes":
        return None
    validated_on = parse_day(given.get("date", ""))
    if validated_on is not None and validated_on > today:
        why = msg("The text cannot have been validated on a day to come.")
        raise Invalid(why, {"q_validated_date": why})
    return Validation(given["role"], validated_on, given.get("language", ""))


def standing(expires_on: date | None, today: date, *, is_withdrawn: bool = False) -> Standing:
    """How a consent stands today."""
    if is_withdrawn:
        return Standing.WITHDRAWN
    if expires_on is None or expires_on - today > TOLD_BEFORE:
        return Standing.VALID
    # It holds on its last day.
    return Standing.EXPIRED if expires_on < today else Standing.EXPIRING
