"""Alphabetical order as readers expect it: accents and case do not count."""

from kb.core.folding import fold


def initial(text: str) -> str:
    """The letter under which a word is listed."""
    letters = [character for character in fold(text) if character.isalpha()]
    return letters[0].upper() if letters else "#"
