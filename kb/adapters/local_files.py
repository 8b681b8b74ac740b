"""Uploaded files in a folder of their own, named by what is in them."""

from collections.abc import Iterator
from datetime import UTC, datetime
import hashlib
import os
from pathlib import Path
import shutil
import tempfile

from kb.attachments.kinds import SHA256
from kb.core.errors import NotFound
from kb.core.messages import msg
from kb.core.ports import Clock

UNFINISHED = ".unfinished-"
# What uploads leave free, so that texts can still be saved: the larger of the two.
RESERVE_BYTES = 200_000_000
RESERVE_SHARE = 0.05


class LocalFiles:
    """Each file is written beside its place, forced to the disk and only then given its name."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock

    def put(self, body: bytes) -> str:
        content_hash = hashlib.sha256(body).hexdigest()
        path = self._path(content_hash)
        _make_folder(path.parent)
        now = self._clock.now().timestamp()
        try:
            # There already: it counts as new, or the housekeeping might take it for a left-over.
            os.utime(path, (now, now))
        except FileNotFoundError:
            _write_whole(path, body, now)
        return content_hash

    def read(self, content_hash: str) -> bytes:
        try:
            return self._path(content_hash).read_bytes()
        except FileNotFoundError:
            raise NotFound(msg("There is no such page.")) from None

    def written_at(self, content_hash: str) -> datetime:
        try:
            return datetime.fromtimestamp(self._path(content_hash).stat().st_mtime, UTC)
        except FileNotFoundError:
            raise NotFound(msg("There is no such page.")) from None

    def remove(self, content_hash: str) -> None:
        self._path(content_hash).unlink(missing_ok=True)

    def hashes(self) -> Iterator[str]:
        yield from sorted(p.name for p in self._folder.glob("??/*") if SHA256.fullmatch(p.name))

    def free_bytes(self) -> int:
        _make_folder(self._folder)
        usage = shutil.disk_usage(self._folder)
        return usage.free - int(max(RESERVE_BYTES, usage.total * RESERVE_SHARE))

    def remove_unfinished(self, before: datetime) -> int:
        removed = 0
        for path in self._folder.glob(f"??/{UNFINISHED}*"):
            if path.stat().st_mtime < before.timestamp():
                path.unlink(missing_ok=True)
                removed += 1
        return removed

    def _path(self, content_hash: str) -> Path:
        if not SHA256.fullmatch(content_hash):
            raise NotFound(msg("There is no such page."))
        return self._folder / content_hash[:2] / content_hash


def _make_folder(folder: Path) -> None:
    """The folder and those above it, for us alone, and known to the disk."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    _sync_folder(folder.parent)


def _write_whole(path: Path, body: bytes, now: float) -> None:
    # mkstemp makes it readable by its owner only.
    descriptor, name = tempfile.mkstemp(prefix=UNFINISHED, dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(body)
            file.flush()
            os.utime(file.fileno(), (now, now))
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
