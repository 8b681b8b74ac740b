"""The search page against the database: totals, facets, chips, pages and notes."""

from collections import Counter
import re
from urllib.parse import parse_qsl, urlsplit

from flask.testing import FlaskClient
import pytest

from kb.core.folding import fold
from kb.core.language import Locale
from kb.practices.facets import FACETS, facets_of
from kb.practices.queries import public_views
from kb.runtime import Runtime
from tests.web.html import Element, parse


@pytest.fixture(scope="module")
def views(runtime: Runtime):
    with runtime.reading() as session:
        return public_views(session)


def get(client: FlaskClient, address: str, status: int = 200) -> Element:
    response = client.get(address)
    assert response.status_code == status, address
    return parse(response.text)


def slugs(page: Element) -> list[str]:
    return [card.links()[0].rsplit("/", 1)[1] for card in page.all("li", class_="card")]


def test_browsing_lists_practices_and_points_to_the_lessons(client: FlaskClient, views):
    page = get(client, "/fr/practices?per_page=100")
    practices = {slug for slug, view in views.items() if view.kind == "practice"}
    assert set(slugs(page)) == practices
    assert page.one("h2", class_="total").text == f"{len(practices)} pratiques"
    line = page.one("p", class_="lessons")
    assert line.text.startswith("4 leçons de prudence correspondent aussi")
    everything = get(client, f"{line.links()[0]}")
    assert everything.one("h2", class_="total").text == "43 résultats"
    lessons = get(client, "/en/practices?kind=lesson")
    assert lessons.one("h2", class_="total").text == "4 cautionary lessons"
    assert set(slugs(lessons)) == set(views) - practices


def test_facet_counts_are_those_of_the_database(client: FlaskClient, runtime: Runtime, views):
    with runtime.reading() as session:
        vocabularies = runtime.vocabularies.get(session)
    page = get(client, "/en/practices")
    practices = [view for view in views.values() if view.kind == "practice"]
    facets = 0
    for name in set(FACETS) - {"kind"}:
        boxes = page.all("input", name=name)
        shown = {
            label.one("input").attributes["value"]: int(label.one("span", class_="n").text)
            for label in page.all("label")
            if label.all("input", name=name)
        }
        assert len(boxes) == len(shown)
        expected = Counter(
            code
            for view in practices
            for code in vocabularies.with_ancestors(FACETS[name], facets_of(view)[name])
        )
        if len(expected) > 1:
            facets += 1
            assert shown == expected, name
    assert facets >= 6


def test_filters_of_one_facet_widen_and_of_several_narrow(client: FlaskClient, views):
    page = get(client, "/fr/practices?country=ML&country=NE&theme=reconciliation&per_page=100")
    assert set(slugs(page)) == {
        slug
        for slug, view in views.items()
        if view.kind == "practice"
        and {"ML", "NE"} & set(view.countries)
        and "reconciliation" in view.themes
    }
    assert {box.attributes["value"] for box in page.all("input", checked="")} == {
        "ML",
        "NE",
        "reconciliation",
        "practice",
    }


def test_a_region_finds_those_taken_out_of_it(client: FlaskClient, views):
    page = get(client, "/fr/practices?region=ML-5&kind=all&per_page=100")
    assert set(slugs(page)) == {
        slug for slug, view in views.items() if {"ML-5", "ML-DZ", "ML-BD"} & set(view.regions)
    }


def test_each_chip_removes_one_filter(client: FlaskClient):
    address = "/fr/practices?q=paix&country=ML&theme=reconciliation&kind=all&sort=title"
    page = get(client, address)
    chips = page.one("ul", class_="chips").all("a")
    assert [chip.text for chip in chips] == [
        "Enlever : Pays : Mali×",
        "Enlever : Thème : Réconciliation×",
        "Enlever : Type de fiche : Pratiques et leçons×",
        "Enlever tous les filtres",
    ]
    asked = parse_qsl(urlsplit(address).query)
    for chip, removed in zip(chips[:3], asked[1:4], strict=True):
        left = parse_qsl(urlsplit(chip.attributes["href"]).query)
        assert sorted(left) == sorted(pair for pair in asked if pair != removed)
    assert parse_qsl(urlsplit(chips[3].attributes["href"]).query) == [("q", "paix")]


