"""The shape of a fact that use cases announce."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened. `data` holds ids and codes, never names, texts or secrets."""

    type: str
    actor_id: int | None = None
    practice_id: int | None = None
    revision_id: int | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
