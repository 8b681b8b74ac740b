"""Feed, site map and robots: well-formed, complete, public only."""

from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest

from kb.core.language import Locale
from kb.feeds.xml import clean
from kb.practices.queries import public_views
from tests.api.small_content import LESSON, ODD_TITLE, PUBLIC, content, practices, publish

BASE = "https://palabre.example"
ATOM = "{http://www.w3.org/2005/Atom}"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
XHTML = "{http://www.w3.org/1999/xhtml}"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
STANDING = ["", "practices", "map", "glossary", "help", "about", "privacy", "accessibility"]


@pytest.fixture
def small_runtime(sqlite_runtime):
    return publish(sqlite_runtime, *practices())


@pytest.fixture
def small(small_runtime, client_of):
    return client_of(small_runtime)


def parsed(response):
    return ET.fromstring(response.data)  # noqa: S314 - our own output


def moments(runtime):
    with runtime.reading() as session:
        return {slug: view.published_at for slug, view in public_views(session).items()}


def tree(element):
    """An element as nested tuples: tag, attributes, text, children."""
    return (
        element.tag.removeprefix(ATOM),
        element.attrib,
        element.text,
        [tree(child) for child in element],
    )


def entry(slug, title, summary, at, lang="fr", text_lang="fr"):
    return (
        "entry",
        {XML_LANG: text_lang},
        None,
        [
            ("id", {}, f"tag:palabre.example,2026:{lang}:practices:{slug}", []),
            ("title", {"type": "text"}, title, []),
            ("updated", {}, at, []),
            (
                "link",
                {
                    "rel": "alternate",
                    "type": "text/html",
                    "href": f"{BASE}/{lang}/practices/{slug}",
                },
                None,
                [],
            ),
            ("author", {}, None, [("name", {}, "A. Diallo <x>", [])]),
            ("category", {"term": "water", "label": f"water ({lang})"}, None, []),
            ("summary", {"type": "text"}, summary, []),
            ("rights", {}, f"CC-BY-SA-4.0 ({lang})", []),
        ],
    )


def test_the_whole_feed(small, small_runtime):
    at = {
        slug: moment.isoformat(timespec="seconds")
        for slug, moment in moments(small_runtime).items()
    }
    response = small.get("/feeds/practices.atom?lang=en")
    own = f"{BASE}/feeds/practices.atom?lang=en"
    lesson = "Not to be imitated. (fr) Note propre Corps & résumé."
    entries = [
        entry(LESSON, f"Titre {LESSON}", lesson, at[LESSON], "en"),
        entry(PUBLIC, "The shared well", "Body & résumé.", at[PUBLIC], "en", "en"),
    ]
    if at[PUBLIC] > at[LESSON]:
        entries.reverse()
    assert response.mimetype == "application/atom+xml"
    assert tree(parsed(response)) == (
        "feed",
        {XML_LANG: "en"},
        None,
        [
            ("id", {}, "tag:palabre.example,2026:en:practices", []),
            ("title", {}, "Palabre: new practices", []),
            ("updated", {}, max(at.values()), []),
            ("link", {"rel": "self", "type": "application/atom+xml", "href": own}, None, []),
            (
                "link",
                {"rel": "alternate", "type": "text/html", "href": f"{BASE}/en/practices"},
                None,
                [],
            ),
            ("author", {}, None, [("name", {}, "Palabre", [])]),
            *entries,
        ],
    )


def test_no_text_becomes_markup_or_breaks_the_feed(small):
    titles = [e.text for e in parsed(small.get("/feeds/practices.atom")).iter(f"{ATOM}title")]
    assert ODD_TITLE in titles
    assert clean("a\0\x1f\ud800\uffff\tb\n") == "a\tb\n"


def test_without_a_language_it_is_the_site_s_own(small):
    french = small.get("/feeds/practices.atom?lang=fr").data
    for address in ("/feeds/practices.atom", "/feeds/practices.atom?lang="):
        response = small.get(address, headers={"Accept-Language": "en"})
        assert response.data == french


