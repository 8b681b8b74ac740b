"""Which migration this code needs and which the database is at; told without loading Alembic."""

from sqlalchemy import Engine, inspect, text

# The newest file in migrations/versions; a test holds the two together.
HEAD = "0009"


def current(engine: Engine) -> str | None:
    """The migration the database is at; None for an empty one."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        version: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return version


def is_current(engine: Engine) -> bool:
    """Whether the database is where this code needs it to be."""
    return current(engine) == HEAD
