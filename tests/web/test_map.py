"""The map page against the database, for whoever asks."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
import gzip
import re

from flask import Flask
from flask.testing import FlaskClient
import pytest

from kb.accounts.permissions import Role
from kb.app import create_app
from kb.core.language import Locale
from kb.practices.lifecycle import State
from kb.practices.queries import public_views
from kb.runtime import Runtime
from kb.search.counts import Counts
from kb.vocabularies.catalogue import Vocabularies
from kb.web.browse.map_page import MapPage
from kb.web.figures.outlines import NO_OUTLINES, load_outlines
from tests.make import client_as, make_content, make_revision, make_user, make_vocabularies
from tests.web.html import Element, parse
from tests.web.test_without_index import DeadIndex

FIGURE_LIMIT = 12_000


def number(text: str) -> int:
    """The last number of a text, in which thousands may be set apart."""
    return int(re.sub(r"\D", "", re.findall(r"\d[\d ,]*", text)[-1]))


def on_the_map(page: Element) -> dict[str, int]:
    """Count by code, of what leads somewhere."""
    links = page.one("figure", class_="map").all("a")
    return {code_of(a): number(a.one("title").text) for a in links}


def in_the_table(page: Element) -> dict[str, int]:
    rows = page.one("table", class_="regions").all("tr")
    return {code_of(row.one("a")): number(row.one("td").text) for row in rows if row.all("td")}


def in_bars(page: Element, facet: str) -> dict[str, int]:
    rows = page.one("section", class_=facet).one("tbody").all("tr")
    return {code_of(row.one("a")): number(row.one("td").text) for row in rows}


def code_of(link: Element) -> str:
    return link.attributes["href"].split("=")[1]


def counted(runtime: Runtime) -> dict[str, Counter[str]]:
    """What a visitor may read, counted in the database, parents with their children."""
    with runtime.reading() as session:
        views = [v for v in public_views(session).values() if v.kind == "practice"]
        vocabularies = runtime.vocabularies.get(session)
    return {
        "region": Counter(
            code for v in views for code in vocabularies.with_ancestors("regions", v.regions)
        ),
        "country": Counter(code for v in views for code in v.countries),
        "theme": Counter(code for v in views for code in v.themes),
    }


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_counts_are_those_of_the_database(client: FlaskClient, runtime: Runtime, lang):
    page = parse(client.get(f"/{lang}/map").text)
    expected = counted(runtime)
    assert in_the_table(page) == expected["region"]
    # One region of those shipped has neither an outline nor a region it was taken out of.
    without = {"ML-9", "ML-BD", "ML-DZ", "ML-10"}
    assert on_the_map(page) == {c: n for c, n in expected["region"].items() if c not in without}
    assert in_bars(page, "country") == expected["country"]
    assert in_bars(page, "theme") == expected["theme"]
    assert len(page.one("figure", class_="map").all("title")) == 30


def test_every_count_leads_to_as_many_results(client: FlaskClient):
    page = parse(client.get("/en/map").text)
    counts = {"region": in_the_table(page), "country": in_bars(page, "country")}
    links = {link for link in page.one("main").links() if "=" in link}
    assert {link.split("?")[0] for link in links} == {"/en/practices"}
    for facet, found in counts.items():
        for code, count in found.items():
            link = f"/en/practices?{facet}={code}"
            assert link in links
            assert number(parse(client.get(link).text).one("h2", class_="total").text) == count


def test_regions_stand_under_their_country_and_parts_under_their_whole(client: FlaskClient):
    table = parse(client.get("/en/map").text).one("table", class_="regions")
    countries = [body.all("th")[0].text for body in table.all("tbody")]
    assert countries == ["Mali", "Burkina Faso", "Niger"]
    mali = [row.one("th").text for row in table.all("tbody")[0].all("tr")[1:]]
    assert mali == [
        "Gao",
        "of which Ménaka",
        "Mopti",
        "of which Bandiagara",
        "of which Douentza",
        "Timbuktu",
        "Taoudénit",
    ]


def test_the_note_says_which_borders_are_shown(client: FlaskClient):
    note = parse(client.get("/en/map").text).one("figure", class_="map").one("figcaption").text
    for words in (
        "before the reforms of 2023 in Mali and of 2025 in Burkina Faso",
        "imply no judgement",
        "Natural Earth, public domain",
        "Ménaka with Gao, Douentza with Mopti, Bandiagara with Mopti.",
        "In the table only: Taoudénit.",
    ):
        assert words in note


def test_the_figure_is_light(client: FlaskClient):
    text = client.get("/fr/map").text
    figure = text[text.index("<figure") : text.index("</figure>")]
    assert 2_000 < len(gzip.compress(figure.encode(), 9)) <= FIGURE_LIMIT


@pytest.fixture
def house(sqlite_runtime: Runtime) -> Runtime:
    """One region with practices for visitors; more for members, and noise of every kind."""
    settings = replace(sqlite_runtime.settings, second_factor_required=False)
    runtime = replace(sqlite_runtime, settings=settings)
    with runtime.begin() as work:
        make_vocabularies(work)
        for _ in range(2):
            make_revision(work, State.PUBLISHED, make_content())
        elsewhere = {"countries": ["NE"], "regions": ["NE-6"], "themes": ["reconciliation"]}
        for hidden in (
            {"visibility": "members"},
            {"visibility": "restricted"},
            {"kind": "lesson", "caution": "lesson-only"},
        ):
            make_revision(work, State.PUBLISHED, make_content(**elsewhere, **hidden))
        # Its country is told and its region is not.
        coarse = make_content(location_precision="country", countries=["NE"], regions=["NE-6"])
        make_revision(work, State.PUBLISHED, coarse)
        for state in (State.DRAFT, State.APPROVED, State.ARCHIVED, State.WITHDRAWN):
            make_revision(work, state, make_content(**elsewhere))
    return runtime


@pytest.fixture
def page_of(house: Runtime) -> Callable[..., Element]:
    def page_of(*roles: Role) -> Element:
        client = create_app(house).test_client()
        if roles:
            with house.begin() as work:
                user_id = make_user(work, *roles).user_id or 0
            client_as(house, client, user_id)
        return parse(client.get("/fr/map").text)

    return page_of


def test_only_what_the_reader_may_find_is_counted(page_of):
    """A single region, which as a filter would narrow nothing, is still on the map."""
    visitor = page_of()
    assert on_the_map(visitor) == in_the_table(visitor) == {"ML-7": 2}
    assert in_bars(visitor, "country") == {"ML": 2, "NE": 1}
    assert in_bars(visitor, "theme") == {"land-tenure": 3}
    for member in (page_of(Role.MEMBER), page_of(Role.EDITOR)):
        assert on_the_map(member) == in_the_table(member) == {"ML-7": 2, "NE-6": 1}
        assert in_bars(member, "country") == {"ML": 2, "NE": 2}
        assert in_bars(member, "theme") == {"land-tenure": 3, "reconciliation": 1}


def test_a_site_without_practices(sqlite_runtime: Runtime, client_of):
    with sqlite_runtime.begin() as work:
        make_vocabularies(work)
    answer = client_of(sqlite_runtime).get("/en/map")
    assert answer.status_code == 200
    page = parse(answer.text)
    assert page.one("p", class_="lead").text == "No practice is published yet."
    assert page.one("main").links() == []
    assert page.all("table") == []
    figure = page.one("figure", class_="map")
    assert len(figure.one("svg", role="group").all("path")) == 31
    assert [li.text for li in figure.one("ul", class_="key").all("li")] == ["no practice"]


def test_a_site_without_vocabularies(sqlite_runtime: Runtime, client_of):
    page = parse(client_of(sqlite_runtime).get("/en/map").text)
    assert len(page.all("h1")) == 1
    assert "ML-7: no practice" in page.text


def test_while_there_is_no_index(runtime: Runtime):
    client = create_app(replace(runtime, index=DeadIndex())).test_client()
    answer = client.get("/en/map")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    page = parse(answer.text)
    assert "the map will be back in a moment" in page.one("div", class_="note").text
    assert page.one("main").links() == ["/en/practices"]


def map_page(app: Flask, runtime: Runtime, regions: dict[str, int], outlines=None) -> Element:
    """The page for counts that no site has yet."""
    with runtime.reading() as session:
        vocabularies = runtime.vocabularies.get(session)
    counts = Counts(max(regions.values()), {"region": regions})
    with app.test_request_context("/en/map"):
        page = MapPage(counts, outlines or load_outlines(), vocabularies, Locale.EN)
        return parse(app.jinja_env.get_template("browse/map.html").render(page=page))


def test_ten_thousand_practices_and_regions_nobody_knows(app: Flask, runtime: Runtime):
    regions = {"ML-5": 10_000, "ML-10": 3, "XX-9": 2, "ZZ": 1, "NE-6": 0}
    page = map_page(app, runtime, regions)
    assert on_the_map(page) == {"ML-5": 10_000}
    assert in_the_table(page) == {"ML-5": 10_000, "ML-10": 3, "XX-9": 2, "ZZ": 1}
    figure = page.one("figure", class_="map")
    assert "Mopti: 10,000 practices" in figure.text
    assert figure.one("figcaption").text.endswith("In the table only: Taoudénit, XX-9, ZZ.")
    headings = [
        body.all("th")[0].text for body in page.one("table", class_="regions").all("tbody")
    ]
    assert headings == ["Mali", "XX", "ZZ"]


def test_without_outlines_the_table_is_left(app: Flask, runtime: Runtime):
    page = map_page(app, runtime, {"ML-5": 4, "ML-DZ": 1}, NO_OUTLINES)
    assert page.all("figure") == []
    assert in_the_table(page) == {"ML-5": 4, "ML-DZ": 1}


def test_labels_come_from_the_vocabulary_and_are_escaped(app: Flask):
    regions = {"<b>": 1}
    counts = Counts(1, {"region": regions})
    with app.test_request_context("/en/map"):
        page = MapPage(counts, load_outlines(), Vocabularies({}), Locale.EN)
        text = app.jinja_env.get_template("browse/map.html").render(page=page)
    assert "<b>" not in text
    assert "&lt;b&gt;" in text
