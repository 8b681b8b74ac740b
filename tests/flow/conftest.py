"""A database for a whole module: for tests that make all they need and look at nothing else."""

from collections.abc import Iterator

import pytest
from sqlalchemy import delete

from kb.accounts.models import RoleGrant
from kb.rendering.renderer import ChildRenderer
from kb.runtime import Runtime
from kb.wiring import build_runtime
from tests.conftest import FrozenClock, make_settings
from tests.fakes import memory_indexes
from tests.make import make_vocabularies
from tests.shortcuts import migrate


@pytest.fixture(
    scope="module",
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)],
)
def site(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    renderer: ChildRenderer,
) -> Iterator[Runtime]:
    """A migrated installation with a few terms, on SQLite and on PostgreSQL."""
    url = None
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql").migrated_database()
    settings = make_settings(tmp_path_factory.mktemp("site"), url)
    runtime = build_runtime(
        settings, clock=FrozenClock(), renderer=renderer, indexes=memory_indexes()
    )
    migrate(runtime.engine)
    with runtime.begin() as work:
        make_vocabularies(work)
    yield runtime
    runtime.close()


@pytest.fixture
def roles_end(request: pytest.FixtureRequest) -> Iterator[None]:
    """Take everybody's roles away after the test.

    Each test brings its own people. If all of them stayed on the desk, each event would be told to
    more of them than the one before, and half of the time of a long module would go there.
    """
    site = request.getfixturevalue("site") if "site" in request.fixturenames else None
    yield
    if site is not None:
        with site.engine.begin() as connection:
            connection.execute(delete(RoleGrant))
