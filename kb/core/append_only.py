"""Tables whose rows the database itself refuses to change or delete."""

from sqlalchemy import DDL, Table, event

_REFUSAL = "rows of {table} are never changed or deleted"
_SQLITE = """
CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, '{refusal}'); END
"""
_POSTGRESQL_FUNCTION = """
CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{refusal}' USING ERRCODE = 'integrity_constraint_violation'; END $$
"""
_POSTGRESQL_TRIGGER = """
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION {table}_refuse()
"""


def append_only_ddl(table: str, dialect: str) -> tuple[str, ...]:
    """The statements that make a table append-only; `table` is a name of ours, never input."""
    refusal = _REFUSAL.format(table=table)
    if dialect == "sqlite":
        return tuple(
            _SQLITE.format(table=table, verb=verb, refusal=refusal)
            for verb in ("UPDATE", "DELETE")
        )
    return (
        _POSTGRESQL_FUNCTION.format(table=table, refusal=refusal),
        _POSTGRESQL_TRIGGER.format(table=table),
    )


def append_only(table: Table) -> None:
    """Create the triggers together with the table."""
    for dialect in ("sqlite", "postgresql"):
        for statement in append_only_ddl(table.name, dialect):
            ddl = DDL(statement)  # type: ignore[no-untyped-call]
            event.listen(table, "after_create", ddl.execute_if(dialect=dialect))
