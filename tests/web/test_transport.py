"""Bytes on the wire: validators, compression, and what changes from request to request."""

import gzip
import re

from flask.testing import FlaskClient
import pytest

PATHS = [
    "/fr/",
    "/fr/practices?q=puits",
    "/fr/practices/case-de-la-paix-gao",
    "/fr/practices/case-de-la-paix-gao.md",
    "/fr/glossary",
    "/en/privacy",
]
FIRST_VIEW = 30_000


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("encoding", ["", "gzip", "br, gzip;q=0.5", "identity"])
def test_what_the_reader_has_is_not_sent_again(client: FlaskClient, path, encoding):
    headers = {"Accept-Encoding": encoding}
    first = client.get(path, headers=headers)
    assert first.status_code == 200
    assert first.headers["Cache-Control"] == "public, no-cache"
    tag = first.headers["ETag"]
    again = client.get(path, headers={**headers, "If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == tag
    assert "Content-Encoding" not in again.headers
    assert "Accept-Encoding" in again.headers["Vary"]
    other = client.get(path, headers={**headers, "If-None-Match": 'W/"other"'})
    assert (other.status_code, other.data) == (200, first.data)


@pytest.mark.parametrize("path", PATHS)
def test_answers_are_compressed_on_request_and_only_then(client: FlaskClient, path):
    plain = client.get(path)
    assert "Content-Encoding" not in plain.headers
    for accepted in ("gzip", "deflate, GZIP;q=0.1", "*"):
        packed = client.get(path, headers={"Accept-Encoding": accepted})
        assert packed.headers["Content-Encoding"] == "gzip"
        # The menu of a page depends on who is signed in; an interface knows nobody.
        varies = "Accept-Encoding, Cookie" if plain.mimetype == "text/html" else "Accept-Encoding"
        assert packed.headers["Vary"] == plain.headers["Vary"] == varies
        assert packed.headers["Content-Length"] == str(len(packed.data))
        assert gzip.decompress(packed.data) == plain.data
        assert len(packed.data) < len(plain.data) / 1.5
    for refused in ("gzip;q=0", "br", "identity"):
        answer = client.get(path, headers={"Accept-Encoding": refused})
        assert "Content-Encoding" not in answer.headers
        assert answer.data == plain.data


@pytest.mark.parametrize("path", PATHS)
def test_nothing_changes_from_request_to_request(client: FlaskClient, path):
    headers = {"Accept-Encoding": "gzip"}
    answers = [client.get(path, headers=headers) for _ in range(3)]
    assert len({answer.data for answer in answers}) == 1
    for answer in answers:
        answer.headers.pop("Date", None)
    assert len({tuple(sorted(answer.headers)) for answer in answers}) == 1


def test_errors_are_compressed_but_carry_no_validator(client: FlaskClient):
    answer = client.get("/fr/nothing", headers={"Accept-Encoding": "gzip"})
    assert (answer.status_code, answer.headers["Content-Encoding"]) == (404, "gzip")
    assert "ETag" not in answer.headers


def test_a_change_of_the_text_changes_the_validator(client: FlaskClient):
    tags = {client.get(path).headers["ETag"] for path in PATHS}
    assert len(tags) == len(PATHS)


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize(
    "path",
    ["/", "/practices", "/practices?q=mediation", "/practices/koglweogo-lecon-et-precautions"],
)
def test_first_view_is_light(client: FlaskClient, lang, path):
    headers = {"Accept-Encoding": "gzip"}
    page = client.get(f"/{lang}{path}")
    style = page.text.split('rel="stylesheet" href="')[1].split('"')[0]
    sheet = len(client.get(style, headers=headers).data)
    assert sheet <= 8_000
    assert len(gzip.compress(page.data)) + sheet <= FIRST_VIEW / 2
    assert page.text.count('<link rel="stylesheet"') == 1
    # One script: where one can search, it suggests words; where one reads, it keeps the entry.
    scripts = re.findall(r"<script[^>]*>", page.text)
    assert [name.split("/static/")[1].split(".")[0] for name in scripts] == (
        ["keep"] if "/practices/" in path else ["suggest"]
    )
    assert "<img" not in page.text
