"""`palabre indicators`: the numbers in three forms, and one clear line for what cannot be."""

import csv
import io
import json
from pathlib import Path

from openpyxl import load_workbook
import pytest

from kb.indicators.definitions import INDICATORS
from tests.cli.conftest import Run


def test_the_same_numbers_in_every_form(installed_palabre: Run, tmp_path: Path) -> None:
    period = ("--from", "2026-01-01", "--to", "2026-03-31")
    told = json.loads(installed_palabre("indicators", *period, "--format", "json").stdout)
    numbers = {one["key"]: one["value"] for one in told["indicators"]}
    assert list(numbers) == [indicator.key.value for indicator in INDICATORS]
    assert (numbers["practices-published"], numbers["countries-covered"]) == (39, 3)
    printed = installed_palabre("indicators", *period, "--lang", "fr")
    assert printed.stderr == ""
    lines = list(csv.reader(io.StringIO(printed.stdout)))
    assert lines[0] == ["Période", "2026-01-01", "2026-03-31"]
    assert {line[0]: float(line[4]) for line in lines[2:] if not line[2]} == numbers
    file = tmp_path / "numbers.xlsx"
    written = installed_palabre("indicators", *period, "--format", "xlsx", "--output", str(file))
    assert (written.returncode, written.stdout) == (0, f"Written: {file}\n")
    rows = load_workbook(file)["Indicators"].iter_rows(min_row=3, values_only=True)
    assert {row[0]: row[4] for row in rows if not row[2]} == numbers


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--from", "soon"), "from: is not a date like 2026-03-31"),
        (("--from", "2026-03-01", "--to", "2026-02-01"), "to: is before the first day"),
        (("--country", "XX"), "country: is not in the list"),
    ],
)
def test_what_cannot_be_is_told_in_one_sentence(
    installed_palabre: Run, arguments: tuple[str, ...], sentence: str
) -> None:
    refused = installed_palabre("indicators", *arguments)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == f"These figures cannot be made.\n  {sentence}\n"


def test_a_workbook_needs_a_file(installed_palabre: Run, tmp_path: Path) -> None:
    refused = installed_palabre("indicators", "--format", "xlsx")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "--output" in refused.stderr
    nowhere = installed_palabre("indicators", "--output", str(tmp_path / "no" / "where.csv"))
    assert nowhere.returncode == 1
    assert len(nowhere.stderr.splitlines()) == 1
