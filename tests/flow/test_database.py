"""How the database is set up, which no behaviour of a healthy machine shows."""

import pytest

from kb.core.database import make_engine
from kb.runtime import Runtime


def test_sqlite_survives_a_power_cut_and_follows_keys(sqlite_runtime: Runtime) -> None:
    with sqlite_runtime.engine.connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
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
