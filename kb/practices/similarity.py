"""How much two practices have in common: near-duplicates. Pure.

Texts are compared by their shingles (runs of three words), as A. Broder, "On the resemblance and
containment of documents" (1997): resemblance = |A & B| / |A | B|. Of each text only the shingles
with the smallest hashes are kept (his "bottom sketch"): of two sketches of size k, the k smallest
of their union are a fair sample of all shingles, and the share of them that is in both estimates
the resemblance. Titles are compared whole, by their words.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
import re
from typing import Any
import zlib

import numpy as np
from numpy.typing import NDArray

from kb.core.folding import fold
from kb.core.language import Locale
from kb.practices.content import CITATION
from kb.practices.draft import Part, shown
from kb.practices.template import SECTION_KEYS

RUN = 3
SKETCH = 256
# With fewer shingles in common than this, a short text proves nothing.
FEWEST = 8
LIKE_TITLE, LIKE_TEXT = 0.7, 0.15
_WORD = re.compile(r"\w+")
# Words that titles have in common whatever they are about.
_LITTLE_WORDS = """
a an and at au aux by d dans de des du en entre et for in l la le les of on ou par pour the their
sur to une un with
"""
_LITTLE = frozenset(_LITTLE_WORDS.split())
Hashes = NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is left of a text in one language to compare it by."""

    title: frozenset[str]
    hashes: Hashes


Sketches = Mapping[Locale, Sketch]


@dataclass(frozen=True, slots=True)
class Near:
    """Another practice that has much in common: only ever told to those who may see it."""

    names: Mapping[Locale, str]
    slug: str
    revision_id: int
    is_published: bool
    text: float
    title: float


def sketches(content: Mapping[str, Any]) -> Sketches:
    """The sketches of a working copy or a frozen content, by language."""
    found = {}
    for locale in Locale:
        fields = shown(Part(locale.value), content)
        body = " ".join(fields.get(name) for name in ("summary", *SECTION_KEYS))
        if body.strip() or fields.get("title"):
            found[locale] = _sketch(fields.get("title"), body)
    return found


def resemblance(one: Sketch, other: Sketch) -> float:
    """The share of common shingles, as well as the sketches tell."""
    common = np.intersect1d(one.hashes, other.hashes, assume_unique=True)
    if len(common) < FEWEST:
        return 0.0
    smallest = np.union1d(one.hashes, other.hashes)[:SKETCH]
    both = int(np.isin(smallest, common, assume_unique=True).sum())
    return both / len(smallest) if both >= FEWEST else 0.0


def title_likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """The share of common words of two titles; of one word alone nothing is said."""
    either = one | other
    return len(one & other) / len(either) if min(len(one), len(other)) > 1 else 0.0


def compare(one: Sketches, other: Sketches) -> tuple[float, float]:
    """Likeness of text and of title, in the language in which it is greatest."""
    shared = [(one[locale], other[locale]) for locale in one if locale in other]
    text = max((resemblance(here, there) for here, there in shared), default=0.0)
    title = max((title_likeness(h.title, t.title) for h, t in shared), default=0.0)
    return text, title


def is_near(text: float, title: float) -> bool:
    """Whether that is worth telling."""
    return text >= LIKE_TEXT or title >= LIKE_TITLE


def nearest(found: Iterable[Near], most: int) -> tuple[Near, ...]:
    """Those with the most in common."""
    ordered = sorted(found, key=lambda near: (-near.text, -near.title, near.revision_id))
    return tuple(ordered[:most])


def _sketch(title: str, body: str) -> Sketch:
    words = _WORD.findall(fold(CITATION.sub(" ", body)))
    runs = {
        zlib.crc32(" ".join(words[start : start + RUN]).encode())
        for start in range(len(words) - RUN + 1)
    }
    hashes = np.sort(np.fromiter(runs, dtype=np.uint32, count=len(runs)))
    told = frozenset(_WORD.findall(fold(title))) - _LITTLE
    return Sketch(told, hashes[:SKETCH].copy())
