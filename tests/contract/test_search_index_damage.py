"""What only the real index can suffer: damage, strangers, other versions, a full disk."""

from contextlib import suppress
import json
import os
from pathlib import Path
import random
import resource
import shutil
import stat
import tempfile
import time
import zlib

import pytest

from kb.adapters.whoosh_index.index import WhooshIndex
from kb.core.ports import IndexUnavailable
from tests.contract.search_on_disk import (
    NOBODY,
    QUESTIONS,
    corpus,
    generation,
    in_a_child,
    require_good,
    require_unavailable,
)


@pytest.fixture
def directory(index_directory):
    return index_directory


@pytest.fixture
def index(index_on_disk):
    return index_on_disk


def test_an_abandoned_draft_is_cleared_away(index, directory):
    (directory / "generation-0000000000000000").mkdir()
    (directory / "generation-0000000000000000" / "half.seg").write_bytes(b"half")
    (directory / "generation-0000000000000000.pointer").write_bytes(b"half")
    index.apply(corpus("2"), [])
    assert len(list(directory.iterdir())) == 3


def cut(path):
    os.truncate(path, path.stat().st_size // 2)


def garble(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x55
    path.write_bytes(content)


DAMAGES = {
    "missing": Path.unlink,
    "empty": lambda path: os.truncate(path, 0),
    "cut": cut,
    "garbled": garble,
    "longer": lambda path: path.write_bytes(path.read_bytes() + b"x"),
    "a directory": lambda path: (path.unlink(), path.mkdir()),
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("was_open", [False, True])
def test_a_damaged_file_is_noticed_and_a_rebuild_heals(index, directory, damage, was_open):
    parts = sorted(path.name.rsplit(".")[-1] for path in generation(directory).iterdir())
    assert parts == ["bookmark", "columns", "json", "json", "postings", "records", "toc"]
    for number in range(len(parts) + 1):
        path = [*sorted(generation(directory).iterdir()), directory / "CURRENT"][number]
        reader = WhooshIndex(directory)
        if was_open:
            require_good(reader)
        time.sleep(0.01)
        DAMAGES[damage](path)
        require_unavailable(reader)
        index.replace_all(corpus(), lambda: "1")
        require_good(reader)
        require_good(index)


def test_random_damage_never_gives_a_wrong_answer(index, directory):
    right = [question(index) for question in QUESTIONS]
    chance = random.Random(7)  # noqa: S311
    for number in range(40):
        path = chance.choice(sorted(generation(directory).iterdir()))
        content = bytearray(path.read_bytes())
        for _ in range(chance.choice([1, 1, 20])):
            content[chance.randrange(len(content))] = chance.randrange(256)
        reader = index if number % 2 else WhooshIndex(directory)
        time.sleep(0.005)
        path.write_bytes(content)
        for question, answer in zip(QUESTIONS, right, strict=True):
            with suppress(IndexUnavailable):
                assert question(reader) == answer
        index.replace_all(corpus(), lambda: "1")


def test_the_directory_deleted_while_open(index, directory):
    require_good(index)
    shutil.rmtree(directory)
    require_unavailable(index)
    index.replace_all(corpus())
    require_good(index)
    require_good(WhooshIndex(directory))


def test_a_file_in_place_of_the_directory(index, directory):
    shutil.rmtree(directory)
    directory.write_text("not an index")
    require_unavailable(index)
    with pytest.raises(IndexUnavailable):
        index.replace_all(corpus())


@pytest.mark.parametrize(
    "pointer",
    ["", "generation-../../etc 00000000\n", "generation-" + "0" * 16 + " 00000000\n", "é"],
)
def test_a_pointer_to_nowhere(index, directory, pointer):
    (directory / "CURRENT").write_text(pointer, "utf-8")
    require_unavailable(index)


def test_another_version_is_not_read(index, directory):
    manifest = generation(directory) / "MANIFEST.json"
    content = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**content, "format": "palabre 0"}))
    pointer = f"{manifest.parent.name} {zlib.crc32(manifest.read_bytes()):08x}\n"
    (directory / "CURRENT").write_text(pointer)
    require_unavailable(index)
    require_unavailable(WhooshIndex(directory))


def test_pickles_that_others_could_have_written_are_not_read(index, directory):
    for place in (directory, generation(directory)):
        place.chmod(0o770)
        require_unavailable(WhooshIndex(directory))
        place.chmod(0o700)
    directory.chmod(0o777)
    index.replace_all(corpus())
    require_good(WhooshIndex(directory))
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory away")
def test_an_index_of_another_user_is_neither_read_nor_written(index, directory):
    os.chown(directory, NOBODY, NOBODY)
    require_unavailable(WhooshIndex(directory))
    with pytest.raises(IndexUnavailable):
        index.replace_all(corpus())


def test_a_read_only_index_is_read_but_not_written():
    # The folders of the test runner are closed to nobody.
    with tempfile.TemporaryDirectory() as base:
        Path(base).chmod(0o755)
        directory = Path(base) / "index"
        WhooshIndex(directory).replace_all(corpus())
        read_as_nobody(directory)


def read_as_nobody(directory):
    everything = [directory, *directory.rglob("*")]

    def read_then_write():
        if os.geteuid() == 0:
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        require_good(WhooshIndex(directory))
        for write in (
            lambda index: index.replace_all(corpus()),
            lambda index: index.apply(corpus("2"), []),
        ):
            with pytest.raises(IndexUnavailable):
                write(WhooshIndex(directory))
        require_good(WhooshIndex(directory))

    for path in everything:
        if os.geteuid() == 0:
            os.chown(path, NOBODY, NOBODY)
        path.chmod(0o500 if path.is_dir() else 0o400)
    in_a_child(read_then_write)
    for path in everything:
        path.chmod(0o700)


def test_a_full_disk_leaves_the_index_as_it_was(index, directory):
    def write():
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        for limit in (0, 200, 1_000):
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
            for attempt in (
                lambda: index.replace_all(corpus("2")),
                lambda: index.apply(corpus("2"), []),
            ):
                with pytest.raises(IndexUnavailable):
                    attempt()
            require_good(index)
            require_good(WhooshIndex(directory))
            assert len(list(directory.glob("generation-*"))) == 1

    in_a_child(write)
    index.apply(corpus("3"), [])
    assert set(index.stamps().values()) == {"3"}


def test_damage_during_a_write_is_not_signed_as_good(index, directory):
    store = index._store
    pointer = store.current()
    with store.writing(), store.amended(pointer, store.verify(pointer), but="x") as folder:
        time.sleep(0.01)
        garble(next(folder.glob("*.postings")))
    require_unavailable(WhooshIndex(directory))
