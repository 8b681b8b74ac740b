"""How alike words are: the slips between them, how they sound, which letters they have. Pure."""

from collections.abc import Sequence
import re

import numpy as np

from kb.adapters.whoosh_index.arrays import Array

# In this order, on all words at once.
_SPOKEN = tuple(
    (re.compile(written, re.MULTILINE), spoken)
    for written, spoken in (
        ("ph", "f"),
        ("gh", "g"),
        ("t?ch|sc?h", "ʃ"),
        ("dj|di(?=[aeou])", "j"),
        ("gu(?=[eiy])", "g"),
        ("qu?", "k"),
        ("c(?=[eiy])", "s"),
        ("c", "k"),
        ("ti(?=on)", "si"),
        ("ou|w", "u"),
        ("e?au", "o"),
        ("[ae]i", "e"),
        ("y", "i"),
        ("h", ""),
        ("z", "s"),
        ("e(?=[mn][^aeiou\\nmn])", "a"),
        (r"(\w)\1+", r"\1"),
        ("(?<=\\w\\w)(?:e|s|es)$", ""),
    )
)


def sounds(words: Sequence[str]) -> list[str]:
    """How folded words sound, roughly, to who writes French or Sahelian names by ear."""
    text = "\n".join(words)
    for written, spoken in _SPOKEN:
        text = written.sub(spoken, text)
    return text.split("\n") if words else []


def edit_distance(first: str, second: str, limit: int) -> int:
    """Slips between two words: a letter more, less, other, or two swapped; stops above `limit`."""
    before: list[int] = []
    row = list(range(len(second) + 1))
    for i, left in enumerate(first, 1):
        earlier, before = before, row
        row = [i]
        for j, right in enumerate(second, 1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (left != right))
            if i > 1 and j > 1 and left == second[j - 2] and first[i - 2] == right:
                best = min(best, earlier[j - 2] + 1)
            row.append(best)
        if min(row) > limit and min(before) > limit:
            return limit + 1
    return row[-1]


def letters_of(words: Sequence[str]) -> Array:
    """For each word the letters that occur in it, some of them together, as bits."""
    ends = np.cumsum([*map(len, words)], dtype=np.int64)
    codes = np.frombuffer("".join(words).encode("utf-32-le"), np.uint32)
    starts = np.concatenate([[0], ends[:-1]]) if len(words) else ends
    bits = np.uint32(1) << (codes & np.uint32(31))
    return np.bitwise_or.reduceat(bits, starts) if len(words) else bits
