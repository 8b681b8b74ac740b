"""What the parts of the form are made of."""

from dataclasses import dataclass

from kb.core.messages import Message


@dataclass(frozen=True, slots=True)
class FormField:
    """A field of the form; `kind` says how it is asked for."""

    name: str
    label: Message
    help: Message | None = None
    kind: str = "line"
    required: bool = False
    vocabulary: str = ""
    rows: int = 6
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Fields under a heading of their own."""

    heading: Message
    fields: tuple[FormField, ...]
