"""Log lines: one event, one line, whatever was put into it."""

import json
import logging
from typing import Any


class LineFormatter(logging.Formatter):
    """Plain text; line breaks inside a message are written as escapes."""

    def __init__(self) -> None:
        super().__init__("%(levelname)s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        return _one_line(super().formatMessage(record))


class JsonFormatter(logging.Formatter):
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


def _one_line(text: str) -> str:
    return text.replace("\r", "\\r").replace("\n", "\\n")
