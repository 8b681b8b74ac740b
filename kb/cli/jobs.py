"""`jobs` and `doctor`: upkeep by hand, by cron or by `serve`."""

import os
import signal
import socket
import threading

import click

from kb.cli.console import Context, say
from kb.core.errors import Conflict
from kb.core.language import translate
from kb.core.messages import msg
from kb.operations.doctor import examine
from kb.operations.housekeeping import follow, run_pass
from kb.operations.installation import check_ready

WATCH_SECONDS = 2.0


@click.group()
def jobs() -> None:
    """The work behind the pages: deliveries, index, rendering."""


@jobs.command()
@click.option("--follow", "keep_going", is_flag=True, help="Go on until stopped.")
@click.option("--leave-with-parent", is_flag=True, hidden=True)
@click.pass_obj
def run(context: Context, *, keep_going: bool, leave_with_parent: bool) -> None:
    """Do one pass of the housekeeping (for cron), or go on (as `serve` does)."""
    runtime = context.runtime()
    try:
        if keep_going:
            stop = _until_stopped()
            if leave_with_parent:
                threading.Thread(target=_watch_parent, args=(stop,), daemon=True).start()
            follow(runtime, f"{socket.gethostname()}:{os.getpid()}", stop)
            return
        check_ready(runtime)
        for task, count in run_pass(runtime).items():
            click.echo(f"{task}: {count}")
    finally:
        runtime.close()


def _watch_parent(stop: threading.Event) -> None:
    """A server that was killed cannot say so: without it there is nothing to keep house for."""
    parent = os.getppid()
    while not stop.wait(WATCH_SECONDS):
        if os.getppid() != parent:
            stop.set()


def _until_stopped() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


@click.command()
@click.option("--fix", is_flag=True, help="Put right what can be.")
@click.pass_obj
def doctor(context: Context, *, fix: bool) -> None:
    """Examine the whole installation."""
    runtime = context.runtime()
    locale = runtime.settings.default_locale
    try:
        findings = examine(runtime, fix=fix)
    finally:
        runtime.close()
    for finding in findings:
        state = "ok" if finding.problem is None else "fixed" if finding.repaired else "PROBLEM"
        detail = f": {translate(locale, finding.problem)}" if finding.problem else ""
        click.echo(f"{state:8}{translate(locale, finding.subject)}{detail}")
    if any(finding.problem and not finding.repaired for finding in findings):
        raise Conflict(msg("Something is not well."))
    say(runtime, msg("All is well."))
