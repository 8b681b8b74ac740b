"""A chart of horizontal bars, which is a table at the same time."""

from collections.abc import Iterable
from dataclasses import dataclass

from kb.web.figures.value import Value


@dataclass(frozen=True, slots=True)
class Bar:
    """A value, and the length of its bar in per cent of the longest."""

    value: Value
    percent: int


def bar_chart(values: Iterable[Value]) -> tuple[Bar, ...]:
    """The bars in the order given; whatever is not nothing is seen."""
    listed = tuple(values)
    longest = max((value.count for value in listed), default=0)
    return tuple(
        Bar(value, max(1, round(100 * value.count / longest)) if value.count else 0)
        for value in listed
    )
