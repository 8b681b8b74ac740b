"""Promise 11: Markdown becomes safe HTML at import, and pages show what came out of that door."""

from html.parser import HTMLParser

import pytest
from sqlalchemy import text

from kb.core.errors import Invalid
from kb.practices.content import PracticeContent
from kb.practices.template import REQUIRED_SECTIONS
from kb.rendering.sanitiser import VERSION
from kb.runtime import Runtime
from tests.hostile import MARKDOWN_XSS, XSS, violations
from tests.make import make_content, make_text
from tests.security.imports import import_contents
from tests.web.html import parse

CORPUS = [attack for attack in (*XSS, *MARKDOWN_XSS) if "\x00" not in attack]
EVERY = 5
FORBIDDEN_TAGS = {
    "script",
    "style",
    "iframe",
    "object",
    "embed",
    "svg",
    "math",
    "base",
    "template",
}
PAGES = ("/fr/practices/{}", "/en/practices/{}")


def is_accepted(attack: str) -> bool:
    """Not refused as a heading of the wrong level or for a control character."""
    try:
        PracticeContent.parse(with_section("x", attack))
    except Invalid:
        return False
    return True


def with_section(slug: str, attack: str) -> dict[str, object]:
    """Attacks in every section, alone and inside lists, tables and analysis marks."""
    items = f"- {attack} [S1]\n- [analysis] {attack}\n- {attack} [analysis]."
    wrapped = f"{attack}\n\n{items}\n\n| {attack} | b |\n|---|---|\n| c | {attack} |"
    sections = dict.fromkeys(REQUIRED_SECTIONS, wrapped)
    text_ = make_text(slug, sections=sections)
    return {**make_content(slug), "texts": {"fr": text_}}


@pytest.fixture(scope="module")
def site(house: Runtime) -> Runtime:
    """One practice for each attack that content may hold at all, and a harmless one."""
    accepted = [attack for attack in CORPUS if is_accepted(attack)]
    assert len(accepted) > 100
    import_contents(
        house,
        [
            make_content("harmless"),
            *[with_section(f"attack-{n}", attack) for n, attack in enumerate(accepted)],
        ],
    )
    return house


def slugs(site: Runtime) -> list[str]:
    with site.engine.connect() as connection:
        return list(connection.scalars(text("SELECT slug FROM practices ORDER BY id")))


def test_what_is_stored_is_safe_and_says_by_which_rules(site):
    with site.engine.connect() as connection:
        rows = connection.execute(text("SELECT renderer_version, sections FROM rendered_texts"))
        stored = rows.all()
    assert len(stored) == len(slugs(site))
    assert {version for version, _ in stored} == {VERSION}


def test_the_api_hands_out_only_what_is_allowed(site, visitor):
    for slug in slugs(site):
        document = visitor.get(f"/api/v1/practices/{slug}").get_json()
        for section in document["texts"]["fr"]["sections"]:
            assert violations(section["html"]) == [], slug


class Seen(HTMLParser):
    """What a page would run or fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "script" and str(dict(attrs).get("data-src")).startswith("/static/keep."):
            return  # the one script of a practice page, of this site's own
        if tag in FORBIDDEN_TAGS and not (tag == "svg" and dict(attrs).get("class") == "mark"):
            self.wrong.append(f"<{tag}>")
        for name, value in attrs:
            address = "".join((value or "").split()).lower()
            if name.startswith("on") or name in {"style", "srcset", "srcdoc", "background"}:
                self.wrong.append(f"<{tag} {name}>")
            if name in {"href", "src", "action"} and address.startswith(("java", "data:", "vb")):
                self.wrong.append(f"<{tag} {name}={value}>")
            if name == "src" and not address.startswith("/media/"):
                self.wrong.append(f"<{tag} {name}={value}>")


def test_no_page_runs_or_fetches_anything(site, visitor):
    for slug in slugs(site)[::EVERY]:
        for page in PAGES:
            answer = visitor.get(page.format(slug))
            assert answer.status_code == 200
            seen = Seen()
            seen.feed(answer.text)
            assert seen.wrong == [], slug


def test_no_attack_breaks_out_of_its_section(site, visitor):
    """The page around the sections is, element by element, that of a harmless practice."""
    for page in PAGES:
        expected = skeleton(visitor.get(page.format("harmless")).text)
        for slug in slugs(site)[::EVERY]:
            answer = visitor.get(page.format(slug)).text.replace(slug, "harmless")
            assert skeleton(answer) == expected, slug


def skeleton(page: str) -> list[str]:
    """Tags outside the sections and the parts that depend on the other practices."""
    tree = parse(page)
    hidden = {
        id(inside)
        for element in tree.walk()
        if element.attributes.get("id") in {*REQUIRED_SECTIONS, "related", "h-related"}
        or element.attributes.get("class") in {"legend", "related"}
        for inside in element.walk()
    }
    return [f"{e.tag} {sorted(e.attributes)}" for e in tree.walk() if id(e) not in hidden]
