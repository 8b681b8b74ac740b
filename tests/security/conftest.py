"""An installation for a whole module of tests, with a visitor's browser on it."""

from collections.abc import Iterator

from flask.testing import FlaskClient
import pytest

from kb.app import create_app
from kb.rendering.renderer import ChildRenderer
from kb.runtime import Runtime
from kb.wiring import build_runtime
from tests.conftest import FrozenClock, make_settings
from tests.make import make_vocabularies
from tests.shortcuts import migrate


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, renderer: ChildRenderer) -> Iterator[Runtime]:
    """A few terms and no practice yet."""
    settings = make_settings(tmp_path_factory.mktemp("house"))
    runtime = build_runtime(settings, clock=FrozenClock(), renderer=renderer)
    migrate(runtime.engine)
    with runtime.begin() as work:
        make_vocabularies(work)
    yield runtime
    runtime.close()


@pytest.fixture(scope="module")
def visitor(house: Runtime) -> FlaskClient:
    return create_app(house).test_client()
