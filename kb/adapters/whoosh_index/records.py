"""The text of a document in one language as it is kept, and where its words begin.

    <lengths of the fields in octets, numbers of words: uint32 each> <fields: UTF-8> <words>

Passages are taken from two of the fields. For each word of these there is its place in the text,
a key of its term and one of its first letters, so that the few words that may have to be marked
are found without reading the text again.
"""

from collections.abc import Collection
from functools import cached_property, lru_cache
import struct
import zlib

import numpy as np

from kb.adapters.whoosh_index.analysis import CACHED_WORDS, Words, has_odd_signs, term
from kb.adapters.whoosh_index.arrays import Array
from kb.core.language import Locale
from kb.core.ports import SearchText

FIELDS = ("title", "local_name", "summary", "tags", "body")
# The fields of passages.
SHOWN = ("summary", "body")
# The first letters: of a prefix as short as the first number, or better as the second.
FEW, MORE = 2, 4
# Instead of how many: the words of this text must be looked at one by one.
_NOT_LISTED = 0xFFFFFFFF
_HEADER = struct.Struct(f"<{len(FIELDS) + len(SHOWN)}I")
_START, _TERM, _INITIALS = np.dtype("<u4"), np.dtype("<u2"), np.dtype("<u2")
_WORD = _START.itemsize + _TERM.itemsize + _INITIALS.itemsize
_KEYS, _HALF = 1 << 16, 1 << 8


def pack(text: SearchText, words: Words, locale: Locale) -> bytes:
    """The record of a text; `words` are those of its fields."""
    fields = [getattr(text, field).encode() for field in FIELDS]
    counts: list[int] = []
    packed: list[bytes] = []
    for field in SHOWN:
        if has_odd_signs(getattr(text, field)):
            counts.append(_NOT_LISTED)
        else:
            starts: list[int] = []
            keys: list[tuple[int, int]] = []
            for run in words[field]:
                for token in run:
                    starts.append(run[0].start)
                    keys.append(_keys(token.text, locale))
                if len(run) > 1:
                    starts.append(run[0].start)
                    keys.append(_keys("".join(token.text for token in run), locale))
            counts.append(len(starts))
            columns = np.array(keys, _TERM).reshape(-1, 2)
            packed += (np.array(starts, _START).tobytes(), columns.T.tobytes())
    return b"".join([_HEADER.pack(*map(len, fields), *counts), *fields, *packed])


class Record:
    """A record read: the text and its words."""

    def __init__(self, packed: bytes, locale: Locale) -> None:
        """Raises struct.error or ValueError when the octets are no record."""
        self.locale = locale
        self._packed = packed
        header = _HEADER.unpack_from(packed)
        at = _HEADER.size
        fields: dict[str, str] = {}
        for field, length in zip(FIELDS, header, strict=False):
            fields[field] = packed[at : at + length].decode()
            at += length
        self.text = SearchText(**fields)
        self._words: dict[str, tuple[int, int]] = {}
        for field, count in zip(SHOWN, header[len(FIELDS) :], strict=True):
            if count != _NOT_LISTED:
                self._words[field] = at, count
                at += count * _WORD

    def likely(self, field: str, keys: "Keys") -> list[int] | None:
        """Where words begin that may be looked for, ascending; None when any word may be."""
        if field not in self._words or not keys.are_telling:
            return None
        at, count = self._words[field]
        starts = np.frombuffer(self._packed, _START, count, at)
        at += starts.nbytes
        terms = np.frombuffer(self._packed, _TERM, count, at)
        wanted = keys.terms[terms]
        if keys.has_prefixes:
            initials = np.frombuffer(self._packed, _INITIALS, count, at + terms.nbytes)
            wanted = wanted | keys.initials[initials]
        # The parts of a hyphenated word begin where it does.
        return list(dict.fromkeys(starts[wanted].tolist()))


class Keys:
    """Which words of records may be looked for, given some terms and some beginnings of words."""

    def __init__(self, terms: Collection[str], prefixes: Collection[str]) -> None:
        self._terms = terms
        self._prefixes = prefixes
        self.has_prefixes = bool(prefixes)
        # A single letter says too little.
        self.are_telling = all(len(prefix) >= FEW for prefix in prefixes)

    @cached_property
    def terms(self) -> Array:
        """By the key of a term."""
        flags = np.zeros(_KEYS, np.bool)
        flags[[_term_key(stem) for stem in self._terms]] = True
        return flags

    @cached_property
    def initials(self) -> Array:
        """By the key of first letters."""
        flags = np.zeros((_HALF, _HALF), np.bool)
        for prefix in self._prefixes:
            few, more = divmod(_initials_key(prefix), _HALF)
            if len(prefix) >= MORE:
                flags[few, more] = True
            else:
                flags[few] = True
        return flags.ravel()


@lru_cache(maxsize=CACHED_WORDS)
def _keys(folded: str, locale: Locale) -> tuple[int, int]:
    return _term_key(term(folded, locale)), _initials_key(folded)


def _term_key(stem: str) -> int:
    return zlib.crc32(stem.encode()) % _KEYS


def _initials_key(folded: str) -> int:
    few, more = (zlib.crc32(folded[:letters].encode()) % _HALF for letters in (FEW, MORE))
    return few * _HALF + more
