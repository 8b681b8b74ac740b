"""Asking the index, healing it when it does not answer, and counting what it does not know."""

from collections.abc import Callable
from typing import TypeVar

from flask import Response, request

from kb.core.ports import IndexUnavailable
from kb.core.unit_of_work import UnitOfWork
from kb.search import misses
from kb.search.service import Results
from kb.web.current import runtime

Answer = TypeVar("Answer")


def ask_index(question: Callable[[], Answer]) -> Answer | None:
    """The answer, after a rebuild if need be; None while somebody else is rebuilding."""
    try:
        return question()
    except IndexUnavailable:
        runtime().heal_index()
    try:
        return question()
    except IndexUnavailable:
        return None


def count_miss(response: Response, results: Results) -> None:
    """Have a search in vain counted when its answer is on the way: no reader waits for it.

    What a browser fetches before anybody asked for it is no search.
    """
    if request.method != "GET" or "Sec-Purpose" in request.headers or not misses.is_miss(results):
        return
    kb, query = runtime(), results.query

    def write(work: UnitOfWork) -> None:
        misses.count_miss(work, kb.settings.secret_key, query.text, query.locale)

    response.call_on_close(lambda: kb.note(write))