def test_accents_do_not_matter_and_matches_are_marked(client: FlaskClient):
    page = get(client, "/fr/practices?q=mediation+fonciere")
    assert "conciliation-fonciere-villageoise-burkina" in slugs(page)[:3]
    assert page.one("input", id="q").attributes["value"] == "mediation fonciere"
    marks = get(client, "/fr/practices?q=mediation").all("mark")
    assert "médiation" in {mark.text.lower() for mark in marks}


def test_either_language_finds_the_same_practice(client: FlaskClient):
    for words in ("peace+hut", "%22case+de+la+paix%22"):
        for lang in ("fr", "en"):
            assert "case-de-la-paix-gao" in slugs(get(client, f"/{lang}/practices?q={words}"))[:3]


def test_sorting_by_title_follows_the_alphabet(client: FlaskClient, views):
    page = get(client, "/fr/practices?sort=title&per_page=100")
    titles = [h3.text for h3 in page.all("h3")]
    assert len(titles) == 39
    # Compared by first word only: how spaces and hyphens sort is the index's business.
    firsts = [fold(re.findall(r"\w+", title)[0]) for title in titles]
    assert firsts == sorted(firsts)
    assert page.one("option", selected="").attributes["value"] == "title"


def test_pages_show_everything_once(client: FlaskClient, views):
    first = get(client, "/fr/practices?country=ML&kind=all&per_page=5")
    found = slugs(first)
    address = first.one("a", rel="next").attributes["href"]
    numbers = first.one("nav", class_="pager").all("a")
    assert [a.text for a in numbers if "aria-current" in a.attributes] == ["Page 1"]
    while address:
        page = get(client, address)
        found += slugs(page)
        following = page.all("a", rel="next")
        address = following[0].attributes["href"] if following else ""
    expected = [slug for slug, view in views.items() if "ML" in view.countries]
    assert sorted(found) == sorted(expected)


def test_a_page_behind_the_last_one_says_so(client: FlaskClient):
    page = get(client, "/fr/practices?country=ML&page=99", 404)
    section = page.one("section", class_="results")
    assert section.one("h2").text == "Cette page de résultats n’existe pas"
    assert "/fr/practices?country=ML" in section.links()
    assert slugs(page) == []


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("theme=nonsense", "Thème (theme)"),
        ("theme=reconciliation&theme=x", "Thème (theme)"),
        ("country=DE&region=XX-1", "Pays (country), Région (region)"),
        ("kind=secret", "Type de fiche (kind)"),
        ("sort=random", "Ordre (sort)"),
        ("page=0", "Page (page)"),
        ("page=-1", "Page (page)"),
        ("page=abc", "Page (page)"),
        ("page=1000000000", "Page (page)"),
        ("page=%D9%A1", "Page (page)"),
        ("per_page=0", "Résultats par page (per_page)"),
        ("per_page=1000", "Résultats par page (per_page)"),
        ("exact=yes", "Mots exacts (exact)"),
    ],
)
def test_what_makes_no_sense_is_ignored_and_named(client: FlaskClient, query, named):
    page = get(client, f"/fr/practices?{query}")
    note = page.one("div", class_="note").text
    assert note == f"Une partie de cette adresse n’a pas de sens ici et a été ignorée : {named}"
    assert slugs(page)


def test_sensible_addresses_carry_no_note(client: FlaskClient):
    for query in ("", "?q=", "?page=1&kind=practice&sort=relevance&q=puits", "?foo=bar"):
        assert get(client, f"/fr/practices{query}").all("div", class_="note") == []


def test_nothing_found_says_what_to_try(client: FlaskClient):
    page = get(client, "/fr/practices?q=zzxxqq&country=ML")
    section = page.one("section", class_="results")
    assert section.one("h2").text == "Rien n’a été trouvé"
    assert {"/fr/practices?q=zzxxqq", "/fr/glossary", "/fr/practices"} <= set(section.links())


