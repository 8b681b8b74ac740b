"""Markdown as authors write it: citations, analysis marks, lists, tables."""

import pytest

from kb.rendering.markdown import to_html

# A citation stays on the line of the word before it.
N = "\u00a0"
S1, S2 = '<sup><a href="#S1">S1</a></sup>', '<sup><a href="#S2">S2</a></sup>'
EN = '<span class="analysis"><em>Analysis:</em>'
FR = '<span class="analysis"><em>Analyse\u00a0:</em>'

ITEMS = [
    # Citations.
    ("a [S1]", f"a{N}{S1}"),
    ("a [S1][S2], b", f"a{N}{S1}{S2}, b"),
    ("**a [S1]**", f"<strong>a{N}{S1}</strong>"),
    ("[S0] [s1] [S1a] [SX]", "[S0] [s1] [S1a] [SX]"),
    ("`[S1]`", "<code>[S1]</code>"),
    (r"\[S1]", "[S1]"),
    ("[text](https://example.org)", '<a href="https://example.org">text</a>'),
    # An opening mark: what follows, to the end of the item.
    ("[analysis] b", f"{EN} b</span>"),
    ("[Analyse] b [S1].", f"{FR} b{N}{S1}.</span>"),
    ("a [S1]. [Analysis] b *c* d", f"a{N}{S1}. {EN} b <em>c</em> d</span>"),
    ("**a** [analysis] b", f"<strong>a</strong> {EN} b</span>"),
    ("[analysis: one] two", f"{EN} one two</span>"),
    ("a [analyse : la forme varie]", f"a {FR} la forme varie</span>"),
    (
        "[analysis based on the outline] two",
        '<span class="analysis"><em>Analysis based on the outline:</em> two</span>',
    ),
    ("[analysis] b; [analysis] c", f"{EN} b; [analysis] c</span>"),
    # A closing mark: the words before it, back to the last citation or the beginning.
    ("b [analysis].", f"{EN} b.</span>"),
    ("b [analysis]", f"{EN} b</span>"),
    ("b [analyse] !", f"{FR} b!</span>"),
    ("a [S1]; b [analysis].", f"a{N}{S1}; {EN} b.</span>"),
    ("a [S1] can do b [analysis].", f"a{N}{S1} {EN} can do b.</span>"),
    ("a [S1][S2] : b [analyse].", f"a{N}{S1}{S2} : {FR} b.</span>"),
    (
        "a [S1], *b* c [S2], which d **e** [analysis]",
        f"a{N}{S1}, <em>b</em> c{N}{S2}, {EN} which d <strong>e</strong></span>",
    ),
    ("*a* b [analysis].", f"{EN} <em>a</em> b.</span>"),
    ("a [S1] [analysis].", f"{EN} a{N}{S1}.</span>"),
    ("a « b » [analysis])", f"{EN} a « b »)</span>"),
    # No marks.
    (
        "an [analysis of S1](https://example.org)",
        'an <a href="https://example.org">analysis of S1</a>',
    ),
    ("psychoanalysis] [analyses] x", "psychoanalysis] [analyses] x"),
]


@pytest.mark.parametrize(("markdown", "html"), ITEMS)
def test_an_item_of_a_list(markdown, html):
    assert to_html(f"- {markdown}\n- other") == f"<ul>\n<li>{html}</li>\n<li>other</li>\n</ul>"


@pytest.mark.parametrize(("markdown", "html"), ITEMS)
def test_a_paragraph(markdown, html):
    assert to_html(markdown) == f"<p>{html}</p>"


@pytest.mark.parametrize(("markdown", "html"), [item for item in ITEMS if "|" not in item[0]])
def test_a_cell_of_a_table(markdown, html):
    assert f"<td>{html}</td>" in to_html(f"| h | i |\n|---|---|\n| {markdown} | x |")


def test_the_words_of_a_closing_mark_end_where_a_list_begins():
    html = to_html("- a [S1]; b [analysis]:\n    - c\n    - d [analysis]")
    assert html == (
        f"<ul>\n<li>a{N}{S1}; {EN} b:</span><ul>\n<li>c</li>\n<li>{EN} d</span></li>\n</ul>\n"
        "</li>\n</ul>"
    )


def test_numbered_steps_keep_their_numbers():
    assert to_html("3. c\n4. d") == '<ol start="3">\n<li>c</li>\n<li>d</li>\n</ol>'


def test_a_table_and_a_definition():
    assert "<table>" in to_html("| a | b |\n|---|---|\n| 1 | 2 |")
    assert to_html("term\n: meaning") == "<dl>\n<dt>term</dt>\n<dd>meaning</dd>\n</dl>"


@pytest.mark.parametrize(
    "text",
    ["[^1]\n\n[^1]: a note", "{: .class}", "*[HTML]: Hyper", "<div markdown=1>*a*</div>", "~~a~~"],
)
def test_extensions_that_are_not_wanted_are_not_there(text):
    html = to_html(text)
    assert not any(sign in html for sign in ("footnote", 'class="class"', "<abbr", "<em>", "<del"))
