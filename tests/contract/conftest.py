"""What the contract tests share."""

from collections.abc import Iterator

import pytest

from kb.adapters.whoosh_index.index import WhooshIndex
from kb.core.ports import SearchIndex
from tests.contract.search_on_disk import corpus
from tests.contract.search_samples import KINDS, NOISE, opened


@pytest.fixture(params=KINDS)
def search_index(request: pytest.FixtureRequest) -> Iterator[SearchIndex]:
    """Every implementation of the port, filled with noise only."""
    with opened(request.param) as index:
        index.replace_all(NOISE)
        yield index


@pytest.fixture(name="index_directory")
def directory_fixture(tmp_path):
    """A place for an index that does not exist yet."""
    return tmp_path / "deep" / "index"


@pytest.fixture(name="index_on_disk")
def index_fixture(index_directory):
    """The real index, filled."""
    index = WhooshIndex(index_directory)
    index.replace_all(corpus(), lambda: "1")
    return index
