"""The wire format of the figures."""

from typing import Literal

from kb.api.schemas import Wire


class FigureDocument(Wire):
    """A count; `few` is none, one or two, `withheld` three or more that would tell of others."""

    shown: Literal["number", "few", "withheld"]
    count: int | None


class SplitDocument(Wire):
    """A total and what it is split by, code by code."""

    total: FigureDocument
    by: dict[str, dict[str, FigureDocument]]


class IndicatorsDocument(Wire):
    """The figures of one quarter; `quarters` are those that can be asked for, the newest first.

    Before any quarter is over there is none. `practices` and what they are split by are those that
    everybody can read, published by the end of the quarter. `adoptions` are those of which a stage
    was told in the quarter, `follow_ups` those whose time ended in it; null where nothing can be
    shown.
    """

    quarter: str | None
    quarters: tuple[str, ...]
    practices: int
    practices_by: dict[str, dict[str, int]]
    practices_led_by: dict[str, int]
    adoptions: SplitDocument | None
    follow_ups: SplitDocument | None
