"""The documents of a segment but for their posting lists: cards as columns, texts as records."""

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kb.adapters.whoosh_index.arrays import (
    Array,
    ArrayFile,
    Octets,
    pack_strings,
    run_indices,
    smallest,
    starts_of,
    unpack_strings,
    write_arrays,
)
from kb.adapters.whoosh_index.records import FIELDS, Record
from kb.core.language import Locale

LANGUAGES = tuple(Locale)
# In place of a value, of a facet that has none.
NOTHING = ""
# How many documents are copied at a time.
BLOCK = 256


@dataclass(frozen=True, slots=True)
class Card:
    """What is known of a document without its texts.

    `titles` are what titles are sorted by; `lengths` how many words each of the FIELDS has.
    """

    slug: str
    stamp: str
    published_at: float
    titles: Mapping[Locale, str]
    facets: Mapping[str, Sequence[str]]
    lengths: Mapping[Locale, Sequence[int]]


class GatheredDocuments:
    """The documents of a segment that is being written."""

    def __init__(self, columns: Path, records: Path) -> None:
        self._columns = columns
        self._records = records.open("xb")
        self._strings: dict[str, list[str]] = {name: [] for name in _string_columns()}
        self._published = array("d")
        self._lengths = array("I")
        self._record_lengths = array("I")
        self._choices: dict[tuple[str, str], int] = {}
        self._chosen = array("I")
        self._chosen_counts = array("I")

    def add(self, card: Card, records: Mapping[Locale, bytes]) -> None:
        """A document with the record of each of its texts."""
        self._strings["slugs"].append(card.slug)
        self._strings["stamps"].append(card.stamp)
        self._published.append(card.published_at)
        for locale in LANGUAGES:
            self._strings[_titles(locale)].append(card.titles.get(locale, ""))
            self._lengths.extend(card.lengths.get(locale, [0] * len(FIELDS)))
            record = records.get(locale, b"")
            self._record_lengths.append(len(record))
            self._records.write(record)
        # A facet is known even where nothing is chosen.
        chosen = [
            (facet, value)
            for facet, values in card.facets.items()
            for value in values or (NOTHING,)
        ]
        self._chosen.extend(self._choices.setdefault(one, len(self._choices)) for one in chosen)
        self._chosen_counts.append(len(chosen))

    def append(self, other: "Documents", kept: Array) -> None:
        """These documents of another segment; `kept` are ascending numbers."""
        for name, gathered in self._strings.items():
            strings = other.strings(name)
            gathered.extend(strings[number] for number in kept.tolist())
        counts = np.diff(other.chosen_starts)[kept]
        renumbered = [self._choices.setdefault(one, len(self._choices)) for one in other.choices]
        chosen = other.chosen[run_indices(other.chosen_starts[kept], counts)]
        for gathered_array, added in (
            (self._published, other.published[kept]),
            (self._lengths, other.lengths[kept].ravel().astype(np.uint32)),
            (self._chosen_counts, counts.astype(np.uint32)),
            (self._chosen, np.array(renumbered, np.uint32)[chosen]),
        ):
            gathered_array.frombytes(added.tobytes())
        for start in range(0, len(kept), BLOCK):
            self._copy(other, kept[start : start + BLOCK])

    def write(self) -> None:
        """Finish both files."""
        self._records.close()
        # A value whose last document is gone must not stay behind.
        choices, chosen = np.unique(np.frombuffer(self._chosen, np.uint32), return_inverse=True)
        known = list(self._choices)
        strings = {
            **self._strings,
            "facets": [known[number][0] for number in choices.tolist()],
            "values": [known[number][1] for number in choices.tolist()],
        }
        columns = {
            "published": np.frombuffer(self._published, np.float64),
            "lengths": smallest(np.frombuffer(self._lengths, np.uint32)),
            "record_starts": starts_of(np.frombuffer(self._record_lengths, np.uint32)),
            "chosen": smallest(chosen),
            "chosen_starts": smallest(starts_of(np.frombuffer(self._chosen_counts, np.uint32))),
        }
        for name, column in strings.items():
            columns[name], columns[f"{name}.starts"] = pack_strings(column)
        write_arrays(self._columns, columns)

    def _copy(self, other: "Documents", kept: Array) -> None:
        for run in np.split(kept, np.flatnonzero(np.diff(kept) != 1) + 1):
            lengths, octets = other.packed_records(int(run[0]), int(run[-1]) + 1)
            self._record_lengths.frombytes(lengths.astype(np.uint32).tobytes())
            self._records.write(octets)


class Documents:
    """The documents of a segment; shared by threads."""

    def __init__(self, columns: Path, records: Path) -> None:
        """Raises KeyError, OSError or ValueError when they cannot be read."""
        self._columns = ArrayFile(columns)
        self._records = Octets(records)
        whole = self._columns.whole
        self.published = whole("published")
        self.lengths = whole("lengths").reshape(-1, len(LANGUAGES), len(FIELDS))
        self.choices = list(zip(self.strings("facets"), self.strings("values"), strict=True))
        # Which of these choices each document has, one document after the other.
        self.chosen = whole("chosen")
        self.chosen_starts = whole("chosen_starts").astype(np.int64)
        self._record_starts = array("Q", whole("record_starts").tolist())

    def strings(self, name: str) -> list[str]:
        """A column of strings."""
        return unpack_strings(self._columns.whole(name), self._columns.whole(f"{name}.starts"))

    def titles(self, locale: Locale) -> list[str]:
        """What titles are sorted by; empty where there is no text in the language."""
        return self.strings(_titles(locale))

    def record(self, number: int, locale: Locale) -> Record | None:
        """The text of a document in a language."""
        at = number * len(LANGUAGES) + LANGUAGES.index(locale)
        start, end = self._record_starts[at], self._record_starts[at + 1]
        return Record(self._records.read(start, end - start), locale) if end > start else None

    def packed_records(self, start: int, stop: int) -> tuple[Array, bytes]:
        """The records of these documents and the length of each."""
        places = self._record_starts[start * len(LANGUAGES) : stop * len(LANGUAGES) + 1]
        lengths = np.diff(np.frombuffer(places, np.uint64))
        return lengths, self._records.read(places[0], places[-1] - places[0])

    def close(self) -> None:
        self._columns.close()
        self._records.close()


def _titles(locale: Locale) -> str:
    return f"titles.{locale.value}"


def _string_columns() -> tuple[str, ...]:
    return ("slugs", "stamps", *map(_titles, LANGUAGES))
