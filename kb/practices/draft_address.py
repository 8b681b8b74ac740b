"""The address that a title gives a practice, and the part of it that its author chooses. Pure."""

import re
import unicodedata

from kb.practices.content import SLUG_LENGTH

SUFFIX_LENGTH = 4
_WITH_SUFFIX = re.compile(rf"(?P<base>.+)-(?P<suffix>[a-z0-9]{{{SUFFIX_LENGTH}}})")
_LETTERS = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ɓ": "b", "ɗ": "d", "ŋ": "n"})


def slugify(title: str) -> str:
    """A title as the first part of an address."""
    decomposed = unicodedata.normalize("NFKD", title.lower().translate(_LETTERS))
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    slug = "-".join(re.findall(r"[a-z0-9]+", plain))
    longest = SLUG_LENGTH - SUFFIX_LENGTH - 1
    if len(slug) > longest:
        slug = slug[:longest].rpartition("-")[0] or slug[:longest]
    return slug or "practice"


def address_base(slug: str) -> str:
    """The part of an address that its author may choose."""
    found = _WITH_SUFFIX.fullmatch(slug)
    return found["base"] if found else slug


def with_suffix(base: str, token: str) -> str:
    """An address that tells nobody whether another one like it is taken: its end is chance."""
    letters = [c for c in token.lower() if c.isascii() and c.isalnum()]
    return f"{base}-{''.join(letters[:SUFFIX_LENGTH]).rjust(SUFFIX_LENGTH, '0')}"
