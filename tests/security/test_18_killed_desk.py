"""Promise 18, for the desk: killed during submit and publish, nothing acknowledged is lost.

A process of its own takes practices through the whole workflow and says each step that was
committed. It is killed at a random moment, again and again, on one and the same installation.
"""

from contextlib import closing
import os
from pathlib import Path
import random
import signal
import sqlite3
import subprocess
import sys
import time

import pytest
from sqlalchemy import select

from kb.events.audit import first_broken_entry
from kb.events.models import AuditEntry
from kb.operations.housekeeping import run_pass
from kb.operations.schema import upgrade
from kb.practices.lifecycle import Action, State
from kb.practices.models import Revision
from kb.rendering.renderer import ChildRenderer
from kb.runtime import Runtime
from kb.search.sync import difference
from kb.wiring import build_runtime
from tests.conftest import make_settings
from tests.database import deliveries
from tests.make import make_vocabularies

ROOT = Path(__file__).resolve().parents[2]
QUICK, LONG = 15, 100
ORDER = [Action.SUBMIT, Action.ASSIGN, Action.APPROVE, Action.PUBLISH, Action.SUPERSEDE]
REACHED = {
    State.DRAFT: 0,
    State.SUBMITTED: 1,
    State.IN_REVIEW: 2,
    State.APPROVED: 3,
    State.PUBLISHED: 4,
    State.SUPERSEDED: 5,
}
DESK = """
import itertools
from pathlib import Path
import sys

from kb.practices.lifecycle import Action, State
from kb.practices.queries import get_revision
from kb.wiring import build_runtime
from tests import make
from tests.conftest import make_settings

make._numbers = itertools.count(int(sys.argv[2]) * 100_000 + 1)
runtime = build_runtime(make_settings(Path(sys.argv[1])))
print("ready", flush=True)
STEPS = (Action.SUBMIT, Action.ASSIGN, Action.APPROVE, Action.PUBLISH)


def through(revision_id, people):
    for action in STEPS:
        with runtime.begin() as work:
            revision = get_revision(work.session, revision_id)
            make.take_step(work, people, revision, action)
        print(action, revision_id, flush=True)


while True:
    with runtime.begin() as work:
        revision, people = make.make_revision(work)
        first = revision.id
    through(first, people)
    with runtime.begin() as work:
        before = get_revision(work.session, first)
        second = make.make_next(work, people, before, State.DRAFT).id
    through(second, people)
    print(Action.SUPERSEDE, first, flush=True)
"""


def work_and_die(data_dir: Path, number: int, seconds: float = 1) -> list[tuple[Action, int]]:
    """Let the desk work for a moment, kill it, and return the steps it had acknowledged."""
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", DESK, str(data_dir), str(number)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    time.sleep(random.Random(number).uniform(0.02, seconds))  # noqa: S311
    os.killpg(process.pid, signal.SIGKILL)
    said, _ = process.communicate(timeout=20)
    # The last line may be cut short: what was not said whole was not acknowledged.
    whole = said[: said.rfind("\n") + 1].splitlines()
    return [(Action(line.split()[0]), int(line.split()[1])) for line in whole]


def check(runtime: Runtime, acknowledged: list[tuple[Action, int]]) -> None:
    """Every acknowledged step is there, every state is whole, and the trail tells the same."""
    with closing(sqlite3.connect(runtime.settings.data_dir / "palabre.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    with runtime.reading() as session:
        assert first_broken_entry(session) is None
        told: dict[int, str] = {}
        for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.id)):
            if entry.revision_id is not None and "to" in entry.data:
                told[entry.revision_id] = entry.data["to"]
        reached = {}
        for revision in session.scalars(select(Revision)):
            reached[revision.id] = REACHED[revision.state]
            assert told.get(revision.id, State.DRAFT) == revision.state
            if revision.state is not State.DRAFT:
                assert revision.version is not None
                texts = {row.locale for row in revision.version.rendered}
                assert texts == set(revision.version.parsed().texts)
        for action, revision_id in acknowledged:
            assert reached[revision_id] > ORDER.index(action)


def kill_again_and_again(data_dir: Path, renderer: ChildRenderer, times: int) -> None:
    runtime = build_runtime(make_settings(data_dir), renderer=renderer)
    upgrade(runtime.engine)
    with runtime.begin() as work:
        make_vocabularies(work)
    acknowledged: list[tuple[Action, int]] = []
    for number in range(1, times + 1):
        acknowledged += work_and_die(data_dir, number)
        check(runtime, acknowledged)
    # A slow machine does not get through the whole workflow between two kills.
    for number in range(times + 1, times + 11):
        if {action for action, _ in acknowledged} == set(ORDER):
            break
        acknowledged += work_and_die(data_dir, number, seconds=number - times)
        check(runtime, acknowledged)
    assert {action for action, _ in acknowledged} == set(ORDER)
    # The index had no chance to hear of everything; now it repairs itself.
    run_pass(runtime)
    assert difference(runtime.reading, runtime.index) == ()
    assert deliveries(runtime) == []
    with runtime.reading() as session:
        published = session.scalars(
            select(Revision.practice_id).where(Revision.state == State.PUBLISHED)
        ).all()
    assert len(runtime.index.stamps()) == len(published) > 0
    runtime.close()


def test_killed_fifteen_times(tmp_path: Path, renderer: ChildRenderer) -> None:
    kill_again_and_again(tmp_path, renderer, QUICK)


@pytest.mark.long
def test_killed_a_hundred_times(tmp_path: Path, renderer: ChildRenderer) -> None:
    kill_again_and_again(tmp_path, renderer, LONG)
