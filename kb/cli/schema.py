"""`schema`: for developers, writing a migration from a change of the models."""

import click

from kb.cli.console import Context
from kb.operations.schema import new_migration


@click.group(hidden=True)
def schema() -> None:
    """The database schema."""


@schema.command()
@click.argument("message")
@click.pass_obj
def revision(context: Context, message: str) -> None:
    """Write a migration from the difference between the models and the database."""
    runtime = context.runtime()
    try:
        new_migration(runtime.engine, message)
    finally:
        runtime.close()
