"""Passwords: kept as argon2id hashes, and only those that are hard to guess."""

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

from kb.core.messages import Message, msg

SHORTEST = 12
LONGEST = 200
# How many guesses a password has to outlast; common ones fall within a few thousand.
GUESSES = 10**8
# The estimate looks at every part of a text: beyond this it would only take long.
LOOKED_AT = 40
# What an attacker of this very site tries first and no English list of words holds.
TRIED_FIRST = (
    "palabre",
    "motdepasse",
    "azertyuiop",
    "liptako",
    "gourma",
    "sahel",
    "bamako",
    "niamey",
    "ouagadougou",
    "burkina",
)
EASY = msg("This password is easy to guess. Several words that do not belong together are better.")


class Passwords:
    """Makes and verifies hashes, with the parameters of its hasher."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        """Without a hasher, with the parameters that RFC 9106 recommends for 64 MiB."""
        self._hasher = hasher or PasswordHasher()
        self._nobodys = ""

    def hash(self, password: str) -> str:
        """What is kept of a password."""
        return self._hasher.hash(normalised(password))

    def verify(self, kept: str | None, password: str) -> bool:
        """Whether this is the password; where there is none, as much work for nothing."""
        if kept is None and not self._nobodys:
            self._nobodys = self._hasher.hash("the password of nobody")
        try:
            self._hasher.verify(kept or self._nobodys, normalised(password[: LONGEST + 1]))
        except (VerificationError, InvalidHashError):
            return False
        return kept is not None

    def is_outdated(self, kept: str) -> bool:
        """Whether it was hashed with other parameters than today's."""
        return self._hasher.check_needs_rehash(kept)


def normalised(password: str) -> str:
    """One form for what keyboards write in several; half characters become question marks."""
    text = unicodedata.normalize("NFKC", password).strip()
    return text.encode(errors="replace").decode()


def problem_with(password: str, *about: str) -> Message | None:
    """Why this may not be a password, if it may not; `about` is what is known of its owner."""
    text = normalised(password)
    if len(text) < SHORTEST:
        return msg("A password has at least %(count)s characters.", count=SHORTEST)
    if len(text) > LONGEST:
        return msg("A password has at most %(count)s characters.", count=LONGEST)
    known = [part for each in about for part in (each, *each.replace("@", " ").split())]
    estimate = zxcvbn(text[:LOOKED_AT], [*TRIED_FIRST, *known])
    if estimate["guesses"] < GUESSES:
        return EASY
    return None
