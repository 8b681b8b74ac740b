"""The file of a backup: a plain tar of regular files whose last member says what they are."""

from collections.abc import Iterator
from contextlib import contextmanager
import hashlib
import io
import json
import os
from pathlib import Path
import re
import tarfile
from typing import IO

from pydantic import BaseModel, ConfigDict

from kb.core.errors import Conflict
from kb.core.messages import Message, msg

FORMAT = 1
DATABASE = "database"
SECRET = "secret_key"  # noqa: S105 - the name of a file
FILES = "files/"
MANIFEST = "manifest.json"
# Nothing else is ever unpacked: no other place, no link, no hidden name.
MEMBER = re.compile(rf"{DATABASE}|{SECRET}|{FILES}[0-9a-f]{{2}}/[0-9a-f]{{64}}")
LONGEST_MANIFEST = 100 << 20
CHUNK = 1 << 20

DAMAGED = msg("This is not a backup of Palabre, or it is damaged.")


class Member(BaseModel):
    """A file of the backup."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    size: int
    sha256: str


class Holdings(BaseModel):
    """What a database held at the moment of the backup."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    migration: str
    demo: bool
    practices: int
    users: int
    entries: int
    head: str


class Manifest(BaseModel):
    """What a backup is; `digest` covers all the rest, so that no digit of it can slip."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    format: int
    made_at: str
    database: str
    holdings: Holdings
    members: dict[str, Member]
    digest: str = ""

    def own_digest(self) -> str:
        facts = self.model_dump(exclude={"digest"})
        text = json.dumps(facts, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def files(self) -> int:
        """How many uploaded files there are."""
        return sum(name.startswith(FILES) for name in self.members)


class Writer:
    """Puts files into a new archive and remembers what each was."""

    def __init__(self, archive: tarfile.TarFile) -> None:
        self._archive = archive
        self.members: dict[str, Member] = {}

    def add(self, name: str, path: Path) -> None:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            self.members[name] = self._put(name, size, file)

    def close(self, manifest: Manifest) -> Manifest:
        """Put the sealed manifest last: an archive that ends early has none."""
        sealed = manifest.model_copy(update={"digest": manifest.own_digest()})
        body = sealed.model_dump_json(indent=1).encode()
        self._archive.addfile(_info(MANIFEST, len(body)), io.BytesIO(body))
        return sealed

    def _put(self, name: str, size: int, file: IO[bytes]) -> Member:
        reader = _Hashing(file)
        self._archive.addfile(_info(name, size), reader)
        return Member(size=size, sha256=reader.digest.hexdigest())


class _Hashing:
    """A file that is hashed as it is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        chunk = self._file.read(size)
        self.digest.update(chunk)
        return chunk


def _info(name: str, size: int) -> tarfile.TarInfo:
    """A header that tells nothing of the machine."""
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    return info


@contextmanager
def writing(path: Path) -> Iterator[Writer]:
    """A new archive, readable by its owner only, on the disk for good when this is left."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
            yield Writer(archive)
        file.flush()
        os.fsync(file.fileno())


def unpack(path: Path, folder: Path) -> Manifest:
    """Every file of the archive into an empty folder, each checked; raises Conflict if not.

    The folder is the caller's to throw away: nothing in it counts until this has returned.
    """
    found: dict[str, Member] = {}
    manifest: bytes | None = None
    end = 0
    (folder / FILES).mkdir(mode=0o700)
    try:
        with path.open("rb") as file, tarfile.open(fileobj=file, mode="r:") as archive:
            for info in archive:
                if manifest is not None:
                    raise Conflict(DAMAGED)
                body = _opened(archive, info)
                if info.name == MANIFEST:
                    manifest = body.read(LONGEST_MANIFEST)
                elif info.name in found:
                    raise Conflict(_surplus(info.name))
                else:
                    found[info.name] = _write(body, folder / info.name)
                end = info.offset_data + info.size
            _check_end(file, end)
    except (tarfile.TarError, EOFError, UnicodeError):
        raise Conflict(DAMAGED) from None
    return _checked(manifest, found)


def _opened(archive: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    plain = info.type == tarfile.REGTYPE and not info.issparse()
    if not plain or not (info.name == MANIFEST or MEMBER.fullmatch(info.name)):
        raise Conflict(_surplus(info.name))
    body = archive.extractfile(info)
    if body is None:
        raise Conflict(DAMAGED)
    return body


def _surplus(name: str) -> Message:
    # As it would be typed: a name must not move the cursor of whoever reads this.
    return msg("The backup holds something that it should not: %(name)s", name=ascii(name)[:100])


def _write(body: IO[bytes], path: Path) -> Member:
    digest, size = hashlib.sha256(), 0
    path.parent.mkdir(exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        while chunk := body.read(CHUNK):
            file.write(chunk)
            digest.update(chunk)
            size += len(chunk)
        file.flush()
        os.fsync(file.fileno())
    return Member(size=size, sha256=digest.hexdigest())


def _check_end(file: IO[bytes], end: int) -> None:
    """After the last member only the empty blocks that close a tar: nothing cut, nothing added."""
    file.seek(end)
    rest = file.read(2 * tarfile.RECORDSIZE)
    whole = (end + len(rest)) % tarfile.RECORDSIZE == 0
    if not whole or len(rest) < 2 * tarfile.BLOCKSIZE or any(rest) or file.read(1):
        raise Conflict(DAMAGED)


def _checked(body: bytes | None, found: dict[str, Member]) -> Manifest:
    manifest = _parsed(body or b"")
    for name in sorted(found.keys() ^ manifest.members.keys()):
        if name in found:
            raise Conflict(_surplus(name))
        raise Conflict(msg("The backup lacks %(name)s.", name=ascii(name)[:100]))
    for name, member in sorted(manifest.members.items()):
        if found[name] != member:
            raise Conflict(msg("The backup is damaged: %(name)s has changed.", name=name))
    if DATABASE not in found:
        raise Conflict(msg("The backup lacks %(name)s.", name=DATABASE))
    return manifest


def _parsed(body: bytes) -> Manifest:
    try:
        stated = json.loads(body)
        if isinstance(stated, dict) and stated.get("format", FORMAT) != FORMAT:
            raise Conflict(msg("This backup was made by a newer Palabre: use that one."))
        manifest = Manifest.model_validate_json(body)
    except (ValueError, RecursionError):  # pydantic's own error is a ValueError
        raise Conflict(DAMAGED) from None
    if manifest.digest != manifest.own_digest():
        raise Conflict(DAMAGED)
    return manifest
