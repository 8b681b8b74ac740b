"""Days as people type them: not every browser has a calendar to choose from."""

from datetime import date
import re

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_AS_WRITTEN_HERE = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})")


def parse_day(text: str) -> date | None:
    """The day of `2026-12-31` or `31/12/2026`; None for anything else."""
    text = text.strip()
    iso, written = _ISO.fullmatch(text), _AS_WRITTEN_HERE.fullmatch(text)
    found = iso.groups() if iso else tuple(reversed(written.groups())) if written else ()
    try:
        year, month, day = (int(part) for part in found)
        return date(year, month, day)
    except ValueError:
        return None
