"""Templates: one door for HTML, and no sentence outside the catalogue."""

from pathlib import Path
import re

from flask import Flask
from jinja2 import StrictUndefined
import pytest

WEB = Path(__file__).parents[2] / "kb" / "web"
TEMPLATES = sorted((WEB / "templates").rglob("*.html"))
NAMES = [str(path.relative_to(WEB / "templates")) for path in TEMPLATES]
# Names that are the same in every language.
SAME_EVERYWHERE = {"Palabre", "WhatsApp"}
SPOKEN = ("alt", "title", "aria-label", "placeholder", "content")
SETTINGS = {"width=device-width, initial-scale=1", "light dark", "article", "noindex"}
SETTINGS |= {"noindex, follow"}


def without_code(source: str) -> str:
    """What is literally in the page: expressions and comments cut out."""
    source = re.sub(r"\{#.*?#\}", "", source, flags=re.DOTALL)
    return re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "\x00", source, flags=re.DOTALL)


def without_loader(literal: str) -> str:
    """The words of `macros/later.html`; a test of the headers holds them to the policy's hash."""
    return re.sub(r"<script data-src=\"\x00\">\(function\(d,s\).*?</script>", "\n", literal)


def without_tags(literal: str) -> str:
    """Only text; attributes that a macro writes on their own go too."""
    return re.sub(r"<[^>]*>|\b(lang|dir|aria-[a-z]+)=\"[^\"]*\"", "\n", literal)


@pytest.mark.parametrize("path", TEMPLATES, ids=NAMES)
def test_every_sentence_is_translated(path: Path):
    literal = without_loader(without_code(path.read_text()))
    texts = without_tags(literal).split("\n")
    spoken = [
        value
        for name in SPOKEN
        for value in re.findall(rf'\s{name}="([^"]*)"', literal)
        if value not in SETTINGS
    ]
    words = {
        word
        for text in [*texts, *spoken]
        for word in re.findall(r"[^\W\d_]{2,}", re.sub(r"&\w+;", "", text))
    }
    assert words <= SAME_EVERYWHERE


@pytest.mark.parametrize("path", TEMPLATES, ids=NAMES)
def test_templates_have_no_door_for_html(path: Path):
    source = path.read_text()
    for forbidden in ("|safe", "| safe", "autoescape", "|tojson"):
        assert forbidden not in source
    literal = without_code(source)
    assert not re.search(r"\s(style|on[a-z]+)=|<style", literal)
    # A script is a file of ours or it is nothing: the policy allows no other but the few words
    # that fetch one later.
    literal = without_loader(literal)
    assert not re.search(r"<script(?! src=\"\x00\" defer></script>)", literal)


def test_views_make_no_html():
    for path in WEB.rglob("*.py"):
        assert "Markup(" not in path.read_text(), path
        assert "render_template_string" not in path.read_text(), path


def test_templates_are_strict_and_escape(app: Flask):
    assert app.jinja_env.undefined is StrictUndefined
    assert app.select_jinja_autoescape("any.html")
    with app.test_request_context("/fr/"):
        parts = app.jinja_env.get_template("macros/parts.html").module
        assert 'value="&#34;&gt;&lt;b&gt;"' in parts.search_box('"><b>')
