"""Filling a folder with a new generation: from nothing, or from the one before."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
import shutil
from typing import Any

import numpy as np
from whoosh.index import create_in, open_dir
from whoosh.writing import SegmentWriter

from kb.adapters.whoosh_index.codec import Codec, PostingsPool
from kb.adapters.whoosh_index.generation import LEXICON, Generation
from kb.adapters.whoosh_index.lexicon import Lexicon
from kb.adapters.whoosh_index.schema import INDEX, schema, texts_of, whoosh_document, words_of
from kb.core.ports import NotIndexable, SearchDocument

# A write of fewer documents merges as if it had so many: no trail of tiny segments.
SMALL = 4


class Writer(SegmentWriter):  # type: ignore[misc]  # whoosh has no types
    """Whoosh's writer, with postings and merges as arrays."""

    def __init__(self, index: Any) -> None:  # noqa: ANN401 - untyped
        super().__init__(index, codec=Codec(), compound=False)
        self.pool = PostingsPool()

    def merge_segment(self, segment: Any) -> None:  # noqa: ANN401 - untyped
        """Take over the documents of a segment that are not deleted."""
        deleted = np.zeros(segment.doc_count_all(), np.bool)
        deleted[list(segment.deleted_docs())] = True
        kept = np.flatnonzero(~deleted)
        renumbered = np.full(len(deleted), -1, np.int64)
        renumbered[kept] = np.arange(self.docnum, self.docnum + len(kept))
        documents = segment.codec().per_document_reader(self.storage, segment)
        postings = segment.codec().terms_reader(self.storage, segment)
        try:
            self.perdocwriter.append(documents, kept)
            self.pool.append(postings, renumbered)
        finally:
            documents.close()
            postings.close()
        self.docnum += len(kept)
        self._added = True


def build(folder: Path, documents: Iterable[SearchDocument]) -> None:
    """A generation of exactly these documents; ValueError if two have the same slug."""
    lexicon = Lexicon()
    slugs: set[str] = set()
    with _writer(create_in(str(folder), schema(), INDEX)) as writer:
        for document in documents:
            if document.slug in slugs:
                raise ValueError(f"two documents are called {document.slug}")
            slugs.add(document.slug)
            _add(writer, lexicon, document)
    _finish(folder, lexicon)


def amend(
    folder: Path,
    before: Generation,
    upserts: Mapping[str, SearchDocument],
    deletions: Iterable[str],
) -> None:
    """Make a generation of the one before, whose files are in the folder, but for these slugs."""
    lexicon = Lexicon.load(before.dumped_lexicon())
    with _writer(open_dir(str(folder), INDEX, schema=schema())) as writer:
        for slug in {*upserts, *deletions}:
            number = before.documents.get(slug)
            if number is not None:
                lexicon.remove(before.texts(number))
                writer.delete_document(number)
        for document in upserts.values():
            _add(writer, lexicon, document)
    _finish(folder, lexicon)


@contextmanager
def _writer(index: Any) -> Iterator[Writer]:  # noqa: ANN401 - untyped
    """A writer that commits at the end, and lets go of its files when something fails."""
    writer = Writer(index)
    try:
        yield writer
        writer.commit(mergetype=_merge)
    except BaseException:
        # On a full disk giving up fails too.
        with suppress(Exception):
            writer.cancel()
        raise


def _add(writer: Writer, lexicon: Lexicon, document: SearchDocument) -> None:
    try:
        texts = texts_of(document)
        words = {locale: words_of(text) for locale, text in texts.items()}
        lexicon.add(texts, words)
        writer.add_document(**whoosh_document(document, texts, words))
    except (OSError, MemoryError):
        # The fault of the machine, not of the text.
        raise
    except Exception as error:
        raise NotIndexable(document.slug) from error


def _finish(folder: Path, lexicon: Lexicon) -> None:
    (folder / LEXICON).write_text(lexicon.dump(), "utf-8")
    for path in folder.iterdir():
        # Whoosh's own lock and temporary folder.
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name.endswith("_WRITELOCK"):
            path.unlink()


def _merge(writer: Writer, segments: list[Any]) -> list[Any]:
    """Merge the small ones as long as each doubles what there is at most: few and cheap.

    Whoosh's own policy lets many small ones pile up. A segment with deletions is always written
    anew: a text that was taken back because it endangered somebody must not stay on the disk.
    """
    gathered = max(SMALL, writer.doc_count())
    # Those with deletions first, then the smallest.
    kept = sorted(segments, key=lambda s: (not _holds_deleted(s), s.doc_count()))
    while kept and (kept[0].doc_count() <= 2 * gathered or _holds_deleted(kept[0])):
        segment = kept.pop(0)
        gathered += segment.doc_count()
        if segment.doc_count():
            writer.merge_segment(segment)
    return kept


def _holds_deleted(segment: Any) -> bool:  # noqa: ANN401 - untyped
    return bool(segment.deleted_count())