@pytest.mark.parametrize("lang", ["de", "FR", "\0", "x" * 9999])
def test_there_is_no_feed_in_another_language(small, lang):
    assert small.get("/feeds/practices.atom", query_string={"lang": lang}).status_code == 404


def test_an_empty_site_has_a_valid_feed(sqlite_runtime, client_of):
    publish(sqlite_runtime)
    feed = parsed(client_of(sqlite_runtime).get("/feeds/practices.atom"))
    assert feed.findtext(f"{ATOM}updated") == "1970-01-01T00:00:00+00:00"
    assert feed.findall(f"{ATOM}entry") == []


def test_the_newest_fifty_come_first_newest(sqlite_runtime, client_of, clock):
    for batch in (range(2, 22), range(22, 52), range(2)):
        publish(sqlite_runtime, *(content(f"p-{number:02}") for number in batch))
        clock.advance(hours=1)
    feed = parsed(client_of(sqlite_runtime).get("/feeds/practices.atom"))
    ids = [e.text for e in feed.iterfind(f"{ATOM}entry/{ATOM}id")]
    assert ids == [
        f"tag:palabre.example,2026:fr:practices:p-{number:02}"
        for number in (0, 1, *range(22, 52), *range(2, 20))
    ]
    newest = (clock.now() - timedelta(hours=1)).isoformat()
    assert feed.findtext(f"{ATOM}updated") == newest


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_feed_of_the_site(client, runtime, lang):
    feed = parsed(client.get(f"/feeds/practices.atom?lang={lang}"))
    links = {e.get("href") for e in feed.iterfind(f"{ATOM}entry/{ATOM}link")}
    assert links == {f"{BASE}/{lang}/practices/{slug}" for slug in moments(runtime)}


@pytest.mark.parametrize("address", ["/feeds/practices.atom", "/sitemap.xml", "/robots.txt"])
def test_a_known_tag_is_answered_304(client, address):
    first = client.get(address)
    second = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, second.status_code, second.data) == (200, 304, b"")


def test_the_site_map(small, small_runtime):
    at = moments(small_runtime)
    newest = max(at.values())
    changed = dict.fromkeys(["", "practices", "map"], newest)
    changed |= {f"practices/{slug}": moment for slug, moment in at.items()}
    expected = {
        f"{BASE}/{locale}/{path}": (
            changed[path].isoformat(timespec="seconds") if path in changed else None,
            {other.value: f"{BASE}/{other}/{path}" for other in Locale},
        )
        for path in [*STANDING, f"practices/{PUBLIC}", f"practices/{LESSON}"]
        for locale in Locale
    }
    response = small.get("/sitemap.xml")
    urls = list(parsed(response))
    found = {
        url.findtext(f"{MAP}loc"): (
            url.findtext(f"{MAP}lastmod"),
            {link.get("hreflang"): link.get("href") for link in url.iterfind(f"{XHTML}link")},
        )
        for url in urls
    }
    assert response.mimetype == "application/xml"
    assert (found, len(urls)) == (expected, len(expected))


def test_every_address_of_the_site_map_is_a_page(client):
    for loc in parsed(client.get("/sitemap.xml")).iter(f"{MAP}loc"):
        response = client.get(loc.text.removeprefix(BASE))
        assert (loc.text, response.status_code) == (loc.text, 200)


def test_robots_are_kept_from_endless_filters(client):
    response = client.get("/robots.txt")
    assert response.mimetype == "text/plain"
    assert response.get_data(as_text=True) == (
        "User-agent: *\nDisallow: /api/\n"
        "Disallow: /fr/practices?\nDisallow: /fr/suggest\n"
        "Disallow: /en/practices?\nDisallow: /en/suggest\n"
        f"Sitemap: {BASE}/sitemap.xml\n"
    )
