"""The launcher, really run, on a tiny repository with tiny locked wheels and no network."""

import ast
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
import hashlib
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
import json
import os
from pathlib import Path
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
from threading import Thread
import time
import venv
from zipfile import ZipFile

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
COMMANDS = ["demo", "test", "init", "serve", "users", "content"]
COMMANDS += ["search", "indicators", "index", "jobs", "doctor", "backup", "restore"]
INSTALLING = "palabre: installing dependencies"

KB = """\
import json, os, sys
import tiny
print(json.dumps({"args": sys.argv[1:], "cwd": os.getcwd(), "prefix": sys.prefix}))
sys.exit(int(os.environ.get("FAKE_EXIT", "0")))
"""
TOOL = """\
import os, sys
name = __name__ if __name__ != "__main__" else (__package__ or "lint-imports")
print("ran", name, *sys.argv[1:])
sys.exit(name in os.environ.get("FAKE_FAILURES", "").split())
"""
# Stands in for uv, and for pip in a wheel: notes its arguments, unpacks what a lock names.
INSTALLER = """\
import json, os, pathlib, shutil, sys, time, zipfile
with open(os.environ["FAKE_NOTES"], "a") as notes:
    notes.write(json.dumps(sys.argv[1:]) + chr(10))
lock = pathlib.Path(sys.argv[-1])
repository = lock.parent.parent
packages = next(repository.glob(".venv/lib/python*/site-packages"))
if os.environ.get("FAKE_INSTALLER") == "fail":
    sys.exit("error: no reason at all")
if os.environ.get("FAKE_INSTALLER") == "hang":
    (packages / "tiny").mkdir(exist_ok=True)
    (packages / "half-made").touch()
    time.sleep(60)
for line in lock.read_text().splitlines():
    path = "%s/%s-1.0-py3-none-any.whl" % (os.environ["FAKE_WHEELS"], line.split("=")[0])
    with zipfile.ZipFile(path) as wheel:
        wheel.extractall(packages)
if lock.stem == "dev":
    shutil.copy(packages / "ruff/__main__.py", repository / ".venv/bin/lint-imports")
"""


def make_wheel(folder: Path, name: str, files: dict[str, str]) -> str:
    """A wheel in the folder; its line in a lock."""
    info = f"{name}-1.0.dist-info"
    files = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    digests = {path: hashlib.sha256(text.encode()).digest() for path, text in files.items()}
    record = [
        f"{p},sha256={urlsafe_b64encode(d).decode().rstrip('=')}," for p, d in digests.items()
    ]
    files[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,", ""])
    wheel = folder / f"{name}-1.0-py3-none-any.whl"
    with ZipFile(wheel, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return f"{name}==1.0 --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"


@dataclass
class Place:
    """A copy of the launcher in a repository of its own, with a closed environment."""

    root: Path
    env: dict[str, str]
    python: str = sys.executable

    @property
    def stamp(self) -> Path:
        return self.root / ".venv" / "palabre.json"

    @property
    def half_made(self) -> list[Path]:
        return list(self.root.glob(".venv/lib/python*/site-packages/half-made"))

    def installs(self) -> list[list[str]]:
        notes = Path(self.env["FAKE_NOTES"])
        return [json.loads(line) for line in notes.read_text().splitlines()]

    def start(self, *args: str, **env: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [self.python, self.root / "palabre", *args],
            env={**self.env, **env},
            cwd=self.root.parent,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *args: str, **env: str) -> tuple[int, str, str]:
        with self.start(*args, **env) as process:
            out, err = process.communicate(timeout=60)
        assert "Traceback" not in out + err
        return process.returncode, out, err

    def half_way(self, *args: str) -> subprocess.Popen[str]:
        """A launcher whose installer has begun and goes no further."""
        process = self.start(*args, FAKE_INSTALLER="hang")
        deadline = time.monotonic() + 20
        while not self.half_made:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        return process


@pytest.fixture
def no_uv(tmp_path) -> Place:
    root, wheels, path = (tmp_path / name for name in ("répertoire à part", "wheels", "bin"))
    for folder in (root / "requirements", root / "kb", wheels, path):
        folder.mkdir(parents=True)
    shutil.copy(REPOSITORY / "palabre", root)
    (root / "kb" / "__main__.py").write_text(KB)
    tools = {f"{name}/__main__.py": TOOL for name in ("ruff", "mypy", "pytest")}
    runtime = make_wheel(wheels, "tiny", {"tiny/__init__.py": ""})
    (root / "requirements" / "runtime.txt").write_text(runtime)
    dev = runtime + make_wheel(wheels, "tools", tools)
    (root / "requirements" / "dev.txt").write_text(dev)
    (tmp_path / "notes").touch()
    env = {
        "PATH": str(path),
        "HOME": str(tmp_path),
        "LC_ALL": "C.UTF-8",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_FIND_LINKS": str(wheels),
        "PIP_NO_INDEX": "1",
        "PIP_NO_CACHE_DIR": "1",
        "UV_CACHE_DIR": str(tmp_path / "uv-cache"),
        "UV_FIND_LINKS": str(wheels),
        "UV_NO_CONFIG": "1",
        "UV_OFFLINE": "1",
        "FAKE_NOTES": str(tmp_path / "notes"),
        "FAKE_WHEELS": str(wheels),
    }
    return Place(root, env)


@pytest.fixture
def place(no_uv) -> Place:
    """The same with a stand-in for uv on the path."""
    script = Path(no_uv.env["PATH"], "uv")
    (no_uv.root.parent / "uv.py").write_text(INSTALLER)
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{no_uv.root.parent}/uv.py" "$@"\n')
    script.chmod(0o755)
    return no_uv


@pytest.fixture
def pip_wheel() -> None:
    folders = (
        Path(sysconfig.get_path("stdlib"), "ensurepip/_bundled"),
        Path("/usr/share/python-wheels"),
    )
    if not [wheel for folder in folders for wheel in folder.glob("pip-*.whl")]:
        pytest.skip("this Python has no pip wheel, and the tests fetch none")


@pytest.mark.parametrize("args", [[], ["--help"], ["-h"], ["help"]])
def test_the_list_of_commands_needs_no_installation(no_uv, args):
    code, out, err = no_uv.run(*args)
    assert (code, err) == (0, "")
    assert re.findall(r"^  (\w+)  ", out, re.MULTILINE) == COMMANDS
    assert not (no_uv.root / ".venv").exists()


def test_an_older_python_is_told_in_one_line(no_uv):
    ast.parse((no_uv.root / "palabre").read_text(), feature_version=(3, 6))
    older = (
        "import runpy, sys; sys.version_info = (3, 10, 13); sys.version = '3.10.13 (main)';"
        f"runpy.run_path({str(no_uv.root / 'palabre')!r}, run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", older], env=no_uv.env, capture_output=True, text=True, check=False
    )
    wanted = "palabre: Python 3.11 or newer is needed; this is Python 3.10.13\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", wanted)


