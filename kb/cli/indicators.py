"""`indicators`: the numbers for a period, as a file or on the screen."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import click

from kb.cli.console import Context, say
from kb.core.errors import Invalid
from kb.core.language import Locale
from kb.core.messages import msg
from kb.indicators.export import to_csv, to_json, to_xlsx
from kb.indicators.filters import parse_filters
from kb.indicators.measuring import measure
from kb.operations.installation import is_demonstration
from kb.runtime import Runtime

FORMS: Final = ("csv", "json", "xlsx")
BYTE_ORDER_MARK = "\ufeff"


@click.command()
@click.option("--from", "first", default="", help="The first day, such as 2026-01-01.")
@click.option("--to", "last", default="", help="The last day.")
@click.option("--country", multiple=True)
@click.option("--theme", multiple=True)
@click.option("--actor", multiple=True)
@click.option("--format", "form", type=click.Choice(FORMS), default="csv", show_default=True)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Into this file.")
@click.option(
    "--lang",
    type=click.Choice([locale.value for locale in Locale]),
    help="Language of names and definitions.",
)
@click.pass_obj
def indicators(  # noqa: PLR0913 - the options of the command
    context: Context,
    *,
    first: str,
    last: str,
    country: tuple[str, ...],
    theme: tuple[str, ...],
    actor: tuple[str, ...],
    form: str,
    output: Path | None,
    lang: str | None,
) -> None:
    """All indicators of a period (the last two years), for those who run the site.

    They count what is not public, too, and small numbers are not hidden.
    """
    if form == "xlsx" and output is None:
        raise Invalid(msg("A workbook needs a file: add --output FILE."))
    asked = {"from": [first], "to": [last], "country": country, "theme": theme, "actor": actor}
    with context.installation() as runtime:
        body = _file(runtime, asked, form, Locale(lang or runtime.settings.default_locale))
        if output is None:
            click.echo(body.decode().removeprefix(BYTE_ORDER_MARK), nl=form == "json")
            return
        try:
            output.write_bytes(body)
        except OSError as error:
            why = msg("%(file)s cannot be written: %(why)s", file=output, why=error.strerror)
            raise Invalid(why) from None
        say(runtime, msg("Written: %(file)s", file=output))


def _file(
    runtime: Runtime, asked: Mapping[str, Sequence[str]], form: str, locale: Locale
) -> bytes:
    now = runtime.clock.now()
    with runtime.reading() as session:
        vocabularies = runtime.vocabularies.get(session)
        made_up = is_demonstration(session)
        filters = parse_filters(asked, now.date(), vocabularies, with_made_up=made_up)
        found = measure(session, filters, vocabularies)
    if form == "xlsx":
        return to_xlsx(found, vocabularies, locale, now)
    text = to_json(found) if form == "json" else to_csv(found, vocabularies, locale)
    return text.encode()
