"""Log lines: one event, one line, and nothing that quotes a text or a name."""

from collections.abc import Iterator
import json
import logging
import traceback
from types import TracebackType
from typing import Any

FRAMES = 12
ExceptionInfo = (
    tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
)


class LineFormatter(logging.Formatter):
    """Plain text; line breaks inside a message are written as escapes."""

    def __init__(self) -> None:
        super().__init__("%(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        line = f"{record.levelname} {record.name}: {record.getMessage()}"
        if record.exc_info:
            line += f" | {self.formatException(record.exc_info)}"
        return line.replace("\r", "\\r").replace("\n", "\\n")

    def formatException(self, ei: ExceptionInfo) -> str:  # noqa: N802 - logging's name
        return " | caused by ".join(_faults(ei[1]))


class JsonFormatter(LineFormatter):
    """One JSON object per event, tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        facts: dict[str, Any] = {
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            facts["traceback"] = self.formatException(record.exc_info)
        return json.dumps(facts)


def configure_logging(log_format: str, level: int = logging.WARNING) -> None:
    """Write warnings and errors to standard error in the chosen format (text or json)."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter() if log_format == "json" else LineFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)


def _faults(error: BaseException | None) -> Iterator[str]:
    """What kind of fault and where, back to its first cause.

    Without its message: PostgreSQL, for one, quotes the row that it refuses.
    """
    while error is not None:
        kind = f"{type(error).__module__}.{type(error).__qualname__}"
        reason = f" ({error.strerror})" if isinstance(error, OSError) else ""
        frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
        places = " < ".join(f"{f.filename}:{f.lineno} {f.name}" for f in reversed(frames))
        yield f"{kind}{reason} at {places or 'an unknown place'}"
        error = error.__cause__ or error.__context__
