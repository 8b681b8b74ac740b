"""A PostgreSQL cluster of the test run's own: made, started and removed by an ordinary user."""

from collections.abc import Callable
from dataclasses import dataclass
import itertools
import os
from pathlib import Path
import pwd
import shutil
import subprocess
import tempfile

from kb.core.database import make_engine
from kb.operations.schema import upgrade

DEBIAN = Path("/usr/lib/postgresql")
# initdb refuses to run as root; Debian's package brings "postgres", others have "nobody".
USERS = ("postgres", "nobody")


@dataclass
class Cluster:
    """A running server that listens on a socket in its own folder only."""

    folder: Path
    programs: Path
    demote: Callable[[], None] | None
    user: str
    numbers: "itertools.count[int]"
    migrated: str = ""

    def new_database(self, template: str = "template1") -> str:
        """The address of a new database: an empty one, or a copy of a database."""
        name = f"test{next(self.numbers)}"
        self.run("createdb", "-h", str(self.folder), "-T", template, name)
        return f"postgresql+psycopg://{self.user}@/{name}?host={self.folder}"

    def migrated_database(self) -> str:
        """The address of a new database with every table and nothing in them."""
        if not self.migrated:
            engine = make_engine(self.new_database())
            upgrade(engine)
            engine.dispose()
            self.migrated = engine.url.database or ""
        return self.new_database(self.migrated)

    def stop(self) -> None:
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self.programs / program, *arguments],
            check=True,
            preexec_fn=self.demote,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            cwd=self.folder,
            env={"LC_ALL": "C.UTF-8", "PATH": os.environ.get("PATH", "")},
            timeout=120,
        )


def cluster_or_reason() -> tuple[Cluster | None, str]:
    """A started cluster, or None and why there is none."""
    programs = _programs()
    if programs is None:
        return None, "no PostgreSQL server on this machine (initdb not found)"
    user, demote = _unprivileged()
    if user is None:
        return None, "no ordinary user to run PostgreSQL as"
    folder = Path(tempfile.mkdtemp(prefix="palabre-pg-"))
    if demote is not None:
        record = pwd.getpwnam(user)
        os.chown(folder, record.pw_uid, record.pw_gid)
    cluster = Cluster(folder, programs, demote, user, itertools.count(1))
    data = str(folder / "data")
    try:
        cluster.run("initdb", "-D", data, "-U", user, "-A", "trust", "-E", "UTF8", "--no-sync")
        options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
        options += " -c synchronous_commit=off -c full_page_writes=off -c autovacuum=off"
        cluster.run("pg_ctl", "-D", data, "-w", "-o", options, "-l", str(folder / "log"), "start")
    except (subprocess.SubprocessError, OSError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        return None, f"PostgreSQL could not be started: {error}"
    return cluster, ""


def _programs() -> Path | None:
    """The newest of Debian's versioned folders, else the folder on the path."""
    versions = sorted(
        (path for path in DEBIAN.glob("*/bin") if (path / "initdb").exists()),
        key=lambda path: int(path.parent.name),
    )
    if versions:
        return versions[-1]
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def _unprivileged() -> tuple[str | None, Callable[[], None] | None]:
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid()).pw_name, None
    for name in USERS:
        try:
            record = pwd.getpwnam(name)
        except KeyError:
            continue
        return name, _demotion(record)
    return None, None


def _demotion(record: pwd.struct_passwd) -> Callable[[], None]:
    def demote() -> None:
        os.setgroups([])
        os.setgid(record.pw_gid)
        os.setuid(record.pw_uid)

    return demote
