"""What people write about themselves, made fit to be kept."""

import re
import unicodedata

from kb.core.errors import Invalid
from kb.core.messages import Message, msg

NAME_LENGTH = 200
EMAIL_LENGTH = 254
LOCAL_LENGTH = 64
# Plain addresses: what is quoted or has no domain name is mistyped more often than meant.
EMAIL = re.compile(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]"
)
COUNTRY = re.compile(r"[A-Z]{2}")
CHOOSE_COUNTRY = msg("Choose a country.")


def normal_email(text: str) -> str:
    """The address as it is kept and looked up."""
    return text.strip().lower()


def email_problem(email: str) -> Message | None:
    """Why this cannot be an e-mail address, if it cannot."""
    is_short = len(email) <= EMAIL_LENGTH and len(email.partition("@")[0]) <= LOCAL_LENGTH
    if is_short and EMAIL.fullmatch(email):
        return None
    return msg("This is not an e-mail address.")


def one_line(text: str) -> str:
    """A name without line ends, control or invisible characters, single spaces between words."""
    spaced = "".join(" " if character.isspace() else character for character in text)
    kept = (c for c in spaced if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Cn"})
    return " ".join("".join(kept).split())


def name_problem(name: str) -> Message | None:
    """Why this cannot be kept as a person's name, if it cannot."""
    return text_problem(name, msg("Write a name."), NAME_LENGTH)


def text_problem(text: str, missing: Message, longest: int) -> Message | None:
    """What to say of a text that is missing or does not fit, if it is or does not."""
    if not text:
        return missing
    return too_long(longest) if len(text) > longest else None


def too_long(longest: int) -> Message:
    """The sentence for a text that does not fit."""
    return msg("This is too long: at most %(count)s characters.", count=longest)


def country_problem(code: str | None) -> Message | None:
    """Why this is no country code, if it is none; nobody has to have a country."""
    return CHOOSE_COUNTRY if code and not COUNTRY.fullmatch(code) else None


def refuse(problems: dict[str, Message | None]) -> None:
    """Raise Invalid if anything of this is a problem."""
    found = {field: why for field, why in problems.items() if why is not None}
    if found:
        raise Invalid(msg("Something is missing or not right."), found)
