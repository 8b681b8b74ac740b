"""Static files under hashed names only, and no cookie for those who just read."""

import gzip
import hashlib
from pathlib import Path
import re

from flask.testing import FlaskClient
import pytest

from tests.web.html import parse

STATIC = Path(__file__).parents[2] / "kb" / "web" / "static"
FOREVER = "public, max-age=31536000, immutable"
TYPES = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml; charset=utf-8"}
TYPES[".png"] = "image/png"
TYPES[".js"] = "text/javascript; charset=utf-8"


def addresses(client: FlaskClient) -> dict[str, str]:
    assets = client.application.extensions["kb.assets"]
    return {name: f"/static/{hashed}" for name, hashed in assets.hashed_names.items()}


def linked(client: FlaskClient, address: str) -> set[str]:
    """The files that a page asks for, by their plain names."""
    page = parse(client.get(address).text)
    links = [link.attributes["href"] for link in page.all("link")]
    return {
        re.sub(r"\.[0-9a-f]{12}\.", ".", link.rsplit("/", 1)[1])
        for link in links
        if link.startswith("/static/")
    }


def test_readers_load_what_they_need_and_no_more(client: FlaskClient):
    assert set(addresses(client)) == {path.name for path in STATIC.iterdir()}
    assert linked(client, "/fr/") == {"style.css", "favicon.svg"}
    assert linked(client, "/fr/login") == {"style.css", "favicon.svg", "desk.css"}


def test_files_are_sent_once_and_for_all(client: FlaskClient):
    for name, address in addresses(client).items():
        body = (STATIC / name).read_bytes()
        assert hashlib.sha256(body).hexdigest()[:12] in address
        plain = client.get(address)
        assert (plain.status_code, plain.data) == (200, body)
        assert plain.headers["Cache-Control"] == FOREVER
        assert plain.headers["Content-Type"] == TYPES[Path(name).suffix]
        packed = client.get(address, headers={"Accept-Encoding": "gzip"})
        assert packed.headers["Content-Encoding"] == "gzip"
        assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
        assert gzip.decompress(packed.data) == body
        tag = packed.headers["ETag"]
        again = client.get(address, headers={"If-None-Match": tag, "Accept-Encoding": "gzip"})
        assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize(
    "name",
    [
        "style.css",
        "style.000000000000.css",
        "",
        ".",
        "..",
        "../web/static/style.css",
        "..%2fapp.py",
        "%2e%2e/app.py",
        "..\\app.py",
        "style.css%00.svg",
        "/etc/passwd",
        "~root",
    ],
)
def test_no_other_name_finds_anything(client: FlaskClient, name):
    response = client.get(f"/static/{name}", follow_redirects=True)
    assert response.status_code == 404
    assert "--accent" not in response.text
    assert "import" not in response.text


def test_drawings_hold_no_script():
    for path in STATIC.glob("*.svg"):
        source = path.read_text().lower()
        for forbidden in ("<script", "<style", "href", "style=", "<foreignobject", "onload"):
            assert forbidden not in source.replace('xmlns="http://www.w3.org/2000/svg"', "")


def test_the_style_sheet_asks_for_nothing():
    source = (STATIC / "style.css").read_text()
    assert "url(" not in source
    assert "@import" not in source
    assert "@font-face" not in source


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_reading_sets_no_cookie(client: FlaskClient, lang):
    seen = 0
    todo, done = [f"/{lang}/"], set()
    while todo and seen < 150:
        address = todo.pop(0)
        response = client.get(address)
        assert response.headers.getlist("Set-Cookie") == [], address
        seen += 1
        done.add(address)
        if response.mimetype == "text/html" and response.status_code == 200:
            for link in (found.split("#")[0] for found in parse(response.text).links()):
                if link.startswith("/") and link not in done and link not in todo:
                    todo.append(link)
    assert seen == 150
    for address in ("/", "/fr", "/nothing", "/fr/practices/unknown", "/static/style.css"):
        assert "Set-Cookie" not in client.get(address).headers


def test_cookies_of_others_change_nothing(client: FlaskClient):
    plain = client.get("/fr/practices").data
    client.set_cookie("session", "forged", domain="localhost")
    client.set_cookie("lang", "en", domain="localhost")
    response = client.get("/fr/practices")
    assert response.data == plain
    assert "Set-Cookie" not in response.headers
