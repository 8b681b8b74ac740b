"""`content`: check, import and export the content folder."""

from pathlib import Path

import click

from kb.cli.console import Context, say
from kb.core.errors import Invalid
from kb.core.messages import msg
from kb.operations.content_folder import read_folder
from kb.operations.content_transfer import Result, export_folder, import_folder
from kb.search.sync import reconcile_all

FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)


@click.group()
def content() -> None:
    """The content folder: practices, vocabularies, thesaurus."""


@content.command()
@click.argument("folder", type=FOLDER, default="content")
def check(folder: Path) -> None:
    """Say whether a content folder is valid, and what is wrong with it."""
    found = read_folder(folder)
    if found.problems:
        raise Invalid(msg("The content is not valid."), found.problems)
    click.echo(
        f"{folder}: {len(found.practices)} practices, {len(found.vocabularies)} vocabularies, "
        f"{len(found.glossary or ())} glossary entries, no problem."
    )


@content.command("import")
@click.argument("folder", type=FOLDER, default="content")
@click.option("--replace", is_flag=True, help="Also replace what was edited here.")
@click.option("--partial", is_flag=True, help="Import what is valid although the rest is not.")
@click.pass_obj
def import_(context: Context, folder: Path, *, replace: bool, partial: bool) -> None:
    """Publish the practices of a content folder."""
    with context.installation() as runtime:
        found = read_folder(folder)
        with runtime.begin() as work:
            report = import_folder(work, found, replace=replace, partial=partial)
        reconcile_all(runtime.reading, runtime.indexes)
        for slug, result in report.results.items():
            click.echo(f"{result.value:16} {slug}")
        for code in report.kept_entries:
            click.echo(f"{Result.EDITED_HERE.value:16} glossary.yaml: {code}")
    if report.problems:
        raise Invalid(msg("Some of the content is not valid."), report.problems)


@content.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--desk", is_flag=True, help="With restricted practices, notes and exact places.")
@click.pass_obj
def export(context: Context, folder: Path, *, desk: bool) -> None:
    """Write the published practices as a content folder."""
    with context.installation() as runtime:
        with runtime.reading() as session:
            slugs = export_folder(session, folder, desk=desk)
        say(runtime, msg("%(number)s practices written.", number=len(slugs)))
