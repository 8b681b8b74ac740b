"""Alphabetical order as readers expect it: accents and case do not count."""

import unicodedata


def sort_key(text: str) -> str:
    """Text to compare by."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()


def initial(text: str) -> str:
    """The letter under which a word is listed."""
    letters = [character for character in sort_key(text) if character.isalpha()]
    return letters[0].upper() if letters else "#"
