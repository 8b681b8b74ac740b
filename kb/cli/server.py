"""`demo`, `init` and `serve`: setting up and answering."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
import ipaddress
from pathlib import Path
import socket
import subprocess
import sys
import threading

import click
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from kb.cli.console import Context, say
from kb.core.errors import Conflict, Invalid
from kb.core.messages import Message, msg
from kb.operations.demo_accounts import check_demo_password, make_demo_accounts
from kb.operations.demo_adoptions import make_demo_adoptions
from kb.operations.installation import CONTENT, DEMO, check_ready, set_up

THREADS_PER_WORKER = 4
LOOPBACK = "127.0.0.1"
LOOK_AFTER_SECONDS = 1.0
LAST_TASK_SECONDS = 10.0


@click.command()
@click.option("--host", default=LOOPBACK, show_default=True, callback=lambda *a: _address(a[2]))
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.pass_obj
def demo(context: Context, host: str, port: int) -> None:
    """Set up a demonstration with all practices, and serve it on this machine only."""
    if not _is_loopback(host):
        raise Invalid(msg("A demonstration is only served on this machine (127.0.0.1)."))
    _check_free(host, port)
    settings = context.load_settings(None)
    settings = context.load_settings(settings.data_dir / DEMO)
    # No phone is asked for, which is why a demonstration leaves this machine by no way.
    settings = replace(
        settings, base_url=_url(host, port).rstrip("/"), second_factor_required=False
    )
    check_demo_password(settings.demo_password)
    runtime = context.build_runtime(settings)
    try:
        set_up(runtime, lambda message: say(runtime, message), content=CONTENT, demo=True)
        make_demo_accounts(runtime, lambda message: say(runtime, message))
        make_demo_adoptions(runtime)
        say(runtime, msg("Palabre is at %(url)s (Ctrl-C stops it).", url=_url(host, port)))
    finally:
        runtime.close()
    context.hand_down(settings)
    _serve(host, port, workers=1)


@click.command()
@click.option("--empty", is_flag=True, help="Without the practices of the content folder.")
@click.pass_obj
def init(context: Context, *, empty: bool) -> None:
    """Set up an installation, or bring it up to date. Doing it twice does no harm."""
    runtime = context.runtime()
    try:
        content = None if empty else CONTENT
        set_up(runtime, lambda message: say(runtime, message), content=content)
        say(runtime, msg("Ready."))
    finally:
        runtime.close()


@click.command()
@click.option("--host", default=LOOPBACK, show_default=True, callback=lambda *a: _address(a[2]))
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64))
@click.pass_obj
def serve(context: Context, host: str, port: int, workers: int) -> None:
    """Serve an installation that `init` has set up."""
    _check_free(host, port)
    settings = context.load_settings(None)
    runtime = context.build_runtime(settings)
    try:
        check_ready(runtime)
        say(runtime, msg("Palabre is at %(url)s (Ctrl-C stops it).", url=_url(host, port)))
    finally:
        runtime.close()
    context.hand_down(settings)
    _serve(host, port, workers)


def _serve(host: str, port: int, workers: int) -> None:
    """Answer until stopped, with the one housekeeping process beside."""
    server = Server(
        "wsgi:app",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS_PER_WORKER,
        respawn_failed_workers=True,
        log_level=LogLevels.warning,
        working_dir=Path(__file__).resolve().parents[2],
    )
    with _housekeeping():
        server.serve()


@contextmanager
def _housekeeping() -> Iterator[None]:
    """The one housekeeping process, for as long as pages are served."""
    stopping = threading.Event()
    # The first is started before there is a second thread: the server forks its workers.
    watcher = threading.Thread(target=_look_after, args=(_start_keeper(), stopping), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        stopping.set()
        watcher.join()


def _start_keeper() -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "kb", "jobs", "run", "--follow", "--leave-with-parent"],
        cwd=Path(__file__).resolve().parents[2],
    )


def _look_after(keeper: "subprocess.Popen[bytes]", stopping: threading.Event) -> None:
    """Start another keeper if this one dies; end it when the server does."""
    while not stopping.wait(LOOK_AFTER_SECONDS):
        if keeper.poll() is not None:
            keeper = _start_keeper()
    keeper.terminate()
    try:
        keeper.wait(timeout=LAST_TASK_SECONDS)
    except subprocess.TimeoutExpired:
        keeper.kill()


def _address(host: str) -> str:
    """The server takes addresses, people also say "localhost"."""
    return LOOPBACK if host == "localhost" else host


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _check_free(host: str, port: int) -> None:
    """Raise Conflict, before anything is set up, if the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            raise Conflict(_taken(host, port)) from None


def _taken(host: str, port: int) -> Message:
    return msg("The address %(address)s is not free: try --port.", address=f"{host}:{port}")


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
