"""Two machines serve one database: what happens on one is seen on the other within seconds."""

from collections.abc import Callable, Iterator
import json
from pathlib import Path
import shutil
import time

import pytest

from kb.operations.installation import CONTENT
from kb.practices.lifecycle import Action, Withdrawal
from kb.practices.queries import practice_by_slug, published_revision
from kb.wiring import build_runtime
from kb.workflow.service import perform
from tests.cli.test_serve import command, get, served
from tests.conftest import make_settings
from tests.make import make_revision
from tests.postgresql import Cluster

SLUG = "case-de-la-paix-gao"
# Generous: a follower looks every second, a busy machine takes its time.
PATIENCE = 30.0


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'shared.db'}"
    cluster: Cluster = request.getfixturevalue("postgresql")
    return cluster.new_database()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A content folder with one practice."""
    made = tmp_path / "content"
    shutil.copytree(CONTENT / "vocabularies", made / "vocabularies")
    shutil.copy(CONTENT / "glossary.yaml", made)
    shutil.copytree(CONTENT / "practices" / SLUG, made / "practices" / SLUG)
    return made


@pytest.fixture
def nodes(tmp_path: Path, database: str) -> Iterator[tuple[str, str]]:
    """The addresses of two servers with an index each, on one database without a practice."""
    done(tmp_path / "one", database, "init", "--empty")
    done(tmp_path / "two", database, "index", "rebuild")
    options = ("serve", "--workers", "2")
    with (
        served(tmp_path / "one", *options, KB_DATABASE_URL=database) as (one, _),
        served(tmp_path / "two", *options, KB_DATABASE_URL=database) as (two, _),
    ):
        yield one, two


def done(data_dir: Path, database: str, *arguments: str) -> None:
    process = command(data_dir, *arguments, KB_DATABASE_URL=database)
    said = process.communicate(timeout=120)
    assert process.returncode == 0, said


def is_found(url: str) -> bool:
    status, page = get(f"{url}/fr/practices?q=case+de+la+paix&kind=all")
    assert status == 200
    return f"/fr/practices/{SLUG}" in page


def counted(url: str) -> int:
    """How many the index has: the page itself goes by the database."""
    status, answer = get(f"{url}/api/v1/practices?kind=all")
    assert status == 200
    return int(json.loads(answer)["total"])


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_published_on_one_found_on_the_other_and_withdrawn_the_other_way_round(
    nodes: tuple[str, str], database: str, folder: Path, tmp_path: Path
) -> None:
    one, two = nodes
    assert [is_found(url) for url in nodes] == [False, False]
    done(tmp_path / "one", database, "content", "import", str(folder))
    # Every worker of either machine, many times in a row.
    wait_until(lambda: [counted(url) for url in (one, two) * 4] == [1] * 8)
    assert [is_found(url) for url in nodes] == [True, True]
    node = build_runtime(make_settings(tmp_path / "two", database))
    with node.begin() as work:
        _, people = make_revision(work)
        practice = practice_by_slug(work.session, SLUG)
        assert practice is not None
        revision = published_revision(work.session, practice.id)
        assert revision is not None
        reason = Withdrawal.SAFETY
        perform(work, people["editor"], revision.id, Action.WITHDRAW, "why", withdrawal=reason)
    node.close()
    wait_until(lambda: [counted(url) for url in (one, two) * 4] == [0] * 8)
    assert [is_found(url) for url in nodes] == [False, False]
    for name in ("one", "two"):
        done(tmp_path / name, database, "index", "status")
        done(tmp_path / name, database, "doctor")
