"""How Whoosh writes and reads the segments of our index: its extension point, the codec.

Whoosh keeps the list of segments, numbers documents and marks deletions. What is in a segment is
ours: documents as columns and records, posting lists as arrays. The codec serves Whoosh's own
readers too, field by field.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from whoosh.codec import base
from whoosh.codec.whoosh3 import W3Segment
from whoosh.matching import ListMatcher
from whoosh.reading import TermInfo, TermNotFound

from kb.adapters.whoosh_index.arrays import Array, ArrayFile, write_arrays
from kb.adapters.whoosh_index.documents import Card, Documents, GatheredDocuments
from kb.adapters.whoosh_index.postings import (
    FIELD_BITS,
    FIELD_MASK,
    Entries,
    Gathered,
    Postings,
)
from kb.adapters.whoosh_index.records import FIELDS
from kb.core.language import Locale

# Whoosh has no types.
Untyped: TypeAlias = Any
COLUMNS, RECORDS, POSTINGS = ".columns", ".records", ".postings"
RECORD = "record"


def field_name(field: str, locale: Locale) -> str:
    """The Whoosh field that holds a text field in a language."""
    return f"{field}_{locale.value}"


# Whoosh field -> the language of its posting lists and its number there
_PLACES = {
    field_name(field, locale): (locale, number)
    for locale in Locale
    for number, field in enumerate(FIELDS)
}


class Codec(base.Codec):  # type: ignore[misc]  # whoosh has no types
    """Segments of three files."""

    length_stats = False

    def per_document_writer(self, storage: Untyped, segment: Untyped) -> "DocumentsWriter":
        return DocumentsWriter(storage, segment)

    def field_writer(self, storage: Untyped, segment: Untyped) -> "PostingsWriter":
        return PostingsWriter(_path(storage, segment, POSTINGS))

    def per_document_reader(self, storage: Untyped, segment: Untyped) -> "DocumentsReader":
        return DocumentsReader(storage, segment)

    def terms_reader(self, storage: Untyped, segment: Untyped) -> "PostingsReader":
        return PostingsReader(_path(storage, segment, POSTINGS))

    def new_segment(self, storage: Untyped, indexname: str) -> Untyped:
        return W3Segment(self, indexname)


class PostingsPool:
    """Where Whoosh's writer puts postings until the segment is written."""

    def __init__(self) -> None:
        self._gathered = {locale: Gathered() for locale in Locale}

    def add(self, posting: tuple[str, bytes, int, float, bytes]) -> None:
        """A field, a term, a document, a weight, and the positions as machine numbers."""
        field, term, number, _, positions = posting
        locale, place = _PLACES[field]
        self._gathered[locale].add(term, number << FIELD_BITS | place, positions)

    def append(self, reader: "PostingsReader", renumbered: Array) -> None:
        """All of a segment, with the new number of each document, below 0 for none."""
        for locale, gathered in self._gathered.items():
            gathered.append(reader.postings[locale], renumbered)

    def iter_postings(self) -> dict[str, Array]:
        """What PostingsWriter takes."""
        arrays: dict[str, Array] = {}
        for locale, gathered in self._gathered.items():
            arrays |= gathered.arrays(locale.value)
        return arrays

    def cleanup(self) -> None:
        self._gathered = {}


