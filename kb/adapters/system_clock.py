"""The system's clock."""

from datetime import UTC, datetime


class SystemClock:
    """The current time, as the machine knows it."""

    def now(self) -> datetime:
        return datetime.now(UTC)  # noqa: TID251 - the one place that asks the machine
