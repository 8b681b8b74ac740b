"""What a figure shows."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Value:
    """A number, what it is the number of, and the address of what was counted ("": none)."""

    label: str
    count: int
    url: str = ""
