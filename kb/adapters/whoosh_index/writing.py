"""Filling a folder with a new generation: from nothing, or from the one before."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
import shutil
from typing import Any

from whoosh.index import create_in, open_dir
from whoosh.reading import SegmentReader

from kb.adapters.whoosh_index.generation import LEXICON, Generation
from kb.adapters.whoosh_index.lexicon import Lexicon
from kb.adapters.whoosh_index.schema import Codec, schema, texts_of, whoosh_document
from kb.core.ports import SearchDocument

# A write of fewer documents merges as if it had so many: no trail of tiny segments.
SMALL = 4


def build(folder: Path, documents: Iterable[SearchDocument]) -> None:
    """A generation of exactly these documents; ValueError if two have the same slug."""
    lexicon = Lexicon()
    slugs: set[str] = set()
    with _writer(create_in(str(folder), schema())) as writer:
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
    with _writer(open_dir(str(folder), schema=schema())) as writer:
        for slug in {*upserts, *deletions}:
            number = before.documents.get(slug)
            if number is not None:
                lexicon.remove(before.texts(number))
                writer.delete_document(number)
        for document in upserts.values():
            _add(writer, lexicon, document)
    _finish(folder, lexicon)


@contextmanager
def _writer(index: Any) -> Iterator[Any]:  # noqa: ANN401 - untyped
    """Whoosh's writer; commits at the end, lets go of its files when something fails."""
    writer = index.writer(compound=False, codec=Codec())
    try:
        yield writer
        writer.commit(mergetype=_merge)
    except BaseException:
        # On a full disk giving up fails too.
        with suppress(Exception):
            writer.cancel()
        raise


def _add(writer: Any, lexicon: Lexicon, document: SearchDocument) -> None:  # noqa: ANN401 - untyped
    texts = texts_of(document)
    lexicon.add(texts)
    writer.add_document(**whoosh_document(document, texts))


def _finish(folder: Path, lexicon: Lexicon) -> None:
    (folder / LEXICON).write_text(lexicon.dump(), "utf-8")
    for path in folder.iterdir():
        # Whoosh's own lock and temporary folder.
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name.endswith("_WRITELOCK"):
            path.unlink()


def _merge(writer: Any, segments: list[Any]) -> list[Any]:  # noqa: ANN401 - untyped
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
            reader = SegmentReader(writer.storage, writer.schema, segment)
            writer.add_reader(reader)
            reader.close()
    return kept


def _holds_deleted(segment: Any) -> bool:  # noqa: ANN401 - untyped
    return bool(segment.deleted_count())
