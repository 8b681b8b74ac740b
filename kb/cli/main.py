"""The command line as a whole."""

import click

from kb.cli.backup import backup, restore
from kb.cli.console import Commands
from kb.cli.content import content
from kb.cli.indicators import indicators
from kb.cli.jobs import doctor, jobs
from kb.cli.schema import schema
from kb.cli.search import index, search
from kb.cli.server import demo, init, serve
from kb.cli.users import users


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def palabre() -> None:
    """Palabre: a knowledge base of conflict-management practices of the Liptako-Gourma."""


COMMANDS = (
    *(demo, init, serve, users),
    *(content, search, index, indicators),
    *(jobs, doctor, backup, restore),
    schema,
)
for command in COMMANDS:
    palabre.add_command(command)
