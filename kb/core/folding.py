"""Words without what keyboards and habits write differently: accents and capitals."""

import unicodedata


def fold(text: str) -> str:
    """The text without accents and capitals, to compare by."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()
