"""Fixtures: a frozen clock, an application with all the real content, empty ones to write in."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
import ipaddress
import os
from pathlib import Path
import shutil
import socket

from flask import Flask
from flask.testing import FlaskClient
import pytest

from kb.app import create_app
from kb.core.settings import Settings
from kb.operations.installation import CONTENT, set_up
from kb.rendering.renderer import ChildRenderer
from kb.runtime import Runtime
from kb.wiring import build_runtime
from tests.make import quick
from tests.postgresql import Cluster, cluster_or_reason
from tests.shortcuts import migrate, no_waiting_for_disks, templates_compiled_once

CI = os.environ.get("CI") == "true"


@dataclass
class FrozenClock:
    """A clock that moves when told to."""

    time: datetime = field(default=datetime(2026, 3, 1, 9, 0, tzinfo=UTC))

    def now(self) -> datetime:
        return self.time

    def advance(self, **parts: float) -> None:
        self.time += timedelta(**parts)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="also run the long forms of tests")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--long"):
        return
    for item in items:
        if item.get_closest_marker("long"):
            item.add_marker(pytest.mark.skip(reason="long form: run with --long"))
        elif item.get_closest_marker("matrix") and item.get_closest_marker("postgresql"):
            item.add_marker(pytest.mark.skip(reason="matrix on PostgreSQL: run with --long"))


def skip_or_fail(reason: str) -> None:
    """What lacks its server or browser is skipped and listed; on CI it fails."""
    if CI:
        pytest.fail(reason)
    pytest.skip(reason)


def make_settings(data_dir: Path, database_url: str | None = None) -> Settings:
    return Settings(
        data_dir=data_dir,
        database_url=database_url or f"sqlite:///{data_dir / 'palabre.db'}",
        search_url=f"whoosh:{data_dir / 'index'}",
        secret_key="a key for tests only",
        base_url="https://palabre.example",
    )


@pytest.fixture(scope="session", autouse=True)
def _no_outside() -> Iterator[None]:
    """Sockets reach this machine only; a test that wants more fails."""
    real = {name: getattr(socket.socket, name) for name in ("connect", "connect_ex")}

    sendto = socket.socket.sendto

    def guarded_sendto(self: socket.socket, data: bytes, *rest: object) -> int:
        if self.family != socket.AF_UNIX and not _is_loopback(rest[-1]):
            raise RuntimeError(f"connection to the outside: {rest[-1]}")
        return sendto(self, data, *rest)

    def guarded(name: str) -> Callable[[socket.socket, object], object]:
        def connect(self: socket.socket, address: object) -> object:
            if self.family != socket.AF_UNIX and not _is_loopback(address):
                raise RuntimeError(f"connection to the outside: {address}")
            return real[name](self, address)

        return connect

    for name in real:
        setattr(socket.socket, name, guarded(name))
    socket.socket.sendto = guarded_sendto
    yield
    socket.socket.sendto = sendto
    for name, method in real.items():
        setattr(socket.socket, name, method)


def _is_loopback(address: object) -> bool:
    host = str(address[0]) if isinstance(address, tuple) else ""
    return host == "localhost" or ipaddress.ip_address(host).is_loopback


@pytest.fixture(scope="session", autouse=True)
def _shortcuts() -> Iterator[None]:
    with no_waiting_for_disks(), templates_compiled_once():
        yield


@pytest.fixture(scope="session")
def renderer() -> Iterator[ChildRenderer]:
    """One rendering child for the whole run."""
    child = ChildRenderer()
    yield child
    child.close()


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture(scope="session")
def runtime(
    tmp_path_factory: pytest.TempPathFactory, renderer: ChildRenderer
) -> Iterator[Runtime]:
    """All of content/ imported and indexed. For reading only: the whole run shares it."""
    settings = make_settings(tmp_path_factory.mktemp("site"))
    runtime = quick(build_runtime(settings, clock=FrozenClock(), renderer=renderer))
    set_up(runtime, lambda _message: None, content=CONTENT)
    yield runtime
    runtime.close()


@pytest.fixture(scope="session")
def app(runtime: Runtime) -> Flask:
    return create_app(runtime)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Cluster]:
    """A PostgreSQL server of our own, in a temporary folder."""
    cluster, reason = cluster_or_reason()
    if cluster is None:
        skip_or_fail(reason)
        return
    yield cluster
    cluster.stop()


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)],
)
def fresh_runtime(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    clock: FrozenClock,
    renderer: ChildRenderer,
) -> Iterator[Runtime]:
    """An empty, migrated installation to write in, on SQLite and on PostgreSQL."""
    url = None
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql").migrated_database()
    runtime = quick(build_runtime(make_settings(tmp_path, url), clock=clock, renderer=renderer))
    migrate(runtime.engine)
    yield runtime
    runtime.close()


@pytest.fixture
def sqlite_runtime(
    tmp_path: Path, clock: FrozenClock, renderer: ChildRenderer
) -> Iterator[Runtime]:
    """An empty, migrated installation on SQLite, for what does not depend on the database."""
    runtime = quick(build_runtime(make_settings(tmp_path), clock=clock, renderer=renderer))
    migrate(runtime.engine)
    yield runtime
    runtime.close()


@pytest.fixture
def content_runtime(
    runtime: Runtime, tmp_path: Path, clock: FrozenClock, renderer: ChildRenderer
) -> Iterator[Runtime]:
    """All of content/ in an installation of the test's own, to damage at will."""
    copy = tmp_path / "site"
    shutil.copytree(runtime.settings.data_dir, copy)
    own = quick(build_runtime(make_settings(copy), clock=clock, renderer=renderer))
    yield own
    own.close()


@pytest.fixture
def client_of() -> Callable[[Runtime], FlaskClient]:
    """A browser on an installation of the test's own."""
    return lambda runtime: create_app(runtime).test_client()
