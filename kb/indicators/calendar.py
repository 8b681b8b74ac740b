"""Days and months in SQL: the databases do not agree on how to say them."""

from datetime import date
from typing import Any

from sqlalchemy import Date, Float, String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from kb.indicators.definitions import DAYS_OF_GRACE


class Deadline(FunctionElement[date]):
    """The last day on which a follow-up is in time, from the day it was due."""

    type = Date()
    inherit_cache = True


class Month(FunctionElement[str]):
    """The month of a moment, in UTC: 2026-03."""

    type = String()
    inherit_cache = True


class Seconds(FunctionElement[float]):
    """From an earlier moment to a later one."""

    type = Float()
    inherit_cache = True


@compiles(Deadline, "sqlite")
def _deadline_sqlite(element: Deadline, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    return f"date({compiler.process(element.clauses, **options)}, '+{DAYS_OF_GRACE} days')"


@compiles(Deadline, "postgresql")
def _deadline_postgresql(
    element: Deadline,
    compiler: SQLCompiler,
    **options: Any,  # noqa: ANN401
) -> str:
    return f"({compiler.process(element.clauses, **options)} + {DAYS_OF_GRACE})"


@compiles(Month, "sqlite")
def _month_sqlite(element: Month, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    return f"substr({compiler.process(element.clauses, **options)}, 1, 7)"


@compiles(Month, "postgresql")
def _month_postgresql(element: Month, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    moment = compiler.process(element.clauses, **options)
    return f"to_char({moment} AT TIME ZONE 'UTC', 'YYYY-MM')"


@compiles(Seconds, "sqlite")
def _seconds_sqlite(element: Seconds, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    earlier, later = (compiler.process(one, **options) for one in element.clauses)
    return f"(unixepoch({later}) - unixepoch({earlier}))"


@compiles(Seconds, "postgresql")
def _seconds_postgresql(
    element: Seconds,
    compiler: SQLCompiler,
    **options: Any,  # noqa: ANN401
) -> str:
    earlier, later = (compiler.process(one, **options) for one in element.clauses)
    return f"CAST(extract(epoch FROM {later} - {earlier}) AS double precision)"
