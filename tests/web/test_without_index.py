"""The pages while the index is gone, damaged, or being rebuilt: an answer, and it heals."""

from dataclasses import replace
from pathlib import Path
import shutil

import pytest

from kb.app import create_app
from kb.core.ports import IndexUnavailable
from kb.practices.queries import public_views
from kb.runtime import Runtime
from tests.web.html import parse

SLUG = "case-de-la-paix-gao"


class DeadIndex:
    """An index on a full disk: it can be neither read nor rebuilt."""

    def search(self, request: object) -> object:
        raise IndexUnavailable

    def related(self, slug: str, limit: int) -> object:
        raise IndexUnavailable

    def complete(self, text: str, locale: object, limit: int) -> object:
        raise IndexUnavailable

    def stamps(self) -> object:
        raise IndexUnavailable

    def bookmark(self) -> str:
        raise IndexUnavailable

    def apply(self, *_arguments: object) -> None:
        raise IndexUnavailable

    def replace_all(self, *_arguments: object) -> None:
        raise IndexUnavailable


@pytest.fixture
def dead(runtime: Runtime):
    return create_app(replace(runtime, index=DeadIndex())).test_client()


@pytest.mark.parametrize("path", ["practices", "suggest"])
def test_search_shows_everything_in_alphabetical_order(dead, runtime: Runtime, path):
    response = dead.get(f"/fr/{path}?q=puits")
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "5"
    assert response.headers["Cache-Control"] == "no-store"
    page = parse(response.text)
    assert "La recherche est en cours de reconstruction" in page.one("div", class_="note").text
    assert page.one("input", id="q").attributes["value"] == "puits"
    links = page.one("ul", class_="plain-list").links()
    with runtime.reading() as session:
        assert {link.rsplit("/", 1)[1] for link in links} == set(public_views(session))
    titles = [li.text for li in page.one("ul", class_="plain-list").all("li")]
    assert titles[0].startswith("Accord de cessation")
    assert len(titles) == 43


def test_a_long_list_is_cut_and_says_so(dead, monkeypatch):
    assert parse(dead.get("/fr/practices").text).text.count("Il y en a d’autres") == 0
    monkeypatch.setattr("kb.web.browse.routes.LISTED", 42)
    page = parse(dead.get("/fr/practices").text)
    assert len(page.one("ul", class_="plain-list").all("li")) == 42
    assert page.text.count("Il y en a d’autres") == 1


def test_home_and_practice_do_without(dead):
    home = dead.get("/fr/")
    assert home.status_code == 200
    assert "/fr/practices" in parse(home.text).one("p", class_="count").links()
    response = dead.get(f"/fr/practices/{SLUG}")
    assert response.status_code == 200
    assert parse(response.text).all("ul", class_="related") == []


@pytest.mark.parametrize("fault", ["gone", "garbled", "truncated"])
def test_a_lost_index_heals_under_a_running_server(content_runtime: Runtime, fault):
    client = create_app(content_runtime).test_client()
    before = client.get("/fr/practices?q=puits").data
    folder = Path(content_runtime.settings.search_url.partition(":")[2])
    if fault == "gone":
        shutil.rmtree(folder)
    else:
        for file in folder.rglob("*"):
            if file.is_file():
                file.write_bytes(b"\x00garbage" if fault == "garbled" else b"")
    for _ in range(3):
        for path in ("/fr/", "/fr/practices?q=puits", f"/fr/practices/{SLUG}"):
            assert client.get(path).status_code == 200
    assert client.get("/fr/practices?q=puits").data == before
