"""Exit codes, one clear line on standard error, and what is left behind."""

import json
from pathlib import Path
import socket

import pytest

from kb.core.event import Event
from kb.search.progress import Progress, parse
from kb.wiring import build_runtime
from tests.cli.conftest import Run
from tests.conftest import make_settings
from tests.database import undelivered


def lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line]


def test_init_search_doctor_and_index(palabre: Run) -> None:
    """One installation, from nothing to found."""
    first = palabre("init")
    assert (first.returncode, first.stderr) == (0, "")
    assert lines(first.stdout)[-1] == "Ready."
    assert palabre("init").stdout == "Ready.\n"
    found = json.loads(palabre("search", "mediation fonciere", "--lang", "fr", "--json").stdout)
    assert "conciliation-fonciere-villageoise-burkina" in [r["slug"] for r in found["results"][:3]]
    nothing = palabre("search", "xqzw", "--country", "ZZ")
    assert nothing.returncode == 0
    assert lines(nothing.stdout)[:2] == ["Ignored, because unknown: country", "Found: 0"]
    widened = lines(palabre("search", "qadi", "--lang", "fr").stdout)
    assert widened[0].startswith("Also searched for: cadi")
    exact = json.loads(palabre("search", "qadi", "--lang", "fr", "--exact", "--json").stdout)
    assert (exact["total"], exact["expansions"], exact["corrected"]) == (0, [], None)
    corrected = lines(palabre("search", "mediasion", "--lang", "fr").stdout)
    assert corrected[0] == "Nothing for “mediasion”. Searched for instead: “médiation”."
    assert palabre("index", "status").stdout.splitlines()[0] == "index: 43 practices, 0 differ"
    followed = palabre("index", "status").stdout.splitlines()[1:]
    assert followed == ["It has followed every change."]
    assert palabre("index", "reconcile").stdout == "Repaired: 0\n"
    assert palabre("index", "rebuild").stdout == "Indexed: 43\n"
    done = ["delivered: 0", "rendered: 0", "reindexed: 0", "tidied: 0"]
    done += ["forgotten: 0", "reminded: 0", "mailed: 0"]
    assert lines(palabre("jobs", "run").stdout) == done
    doctor = palabre("doctor")
    assert (doctor.returncode, doctor.stderr) == (0, "")
    assert lines(doctor.stdout)[-1] == "All is well."
    assert all(line.startswith("ok ") for line in lines(doctor.stdout)[:-1])


@pytest.mark.parametrize(
    "command", [["serve"], ["search", "x"], ["jobs", "run"], ["index", "status"]]
)
def test_what_needs_an_installation_says_so(palabre: Run, command: list[str]) -> None:
    refused = palabre(*command)
    assert refused.returncode == 1
    assert lines(refused.stderr) == ["The database is not ready: run `palabre init` first."]
    assert refused.stdout == ""


def test_a_damaged_index_is_told_and_mended(installed_palabre: Run, tmp_path: Path) -> None:
    palabre = installed_palabre
    for path in (tmp_path / "data" / "index").rglob("*"):
        if path.is_file():
            path.write_bytes(b"garbage")
    assert palabre("index", "status").returncode == 1
    examined = palabre("doctor")
    assert examined.returncode == 1
    assert "PROBLEM search index: there is no usable index" in examined.stdout
    mended = palabre("doctor", "--fix")
    assert mended.returncode == 0
    assert "fixed   search index: there is no usable index" in mended.stdout
    assert palabre("index", "status").stdout.splitlines()[0] == "index: 43 practices, 0 differ"


def test_demo_is_for_this_machine_only(palabre: Run, tmp_path: Path) -> None:
    for host in ("0.0.0.0", "192.0.2.1", "example.org", "::"):  # noqa: S104 - refused
        refused = palabre("demo", "--host", host)
        assert refused.returncode == 1
        assert lines(refused.stderr) == [
            "A demonstration is only served on this machine (127.0.0.1)."
        ]
    assert not (tmp_path / "data" / "demo").exists()


