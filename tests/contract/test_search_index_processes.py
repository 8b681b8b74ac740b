"""The real index between threads, processes and crashes, and what its writes leave behind."""

from dataclasses import replace
import fcntl
import os
import random
import signal
import stat
import subprocess
import sys
import threading
import time

import pytest

from kb.adapters.whoosh_index.index import WhooshIndex
from kb.core.ports import IndexUnavailable, SearchRequest
from tests.contract.search_on_disk import (
    corpus,
    generation,
    in_a_child,
    require_good,
)
from tests.contract.search_samples import document, slugs, text


@pytest.fixture
def directory(index_directory):
    return index_directory


@pytest.fixture
def index(index_on_disk):
    return index_on_disk


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
    require_good(index)


def test_many_small_writes_make_few_segments_and_the_same_lexicon(index, directory, tmp_path):
    new = [replace(corpus()[number % 4], slug=f"new-{number}") for number in range(40)]
    for one in new:
        index.apply([one], ["two"])
    index.apply([replace(new[0], stamp="2", texts={})], ["one"])
    # Segments of four files each.
    assert len(list(generation(directory).iterdir())) < 20
    rebuilt = WhooshIndex(tmp_path / "rebuilt")
    rebuilt.replace_all([replace(new[0], stamp="2", texts={}), *new[1:], *corpus()[2:]])
    assert index.stamps() == rebuilt.stamps()
    one, other = (
        generation(place) / "lexicon.json" for place in (directory, tmp_path / "rebuilt")
    )
    assert one.read_text() == other.read_text()


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


def test_writers_do_not_lose_each_others_documents(index, directory):
    def write(name):
        own = WhooshIndex(directory)
        for number in range(8):
            own.apply([document(f"{name}-{number}")], [])

    writers = [threading.Thread(target=write, args=(name,)) for name in "abc"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(index.stamps()) == 4 + 3 * 8


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
        "from tests.contract.search_on_disk import corpus\n"
        "index = WhooshIndex(Path(sys.argv[1]))\n"
        "index.apply(corpus('2', 2), ['three'])\n"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", writer, str(directory)], check=True)
    assert index.stamps() == {"one": "2", "two": "2", "four": "1"}
    assert set(slugs(index, "marque2")) == {"one", "two"}


def test_a_forked_process_reads_for_itself(index):
    require_good(index)
    inherited = index._opened[2]

    def search():
        require_good(index)
        # Its file positions are also those of the parent.
        assert index._opened[2] is not inherited

    in_a_child(search)
    require_good(index)
    assert index._opened[2] is inherited


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


def test_what_is_deleted_or_replaced_leaves_the_disk(index, directory):
    """A text taken back because it endangered somebody must not be found by opening the files."""
    index.replace_all(
        [document(f"d{n}", text(title="puits", body="commun")) for n in range(30)]
        + [document("gone", text(title="zasecret")), document("kept", text(title="zaancien"))]
    )
    assert b"zasecret" in on_disk(directory)
    index.apply([document("kept", text(title="nouveau"), stamp="2")], ["gone"])
    assert [word for word in (b"zasecret", b"zaancien") if word in on_disk(directory)] == []
    assert b"nouveau" in on_disk(directory)


def on_disk(directory):
    return b"".join(path.read_bytes() for path in directory.rglob("*") if path.is_file())
