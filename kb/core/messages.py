"""Sentences that are written in one place and translated in another."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Message:
    """A message id (plain English) and its parameters, in gettext's `%(name)s` form."""

    text: str
    parameters: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text % self.parameters if self.parameters else self.text


def msg(text: str, **parameters: object) -> Message:
    """Mark a sentence for translation without translating it yet."""
    return Message(text, parameters)