def test_a_taken_port_is_told_before_anything_is_done(palabre: Run, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        refused = palabre("demo", "--port", port)
    assert refused.returncode == 1
    assert lines(refused.stderr) == [f"The address 127.0.0.1:{port} is not free: try --port."]
    assert not (tmp_path / "data" / "demo").exists()


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["serve", "--port", "99999"], ["search"], ["demo", "--nope"]]
)
def test_wrong_usage_is_exit_code_two(palabre: Run, arguments: list[str]) -> None:
    assert palabre(*arguments).returncode == 2


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("KB_DEFAULT_LOCALE", "de", "KB_DEFAULT_LOCALE must be fr or en"),
        ("KB_PROXY_HOPS", "-1", "KB_PROXY_HOPS must be a number from 0 to 10"),
        ("KB_REVIEW_QUORUM", "0", "KB_REVIEW_QUORUM must be a number from 1 to 10"),
        ("KB_LOG_FORMAT", "xml", "KB_LOG_FORMAT must be one of: text, json"),
        ("KB_DATABASE_URL", "mysql://x/y", "unsupported database: mysql"),
        ("KB_SEARCH_URL", "http://x", "unsupported search engine: http"),
    ],
)
def test_a_bad_setting_is_named(palabre: Run, name: str, value: str, sentence: str) -> None:
    refused = palabre("doctor", **{name: value})
    assert refused.returncode == 1
    assert lines(refused.stderr) == [f"palabre: {sentence}"]


def test_a_data_directory_that_cannot_be_made_is_one_line(palabre: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    refused = palabre("init", KB_DATA_DIR=str(tmp_path / "file" / "data"))
    assert refused.returncode == 1
    assert len(lines(refused.stderr)) == 1
    assert refused.stderr.startswith("palabre: ")


def test_an_unreachable_database_is_one_line(palabre: Run) -> None:
    refused = palabre("init", KB_DATABASE_URL="postgresql+psycopg://nobody@127.0.0.1:1/none")
    assert refused.returncode == 1
    assert refused.stderr.startswith("palabre: the database does not answer: ")
    assert "Traceback" not in refused.stderr


def test_export_and_import_make_a_round_trip(installed_palabre: Run, tmp_path: Path) -> None:
    exported = installed_palabre("content", "export", str(tmp_path / "out"), "--desk")
    assert exported.stdout == "43 practices written.\n"
    shipped = Path(__file__).resolve().parents[2] / "content" / "practices"
    names = sorted(str(p.relative_to(shipped)) for p in shipped.rglob("*") if p.is_file())
    written = tmp_path / "out" / "practices"
    assert names == sorted(str(p.relative_to(written)) for p in written.rglob("*") if p.is_file())
    assert all((shipped / name).read_bytes() == (written / name).read_bytes() for name in names)


def test_an_index_that_is_behind_or_of_another_database_says_so(
    installed_palabre: Run, tmp_path: Path
) -> None:
    palabre = installed_palabre
    runtime = build_runtime(make_settings(tmp_path / "data"))
    with undelivered(runtime) as work:
        work.emit(Event("practice.archive"))
    assert status(palabre) == ["It has not followed every change yet."]
    # Nothing that a reader could find has changed.
    assert runtime.follow() == 1
    assert status(palabre) == ["It has followed every change."]
    runtime.index.apply([], [], lambda: "")
    assert status(palabre) == ["It is of another database, or of this one before a restore."]
    mark = Progress(parse(runtime.member_index.bookmark()).place, frozenset({"x"})).written()
    runtime.index.apply([], [], lambda: mark)
    assert status(palabre)[1:] == ["Left out, because they cannot be indexed: x"]
    runtime.close()


def status(palabre: Run) -> list[str]:
    return lines(palabre("index", "status").stdout)[1:]
