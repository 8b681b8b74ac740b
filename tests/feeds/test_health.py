"""Whether the process lives and can work, told without secrets."""

from dataclasses import replace

import pytest

from kb.app import create_app
from kb.core.database import make_engine
from kb.core.ports import IndexUnavailable
from kb.feeds.routes import ACCESS

READY = {"database": "ok", "migrations": "ok", "index": "ok"}


class NoIndex:
    def __init__(self, error):
        self.error = error

    def stamps(self):
        raise self.error


@pytest.fixture
def other_engine():
    """Runtimes over another database; their connections end with the test."""
    engines = []

    def change(runtime, url):
        engines.append(make_engine(url))
        return replace(runtime, engine=engines[-1])

    yield change
    for engine in engines:
        engine.dispose()


def state(runtime):
    response = create_app(runtime).test_client().get("/readyz")
    assert response.headers["Cache-Control"] == "no-store"
    return response.status_code, response.json


def not_ready(**checks):
    return 503, {"status": "not ready", "checks": {**READY, **checks}}


def test_ready(runtime):
    assert state(runtime) == (200, {"status": "ready", "checks": READY})


@pytest.mark.parametrize("error", [IndexUnavailable("/srv/index"), OSError("/srv/index")])
def test_not_without_an_index(runtime, error):
    assert state(replace(runtime, index=NoIndex(error))) == not_ready(index="unusable")


def test_not_before_the_migrations(runtime, other_engine, tmp_path):
    empty = other_engine(runtime, f"sqlite:///{tmp_path / 'empty.db'}")
    assert state(empty) == not_ready(migrations="not at the newest migration")


def test_not_without_a_database(runtime, other_engine, tmp_path):
    nowhere = other_engine(runtime, f"sqlite:///{tmp_path / 'missing' / 'x.db'}")
    assert state(nowhere) == not_ready(
        database="unreachable", migrations="not at the newest migration"
    )


def test_alive_whatever_else_is_broken(runtime, other_engine, tmp_path):
    nowhere = other_engine(
        replace(runtime, index=NoIndex(OSError("gone"))), f"sqlite:///{tmp_path / 'no' / 'x.db'}"
    )
    response = create_app(nowhere).test_client().get("/healthz")
    assert (response.status_code, response.get_data(as_text=True)) == (200, "ok")
    assert response.mimetype == "text/plain"
    assert response.headers["Cache-Control"] == "no-store"


def test_every_route_declares_its_access(app):
    endpoints = {r.endpoint for r in app.url_map.iter_rules() if r.endpoint.startswith("feeds.")}
    assert dict.fromkeys(endpoints, "anyone") == ACCESS
