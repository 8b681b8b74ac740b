"""A small site of which every word is known; for reading only."""

import pytest

from kb.app import create_app
from kb.wiring import build_runtime
from tests.api.small_content import practices, publish
from tests.conftest import FrozenClock, make_settings
from tests.shortcuts import migrate


@pytest.fixture(scope="session")
def small_runtime(tmp_path_factory, renderer):
    settings = make_settings(tmp_path_factory.mktemp("small"))
    runtime = build_runtime(settings, clock=FrozenClock(), renderer=renderer)
    migrate(runtime.engine)
    yield publish(runtime, *practices())
    runtime.close()


@pytest.fixture(scope="session")
def small(small_runtime):
    return create_app(small_runtime).test_client()
