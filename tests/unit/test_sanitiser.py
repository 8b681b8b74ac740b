"""The allow-list, against a corpus, read as a browser reads it."""

import pytest

from kb.rendering import sanitiser
from kb.rendering.markdown import to_html
from kb.rendering.sanitiser import sanitise
from tests.hostile import (
    ALLOWED_ATTRIBUTES,
    ALLOWED_CLASSES,
    ALLOWED_TAGS,
    MARKDOWN_XSS,
    XSS,
    violations,
)


def test_the_allow_list_is_the_promised_one():
    assert set(sanitiser.TAGS) == ALLOWED_TAGS
    assert sanitiser.ATTRIBUTES == ALLOWED_ATTRIBUTES
    assert set(sanitiser.SPAN_CLASSES) == ALLOWED_CLASSES
    assert set(sanitiser.SCHEMES) == {"http", "https", "mailto"}


def test_the_version_names_both_sanitisers_and_the_rules():
    assert sanitiser.VERSION.startswith("bleach ")
    assert ", nh3 " in sanitiser.VERSION
    assert sanitiser.VERSION.endswith(f", rules {sanitiser.RULES}")


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("<p>x</p>", []),
        ("<p onclick=x>x</p>", ["<p onclick>"]),
        ("<script>x</script>", ["<script>"]),
        ("<a href='javascript:x'>x</a>", ["<a href='javascript:x'>"]),
        ("<!-- x -->", ["a comment"]),
        ("<img src='/media/a.png' srcset=x>", ["<img srcset>"]),
    ],
)
def test_the_measure_itself_sees_what_is_wrong(html, found):
    assert violations(html) == found


@pytest.mark.parametrize("html", XSS)
def test_nothing_hostile_leaves_the_sanitiser(html):
    assert violations(sanitise(html)) == []
    assert violations(sanitise(f"<p>before {html} after</p>")) == []
    assert violations(sanitise(f"<ul><li>{html}</li></ul><p>end</p>")) == []


@pytest.mark.parametrize("text", [*XSS, *MARKDOWN_XSS])
def test_nothing_hostile_leaves_the_whole_chain(text):
    for wrapped in (text, f"- {text}\n- [S1] [analysis] {text}", f"**a** {text} *b*"):
        assert violations(sanitise(to_html(wrapped))) == []


@pytest.mark.parametrize("html", XSS)
def test_cleaning_twice_changes_nothing(html):
    once = sanitise(html)
    assert sanitise(once) == once


KEPT = [
    "<p>a<br>b</p><hr><h2>x</h2><h3>x</h3><h4>x</h4><h5>x</h5><h6>x</h6>",
    "<p><em>a</em><strong>b</strong><del>c</del><ins>d</ins><sub>e</sub><sup>f</sup></p>",
    "<pre><code>x &lt;b&gt;</code></pre><kbd>x</kbd><blockquote><p>x</p></blockquote>",
    '<ul><li>x</li></ul><ol start="3"><li>x</li></ol><dl><dt>x</dt><dd>y</dd></dl>',
    '<table><caption>c</caption><thead><tr><th scope="col">a</th></tr></thead></table>',
    '<table><tbody><tr><td colspan="2" rowspan="1">b</td></tr></tbody></table>',
    '<a href="https://example.org/?a=1&amp;b=2" title="t">x</a>',
    '<a href="http://example.org">x</a><a href="mailto:a@example.org">x</a>',
    '<a href="#S1">x</a><a href="/fr/help">x</a>',
    '<figure><img src="/media/a.png" alt="b" title="c"><figcaption>d</figcaption></figure>',
    '<span class="analysis">x</span><span class="cite">y</span>',
]


@pytest.mark.parametrize("html", KEPT)
def test_what_is_allowed_is_kept_as_it_is(html):
    assert sanitise(html) == html
    assert violations(html) == []


@pytest.mark.parametrize("text", ["village.ne", "see example.ml and secret.bf", "www.example.org"])
def test_words_that_look_like_addresses_do_not_become_links(text):
    assert sanitise(to_html(text)) == f"<p>{text}</p>"
