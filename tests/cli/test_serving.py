"""A server over a long day: its helpers die, its index breaks, and nobody restarts it."""

from collections.abc import Callable
import os
from pathlib import Path
import shutil
import signal
import subprocess
import time

import pytest

from kb.runtime import Runtime
from tests.cli.test_serve import command, get, group_members, served

PATIENCE = 40.0


@pytest.fixture
def installed(runtime: Runtime, tmp_path: Path) -> Path:
    return Path(shutil.copytree(runtime.settings.data_dir, tmp_path / "data"))


def keepers(process: "subprocess.Popen[str]") -> list[int]:
    """The housekeeping processes of a server."""
    return [pid for pid in group_members(process.pid) if "--follow" in words_of(pid)]


def words_of(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except OSError:
        return []


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_the_index_heals_while_the_server_runs(installed: Path) -> None:
    with served(installed, "serve", "--workers", "2") as (url, _process):
        query = f"{url}/en/practices?q=peace+hut"
        status, before = get(query)
        assert (status, "case-de-la-paix-gao" in before) == (200, True)
        for damage in (garble, shutil.rmtree):
            damage(installed / "index")
            statuses = {get(query)[0] for _ in range(8)}
            assert statuses <= {200, 503}
            # Every worker answers as before, many times in a row.
            wait_until(lambda: [get(query) for _ in range(8)] == [(200, before)] * 8)
            assert get(f"{url}/readyz")[0] == 200


def garble(index: Path) -> None:
    for path in index.rglob("*"):
        if path.is_file():
            path.write_bytes(b"garbage")


def test_there_is_one_keeper_and_another_when_it_dies(installed: Path) -> None:
    with served(installed, "serve", "--workers", "2") as (url, process):
        wait_until(lambda: len(keepers(process)) == 1)
        (first,) = keepers(process)
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: len(keepers(process)) == 1 and keepers(process) != [first])
        assert get(f"{url}/fr/")[0] == 200
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
        assert group_members(process.pid) == []


def test_a_stopped_server_leaves_the_lease_to_the_next(installed: Path) -> None:
    for _ in range(2):
        with served(installed, "serve", "--workers", "1") as (url, process):
            wait_until(lambda p=process: len(keepers(p)) == 1)  # type: ignore[misc]
            assert get(f"{url}/healthz")[0] == 200
            process.send_signal(signal.SIGTERM)
            out, err = process.communicate(timeout=30)
            assert process.returncode == 0
            assert out.startswith(f"Palabre is at {url}/ (Ctrl-C stops it).")
            assert [line for line in err.splitlines() if line.startswith("ERROR")] == []


def test_an_address_in_use_is_refused_and_the_first_goes_on(installed: Path) -> None:
    with served(installed, "serve", "--workers", "1") as (url, _process):
        second = command(installed, "serve", "--port", url.rpartition(":")[2])
        out, err = second.communicate(timeout=60)
        assert (second.returncode, out) == (1, "")
        assert (
            err.splitlines()[-1]
            == f"The address {url.removeprefix('http://')} is not free: try --port."
        )
        assert get(f"{url}/healthz")[0] == 200
