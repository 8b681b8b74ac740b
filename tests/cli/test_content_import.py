"""`content import` and `export`: what is printed, which exit code, what is there afterwards."""

from collections.abc import Iterator
from pathlib import Path
import shutil
import sqlite3

import pytest

from tests.cli.conftest import Run

CONTENT = Path(__file__).resolve().parents[2] / "content"
ONE, TWO = "cadis-gao-tombouctou", "sinankunya-griots-mediateurs-mali"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    target = tmp_path / "content"
    shutil.copytree(CONTENT / "vocabularies", target / "vocabularies")
    for slug in (ONE, TWO):
        shutil.copytree(CONTENT / "practices" / slug, target / "practices" / slug)
    return target


@pytest.fixture
def installed(palabre: Run) -> Iterator[Run]:
    """An installation without a practice."""
    assert palabre("init", "--empty").returncode == 0
    return palabre


def result(done: object) -> tuple[int, list[str], list[str]]:
    return done.returncode, done.stdout.splitlines(), done.stderr.splitlines()  # type: ignore[attr-defined]


def spoil(folder: Path) -> None:
    path = folder / "practices" / TWO / "practice.yaml"
    path.write_text(path.read_text().replace("themes:", "themes:\n- nonsense"))


PROBLEM = f"  practices/{TWO}/practice.yaml: themes: unknown term: nonsense"


def test_each_practice_is_reported(installed: Run, folder: Path) -> None:
    added = [f"added            {ONE}", f"added            {TWO}"]
    assert result(installed("content", "import", str(folder))) == (0, added, [])
    unchanged = [f"unchanged        {ONE}", f"unchanged        {TWO}"]
    assert result(installed("content", "import", str(folder))) == (0, unchanged, [])
    assert installed("index", "status").stdout.splitlines()[0] == "index: 2 practices, 0 differ"


def test_a_problem_is_told_and_nothing_is_imported(installed: Run, folder: Path) -> None:
    spoil(folder)
    sentence = "The content is not valid; nothing was imported."
    refused = installed("content", "import", str(folder))
    assert result(refused) == (1, [], [sentence, PROBLEM])
    assert installed("index", "status").stdout.splitlines()[0] == "index: 0 practices, 0 differ"


def test_partial_imports_the_rest_and_still_says_that_not_all_is_well(
    installed: Run, folder: Path
) -> None:
    spoil(folder)
    done = installed("content", "import", str(folder), "--partial")
    assert result(done) == (
        1,
        [f"added            {ONE}"],
        ["Some of the content is not valid.", PROBLEM],
    )
    assert installed("index", "status").stdout.splitlines()[0] == "index: 1 practices, 0 differ"


def test_what_was_edited_here_is_named(installed: Run, folder: Path, tmp_path: Path) -> None:
    installed("content", "import", str(folder))
    with sqlite3.connect(tmp_path / "data" / "palabre.db") as database:
        database.execute(
            "UPDATE revisions SET imported = 0 WHERE practice_id = "
            "(SELECT id FROM practices WHERE slug = ?)",
            (TWO,),
        )
    database.close()
    path = folder / "practices" / TWO / "practice.yaml"
    path.write_text(path.read_text().replace("cross_border: false", "cross_border: true"))
    assert path.read_text().count("cross_border: true") == 1
    kept = [f"unchanged        {ONE}", f"edited-here      {TWO}"]
    assert result(installed("content", "import", str(folder))) == (0, kept, [])
    replaced = [f"unchanged        {ONE}", f"updated          {TWO}"]
    assert result(installed("content", "import", str(folder), "--replace")) == (0, replaced, [])


@pytest.mark.parametrize(
    "command",
    [["content", "import"], ["content", "export"]],
)
def test_without_an_installation_nothing_is_done(
    palabre: Run, folder: Path, tmp_path: Path, command: list[str]
) -> None:
    target = folder if command[1] == "import" else tmp_path / "out"
    assert result(palabre(*command, str(target))) == (
        1,
        [],
        ["The database is not ready: run `palabre init` first."],
    )
    assert not (tmp_path / "out").exists()


def test_an_export_over_other_practices_is_refused(
    installed: Run, folder: Path, tmp_path: Path
) -> None:
    installed("content", "import", str(folder))
    other = tmp_path / "out" / "practices" / "withdrawn-since"
    other.mkdir(parents=True)
    refused = installed("content", "export", str(tmp_path / "out"))
    assert result(refused) == (
        1,
        [],
        [
            "The folder has practices that are not in this export; choose an empty one.",
            "  practices/withdrawn-since: is not published here",
        ],
    )
    assert [path.name for path in (tmp_path / "out" / "practices").iterdir()] == [
        "withdrawn-since"
    ]


def test_french_is_the_language_of_the_house(palabre: Run, folder: Path) -> None:
    refused = palabre("content", "import", str(folder), KB_DEFAULT_LOCALE="fr")
    assert refused.returncode == 1
    assert refused.stderr.startswith("La base de données n’est pas prête") or (
        refused.stderr.startswith("La base de données n'est pas prête")
    )


def test_a_missing_folder_is_wrong_usage(installed: Run, tmp_path: Path) -> None:
    for command in ("check", "import"):
        assert installed("content", command, str(tmp_path / "nowhere")).returncode == 2
