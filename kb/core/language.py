"""The two languages, and gettext for everything that is not a web page."""

from collections.abc import Iterable
from enum import StrEnum
from functools import cache
import gettext
from pathlib import Path

from kb.core.messages import Message

CATALOGUES = Path(__file__).resolve().parent.parent / "locale"


class Locale(StrEnum):
    """The languages of the product, French first."""

    FR = "fr"
    EN = "en"

    @property
    def other(self) -> "Locale":
        return Locale.EN if self is Locale.FR else Locale.FR


def preferred(tags: Iterable[str]) -> Locale | None:
    """The first of a reader's language tags, best first, that is one of ours ("en-GB" is "en")."""
    for tag in tags:
        language = tag.lower().partition("-")[0]
        if language in set(Locale):
            return Locale(language)
    return None


@cache
def translations(locale: Locale) -> gettext.NullTranslations:
    """The compiled catalogue of a language; message ids are English, so English may lack one."""
    return gettext.translation("messages", CATALOGUES, [locale.value], fallback=True)


def translate(locale: Locale, message: Message) -> str:
    """The message in the reader's language."""
    text = translations(locale).gettext(message.text)
    return text % message.parameters if message.parameters else text
