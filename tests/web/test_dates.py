"""Days in the words of each language."""

from datetime import date

import pytest

from kb.app import create_app
from kb.web.dates import date_words


@pytest.mark.parametrize(
    ("path", "day", "length", "shown"),
    [
        ("/fr/", date(2026, 5, 1), "long", "1er mai 2026"),
        ("/fr/", date(2026, 11, 1), "medium", "1er nov. 2026"),
        ("/fr/", date(2026, 5, 1), "short", "01/05/2026"),
        ("/fr/", date(2026, 5, 2), "long", "2 mai 2026"),
        ("/fr/", date(2026, 5, 11), "long", "11 mai 2026"),
        ("/fr/", date(2026, 5, 31), "long", "31 mai 2026"),
        ("/en/", date(2026, 5, 1), "long", "1 May 2026"),
    ],
)
def test_the_first_of_a_month_is_written_as_the_french_write_it(
    sqlite_runtime, path, day, length, shown
):
    with create_app(sqlite_runtime).test_request_context(path):
        assert date_words(day, length) == shown
