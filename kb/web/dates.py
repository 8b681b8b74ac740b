"""Dates in the reader's language."""

from datetime import date, datetime
import re

from flask_babel import format_date

from kb.core.language import Locale
from kb.web.language import current_locale

# The first of a month has its own form in French, and only it: « 1er mai », « 2 mai ».
_FIRST = re.compile(r"^1(?= \w)")


def date_words(value: date | datetime | None = None, length: str = "medium") -> str:
    """A day as it is written in the language of the page."""
    words = str(format_date(value, length))
    return _FIRST.sub("1er", words) if current_locale() is Locale.FR else words
