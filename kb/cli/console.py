"""What commands share: the wired context, words in the operator's language, exit codes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import click
from flask import Flask

from kb.core.errors import Conflict, Invalid, PalabreError
from kb.core.language import translate
from kb.core.messages import Message, msg
from kb.core.ports import IndexUnavailable
from kb.core.settings import Settings
from kb.operations.installation import check_ready
from kb.runtime import Runtime


@dataclass(frozen=True, slots=True)
class Context:
    """What `__main__` hands to the commands."""

    load_settings: Callable[[Path | None], Settings]
    build_runtime: Callable[[Settings], Runtime]
    create_app: Callable[[Runtime], Flask]
    hand_down: Callable[[Settings], None]
    # The same without making a data directory or a key: for what must find the place empty.
    look_at_settings: Callable[[], Settings]

    def runtime(self, data_dir: Path | None = None) -> Runtime:
        return self.build_runtime(self.load_settings(data_dir))

    @contextmanager
    def installation(self) -> Iterator[Runtime]:
        """The runtime of an installation that is ready for work; Conflict where there is none."""
        runtime = self.runtime()
        try:
            check_ready(runtime)
            yield runtime
        finally:
            runtime.close()


def say(runtime: Runtime, message: Message) -> None:
    """One line on standard output."""
    click.echo(translate(runtime.settings.default_locale, message))


class Commands(click.Group):
    """A group that answers our errors with one clear line and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - whatever the command returns
        try:
            return super().invoke(ctx)
        except PalabreError as error:
            _refuse(ctx, error)
        except IndexUnavailable as error:
            _refuse(ctx, Conflict(msg("The search index cannot be used: %(it)s", it=error)))


def _refuse(ctx: click.Context, error: PalabreError) -> NoReturn:
    locale = ctx.find_object(Context).look_at_settings().default_locale  # type: ignore[union-attr]
    click.echo(translate(locale, error.message), err=True)
    if isinstance(error, Invalid):
        for place, why in sorted(error.problems.items()):
            click.echo(f"  {place}: {translate(locale, why)}", err=True)
    ctx.exit(1)
