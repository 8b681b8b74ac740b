"""A database for a whole module: for tests that make all they need and look at nothing else."""

from collections.abc import Iterator

import pytest

from kb.operations.schema import upgrade
from kb.rendering.renderer import ChildRenderer
from kb.runtime import Runtime
from kb.wiring import build_runtime
from tests.conftest import FrozenClock, make_settings
from tests.fakes import memory_indexes
from tests.make import make_vocabularies


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
        url = request.getfixturevalue("postgresql").new_database()
    settings = make_settings(tmp_path_factory.mktemp("site"), url)
    runtime = build_runtime(
        settings, clock=FrozenClock(), renderer=renderer, indexes=memory_indexes()
    )
    upgrade(runtime.engine)
    with runtime.begin() as work:
        make_vocabularies(work)
    yield runtime
    runtime.close()
