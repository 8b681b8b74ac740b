"""Promise 18, as far as imports go: killed at any point, nothing is half done.

A process of its own imports and is killed at a random moment. What it had reported as done is
there; what it had not is there whole or not at all; the next run completes and the index agrees.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
import os
from pathlib import Path
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

from kb.events.audit import first_broken_entry
from kb.operations.content_folder import read_folder
from kb.operations.content_transfer import import_folder
from kb.operations.housekeeping import run_pass
from kb.operations.installation import CONTENT
from kb.operations.schema import upgrade
from kb.practices.queries import public_slugs
from kb.rendering.renderer import ChildRenderer
from kb.runtime import Runtime
from kb.search.sync import difference
from kb.wiring import build_runtime
from tests.conftest import make_settings
from tests.database import deliveries, snapshot

ROOT = Path(__file__).resolve().parents[2]
PRACTICES = 12
IMPORTER = """
import sys
from pathlib import Path
from kb.operations.content_folder import read_folder
from kb.operations.content_transfer import import_folder
from kb.core.settings import Settings
from kb.wiring import build_runtime

data = Path(sys.argv[1])
settings = Settings(data, f"sqlite:///{data}/palabre.db", f"whoosh:{data}/index", "a key")
runtime = build_runtime(settings)
print("ready", flush=True)
with runtime.begin() as work:
    import_folder(work, read_folder(Path(sys.argv[2])))
print("done", flush=True)
runtime.close()
"""


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A part of the real content: enough for an import of a second or two."""
    folder = tmp_path_factory.mktemp("content")
    shutil.copytree(CONTENT / "vocabularies", folder / "vocabularies")
    shutil.copy(CONTENT / "glossary.yaml", folder)
    for practice in sorted((CONTENT / "practices").iterdir())[:PRACTICES]:
        shutil.copytree(practice, folder / "practices" / practice.name)
        metadata = folder / "practices" / practice.name / "practice.yaml"
        kept = metadata.read_text().split("\nrelated:")
        assert kept[1].startswith(" []"), "this test wants practices without relations"
    return folder


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated installation without a practice, to be copied."""
    folder = tmp_path_factory.mktemp("installed")
    runtime = build_runtime(make_settings(folder))
    upgrade(runtime.engine)
    runtime.close()
    return folder


@dataclass
class Importer:
    """The other process, and when it became ready."""

    process: "subprocess.Popen[str]"

    def wait_for(self, word: str) -> None:
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == f"{word}\n"

    def kill(self) -> str:
        """End it without a warning; returns what else it had said."""
        os.kill(self.process.pid, signal.SIGKILL)
        said, _ = self.process.communicate(timeout=20)
        return said


def start(data_dir: Path, content: Path) -> Importer:
    arguments = [sys.executable, "-W", "ignore", "-c", IMPORTER, str(data_dir), str(content)]
    importer = Importer(
        subprocess.Popen(
            arguments, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
    )
    importer.wait_for("ready")
    return importer


@pytest.fixture(scope="module")
def usual_time(installed: Path, content: Path, tmp_path_factory: pytest.TempPathFactory) -> float:
    """How long an import takes here and now, to know where to aim."""
    data_dir = Path(shutil.copytree(installed, tmp_path_factory.mktemp("timed") / "data"))
    importer = start(data_dir, content)
    started = time.monotonic()
    importer.wait_for("done")
    took = time.monotonic() - started
    importer.process.communicate(timeout=20)
    return took


@pytest.fixture
def reopened(tmp_path: Path, renderer: ChildRenderer) -> Iterator[Runtime]:
    runtime = build_runtime(make_settings(tmp_path / "data"), renderer=renderer)
    yield runtime
    runtime.close()


def check_whole(runtime: Runtime, said: str) -> None:
    """All of the import or nothing of it, and no damage."""
    with closing(sqlite3.connect(runtime.settings.data_dir / "palabre.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    with runtime.reading() as session:
        assert first_broken_entry(session) is None
        public = len(public_slugs(session))
    rows = snapshot(runtime)
    assert public == len(rows["practices"]) == len(rows["versions"])
    assert len(rows["rendered_texts"]) == 2 * public
    if "done" in said:
        assert public == PRACTICES
    else:
        assert public in {0, PRACTICES}


def check_completed(runtime: Runtime, content: Path) -> None:
    """What is next, be it another import or the housekeeping, puts everything right."""
    folder = read_folder(content)
    with runtime.begin() as work:
        import_folder(work, folder)
    run_pass(runtime)
    with runtime.reading() as session:
        assert len(public_slugs(session)) == PRACTICES
        assert difference(runtime.reading, runtime.index) == ()
        assert first_broken_entry(session) is None
    assert deliveries(runtime) == []


@pytest.mark.parametrize("seed", range(5))
def test_an_import_killed_at_any_point(
    installed: Path, content: Path, usual_time: float, tmp_path: Path, reopened: Runtime, seed: int
) -> None:
    # One kill in each fifth of the usual time.
    moment = usual_time * (seed + random.Random(seed).random()) / 5  # noqa: S311
    kill_and_check(installed, content, tmp_path, reopened, moment)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100))
def test_an_import_killed_at_a_hundred_points(
    installed: Path, content: Path, usual_time: float, tmp_path: Path, reopened: Runtime, seed: int
) -> None:
    moment = usual_time * 1.05 * random.Random(seed).random()  # noqa: S311
    kill_and_check(installed, content, tmp_path, reopened, moment)


def kill_and_check(
    installed: Path, content: Path, tmp_path: Path, reopened: Runtime, moment: float
) -> None:
    shutil.copytree(installed, tmp_path / "data", dirs_exist_ok=True)
    importer = start(tmp_path / "data", content)
    time.sleep(moment)
    said = importer.kill()
    check_whole(reopened, said)
    check_completed(reopened, content)
    # The rendering child noticed and went, too.
    deadline = time.monotonic() + 20
    while alive_in_group(importer.process.pid):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def alive_in_group(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