class PostingsWriter(base.FieldWriter):  # type: ignore[misc]
    """Writes what a pool gathered."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.is_closed = False

    def add_postings(self, schema: object, lengths: object, items: dict[str, Array]) -> None:
        write_arrays(self._path, items)

    def close(self) -> None:
        self.is_closed = True


class DocumentsWriter(base.PerDocumentWriter):  # type: ignore[misc]
    """Writes the cards and records of documents."""

    def __init__(self, storage: Untyped, segment: Untyped) -> None:
        self.is_closed = False
        self._documents = GatheredDocuments(
            _path(storage, segment, COLUMNS), _path(storage, segment, RECORDS)
        )

    def start_doc(self, number: int) -> None:
        """Documents come in the order of their numbers."""

    def add_field(
        self, name: str, field: object, value: tuple[Card, dict[Locale, bytes]] | None, length: int
    ) -> None:
        if value is not None:
            self._documents.add(*value)

    def append(self, reader: "DocumentsReader", kept: Array) -> None:
        self._documents.append(reader.documents, kept)

    def close(self) -> None:
        self._documents.write()
        self.is_closed = True


class DocumentsReader(base.PerDocumentReader):  # type: ignore[misc]
    """The documents of a segment, with Whoosh's marks of what is deleted."""

    def __init__(self, storage: Untyped, segment: Untyped) -> None:
        self._segment = segment
        self.documents = Documents(
            _path(storage, segment, COLUMNS), _path(storage, segment, RECORDS)
        )

    def doc_count(self) -> int:
        return int(self._segment.doc_count())

    def doc_count_all(self) -> int:
        return int(self._segment.doc_count_all())

    def has_deletions(self) -> bool:
        return bool(self._segment.has_deletions())

    def is_deleted(self, number: int) -> bool:
        return bool(self._segment.is_deleted(number))

    def deleted_docs(self) -> Iterable[int]:
        return self._segment.deleted_docs()  # type: ignore[no-any-return]

    def stored_fields(self, number: int) -> dict[str, object]:
        return {RECORD: [self.documents.record(number, locale) for locale in Locale]}

    def close(self) -> None:
        self.documents.close()


class PostingsReader(base.TermsReader):  # type: ignore[misc]
    """The posting lists of a segment, as they are and as Whoosh sees them."""

    def __init__(self, path: Path) -> None:
        self._file = ArrayFile(path)
        self.postings = {locale: Postings(self._file, locale.value) for locale in Locale}

    def __contains__(self, term: tuple[str, bytes]) -> bool:
        return self._entries(*term) is not None

    def indexed_field_names(self) -> list[str]:
        return list(_PLACES)

    def terms(self) -> Iterator[tuple[str, bytes]]:
        for field in sorted(_PLACES):
            yield from self.terms_from(field, b"")

    def terms_from(self, field: str, prefix: bytes) -> Iterator[tuple[str, bytes]]:
        postings = self.postings[_PLACES[field][0]]
        for number in range(postings.first_from(prefix), len(postings)):
            term = postings.terms[number]
            if (field, term) in self:
                yield field, term

    def term_info(self, field: str, term: bytes) -> Untyped:
        documents, times = self._required(field, term)
        return TermInfo(
            weight=float(times.sum()),
            df=len(documents),
            maxweight=float(times.max()),
            minid=int(documents[0]),
            maxid=int(documents[-1]),
        )

    def frequency(self, field: str, term: bytes) -> float:
        found = self._entries(field, term)
        return float(found.times.sum()) if found else 0.0

    def doc_frequency(self, field: str, term: bytes) -> int:
        found = self._entries(field, term)
        return len(found.places) if found else 0

    def matcher(self, field: str, term: bytes, format_: object, scorer: object = None) -> Untyped:
        documents, times = self._required(field, term)
        return ListMatcher(
            documents.tolist(),
            weights=times.astype(np.float64).tolist(),
            format=format_,
            scorer=scorer,
            term=(field, term),
            terminfo=self.term_info(field, term),
        )

    def close(self) -> None:
        self._file.close()

    def _required(self, field: str, term: bytes) -> Entries:
        found = self._entries(field, term)
        if found is None:
            raise TermNotFound(f"no term {field}:{term!r}")
        return found

    def _entries(self, field: str, term: bytes) -> Entries | None:
        """Document numbers and times; None when the term is not in the field."""
        locale, place = _PLACES[field]
        number = self.postings[locale].find(term)
        if number is None:
            return None
        places, times = self.postings[locale].entries(number)
        here = places & FIELD_MASK == place
        return Entries(places[here] >> FIELD_BITS, times[here]) if here.any() else None


def _path(storage: Untyped, segment: Untyped, extension: str) -> Path:
    folder: str = storage.folder
    name: str = segment.make_filename(extension)
    return Path(folder, name)
