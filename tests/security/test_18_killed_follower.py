"""Promise 18, for the index of a machine that follows: killed at any point, it is old or new.

A process of its own follows and is killed at a random moment, while somebody else publishes and
withdraws. The index it leaves is whole: all that it says it has followed is in it. The next
follower goes on from there.
"""

from collections.abc import Iterator
import os
from pathlib import Path
import random
import signal
import subprocess
import sys
import time

import pytest

from kb.core.ports import SearchRequest
from kb.practices.lifecycle import Action, State, Withdrawal
from kb.rendering.renderer import ChildRenderer
from kb.runtime import Runtime
from kb.search.progress import parse
from kb.search.sync import difference, follow_all
from kb.wiring import build_runtime
from kb.workflow.service import perform
from tests.conftest import make_settings
from tests.database import entries, undelivered
from tests.make import make_content, make_revision, make_vocabularies
from tests.shortcuts import migrate

ROOT = Path(__file__).resolve().parents[2]
QUICK, LONG = 15, 100
FOLLOWER = """
from pathlib import Path
import sys

from kb.wiring import build_runtime
from tests.conftest import make_settings

runtime = build_runtime(make_settings(Path(sys.argv[1]), sys.argv[2]))
print("ready", flush=True)
while True:
    runtime.follow()
"""


class Desk:
    """Publishes one practice after the other, takes every second one back, keeps the account."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        # What is public after so many entries of the trail.
        self.public: dict[int, frozenset[str]] = {0: frozenset()}
        self._numbers = iter(range(10_000))

    def work(self) -> None:
        number, before = next(self._numbers), self.now
        slug = f"practice-{number}-followed"
        with undelivered(self.runtime) as work:
            revision, people = make_revision(work, State.PUBLISHED, make_content(slug))
            revision_id = revision.id
        self.public[len(entries(self.runtime))] = before | {slug}
        if number % 2:
            with undelivered(self.runtime) as work:
                perform(
                    work,
                    people["editor"],
                    revision_id,
                    Action.WITHDRAW,
                    "why",
                    withdrawal=Withdrawal.SAFETY,
                )
            self.public[len(entries(self.runtime))] = before

    @property
    def now(self) -> frozenset[str]:
        return self.public[max(self.public)]


@pytest.fixture
def desk(tmp_path: Path, renderer: ChildRenderer) -> Iterator[Desk]:
    runtime = build_runtime(make_settings(tmp_path / "desk"), renderer=renderer)
    (tmp_path / "desk").mkdir()
    migrate(runtime.engine)
    with undelivered(runtime) as work:
        make_vocabularies(work)
    made = Desk(runtime)
    made.public[len(entries(runtime))] = frozenset()
    yield made
    runtime.close()


def follow_and_die(desk: Desk, folder: Path, number: int) -> None:
    url = desk.runtime.settings.database_url
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", FOLLOWER, str(folder), url],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    deadline = time.monotonic() + random.Random(number).uniform(0.0, 0.4)  # noqa: S311
    while time.monotonic() < deadline:
        desk.work()
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=20)


def check(desk: Desk, node: Runtime) -> None:
    """What the index has is what was public at its place, or at a later one."""
    for index in node.indexes.values():
        place = parse(index.bookmark()).place
        assert place is not None
        slugs = frozenset(index.stamps())
        since = {public for entry, public in desk.public.items() if entry >= place.entry}
        last = max((entry for entry in desk.public if entry <= place.entry), default=0)
        assert slugs in since | {desk.public[last]}
        assert index.search(SearchRequest("texte")).total == len(slugs)


def kill_again_and_again(desk: Desk, tmp_path: Path, times: int) -> None:
    folder = tmp_path / "node"
    node = build_runtime(make_settings(folder, desk.runtime.settings.database_url))
    follow_all(node.reading, node.indexes)
    for number in range(times):
        follow_and_die(desk, folder, number)
        check(desk, node)
    node.follow()
    assert node.follow() == 0
    assert frozenset(node.index.stamps()) == desk.now
    assert len(desk.now) > times / 2
    assert difference(node.reading, node.index) == ()
    # What the killed ones left half made is gone.
    assert len(list((folder / "index").glob("generation-*"))) == 1
    node.close()


def test_killed_fifteen_times(desk: Desk, tmp_path: Path) -> None:
    kill_again_and_again(desk, tmp_path, QUICK)


@pytest.mark.long
def test_killed_a_hundred_times(desk: Desk, tmp_path: Path) -> None:
    kill_again_and_again(desk, tmp_path, LONG)
