"""The shipped content: valid as a whole, and as readers will see it."""

from collections import Counter
import json
import re

import pytest

from kb.core.language import Locale
from kb.operations.content_folder import ContentFolder, read_folder
from kb.operations.installation import CONTENT
from kb.practices.facets import FACETS
from kb.practices.queries import public_views
from kb.practices.service import TERM_FIELDS
from kb.rendering.renderer import APOLOGY
from kb.runtime import Runtime
from kb.vocabularies.catalogue import Vocabularies
from tests.hostile import violations

MARK = re.compile(r"\[(analyse|analysis)\b", re.IGNORECASE)
CITATION = re.compile(r"\[(S[0-9]+)\]")
LINK = re.compile(r'<sup><a href="#(S[0-9]+)">\1</a></sup>')


@pytest.fixture(scope="module")
def folder() -> ContentFolder:
    return read_folder(CONTENT)


def test_nothing_is_wrong_with_it(folder: ContentFolder) -> None:
    assert {place: str(why) for place, why in folder.problems.items()} == {}


def test_it_is_what_the_house_says_it_is(folder: ContentFolder) -> None:
    contents = [practice.content for practice in folder.practices]
    assert Counter(content.kind for content in contents) == {"practice": 39, "lesson": 4}
    assert {content.method for content in contents} == {"desk-study"}
    assert {content.visibility for content in contents} == {"public"}
    assert {content.licence for content in contents} == {"CC-BY-SA-4.0"}
    assert {frozenset(content.texts) for content in contents} == {frozenset(Locale)}
    assert [c.slug for c in contents if not c.sources] == []


def test_every_vocabulary_that_is_used_is_there_and_every_facet_has_labels(
    folder: ContentFolder,
) -> None:
    names = {vocabulary.name for vocabulary in folder.vocabularies}
    assert {*TERM_FIELDS.values(), *FACETS.values()} - names == set()
    vocabularies = Vocabularies.of(folder.vocabularies)
    for code in ("leaders", "addressed", "not-described"):
        assert vocabularies.term("leadership", code) is not None
    # The rule behind the facets "women" and "youth" names these terms.
    for name, code in (
        ("actor_types", "women-leaders"),
        ("actor_types", "youth-leaders"),
        ("themes", "womens-participation"),
        ("themes", "youth-engagement"),
    ):
        assert vocabularies.term(name, code) is not None


def test_every_region_belongs_to_a_country_that_has_it(folder: ContentFolder) -> None:
    """A practice in a region is a practice in its country."""
    regions = Vocabularies.of(folder.vocabularies)
    astray = {
        (practice.content.slug, region)
        for practice in folder.practices
        for region in practice.content.regions
        if region.split("-")[0] not in practice.content.countries
    }
    assert astray == set()
    assert regions.by_name["regions"].terms


def test_every_shape_on_the_map_is_a_region(folder: ContentFolder) -> None:
    shapes = json.loads((CONTENT / "geo" / "regions.geojson").read_text())["features"]
    codes = [shape["id"] for shape in shapes]
    assert len(codes) == len(set(codes)) > 10
    assert Vocabularies.of(folder.vocabularies).unknown("regions", codes) == ()


def sections(runtime: Runtime) -> list[tuple[str, str, str]]:
    """Where, Markdown and HTML of every section of every text."""
    with runtime.reading() as session:
        return [
            (f"{view.slug}/{locale}#{section.key}", section.markdown, str(section.html))
            for view in public_views(session).values()
            for locale, text in view.texts.items()
            for section in text.sections
        ]


def test_every_section_is_formatted_and_safe(runtime: Runtime) -> None:
    found = sections(runtime)
    assert len(found) > 600
    assert [where for where, _, html in found if APOLOGY in html or not html] == []
    assert {where: violations(html) for where, _, html in found if violations(html)} == {}


def test_every_citation_became_a_link(runtime: Runtime) -> None:
    """As often as it was written; that the source is listed is checked by the content itself."""
    for where, markdown, html in sections(runtime):
        assert Counter(LINK.findall(html)) == Counter(CITATION.findall(markdown)), where


def test_every_mark_of_analysis_became_a_passage_set_apart(runtime: Runtime) -> None:
    for where, markdown, html in sections(runtime):
        assert MARK.search(html) is None, where
        assert html.count('<span class="analysis">') == len(MARK.findall(markdown)), where
        assert re.search(r"</em>\s*</span>", html) is None, f"{where}: a mark without words"


def test_no_mark_of_analysis_swallows_a_sourced_finding(runtime: Runtime) -> None:
    """A mark behind words must stop at the citation before them."""
    for where, markdown, html in sections(runtime):
        for line in markdown.splitlines():
            closing = re.search(r"\]([^\]]*)\s\[(analyse|analysis)\]\W*$", line, re.IGNORECASE)
            if closing and CITATION.search(line):
                words = closing[1].strip(" ;:,.")[:25]
                assert f":</em> {words[:12]}" in html.replace("\u00a0:", ":"), (where, line)
