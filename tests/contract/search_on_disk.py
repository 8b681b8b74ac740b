"""The real index in a directory, and ways to look at it, for the tests of what befalls it."""

import os
import traceback

import pytest

from kb.core.ports import IndexUnavailable, SearchRequest
from tests.contract.search_samples import ask, document, text

NOBODY = 65534
QUESTIONS = (
    lambda index: index.search(SearchRequest("puits pasto* -sel")),
    lambda index: index.search(SearchRequest()),
    lambda index: index.search(SearchRequest("puuits")),
    lambda index: index.related("one", 3),
    lambda index: index.stamps(),
)


def corpus(stamp="1", size=4):
    """Documents that all carry one stamp, in the texts too."""
    return [
        document(
            slug,
            text(title=f"Puits pastoral {slug}", body=f"marque{stamp} eau sel{number}"),
            text(title=f"Pastoral well {slug}", body=f"marque{stamp} water"),
            stamp=stamp,
            facets={"theme": ("water",), "kind": ("practice",)},
        )
        for number, slug in enumerate(["one", "two", "three", "four"][:size])
    ]


def generation(directory):
    (folder,) = directory.glob("generation-*")
    return folder


def require_unavailable(index):
    for question in QUESTIONS:
        with pytest.raises(IndexUnavailable):
            question(index)
    with pytest.raises(IndexUnavailable):
        index.apply([document("more")], [])


def require_good(index, size=4):
    assert len(index.stamps()) == size
    assert ask(index, "puits").total == size
    assert ask(index, "puuits").corrected == "Puits"


def in_a_child(function):
    """Run in a forked process, which shares what is open; fails when it fails."""
    child = os.fork()
    if child == 0:
        try:
            function()
        except BaseException:  # noqa: BLE001 - nothing may get past the fork
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
