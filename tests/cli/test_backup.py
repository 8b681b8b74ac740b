"""`backup` and `restore` as an operator types them."""

import os
from pathlib import Path
import subprocess
import sys

from tests.cli.conftest import Run

ROOT = Path(__file__).resolve().parents[2]


def in_a_process(data: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """The command in a process of its own, as the launcher starts it."""
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "kb", *arguments],
        cwd=ROOT,
        env={**os.environ, "KB_DATA_DIR": str(data), "KB_DEFAULT_LOCALE": "en"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_from_one_place_to_another(installed_palabre: Run, tmp_path: Path) -> None:
    palabre = installed_palabre
    (tmp_path / "data" / "secret_key").write_text("the key of this house")
    file, place = tmp_path / "site.tar", tmp_path / "place"
    kept = in_a_process(tmp_path / "data", "backup", str(file))
    assert (kept.returncode, kept.stderr) == (0, "")
    lines = kept.stdout.splitlines()
    assert lines[0] == f"Written: {file}"
    assert lines[1].startswith("As of 20")
    assert lines[1].endswith(" UTC: 43 practices, 0 accounts, 0 files.")
    assert lines[2:] == ["A backup holds everything, what is restricted too: keep it safe."]
    restored = in_a_process(place, "restore", str(file))
    assert (restored.returncode, restored.stderr) == (0, "")
    assert restored.stdout.splitlines() == [
        lines[1],
        "Everybody signs in anew, and links sent before are void.",
        "Ready.",
    ]
    key = (tmp_path / "data" / "secret_key").read_bytes()
    assert (place / "secret_key").read_bytes() == key
    elsewhere = {"KB_DATA_DIR": str(place)}
    assert (
        palabre("index", "status", **elsewhere).stdout.splitlines()[0]
        == "index: 43 practices, 0 differ"
    )
    assert palabre("doctor", **elsewhere).returncode == 0


def test_what_is_refused_is_one_line_and_leaves_nothing(palabre: Run, tmp_path: Path) -> None:
    file = tmp_path / "site.tar"
    nothing = palabre("backup", str(file))
    assert nothing.stderr == "The database is not ready: run `palabre init` first.\n"
    file.write_bytes(b"no backup")
    damaged = palabre("restore", str(file))
    assert damaged.stderr == "This is not a backup of Palabre, or it is damaged.\n"
    there = palabre("restore", str(tmp_path / "none.tar"))
    assert there.stderr == f"There is no such file: {tmp_path / 'none.tar'}\n"
    # Not even a secret key was made, which the next restore would take for an installation.
    assert not (tmp_path / "data").exists()
    palabre("init", "--empty")
    taken = palabre("backup", str(file))
    assert taken.stderr == f"{file} is there already.\n"
    assert file.read_bytes() == b"no backup"
    nowhere = palabre("backup", str(tmp_path / "no" / "folder.tar"))
    assert nowhere.stderr.startswith("palabre: ")
    refused = [nothing, damaged, there, taken, nowhere]
    assert [(done.returncode, done.stdout) for done in refused] == [(1, "")] * 5
    assert [len(done.stderr.splitlines()) for done in refused] == [1] * 5


def test_a_full_place_is_not_restored_into(palabre: Run, tmp_path: Path) -> None:
    palabre("init", "--empty")
    file = tmp_path / "site.tar"
    palabre("backup", str(file))
    before = {p.name: p.read_bytes() for p in (tmp_path / "data").iterdir() if p.is_file()}
    refused = palabre("restore", str(file))
    assert refused.returncode == 1
    assert refused.stderr.startswith("Nothing was restored: there is something here already (")
    after = {p.name: p.read_bytes() for p in (tmp_path / "data").iterdir() if p.is_file()}
    assert after == before


def test_a_secret_key_in_the_environment_is_asked_for(palabre: Run, tmp_path: Path) -> None:
    key = {"KB_SECRET_KEY": "zacanari"}
    palabre("init", "--empty", **key)
    kept = palabre("backup", str(tmp_path / "site.tar"), **key)
    assert "The secret key is not in it: keep KB_SECRET_KEY, too." in kept.stdout
    assert b"zacanari" not in (tmp_path / "site.tar").read_bytes()
