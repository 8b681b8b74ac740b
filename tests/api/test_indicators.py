"""Figures for programs: of quarters that are over, and no others."""

from datetime import UTC, datetime

import pytest

from kb.api.indicator_schemas import IndicatorsDocument


def test_before_any_quarter_is_over_there_is_nothing(client):
    answer = client.get("/api/v1/indicators").json
    assert (answer["quarter"], answer["quarters"], answer["practices"]) == (None, [], 0)


def test_the_last_quarter(content_runtime, client_of, clock):
    clock.time = datetime(2026, 4, 1, tzinfo=UTC)
    client = client_of(content_runtime)
    answer = client.get("/api/v1/indicators")
    document = IndicatorsDocument.model_validate_json(answer.data)
    assert (document.quarter, document.quarters, document.practices) == (
        "2026-q1",
        ("2026-q1",),
        39,
    )
    assert document.practices_by["country"] == {"BF": 17, "ML": 20, "NE": 18}
    assert document.adoptions is not None
    few = {figure.shown for split in document.adoptions.by.values() for figure in split.values()}
    assert few == {"few"}
    same = client.get("/api/v1/indicators", headers={"If-None-Match": answer.headers["ETag"]})
    assert same.status_code == 304


@pytest.mark.parametrize(
    ("quarter", "status"), [("2026-q2", 404), ("1999-q1", 422), ("soon", 422), ("2026-q5", 422)]
)
def test_other_quarters_are_refused(client, quarter, status):
    answer = client.get(f"/api/v1/indicators?quarter={quarter}")
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