def test_first_start_with_pip_and_nothing_to_do_the_second_time(no_uv, pip_wheel):
    code, out, err = no_uv.run("search", "l'eau et le bétail", "--json", FAKE_EXIT="7")
    assert code == 7
    assert json.loads(out) == {
        "args": ["search", "l'eau et le bétail", "--json"],
        "cwd": str(no_uv.root.parent),
        "prefix": str(no_uv.root / ".venv"),
    }
    assert err == f"{INSTALLING} (first start, about a minute)...\n"
    before = no_uv.stamp.stat().st_mtime_ns, (no_uv.stamp.parent / "palabre-install.log").stat()
    code, _, err = no_uv.run("demo")
    assert (code, err) == (0, "")
    after = no_uv.stamp.stat().st_mtime_ns, (no_uv.stamp.parent / "palabre-install.log").stat()
    assert (after[0], after[1].st_mtime_ns) == (before[0], before[1].st_mtime_ns)


def test_uv_is_used_where_it_is_and_checks_hashes(place):
    code, _, err = place.run("demo")
    assert (code, err) == (0, f"{INSTALLING} (first start, about a minute)...\n")
    [uv] = place.installs()
    assert uv[:2] == ["pip", "install"]
    assert uv[uv.index("--python") + 1] == str(place.root / ".venv/bin/python")
    assert uv[-3:] == ["--require-hashes", "-r", str(place.root / "requirements/runtime.txt")]
    assert place.run("demo")[0::2] == (0, "")
    assert len(place.installs()) == 1


def test_with_the_real_uv(no_uv):
    uv = shutil.which("uv")
    if uv is None:
        pytest.skip("uv is not installed")
    Path(no_uv.env["PATH"], "uv").symlink_to(uv)
    assert no_uv.run("demo")[0::2] == (0, f"{INSTALLING} (first start, about a minute)...\n")


def test_pip_takes_over_from_a_uv_that_fails(place, pip_wheel):
    code, _, err = place.run("demo", FAKE_INSTALLER="fail")
    assert (code, len(place.installs())) == (0, 1)
    assert "palabre: uv could not install the dependencies; trying pip...\n" in err


