"""What only the real index can suffer: damage, crashes, other processes, other versions."""

from contextlib import suppress
from dataclasses import replace
import fcntl
import json
import os
from pathlib import Path
import random
import resource
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import zlib

import pytest

from kb.adapters.whoosh_index.index import WhooshIndex
from kb.core.ports import IndexUnavailable, SearchRequest
from tests.contract.search_samples import ask, document, slugs, text

NOBODY = 65534
QUESTIONS = (
    lambda index: index.search(SearchRequest("puits pasto* -sel")),
    lambda index: index.search(SearchRequest()),
    lambda index: index.search(SearchRequest("puuits")),
    lambda index: index.related("one", 3),
    lambda index: index.stamps(),
)


def corpus(stamp="1", size=4):
    """Documents that all carry one stamp, in the texts too."""
    return [
        document(
            slug,
            text(title=f"Puits pastoral {slug}", body=f"marque{stamp} eau sel{number}"),
            text(title=f"Pastoral well {slug}", body=f"marque{stamp} water"),
            stamp=stamp,
            facets={"theme": ("water",), "kind": ("practice",)},
        )
        for number, slug in enumerate(["one", "two", "three", "four"][:size])
    ]


@pytest.fixture
def directory(tmp_path):
    """A place for an index that does not exist yet."""
    return tmp_path / "deep" / "index"


@pytest.fixture
def index(directory):
    index = WhooshIndex(directory)
    index.replace_all(corpus())
    return index


def generation(directory):
    (folder,) = directory.glob("generation-*")
    return folder


def require_unavailable(index):
    for question in QUESTIONS:
        with pytest.raises(IndexUnavailable):
            question(index)
    with pytest.raises(IndexUnavailable):
        index.apply([document("more")], [])


def require_good(index, size=4):
    assert len(index.stamps()) == size
    assert ask(index, "puits").total == size
    assert ask(index, "puuits").suggestion == "Puits"


def in_a_child(function):
    """Run in a forked process, which shares what is open; fails when it fails."""
    child = os.fork()
    if child == 0:
        try:
            function()
        except BaseException:  # noqa: BLE001 - nothing may get past the fork
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_everything_is_private_and_nothing_is_left_behind(index, directory):
    for number in range(30):
        index.apply([replace(corpus()[number % 4], stamp=f"s{number}")], [])
    assert sorted(path.name for path in directory.iterdir()) == [
        "CURRENT",
        "LOCK",
        generation(directory).name,
    ]
    for place in (directory, generation(directory)):
        assert stat.S_IMODE(place.stat().st_mode) == 0o700
    # Few segments of four files, however many writes there were.
    assert len(list(generation(directory).iterdir())) < 20
    require_good(index)


def test_an_abandoned_draft_is_cleared_away(index, directory):
    (directory / "generation-0000000000000000").mkdir()
    (directory / "generation-0000000000000000" / "half.seg").write_bytes(b"half")
    (directory / "generation-0000000000000000.pointer").write_bytes(b"half")
    index.apply(corpus("2"), [])
    assert len(list(directory.iterdir())) == 3


def test_apply_never_writes_into_the_generation_before(index, directory, tmp_path):
    before = tmp_path / "kept"
    before.mkdir()
    for path in generation(directory).iterdir():
        os.link(path, before / path.name)
    contents = {path.name: path.read_bytes() for path in before.iterdir()}
    index.apply(corpus("2"), ["one"])
    assert {path.name: path.read_bytes() for path in before.iterdir()} == contents


def test_without_hard_links_files_are_copied(index, monkeypatch):
    def refuse(*_args, **_options):
        raise PermissionError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    index.apply(corpus("2"), ["one"])
    require_good(index, 3)


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
    assert parts == ["col", "col", "json", "json", "pst", "toc", "trm"]
    for number in range(len(parts) + 1):
        path = [*sorted(generation(directory).iterdir()), directory / "CURRENT"][number]
        reader = WhooshIndex(directory)
        if was_open:
            require_good(reader)
        time.sleep(0.01)
        DAMAGES[damage](path)
        require_unavailable(reader)
        index.replace_all(corpus())
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
        index.replace_all(corpus())


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
        for limit in (0, 200, 3_000):
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


def test_a_writer_waits_for_another_one_but_not_for_ever(index, directory):
    impatient = WhooshIndex(directory, lock_timeout=0.1)
    with (directory / "LOCK").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for write in (
            lambda: impatient.apply(corpus("2"), []),
            lambda: impatient.replace_all(corpus("2")),
        ):
            with pytest.raises(IndexUnavailable, match="too long"):
                write()
        require_good(impatient)
        patient = threading.Thread(target=index.apply, args=(corpus("2"), []))
        patient.start()
        time.sleep(0.05)
        assert set(impatient.stamps().values()) == {"1"}
        fcntl.flock(lock, fcntl.LOCK_UN)
        patient.join()
    assert set(impatient.stamps().values()) == {"2"}


def test_threads_search_undisturbed_through_twenty_swaps(index):
    problems: list[object] = []
    asked = []
    stop = threading.Event()

    def search():
        while not stop.is_set():
            try:
                stamps = set(index.stamps().values())
                result = index.search(SearchRequest("marque* puits"))
                shown = {hit.snippet for hit in result.hits}
                asked.append(1)
                if len(stamps) != 1 or result.total != 4 or len(shown) != 4:
                    problems.append((stamps, result))
            except Exception as error:  # noqa: BLE001 - any is a failure
                problems.append(error)

    threads = [threading.Thread(target=search) for _ in range(6)]
    for thread in threads:
        thread.start()
    for number in range(20):
        write = index.replace_all if number % 2 else lambda documents: index.apply(documents, [])
        write(corpus(f"{number:02}"))
    stop.set()
    for thread in threads:
        thread.join()
    assert problems == []
    assert len(asked) > 20
    require_good(index)


def test_what_another_process_writes_is_seen_at_the_next_call(index, directory):
    require_good(index)
    writer = (
        "import sys; from pathlib import Path\n"
        "from kb.adapters.whoosh_index.index import WhooshIndex\n"
        "from tests.contract.test_search_index_on_disk import corpus\n"
        "index = WhooshIndex(Path(sys.argv[1]))\n"
        "index.apply(corpus('2', 2), ['three'])\n"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", writer, str(directory)], check=True)
    assert index.stamps() == {"one": "2", "two": "2", "four": "1"}
    assert set(slugs(index, "marque2")) == {"one", "two"}


def test_a_forked_process_reads_for_itself(index):
    require_good(index)
    failed = 1
    child = os.fork()
    try:
        for _ in range(50):
            require_good(index)
        failed = 0
    finally:
        if child == 0:
            os._exit(failed)
    assert os.waitpid(child, 0)[1] == 0


def test_a_killed_writer_leaves_the_old_or_the_new(index, directory):
    chance = random.Random(3)  # noqa: S311
    seen = set()
    for round_ in range(8):
        child = os.fork()
        if child == 0:
            number = 0
            while True:
                number += 1
                stamp = f"{round_}-{number}"
                if number % 2:
                    index.apply(corpus(stamp), [])
                else:
                    index.replace_all(corpus(stamp))
        time.sleep(chance.uniform(0.005, 0.12))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        (stamp,) = set(index.stamps().values())
        seen.add(stamp)
        require_good(index)
        require_good(WhooshIndex(directory))
    assert len(seen) > 4
    index.apply(corpus("last"), [])
    assert set(index.stamps().values()) == {"last"}
    assert len(list(directory.iterdir())) == 3
