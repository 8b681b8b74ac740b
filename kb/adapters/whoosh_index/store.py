"""Where the index lives: immutable generations, one pointer to the current one, one write lock.

    <directory>/CURRENT              "<generation> <checksum of its manifest>"
    <directory>/LOCK                 held while writing, by one process at a time
    <directory>/generation-<random>/ MANIFEST.json (format; size and checksum of each file), files

Every write, however small, makes a new generation (unchanged files are hard links) and swaps the
pointer. So a crash leaves the old or the new index, a reader sees one or the other, and damage
shows: Whoosh itself neither syncs nor checks what it reads, and reads pickles.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
import fcntl
import json
import os
from pathlib import Path
import re
import secrets
import shutil
import stat
import time
from typing import NamedTuple
import zlib

from kb.core.ports import IndexBusy, IndexUnavailable

MANIFEST = "MANIFEST.json"
PRIVATE = 0o700
WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH
RETRY_LOCK = 0.02
CHUNK = 1 << 20
_POINTER = re.compile(r"(generation-[0-9a-f]{16}) ([0-9a-f]{8})\n")


class Pointer(NamedTuple):
    """Which generation is current, and the checksum of its manifest."""

    name: str
    checksum: str


class _State(NamedTuple):
    """What changes when somebody touches a file."""

    inode: int
    size: int
    modified: int


class _File(NamedTuple):
    """A file as it was when it was checked."""

    state: _State
    checksum: int


Signature = Mapping[str, _File]


class Store:
    """The directory of an index."""

    def __init__(self, directory: Path, format_: str, lock_timeout: float) -> None:
        self.directory = directory
        self._format = format_
        self._lock_timeout = lock_timeout
        # File states whose checksums were right; hard links keep them from one write to the next.
        self._checked: dict[_State, int] = {}

    def current(self) -> Pointer:
        try:
            content = (self.directory / "CURRENT").read_text("ascii")
        except FileNotFoundError as error:
            raise IndexUnavailable("there is no index yet") from error
        except (OSError, ValueError) as error:
            raise _unavailable("the pointer cannot be read", error) from error
        found = _POINTER.fullmatch(content)
        if not found:
            raise _unavailable("the pointer is garbled")
        return Pointer(found[1], found[2])

    def folder(self, pointer: Pointer) -> Path:
        return self.directory / pointer.name

    def verify(self, pointer: Pointer) -> Signature:
        """Check every file of a generation; raises IndexUnavailable unless it is as written."""
        folder = self.folder(pointer)
        signature: dict[str, _File] = {}
        try:
            for place in (self.directory, folder):
                _require_private(place)
            for name, (size, checksum) in self._manifest(folder, pointer).items():
                state = _state(folder / name)
                if state.size != size or self._checksum(folder / name, state) != checksum:
                    raise _unavailable(f"{name} is not as it was written")
                signature[name] = _File(state, checksum)
            signature[MANIFEST] = _File(_state(folder / MANIFEST), int(pointer.checksum, 16))
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise _unavailable("a generation cannot be read", error) from error
        self._checked = {file.state: file.checksum for file in signature.values()}
        return signature

    def require_unchanged(self, pointer: Pointer, signature: Signature) -> None:
        """Raise IndexUnavailable when a file was touched after it was checked."""
        folder = str(self.folder(pointer))
        try:
            changed = any(
                # Asked with every search: no time for paths.
                _state(f"{folder}/{name}") != file.state
                for name, file in signature.items()
            )
        except OSError as error:
            raise _unavailable("a file of the index is gone", error) from error
        if changed:
            raise _unavailable("a file of the index was changed")

    def prepare(self) -> None:
        """A private directory to write in; what others could have put there is never read."""
        try:
            self.directory.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
            state = self.directory.stat()
            if state.st_uid == os.geteuid() and stat.S_IMODE(state.st_mode) != PRIVATE:
                self.directory.chmod(PRIVATE)
            _require_private(self.directory)
            for place in (self.directory / "CURRENT", self.directory / "LOCK"):
                if place.is_dir():
                    shutil.rmtree(place)
        except OSError as error:
            raise _unavailable("the index cannot be written", error) from error

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Alone among all processes; raises IndexUnavailable when others take too long."""
        try:
            descriptor = os.open(
                self.directory / "LOCK", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
            )
        except OSError as error:
            raise _unavailable("the index cannot be written", error) from error
        try:
            self._acquire(descriptor)
            yield
        finally:
            os.close(descriptor)

    @contextmanager
    def draft(self) -> Iterator[Path]:
        """A folder for a new generation, published at the end; call it while `writing`."""
        with self._drafting() as folder:
            yield folder
            self._publish(folder, {})

    @contextmanager
    def amended(
        self, pointer: Pointer, signature: Signature, but: Collection[str]
    ) -> Iterator[Path]:
        """A draft that begins with the files of a generation, but for these.

        What is kept of them goes by the checksums it had: damage that comes meanwhile shows.
        """
        with self._drafting() as folder:
            left = {*but, MANIFEST}
            files = {name: file for name, file in signature.items() if name not in left}
            for name in files:
                _link(self.folder(pointer) / name, folder / name)
            yield folder
            self._publish(folder, files)

    @contextmanager
    def _drafting(self) -> Iterator[Path]:
        folder = self.directory / f"generation-{secrets.token_hex(8)}"
        try:
            folder.mkdir(mode=PRIVATE)
            yield folder
        except OSError as error:
            raise _unavailable("the index cannot be written", error) from error
        finally:
            self._remove_all_but_current()

    def _acquire(self, descriptor: int) -> None:
        deadline = time.monotonic() + self._lock_timeout
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                if time.monotonic() >= deadline:
                    raise IndexBusy("another process has been writing for too long") from error
                time.sleep(RETRY_LOCK)
            else:
                return

    def _publish(self, folder: Path, kept: Signature) -> None:
        files: dict[str, tuple[int, int]] = {}
        for path in sorted(folder.iterdir()):
            if path.name in kept:
                state, checksum = kept[path.name]
            else:
                state = _state(path)
                checksum = self._checked[state] = self._checksum(path, state)
            files[path.name] = (state.size, checksum)
        manifest = json.dumps({"format": self._format, "files": files}).encode()
        (folder / MANIFEST).write_bytes(manifest)
        pointer = self.directory / f"{folder.name}.pointer"
        with pointer.open("wb") as file:
            file.write(f"{folder.name} {zlib.crc32(manifest):08x}\n".encode())
            file.flush()
            os.fsync(file.fileno())
        pointer.replace(self.directory / "CURRENT")
        directory = os.open(self.directory, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)

    def _remove_all_but_current(self) -> None:
        """Readers keep what they have open; those who were about to open it look again."""
        try:
            current = self.current().name
        except IndexUnavailable:
            # Perhaps for a moment only: then nothing is known to be old.
            return
        for path in self.directory.glob("generation-*"):
            if path.name == current:
                continue
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                with suppress(OSError):
                    path.unlink()

    def _manifest(self, folder: Path, pointer: Pointer) -> dict[str, tuple[int, int]]:
        manifest = (folder / MANIFEST).read_bytes()
        if f"{zlib.crc32(manifest):08x}" != pointer.checksum:
            raise _unavailable("the manifest is not as it was written")
        content = json.loads(manifest)
        if content["format"] != self._format:
            raise _unavailable(f"written as {content['format']}, expected {self._format}")
        return {name: (size, checksum) for name, (size, checksum) in content["files"].items()}

    def _checksum(self, path: Path, state: _State) -> int:
        known = self._checked.get(state)
        if known is not None:
            return known
        checksum = 0
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                checksum = zlib.crc32(chunk, checksum)
        return checksum


def _state(path: Path | str) -> _State:
    found = os.stat(path)  # noqa: PTH116 - takes both
    return _State(found.st_ino, found.st_size, found.st_mtime_ns)


def _link(file: Path, target: Path) -> None:
    try:
        os.link(file, target)
    except OSError:
        # Some file systems have no hard links.
        shutil.copyfile(file, target)


def _require_private(place: Path) -> None:
    """Pickles are only read where nobody else can have put them."""
    found = place.stat()
    if not stat.S_ISDIR(found.st_mode):
        raise _unavailable(f"{place} is not a directory")
    if found.st_uid != os.geteuid() or found.st_mode & WRITABLE_BY_OTHERS:
        raise _unavailable(f"{place} can be written by others")


def _unavailable(reason: str, error: Exception | None = None) -> IndexUnavailable:
    return IndexUnavailable(f"{reason}: {error!r}" if error else reason)
