"""Every store of files keeps the same promises."""

from datetime import timedelta
import hashlib
import os
import stat

import pytest

from kb.adapters import local_files
from kb.adapters.local_files import LocalFiles
from kb.core.errors import NotFound
from tests.fakes import MemoryFiles

BODY, OTHER = b"a picture", b"another"
HASH = hashlib.sha256(BODY).hexdigest()
NEVER_PUT = hashlib.sha256(b"nothing").hexdigest()


@pytest.fixture(params=["local", "memory"])
def store(request, tmp_path, clock):
    if request.param == "local":
        return LocalFiles(tmp_path / "data" / "files", clock)
    return MemoryFiles(clock)


@pytest.fixture(name="folder")
def folder_fixture(tmp_path):
    return tmp_path / "data" / "files"


def test_what_was_put_is_read(store):
    assert list(store.hashes()) == []
    assert store.put(BODY) == HASH
    other = store.put(OTHER)
    assert (store.read(HASH), store.read(other)) == (BODY, OTHER)
    assert sorted(store.hashes()) == sorted([HASH, other])


def test_putting_again_changes_only_the_date(store, clock):
    store.put(BODY)
    first = clock.now()
    assert store.written_at(HASH) == first
    clock.advance(hours=3)
    assert store.put(BODY) == HASH
    assert store.written_at(HASH) == first + timedelta(hours=3)
    assert list(store.hashes()) == [HASH]
    assert store.read(HASH) == BODY


@pytest.mark.parametrize("unknown", [NEVER_PUT, "", "../secret_key", "../" * 20 + "etc/passwd"])
def test_what_is_not_there_is_not_found(store, unknown):
    store.put(BODY)
    for ask in (store.read, store.written_at):
        with pytest.raises(NotFound):
            ask(unknown)


def test_removing(store):
    other = store.put(OTHER)
    store.put(BODY)
    store.remove(HASH)
    store.remove(NEVER_PUT)
    assert list(store.hashes()) == [other]
    with pytest.raises(NotFound):
        store.read(HASH)


def test_there_is_some_room(store):
    assert store.free_bytes() > 0


def test_nobody_else_on_the_machine_can_read(folder, clock):
    old = os.umask(0)
    try:
        LocalFiles(folder, clock).put(BODY)
    finally:
        os.umask(old)
    path = folder / HASH[:2] / HASH
    modes = [stat.S_IMODE(each.stat().st_mode) for each in (path, path.parent, folder)]
    assert modes == [0o600, 0o700, 0o700]


def test_the_reserve_is_left_free(folder, clock, monkeypatch):
    def usage(total, free):
        return lambda _folder: type("Usage", (), {"total": total, "free": free})

    store = LocalFiles(folder, clock)
    monkeypatch.setattr(local_files.shutil, "disk_usage", usage(1_000_000_000, 250_000_000))
    assert store.free_bytes() == 50_000_000
    monkeypatch.setattr(local_files.shutil, "disk_usage", usage(100_000_000_000, 4_000_000_000))
    assert store.free_bytes() == -1_000_000_000


def test_half_a_file_is_no_file(folder, clock, monkeypatch):
    def no_room(_descriptor):
        raise OSError(28, "No space left on device")

    store = LocalFiles(folder, clock)
    store.put(OTHER)
    with monkeypatch.context() as patch:
        patch.setattr(local_files.os, "fsync", no_room)
        with pytest.raises(OSError, match="No space"):
            store.put(BODY)
    assert [path.name for path in folder.rglob("*") if path.is_file()] == list(store.hashes())
    assert HASH not in store.hashes()
    assert store.put(BODY) == HASH


def test_what_a_crash_left_is_cleared_away_later(folder, clock):
    store = LocalFiles(folder, clock)
    store.put(BODY)
    half = folder / HASH[:2] / ".unfinished-abc"
    half.write_bytes(b"half")
    os.utime(half, (clock.now().timestamp(),) * 2)
    assert list(store.hashes()) == [HASH]
    assert store.remove_unfinished(clock.now()) == 0
    clock.advance(days=1)
    assert store.remove_unfinished(clock.now()) == 1
    assert not half.exists()
    assert store.read(HASH) == BODY
