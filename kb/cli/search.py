"""`search` and `index`: finding practices from the terminal, and the index's upkeep."""

import json

import click

from kb.cli.console import Context, say
from kb.core.errors import Conflict
from kb.core.language import Locale
from kb.core.messages import msg
from kb.core.ports import IndexUnavailable
from kb.operations.installation import check_ready
from kb.practices.readers import MEMBER
from kb.runtime import Runtime
from kb.search import sync
from kb.search.service import Results, parse_query
from kb.search.service import search as find


@click.command()
@click.argument("query")
@click.option(
    "--lang",
    type=click.Choice([locale.value for locale in Locale]),
    help="Language of the results.",
)
@click.option("--country", multiple=True)
@click.option("--theme", multiple=True)
@click.option("--actor", multiple=True)
@click.option("--exact", is_flag=True, help="Only the words as typed.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
@click.pass_obj
def search(  # noqa: PLR0913 - the options of the command
    context: Context,
    query: str,
    *,
    lang: str | None,
    country: tuple[str, ...],
    theme: tuple[str, ...],
    actor: tuple[str, ...],
    exact: bool,
    as_json: bool,
) -> None:
    """Search the published practices."""
    parameters = {
        "q": [query],
        "country": list(country),
        "theme": list(theme),
        "actor": list(actor),
        "exact": ["1"] if exact else [],
    }
    with context.installation() as runtime:
        results = _results(runtime, parameters, Locale(lang or runtime.settings.default_locale))
        if as_json:
            click.echo(json.dumps(_as_data(results), ensure_ascii=False, indent=2))
        else:
            _print(runtime, results)


def _results(runtime: Runtime, parameters: dict[str, list[str]], locale: Locale) -> Results:
    with runtime.reading() as session:
        vocabularies = runtime.vocabularies.get(session)
        thesaurus = runtime.thesaurus.get(session)
        query = parse_query(parameters, locale, vocabularies)
        try:
            return find(session, runtime.index, vocabularies, query, thesaurus=thesaurus)
        except IndexUnavailable:
            sync.rebuild(runtime.reading, runtime.index)
            return find(session, runtime.index, vocabularies, query, thesaurus=thesaurus)


def _print(runtime: Runtime, results: Results) -> None:
    for name in results.query.ignored:
        say(runtime, msg("Ignored, because unknown: %(name)s", name=name))
    if results.corrected:
        typed = results.query.text
        say(
            runtime,
            msg(
                "Nothing for “%(typed)s”. Searched for instead: “%(corrected)s”.",
                typed=typed,
                corrected=results.corrected,
            ),
        )
    if results.expansions:
        say(runtime, msg("Also searched for: %(words)s", words=", ".join(results.expansions)))
    for found in results.found:
        text = found.practice.text_for(results.query.locale)
        click.echo(f"{found.practice.slug}\n    {text.title}\n    {found.snippet.striptags()}")
    say(runtime, msg("Found: %(number)s", number=results.total))
    if results.suggestion and not results.corrected:
        say(runtime, msg("Did you mean: %(suggestion)s", suggestion=results.suggestion))


def _as_data(results: Results) -> dict[str, object]:
    locale = results.query.locale
    return {
        "total": results.total,
        "ignored": list(results.query.ignored),
        "suggestion": results.suggestion,
        "expansions": list(results.expansions),
        "corrected": results.corrected,
        "results": [
            {
                "slug": found.practice.slug,
                "title": found.practice.text_for(locale).title,
                "score": round(found.score, 3),
            }
            for found in results.found
        ],
    }


@click.group()
def index() -> None:
    """The search index."""


@index.command()
@click.pass_obj
def status(context: Context) -> None:
    """Compare the index with the database, and say how far it has followed."""
    runtime = context.runtime()
    try:
        check_ready(runtime)
        differing = sync.difference(runtime.reading, runtime.index)
        standing = sync.standing(runtime.reading, runtime.index)
        click.echo(f"index: {standing.practices} practices, {len(differing)} differ")
        for slug in differing:
            click.echo(f"  {slug}")
        _say_how_far(runtime, standing)
        # Neither number nor address: what is shown here may be shown to others.
        hidden = sync.difference(runtime.reading, runtime.member_index, MEMBER)
        if hidden:
            click.echo("index of members: differs")
    except IndexUnavailable:
        raise Conflict(msg("There is no usable index: run `palabre index rebuild`.")) from None
    finally:
        runtime.close()
    if differing or hidden:
        raise Conflict(msg("The index differs: run `palabre index reconcile`."))


def _say_how_far(runtime: Runtime, standing: sync.Standing) -> None:
    # No numbers: those of the trail would tell how much happens to what is not public.
    if standing.waiting is None:
        say(runtime, msg("It is of another database, or of this one before a restore."))
    elif standing.waiting:
        say(runtime, msg("It has not followed every change yet."))
    else:
        say(runtime, msg("It has followed every change."))
    if standing.left_out:
        slugs = ", ".join(sorted(standing.left_out))
        say(runtime, msg("Left out, because they cannot be indexed: %(slugs)s", slugs=slugs))


@index.command()
@click.pass_obj
def rebuild(context: Context) -> None:
    """Make the index anew from the database."""
    with context.installation() as runtime:
        sync.rebuild_all(runtime.reading, runtime.indexes)
        count = len(runtime.index.stamps())
        say(runtime, msg("Indexed: %(number)s", number=count))


@index.command()
@click.pass_obj
def reconcile(context: Context) -> None:
    """Repair what differs between index and database."""
    with context.installation() as runtime:
        count = sync.reconcile_all(runtime.reading, runtime.indexes)
        say(runtime, msg("Repaired: %(number)s", number=count))
