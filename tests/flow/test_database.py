"""How the database is set up, which no behaviour of a healthy machine shows."""

from contextlib import closing

import pytest

from kb.core.database import make_engine
from kb.runtime import Runtime


def test_sqlite_survives_a_power_cut_and_follows_keys(sqlite_runtime: Runtime) -> None:
    # Past what the other tests are spared: this is how the engine itself sets a connection up.
    with closing(sqlite_runtime.engine.raw_connection()) as connection:
        pragmas = {
            name: connection.cursor().execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    full = 2
    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": full,
        "foreign_keys": 1,
        "busy_timeout": 30_000,
    }


@pytest.mark.parametrize("url", ["mysql://x/y", "foo", "", "sqlite"])
def test_another_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"unsupported database|KB_DATABASE_URL"):
        make_engine(url)