def test_a_package_that_is_not_the_locked_one_is_refused(no_uv, pip_wheel):
    lock = no_uv.root / "requirements" / "runtime.txt"
    good = lock.read_text()
    lock.write_text("tiny==1.0 --hash=sha256:" + 64 * "0")
    code, out, err = no_uv.run("demo")
    assert (code, out) == (1, "")
    assert err.splitlines()[1].startswith("palabre: a package is not the one that was locked")
    assert len(err.splitlines()) == 2
    lock.write_text(good)
    assert no_uv.run("demo")[0] == 0


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_interrupted_half_way_then_started_again(place, sign):
    with place.half_way("demo") as process:
        (os.kill if sign == signal.SIGINT else os.killpg)(process.pid, sign)
        err = process.communicate(timeout=20)[1]
    if sign == signal.SIGINT:
        assert process.returncode == 130
        assert err.splitlines()[1:] == [
            "palabre: stopped; the same command takes up the work again"
        ]
    assert place.run("demo")[0] == 0
    assert not place.half_made
    assert len(place.installs()) == 2


def test_an_installer_that_outlives_its_launcher_is_waited_for(place):
    with place.half_way("demo") as orphaned:
        orphaned.kill()
        orphaned.wait()
        with place.start("demo") as second:
            assert second.stderr.readline().startswith("palabre: another palabre is installing")
            assert len(place.installs()) == 1
            os.killpg(orphaned.pid, signal.SIGKILL)
            second.communicate(timeout=20)
    assert (second.returncode, len(place.installs()), place.half_made) == (0, 2, [])


def test_two_at_once_install_once(place):
    with place.start("demo") as one, place.start("search", "puits") as two:
        for process in (one, two):
            process.communicate(timeout=30)
    assert (one.returncode, two.returncode, len(place.installs())) == (0, 0, 1)


def test_a_half_made_venv_without_our_mark_is_made_anew(place):
    (place.root / ".venv" / "bin").mkdir(parents=True)
    (place.root / ".venv" / "bin" / "python").write_text("not a program")
    code, _, err = place.run("demo")
    assert (code, err.count("making .venv anew")) == (0, 1)


def test_a_venv_that_someone_made_by_hand_is_kept(place):
    venv.create(place.root / ".venv", symlinks=True)
    (place.root / ".venv" / "mine").touch()
    assert place.run("demo")[0::2] == (0, f"{INSTALLING}...\n")
    assert (place.root / ".venv" / "mine").exists()


def test_a_venv_copied_from_elsewhere_is_made_anew(place):
    assert place.run("demo")[0] == 0
    copy = Place(place.root.with_name("copy"), place.env)
    shutil.copytree(place.root, copy.root, symlinks=True)
    code, out, err = copy.run("demo")
    assert (code, err.count("making .venv anew")) == (0, 1)
    assert json.loads(out)["prefix"] == str(copy.root / ".venv")
    assert copy.run("demo")[0::2] == (0, "")
    assert place.run("demo")[0::2] == (0, "")


def test_a_venv_whose_python_has_gone_is_made_anew(place):
    assert place.run("demo")[0] == 0
    python = place.root / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to(place.root / "gone")
    code, _, err = place.run("demo")
    assert (code, err.count("making .venv anew")) == (0, 1)


def test_a_changed_lock_is_installed_and_dev_satisfies_runtime(place):
    assert place.run("demo")[0] == 0
    assert place.run("test")[0] == 0
    assert [Path(args[-1]).stem for args in place.installs()] == ["runtime", "dev"]
    assert place.run("demo")[0::2] == (0, "")
    with (place.root / "requirements" / "runtime.txt").open("a") as lock:
        lock.write("\n".join(lock_lines(place.root / "requirements" / "dev.txt")[1:]))
    assert place.run("demo")[0::2] == (0, f"{INSTALLING}...\n")
    assert len(place.installs()) == 3


def lock_lines(lock: Path) -> list[str]:
    return [line for line in lock.read_text().splitlines() if "==" in line]


def test_what_runs_goes_on_running_when_the_development_lock_cannot_be_had(place, pip_wheel):
    assert place.run("demo")[0] == 0
    shutil.rmtree(place.env["FAKE_WHEELS"])
    code, out, err = place.run("test", FAKE_INSTALLER="fail")
    assert (code, out) == (1, "")
    assert "ERROR: No matching distribution found for t" in err.splitlines()[-1]
    assert place.run("demo")[0::2] == (0, "")
    with place.half_way("test") as process:
        os.killpg(process.pid, signal.SIGKILL)
    assert place.run("demo")[0::2] == (0, "")