def test_a_misspelt_word_gets_a_suggestion_that_finds_something(client: FlaskClient):
    page = get(client, "/fr/practices?q=mediaton&country=ML&exact=1")
    link = page.one("p", class_="suggestion").one("a")
    assert link.text == "médiation"
    assert slugs(get(client, link.attributes["href"]))


def test_lessons_are_offered_where_no_practice_matches(client: FlaskClient, views):
    title = views["pactes-anefis-2015-lecon"].texts[Locale.FR].title
    page = get(client, f'/fr/practices?q="{title}"')
    assert slugs(page) == []
    offered = next(link for link in page.links() if "kind=all" in link)
    assert "pactes-anefis-2015-lecon" in slugs(get(client, offered))


def test_searches_are_not_for_other_search_engines(client: FlaskClient):
    assert get(client, "/fr/practices?q=puits").one("meta", name="robots")
    assert get(client, "/fr/practices").all("meta", name="robots") == []


def test_words_of_the_thesaurus_widen_a_search_and_say_so(client: FlaskClient):
    page = get(client, "/fr/practices?q=fulani&country=ML&sort=title")
    line = page.one("p", class_="widened")
    assert line.text.startswith("Aussi cherché : ")
    assert "Peul" in re.split(r" : |, |\s·", line.text)
    exact = line.one("a")
    asked = parse_qsl(urlsplit(exact.attributes["href"]).query)
    assert asked == [("q", "fulani"), ("country", "ML"), ("sort", "title"), ("exact", "1")]
    narrow = get(client, exact.attributes["href"])
    assert set(slugs(narrow)) < set(slugs(page))


def test_an_exact_search_says_so_stays_so_and_can_be_widened(client: FlaskClient):
    page = get(client, "/fr/practices?q=paix&exact=1&per_page=5")
    line = page.one("p", class_="widened")
    assert line.text.startswith("Seuls ces mots exacts ont été cherchés.")
    assert "checked" in page.one("input", name="exact").attributes
    assert "exact=1" in page.one("a", rel="next").attributes["href"]
    widened = get(client, line.one("a").attributes["href"])
    assert "exact" not in line.one("a").attributes["href"]
    assert "checked" not in widened.one("input", name="exact").attributes
    narrowed = get(client, "/fr/practices?q=paix&exact=1&country=ML&theme=reconciliation")
    for chip in narrowed.one("ul", class_="chips").links()[:2]:
        assert "exact=1" in chip


def test_exact_without_words_is_a_list_of_everything(client: FlaskClient):
    page = get(client, "/fr/practices?exact=1")
    assert page.all("p", class_="widened") == []
    assert page.one("h2", class_="total").text == "39 pratiques"


def test_what_nothing_has_is_answered_by_its_right_spelling(client: FlaskClient):
    page = get(client, "/fr/practices?q=mediasion")
    line = page.all("p", class_="widened")[0]
    assert line.text.startswith("Rien pour « mediasion ». Cherché à la place : « médiation ».")
    assert page.all("p", class_="suggestion") == []
    assert page.one("input", id="q").attributes["value"] == "mediasion"
    assert slugs(page) == slugs(get(client, "/fr/practices?q=m%C3%A9diation"))
    as_typed = get(client, line.one("a").attributes["href"])
    assert as_typed.one("h2", id="results-title").text == "Rien n’a été trouvé"


def test_the_rest_of_a_very_long_text_is_not_left_out_silently(client: FlaskClient):
    whole = get(client, "/fr/practices?q=" + "x" * 1000)
    assert whole.all("div", class_="note") == []
    page = get(client, "/fr/practices?q=" + "x" * 1001)
    assert page.one("div", class_="note").text == (
        "Ce texte est très long : seuls ses 1 000 premiers caractères ont été cherchés."
    )


def test_nothing_found_leads_to_the_themes_there_are(client: FlaskClient):
    page = get(client, "/fr/practices?q=zzxxqq")
    section = page.one("section", class_="results")
    assert {"/fr/help", "/fr/glossary", "/fr/request-access"} <= set(section.links())
    themes = section.one("ul", class_="ways").all("a")
    assert len(themes) > 5
    for theme in themes:
        found = get(client, theme.attributes["href"])
        number = theme.one("span", class_="n").text
        assert found.one("h2", class_="total").text.split()[0] == number
