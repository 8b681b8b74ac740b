"""The practice page, for all practices and in both languages."""

from collections.abc import Iterator
import re
from urllib.parse import parse_qs, unquote, urlsplit

from flask import Flask
from flask.testing import FlaskClient
import pytest

from kb.core.language import Locale
from kb.practices.public import PublicPractice
from kb.practices.queries import public_views
from kb.practices.template import BY_KEY
from kb.runtime import Runtime
from tests.web.html import Element, parse

DESK_STUDY = {
    "fr": "Étude documentaire de sources publiées ; ni entretiens ni travail de terrain.",
    "en": "Desk study of published sources; no interviews or field work.",
}
IMPORTED = {
    "fr": "Importée ; pas encore relue dans Palabre.",
    "en": "Imported, not reviewed in Palabre.",
}


@pytest.fixture(scope="module")
def pages(app: Flask, runtime: Runtime) -> dict[tuple[str, str], tuple[PublicPractice, Element]]:
    client = app.test_client()
    with runtime.reading() as session:
        views = public_views(session)
    return {
        (lang, slug): (view, parse(client.get(f"/{lang}/practices/{slug}").text))
        for slug, view in views.items()
        for lang in ("fr", "en")
    }


def each(pages: dict) -> Iterator[tuple[str, PublicPractice, Element]]:
    assert len(pages) == 86
    for (lang, _slug), (view, page) in pages.items():
        yield lang, view, page


def plain(text: str) -> str:
    return " ".join(text.split())


def test_title_summary_and_sections_in_order(pages):
    for lang, view, page in each(pages):
        text = view.texts[Locale(lang)]
        assert page.one("h1").text == plain(text.title)
        assert page.one("header", class_="top")
        assert page.one("article").one("p", class_="lead").text == plain(text.summary)
        headings = [
            section.one("h2").text
            for section in page.all("section")
            if section.attributes.get("id") in BY_KEY
        ]
        assert headings == [BY_KEY[s.key].heading[Locale(lang)] for s in text.sections]


def test_every_citation_leads_to_its_source_and_back(pages):
    for _lang, view, page in each(pages):
        ids = [e.attributes["id"] for e in page.all("*") if "id" in e.attributes]
        assert len(ids) == len(set(ids)), view.slug
        listed = page.one("ul", class_="sources")
        marks = {a.attributes["href"][1:] for sup in page.all("sup") for a in sup.all("a")}
        assert marks <= {source.id for source in view.sources}, view.slug
        for source in view.sources:
            item = listed.one("li", id=source.id)
            for link in item.links():
                if link.startswith("#"):
                    cited_in = page.one("section", id=link[1:])
                    assert f"#{source.id}" in cited_in.links(), (view.slug, link)
            cites = {
                f"#{section.attributes['id']}"
                for section in page.all("section")
                if section.attributes.get("id") in BY_KEY and f"#{source.id}" in section.links()
            }
            assert cites == {link for link in item.links() if link.startswith("#")}


def test_sources_lead_out_without_a_trace(pages):
    for _lang, view, page in each(pages):
        outside = [a.attributes for a in page.all("a") if a.attributes["href"].startswith("http")]
        assert {source.url for source in view.sources if source.url} <= {
            a["href"] for a in outside
        }
        for link in outside:
            assert {"noopener", "noreferrer", "external"} <= set(link["rel"].split())


def test_what_each_text_rests_on(pages):
    for lang, view, page in each(pages):
        basis = page.one("section", class_="basis").text
        assert (view.method, view.imported) == ("desk-study", True)
        assert DESK_STUDY[lang] in basis
        assert IMPORTED[lang] in basis
        if view.evidence == "solid":
            assert {"fr": "ne prouve pas son effet", "en": "does not prove its effect"}[
                lang
            ] in basis


def test_cautions_are_told_with_the_sentence_of_the_vocabulary(pages, runtime: Runtime):
    with runtime.reading() as session:
        vocabularies = runtime.vocabularies.get(session)
    seen = set()
    for lang, view, page in each(pages):
        banners = page.one("article").all("div", class_="banner")
        seen.add(view.caution)
        if view.caution == "none":
            assert banners == []
            continue
        term = vocabularies.term("cautions", view.caution)
        assert plain(term.sentence[Locale(lang)]) in banners[0].text
        assert view.texts[Locale(lang)].places == () or view.caution == "none"
    assert seen == {"none", "do-no-harm", "lesson-only"}


def test_tags_lead_to_a_search_that_finds_the_practice(app: Flask, pages):
    client = app.test_client()
    for lang, view, page in list(each(pages))[::9]:
        for tag in page.all("a", class_="tag"):
            address = tag.attributes["href"]
            assert address.startswith(f"/{lang}/practices?")
            joined = client.get(f"{address}&kind=all&per_page=100").text
            assert f'href="/{lang}/practices/{view.slug}"' in joined, address


