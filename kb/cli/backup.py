"""`backup` and `restore`: everything in one file, and back into an empty place."""

from pathlib import Path

import click

from kb.cli.console import Context, say
from kb.core.messages import msg
from kb.operations.backup import make_backup
from kb.operations.backup_archive import SECRET, Manifest
from kb.operations.restore import restore as put_back
from kb.runtime import Runtime
from kb.search.sync import reconcile_all

FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("file", type=FILE)
@click.pass_obj
def backup(context: Context, file: Path) -> None:
    """Write database, uploaded files and secret key to a new FILE, while the site is in use."""
    runtime = context.build_runtime(context.look_at_settings())
    try:
        manifest = make_backup(runtime, file.absolute())
        say(runtime, msg("Written: %(file)s", file=file))
        _tell(runtime, manifest)
        if SECRET not in manifest.members:
            say(runtime, msg("The secret key is not in it: keep KB_SECRET_KEY, too."))
        say(runtime, msg("A backup holds everything, what is restricted too: keep it safe."))
    finally:
        runtime.close()


@click.command()
@click.argument("file", type=FILE)
@click.pass_obj
def restore(context: Context, file: Path) -> None:
    """Put a backup into an empty place: no database, no files, no secret key there yet."""
    manifest = put_back(context.look_at_settings(), context.build_runtime, file)
    runtime = context.runtime()
    try:
        _tell(runtime, manifest)
        say(runtime, msg("Everybody signs in anew, and links sent before are void."))
        reconcile_all(runtime.reading, runtime.indexes)
        say(runtime, msg("Ready."))
    finally:
        runtime.close()


def _tell(runtime: Runtime, manifest: Manifest) -> None:
    say(
        runtime,
        msg(
            "As of %(time)s: %(practices)s practices, %(users)s accounts, %(files)s files.",
            time=manifest.made_at[:16].replace("T", " ") + " UTC",
            practices=manifest.holdings.practices,
            users=manifest.holdings.users,
            files=manifest.files,
        ),
    )
