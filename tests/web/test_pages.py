"""Glossary, help and the pages about the site."""

from flask.testing import FlaskClient
import pytest

from kb.core.folding import fold
from kb.core.language import Locale
from kb.runtime import Runtime
from kb.vocabularies.service import load_glossary
from tests.web.html import parse


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_glossary_shows_every_term_once(client: FlaskClient, runtime: Runtime, lang):
    with runtime.reading() as session:
        entries = {entry.id: entry for entry in load_glossary(session)}
    page = parse(client.get(f"/{lang}/glossary").text)
    shown = {
        div.attributes["id"]: div
        for dl in page.all("dl", class_="glossary")
        for div in dl.all("div")
    }
    assert set(shown) == set(entries)
    assert len(entries) == 152
    for code, entry in entries.items():
        words = shown[code].text
        both = (entry.fr, entry.en, *entry.local, *entry.synonyms)
        assert all(" ".join(word.split()) in words for word in both), code
        if entry.note:
            assert " ".join(entry.note[Locale(lang)].split()) in words


def test_glossary_is_in_the_order_of_the_language(client: FlaskClient, runtime: Runtime):
    with runtime.reading() as session:
        entries = {entry.id: entry for entry in load_glossary(session)}
    page = parse(client.get("/en/glossary").text)
    for section in page.one("main").all("section"):
        ids = [div.attributes["id"] for dl in section.all("dl") for div in dl.all("div")]
        assert ids == sorted(ids, key=lambda code: (fold(entries[code].en), code))


def test_glossary_jumps_lead_somewhere(client: FlaskClient):
    page = parse(client.get("/fr/glossary").text)
    ids = [element.attributes.get("id") for element in page.all("*")]
    jumps = page.one("nav", class_="jump").links()
    assert len(jumps) > 15
    assert all(ids.count(jump[1:]) == 1 for jump in jumps)


def test_terms_can_be_searched(client: FlaskClient):
    page = parse(client.get("/fr/glossary").text)
    for div in page.one("main").all("div")[::10]:
        search = next(link for link in div.links() if link.startswith("/fr/practices?q="))
        assert client.get(search).status_code == 200


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_examples_of_the_help_work(client: FlaskClient, lang):
    page = parse(client.get(f"/{lang}/help").text)
    examples = page.one("table").links()
    assert len(examples) == 10
    for example in examples:
        found = parse(client.get(example).text)
        assert found.all("li", class_="card"), example
        assert found.all("p", class_="suggestion") == [], example


def test_the_help_shows_what_widening_and_correcting_do(client: FlaskClient):
    page = parse(client.get("/fr/help").text)
    fulani, mediasion = (
        next(link for link in page.links() if link.endswith(f"practices?q={word}"))
        for word in ("Fulani", "mediasion")
    )
    assert "Peul" in parse(client.get(fulani).text).one("p", class_="widened").text
    corrected = parse(client.get(mediasion).text).all("p", class_="widened")[0].text
    assert "« médiation »" in corrected


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_help_defines_what_the_facets_say(client: FlaskClient, runtime: Runtime, lang):
    words = parse(client.get(f"/{lang}/help").text).text
    with runtime.reading() as session:
        vocabularies = runtime.vocabularies.get(session)
    for name in ("evidence", "leadership"):
        for term in vocabularies.by_name[name].terms:
            assert term.label[Locale(lang)] in words
            assert term.definition
            assert " ".join(term.definition[Locale(lang)].split()) in words


def test_help_without_vocabularies(sqlite_runtime: Runtime, client_of):
    client = client_of(sqlite_runtime)
    for path in ("/fr/", "/fr/practices", "/fr/glossary", "/fr/help"):
        response = client.get(path)
        assert response.status_code in {200, 503}, path
        assert len(parse(response.text).all("h1")) == 1


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize(
    "name", ["about", "privacy", "accessibility", "help", "glossary", "offline"]
)
def test_pages_have_one_title_and_links_that_work(client: FlaskClient, lang, name):
    page = parse(client.get(f"/{lang}/{name}").text)
    assert page.one("title").text == f"{page.one('h1').text} – Palabre"
    for link in {link for link in page.links() if link.startswith("/")}:
        assert client.get(link).status_code == 200, link
