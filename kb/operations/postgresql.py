"""PostgreSQL's own programs for whole databases: found, and run without telling a password."""

from collections.abc import Sequence
import os
from pathlib import Path
import shutil
import subprocess

from psycopg.conninfo import make_conninfo
from sqlalchemy import Connection, Engine, text

from kb.core.errors import Conflict
from kb.core.messages import msg

DEBIAN = Path("/usr/lib/postgresql")
LONGEST_REASON = 200
# What every version of the programs understands; the driver brings a newer library of its own.
OPTIONS = {"host", "hostaddr", "port", "user", "dbname", "options"}
OPTIONS |= {"sslmode", "sslrootcert", "sslcert", "sslkey"}
# What belongs to an extension was there before and stays.
CLEAR = """
DO $$ DECLARE found record; BEGIN
FOR found IN SELECT oid::regclass AS name FROM pg_class
    WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace LOOP
    EXECUTE 'DROP TABLE IF EXISTS ' || found.name || ' CASCADE';
END LOOP;
FOR found IN SELECT oid::regprocedure AS name FROM pg_proc
    WHERE pronamespace = current_schema()::regnamespace AND NOT EXISTS
    (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e') LOOP
    EXECUTE 'DROP FUNCTION IF EXISTS ' || found.name || ' CASCADE';
END LOOP;
END $$
"""


def run(engine: Engine, program: str, arguments: Sequence[str]) -> None:
    """Run `pg_dump` or `pg_restore` on the engine's database; raises Conflict with its words.

    The password goes through the environment: a command line is readable by the whole machine.
    """
    with engine.connect() as connection:
        address, password = _address(connection)
        version = int(connection.scalar(text("SHOW server_version_num")) or 0) // 10_000
    found = _find(program, version)
    done = subprocess.run(  # noqa: S603 - a program of the operator's machine, our arguments
        [found, f"--dbname={address}", "--no-password", *arguments],
        env={"PGPASSWORD": password, "PATH": os.defpath, "LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        words = done.stderr.decode(errors="replace").splitlines() or [str(done.returncode)]
        reason = words[0][:LONGEST_REASON]
        raise Conflict(msg("%(program)s failed: %(reason)s", program=program, reason=reason))


def _address(connection: Connection) -> tuple[str, str]:
    """How this very connection was made, wherever the driver took it from."""
    info = connection.connection.driver_connection.info  # type: ignore[union-attr]
    known = {name: value for name, value in info.get_parameters().items() if name in OPTIONS}
    return make_conninfo("", **known), info.password or ""


def _find(program: str, version: int) -> str:
    """The program of the server's version, else of a newer one, else the one on the path."""
    versions = sorted(
        (int(path.parent.parent.name), path) for path in DEBIAN.glob(f"[0-9]*/bin/{program}")
    )
    for number, path in versions:
        if number >= version:
            return str(path)
    found = shutil.which(program)
    if found is None:
        raise Conflict(
            msg("%(program)s is needed: install PostgreSQL's client programs.", program=program)
        )
    return found


def clear(engine: Engine) -> None:
    """Drop whatever is in the database's own schema, after a restore that was refused."""
    with engine.begin() as connection:
        connection.execute(text(CLEAR))
