"""What the contract tests share."""

from collections.abc import Iterator

import pytest

from kb.core.ports import SearchIndex
from tests.contract.search_samples import KINDS, NOISE, opened


@pytest.fixture(params=KINDS)
def search_index(request: pytest.FixtureRequest) -> Iterator[SearchIndex]:
    """Every implementation of the port, filled with noise only."""
    with opened(request.param) as index:
        index.replace_all(NOISE)
        yield index