def test_unknown_origin_and_maturity_are_not_shown(pages):
    for _lang, view, page in each(pages):
        links = " ".join(page.one("dl", class_="facts").links())
        assert ("origin=" in links) == (view.origin != "unknown")
        assert ("maturity=" in links) == (view.maturity != "unknown")


def test_analysis_is_set_apart_and_explained(pages):
    marks = 0
    for lang, view, page in each(pages):
        word = {"fr": "Analyse", "en": "Analysis"}[lang]
        passages = [
            span
            for section in page.all("div", class_="prose")
            for span in section.all("span", class_="analysis")
        ]
        marks += len(passages)
        assert all(span.text.startswith(word) for span in passages), view.slug
        legend = page.one("p", class_="legend").all("span", class_="analysis")
        assert len(legend) == bool(passages)
    assert marks > 86


def test_citation_names_revision_date_and_address(pages):
    for lang, view, page in each(pages):
        cite = page.one("dd", class_="cite").text
        assert plain(view.texts[Locale(lang)].title) in cite
        assert f"https://palabre.example/{lang}/practices/{view.slug}" in cite
        assert {"fr": "révision 1, 1er mars 2026", "en": "revision 1, 1 March 2026"}[lang] in cite


def test_share_links_hold_title_summary_and_address(pages):
    for lang, view, page in each(pages):
        text = view.texts[Locale(lang)]
        address = f"https://palabre.example/{lang}/practices/{view.slug}"
        told = {
            ("do-no-harm", "fr"): "Ne pas nuire. ",
            ("do-no-harm", "en"): "Do no harm. ",
            ("lesson-only", "fr"): "Leçon seulement. ",
            ("lesson-only", "en"): "Lesson only. ",
        }.get((view.caution, lang), "")
        links = page.one("section", id="reuse").links()
        whatsapp = urlsplit(next(link for link in links if "wa.me" in link))
        (message,) = parse_qs(whatsapp.query)["text"]
        before, _, after = message.partition(text.summary)
        assert before.startswith(f"{text.title}\n\n{told}")
        assert (len(before) > len(text.title) + 2) is bool(told)
        assert after == f"\n\n{address}"
        mail = next(link for link in links if link.startswith("mailto:"))
        assert unquote(mail).endswith(f"{text.summary}\n\n{address}")
        assert f"body={told}" in unquote(mail)


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_markdown_download(client: FlaskClient, runtime: Runtime, lang):
    slug = "case-de-la-paix-gao"
    page = parse(client.get(f"/{lang}/practices/{slug}").text)
    response = client.get(next(link for link in page.links() if link.endswith(".md")))
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/markdown; charset=utf-8"
    disposition = f'attachment; filename="{slug}.{lang}.md"'
    assert response.headers["Content-Disposition"] == disposition
    with runtime.reading() as session:
        text = public_views(session, [slug])[slug].texts[Locale(lang)]
    assert text.title in response.text
    for section in text.sections:
        assert section.markdown in response.text


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_markdown_download_warns_like_the_page(client: FlaskClient, runtime: Runtime, lang):
    """Whoever passes the file on passes on what to beware of."""
    with runtime.reading() as session:
        views = public_views(session)
        cautions = runtime.vocabularies.get(session).by_name["cautions"]
    sentences = {term.code: term.sentence for term in cautions.terms}
    for view in views.values():
        markdown = client.get(f"/{lang}/practices/{view.slug}.md").text
        words = " ".join(markdown.split())
        expected = sentences[view.caution]
        warned = [s[Locale(lang)] for s in sentences.values() if s and s[Locale(lang)] in words]
        assert warned == ([expected[Locale(lang)]] if expected else [])
        assert f"address: https://palabre.example/{lang}/practices/{view.slug}" in markdown
        assert "licence: CC-BY-SA-4.0" in markdown


def test_json_download_exists(client: FlaskClient):
    page = parse(client.get("/fr/practices/case-de-la-paix-gao").text)
    response = client.get(next(link for link in page.links() if link.endswith(".json")))
    assert (response.status_code, response.json["slug"]) == (200, "case-de-la-paix-gao")


def test_related_practices_are_others(pages):
    for lang, view, page in each(pages):
        links = page.one("ul", class_="related").links()
        assert 1 <= len(links) <= 4
        assert f"/{lang}/practices/{view.slug}" not in links
        assert len(set(links)) == len(links)


def test_restricted_notes_stay_in_the_house(pages, runtime: Runtime):
    with runtime.reading() as session:
        rows = session.connection().exec_driver_sql("SELECT text FROM restricted_notes").all()
    notes = [re.sub(r"\s+", " ", row[0])[:60] for row in rows]
    assert len(notes) > 20
    for _lang, _view, page in each(pages):
        words = page.text
        assert [note for note in notes if note in words] == []
