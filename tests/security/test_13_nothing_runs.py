"""Promise 13: what anybody types is shown as text, wherever it comes back.

Each page with a hostile word has, element by element and attribute by attribute, the structure
of the same page with a harmless one: so nothing that was typed became markup.
"""

from collections.abc import Callable
from urllib.parse import quote

from flask.testing import FlaskClient
import pytest

from kb.core.errors import Invalid
from kb.practices.content import PracticeContent
from kb.runtime import Runtime
from tests.hostile import XSS
from tests.make import make_content, make_text, make_vocabularies
from tests.security.imports import import_contents
from tests.web.html import parse

HARMLESS = "harmless"


def words(text: str) -> str:
    return " ".join(text.split())


def hostile_content(slug: str, attack: str) -> dict[str, object]:
    """The attack in every field that is not Markdown."""
    line = words(attack)
    texts = make_text(
        slug,
        title=f"{line} title",
        summary=f"{line} summary",
        local_name=line,
        places=[line],
        period=line,
        communities=[line],
        practice_type=line,
    )
    source = {
        "id": "S1",
        "title": line,
        "publisher": line,
        "year": line,
        "note": line,
        "url": f"https://example.org/?q={quote(line, safe='<>:()')}",
    }
    content = make_content(
        slug,
        texts={"fr": texts},
        sources=[source],
        caution="do-no-harm",
        caution_note={"fr": line, "en": line},
        credited_authors=[{"name": line, "affiliation": line}],
        credited_reviewers=[{"name": line}],
    )
    PracticeContent.parse(content)
    return content


def accepted() -> list[dict[str, object]]:
    found = []
    for number, attack in enumerate(XSS):
        try:
            found.append(hostile_content(f"attack-{number}", attack))
        except Invalid as refusal:
            why = {str(reason) for reason in refusal.problems.values()}
            assert why == {"has a control character"}, attack
    assert len(found) > 75
    return found


@pytest.fixture(scope="module")
def site(house: Runtime) -> Runtime:
    import_contents(house, [hostile_content(HARMLESS, HARMLESS), *accepted()])
    return house


def structure(html: str) -> list[str]:
    return [
        f"{element.tag} {sorted(element.attributes)}"
        for element in parse(html).walk()
        # Which others are near depends on the words, how many are shown does not matter here.
        if not element.attributes.get("class", "").startswith("related")
    ]


def without_related(html: str) -> str:
    start = html.find('<section aria-labelledby="h-related">')
    return html if start < 0 else html[:start] + html[html.index("</section>", start) + 10 :]


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_a_practice_page(site: Runtime, visitor: FlaskClient, lang: str) -> None:
    expected = structure(without_related(visitor.get(f"/{lang}/practices/{HARMLESS}").text))
    assert len(expected) > 100
    for content in accepted():
        page = visitor.get(f"/{lang}/practices/{content['slug']}").text
        assert structure(without_related(page)) == expected, content["slug"]


def test_the_words_are_all_there_as_words(site: Runtime, visitor: FlaskClient) -> None:
    for content in accepted():
        page = parse(visitor.get(f"/fr/practices/{content['slug']}").text)
        title = content["texts"]["fr"]["title"]  # type: ignore[index]
        assert words(page.one("h1").text) == words(title.replace("\u00a0", " "))


def test_lists_of_practices(site: Runtime, visitor: FlaskClient) -> None:
    """Home, results and feeds show titles and summaries."""
    tree = parse(visitor.get("/fr/practices?kind=all&per_page=100&sort=title").text)
    titles = {
        words(a.text) for a in tree.all("a") if "/practices/" in a.attributes.get("href", "")
    }
    expected = {words(c["texts"]["fr"]["title"]) for c in accepted()}  # type: ignore[index]
    assert expected - titles == set()
    for path in ("/fr/", "/en/", "/fr/practices", "/en/practices?q=title"):
        page = parse(visitor.get(path).text)
        assert page.all("iframe") == page.all("style") == []
        # One script of ours, fetched by words that the policy knows (test_headers.py).
        own = [
            (e.attributes["data-src"].split(".")[0], set(e.attributes)) for e in page.all("script")
        ]
        assert own == [("/static/suggest", {"data-src"})]
        assert [e.tag for e in page.walk() for name in e.attributes if name.startswith("on")] == []


# The search box: what is typed comes back in the title, the heading, the box and the links.

PARAMETERS = ["q", "country", "theme", "kind", "sort", "page", "per_page", "lang", "unknown"]


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_the_search_page(
    sqlite_runtime: Runtime, client_of: Callable[[Runtime], FlaskClient], parameter: str
) -> None:
    """Without a practice, so that only what was typed can make a difference."""
    with sqlite_runtime.begin() as work:
        make_vocabularies(work)
    client = client_of(sqlite_runtime)
    for lang in ("fr", "en"):
        address = f"/{lang}/practices?{parameter}={{}}"
        expected = structure(client.get(address.format("xqzwv")).text)
        for attack in XSS:
            page = client.get(address.format(quote(attack))).text
            assert structure(page) == expected, attack


@pytest.mark.parametrize(
    "path", ["/fr/{}", "/{}", "/fr/practices/{}", "/en/practices/{}.md", "/static/{}"]
)
def test_addresses_that_lead_nowhere(site: Runtime, visitor: FlaskClient, path: str) -> None:
    expected = visitor.get(path.format("nothing"))
    for attack in XSS:
        answer = visitor.get(path.format(quote(attack, safe="")))
        assert answer.status_code == 404
        assert answer.data == expected.data, attack


def test_what_is_no_page_is_never_taken_for_one(site: Runtime, visitor: FlaskClient) -> None:
    """JSON, feeds and text hold the words as they are: their type must not let them run."""
    for path in (
        "/api/v1/practices?kind=all&per_page=100",
        "/api/v1/practices/attack-0",
        "/fr/practices/attack-0.json",
        "/fr/practices/attack-0.md",
        "/feeds/practices.atom?lang=fr",
        "/sitemap.xml",
        "/api/v1/practices/<script>",
    ):
        answer = visitor.get(path)
        assert answer.mimetype in {
            "application/json",
            "application/problem+json",
            "application/atom+xml",
            "application/xml",
            "text/markdown",
        }
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
