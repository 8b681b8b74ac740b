"""The production server as an operator runs it: real processes on a real port."""

from collections.abc import Iterator
from contextlib import contextmanager
import os
from pathlib import Path
import shutil
import signal
import socket
import subprocess
import sys
import time
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 40.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def command(data_dir: Path, *arguments: str, **settings: str) -> "subprocess.Popen[str]":
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KB_")}
    return subprocess.Popen(
        [sys.executable, "-m", "kb", *arguments],
        cwd=ROOT,
        env={**kept, "KB_DATA_DIR": str(data_dir), "KB_DEFAULT_LOCALE": "en", **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def get(url: str) -> tuple[int, str]:
    try:
        with urlopen(url, timeout=20) as answer:  # noqa: S310 - our own server
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()


def group_members(group: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[2]) == group and fields[0] != "Z":
                found.append(int(entry.name))
    return found


@contextmanager
def served(
    data_dir: Path, *arguments: str, **settings: str
) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    port = free_port()
    process = command(data_dir, *arguments, "--port", str(port), **settings)
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                if get(f"{url}/healthz")[0] == 200:
                    break
            except (URLError, ConnectionError):
                assert process.poll() is None, process.communicate()
                assert time.monotonic() < deadline, "the server does not start"
                time.sleep(0.1)
        yield url, process
    finally:
        if group_members(process.pid):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=20)
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    done = command(tmp_path, "init")
    done.communicate(timeout=120)
    assert done.returncode == 0
    return tmp_path


def test_two_workers_survive_the_loss_of_the_index(installed: Path) -> None:
    with served(installed, "serve", "--workers", "2") as (url, process):
        query = f"{url}/en/practices?q=peace+hut"
        status, before = get(query)
        assert status == 200
        assert "case-de-la-paix-gao" in before
        shutil.rmtree(installed / "index")
        assert {get(query)[0] for _ in range(6)} <= {200, 503}
        for path in (installed / "index").rglob("*"):
            if path.is_file():
                path.write_bytes(b"garbage")
        assert {get(query)[0] for _ in range(6)} <= {200, 503}
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
        assert group_members(process.pid) == []
    with served(installed, "serve") as (url, _process):
        assert get(f"{url}/en/practices?q=peace+hut") == (200, before)
        assert get(f"{url}/readyz")[0] == 200


def test_a_demonstration_serves_at_once_and_is_never_served_for_real(tmp_path: Path) -> None:
    with served(tmp_path, "demo") as (url, process):
        assert get(f"{url}/fr/practices/case-de-la-paix-gao")[0] == 200
        assert url in get(f"{url}/sitemap.xml")[1]
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
        assert group_members(process.pid) == []
    for arguments in (["serve"], ["init"]):
        refused = command(tmp_path / "demo", *arguments)
        _out, err = refused.communicate(timeout=60)
        assert refused.returncode == 1
        assert err.splitlines()[-1] == (
            "This database is a demonstration: it is never served for real."
        )