BESIDE = f"-n {min(os.cpu_count() or 1, 4)} --dist worksteal"


def test_test_runs_every_step_and_ends_with_pytest(place):
    code, out, _ = place.run("test", "-k", "mil", FAKE_FAILURES="mypy lint-imports")
    lines = out.splitlines()
    steps = [line.split("  ")[0] for line in lines if re.search(r"(ok|FAILED) +\d+\.\d s$", line)]
    assert steps == ["ruff check", "ruff format", "mypy", "import contracts", "content"]
    assert "ran mypy" in lines
    assert lines[-2].startswith("FAILED so far: mypy, import contracts;")
    assert (code, lines[-1]) == (1, f"ran pytest {BESIDE} -k mil")


@pytest.mark.parametrize(("failures", "exit_code"), [("", 0), ("pytest", 1)])
def test_only_tests_leaves_the_rest_out(place, failures, exit_code):
    args = ("test", "--only-tests", "-x", "tests/unit")
    assert place.run(*args, FAKE_FAILURES=failures)[:2] == (
        exit_code,
        f"ran pytest {BESIDE} -x tests/unit\n",
    )


@pytest.fixture
def bare(no_uv, tmp_path) -> Iterator[Place]:
    """A Python as Debian ships it without python3-venv, and an index on this machine."""
    wheels = tmp_path / "simple" / "pip"
    wheels.mkdir(parents=True)
    make_wheel(wheels, "pip", {"pip/__main__.py": INSTALLER})
    wheel = (wheels / "pip-1.0-py3-none-any.whl").rename(wheels / "pip-26.3-py3-none-any.whl")
    (wheels / "index.html").write_text(f'<a href="../../simple/pip/{wheel.name}#sha256=0">pip</a>')
    launcher = no_uv.root / "palabre"
    bare = launcher.read_text().replace("/usr/share/python-wheels", str(tmp_path / "none"))
    bare = bare.replace('sysconfig.get_path("stdlib")', repr(str(tmp_path)))
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    launcher.write_text(re.sub(r'(?<=PIP_SHA256 = ")\w+', digest, bare))
    venv.create(tmp_path / "bare", symlinks=True)
    handler = partial(QuietHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        no_uv.env["PIP_INDEX_URL"] = f"http://127.0.0.1:{server.server_port}/simple"
        yield Place(no_uv.root, no_uv.env, str(tmp_path / "bare/bin/python"))
        server.shutdown()
        thread.join()


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


def test_without_ensurepip_a_pinned_pip_is_fetched_and_run_from_the_zip(bare):
    code, _, err = bare.run("demo")
    assert (code, "this Python has no pip; fetching it..." in err) == (0, True)
    assert bare.installs()[-1][:2] == ["install", "--require-hashes"]


def test_without_ensurepip_another_pip_than_the_pinned_one_is_refused(bare):
    launcher = bare.root / "palabre"
    launcher.write_text(re.sub(r'(?<=PIP_SHA256 = ")\w+', 64 * "0", launcher.read_text()))
    code, out, err = bare.run("demo")
    assert (code, out, bare.installs()) == (1, "", [])
    assert "the pip that was fetched is not the one that was pinned" in err.splitlines()[-1]


def test_without_ensurepip_and_without_an_index_one_line_says_what_to_install(bare):
    code, out, err = bare.run("demo", PIP_INDEX_URL="http://127.0.0.1:9/simple")
    assert (code, out) == (1, "")
    assert err.splitlines()[-1].endswith("install uv, or pip (Debian: apt install python3-venv)")


def test_the_locks_pin_everything_alike_and_name_no_place():
    pins = {}
    for kind in ("runtime", "dev", "benchmarks"):
        text = (REPOSITORY / "requirements" / f"{kind}.txt").read_text()
        # One package may be there twice, for older and newer Pythons.
        pins[kind] = set(re.findall(r"^([a-z0-9-]+)==(\S+)", text, re.MULTILINE))
        blocks = re.split(r"^(?=\S+==)", text, flags=re.MULTILINE)[1:]
        assert len(pins[kind]) == len(blocks) > 20
        assert all("--hash=sha256:" in block for block in blocks)
        assert not re.search(r"://|^-|@|\s/\w", text, re.MULTILINE)
    assert pins["dev"] >= pins["runtime"]


def test_the_launcher_may_be_started_as_it_is():
    assert os.access(REPOSITORY / "palabre", os.X_OK)
    assert os.access(REPOSITORY / ".ci" / "run", os.X_OK)
