"""The database schema: migrating it up and down, and writing migrations."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


def upgrade(engine: Engine, target: str = "head") -> None:
    """Migrate up to `target`; nothing happens when it is there already."""
    with _migrating(engine) as connection:
        command.upgrade(_config(connection), target)


def downgrade(engine: Engine, target: str) -> None:
    """Migrate down to `target` ("base" is an empty database)."""
    with _migrating(engine) as connection:
        command.downgrade(_config(connection), target)


def new_migration(engine: Engine, message: str) -> None:
    """Write a migration from the difference between the models and this database."""
    with engine.connect() as connection:
        command.revision(_config(connection), message, autogenerate=True)


def head() -> str | None:
    """The newest migration there is."""
    return ScriptDirectory.from_config(_config(None)).get_current_head()


def known() -> frozenset[str]:
    """Every migration that this code can start from."""
    script = ScriptDirectory.from_config(_config(None))
    return frozenset(step.revision for step in script.walk_revisions())


@contextmanager
def _migrating(engine: Engine) -> Iterator[Connection]:
    """One transaction for all steps; SQLite must not follow foreign keys while tables move."""
    with engine.execution_options(writes=True).connect() as connection:
        driver = connection.connection.driver_connection
        if engine.dialect.name != "sqlite" or driver is None:
            with connection.begin():
                yield connection
            return
        driver.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                yield connection
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
                if broken:
                    raise RuntimeError(f"a migration leaves broken references: {broken[:3]}")
        finally:
            driver.execute("PRAGMA foreign_keys=ON")


def _config(connection: Connection | None) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config
