"""The commands that judge pages say what is missed, and nothing where nothing is."""

from typing import Any

import pytest

from benchmarks import html_validity
from benchmarks.lighthouse.run import GOALS, Result, middle, missed


def report(**scores: float) -> Result:
    """A report with one audit that costs points wherever a category has less than all."""
    given = {**dict.fromkeys(GOALS, 1.0), **scores}
    return Result(
        {
            "categories": {
                name: {
                    "score": score,
                    "auditRefs": [{"id": "slow", "weight": 0 if score == 1 else 25}],
                }
                for name, score in given.items()
            },
            "audits": {"slow": {"title": "Paint", "displayValue": "3 s", "score": 0.5}},
        }
    )


def test_missed_goals_are_named_with_what_costs_the_points():
    assert missed({"home": report(), "search": report(performance=0.95)}) == []
    assert missed({"home": report(performance=0.94, seo=0.99)}) == [
        "home: performance 94, goal 95: Paint (3 s)",
        "home: seo 99, goal 100: Paint (3 s)",
    ]


def test_the_run_in_the_middle_counts():
    runs = [report(performance=score) for score in (0.8, 1.0, 0.9)]
    assert middle(runs) is runs[2]


def test_complaints_are_told_once_with_their_pages(capsys: pytest.CaptureFixture[str]):
    def message(file: str, **more: Any) -> dict[str, Any]:
        return {"type": "error", "message": "Bad.", "url": f"file:/tmp/{file}", **more}

    messages = [
        message("0.html", extract="<p\n>"),
        message("0.html"),
        message("1.html"),
        message("1.html", type="info", subType="warning", message="Odd."),
    ]
    counts = html_validity.show(
        messages, {"0.html": "visitor/fr/home", "1.html": "admin/en/users"}
    )
    assert counts == {"error": 2, "warning": 1}
    assert capsys.readouterr().out.splitlines() == [
        "error: Bad. (2 pages)",
        "    visitor/fr/home: <p >",
        "    admin/en/users: ",
        "warning: Odd. (1 pages)",
        "    admin/en/users: ",
    ]
