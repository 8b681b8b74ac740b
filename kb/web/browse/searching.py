"""Asking the index, and healing it when it does not answer."""

from collections.abc import Callable
from typing import TypeVar

from kb.core.ports import IndexUnavailable
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
