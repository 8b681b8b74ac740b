"""Log lines: one event, one line, and no exception's message, which may quote a text."""

import json
import logging

import pytest

from kb.core.logs import JsonFormatter, LineFormatter, configure_logging

CANARY = "Ousmane of Ansongo"


def record(message: str, *values: object, error: BaseException | None = None) -> logging.LogRecord:
    info = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("kb.x", logging.ERROR, __file__, 1, message, values, info)


def raised() -> BaseException:
    try:
        try:
            {}[CANARY]
        except KeyError as error:
            raise ValueError(f"row ({CANARY}) is refused\nERROR kb: forged") from error
    except ValueError as error:
        return error


def test_line_breaks_are_escaped():
    line = LineFormatter().format(record("a %s", "b\r\nERROR kb: forged"))
    assert line == "ERROR kb.x: a b\\r\\nERROR kb: forged"


def test_json_is_one_object_in_one_line():
    line = JsonFormatter().format(record("a %s", "b\r\nc"))
    assert "\n" not in line
    assert json.loads(line) == {"level": "ERROR", "logger": "kb.x", "message": "a b\r\nc"}


@pytest.mark.parametrize("formatter", [LineFormatter(), JsonFormatter()])
def test_a_traceback_tells_kind_and_place_and_nothing_that_was_written(formatter):
    line = formatter.format(record("it failed", error=raised()))
    assert CANARY not in line
    assert "forged" not in line
    assert "\n" not in line
    assert "builtins.ValueError at " in line
    assert "| caused by builtins.KeyError at " in line
    assert "test_logs.py:" in line


def test_the_operating_systems_own_words_are_kept():
    try:
        open("/nowhere/at/all")  # noqa: PTH123, SIM115
    except OSError as error:
        line = LineFormatter().format(record("it failed", error=error))
    assert "FileNotFoundError (No such file or directory) at " in line


@pytest.mark.parametrize(
    ("log_format", "written"),
    [("text", "WARNING kb.x: hello\n"), ("json", None)],
)
def test_configured_logging_writes_to_standard_error(log_format, written, capsys):
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    try:
        configure_logging(log_format)
        logging.getLogger("kb.x").warning("hello")
        logging.getLogger("kb.x").info("not this")
    finally:
        root.handlers[:], root.level = before[0], before[1]
    out, err = capsys.readouterr()
    assert out == ""
    if written:
        assert err == written
    else:
        assert json.loads(err) == {"level": "WARNING", "logger": "kb.x", "message": "hello"}
