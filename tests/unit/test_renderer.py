"""Hostile Markdown is answered, with the escaped source, and the next text as ever."""

import html
import os

from markupsafe import Markup
import pytest

from kb.rendering import renderer as module
from kb.rendering.renderer import APOLOGY, ChildRenderer
from kb.rendering.sanitiser import VERSION
from tests.hostile import violations

GOOD = "- a [S1]\n- b **c**"
GOOD_HTML = (
    '<ul>\n<li>a&nbsp;<sup><a href="#S1">S1</a></sup></li>\n<li>b <strong>c</strong></li>\n</ul>'
)


def escaped_source(text: str) -> str:
    escaped = html.escape(text, quote=False).replace('"', "&#34;").replace("'", "&#39;")
    return f"{APOLOGY}<pre>{escaped}</pre>"


@pytest.fixture(scope="module")
def child():
    # Less patient than the real one, which a test below holds to its 2 s.
    made = ChildRenderer(seconds=0.3)
    yield made
    made.close()


def children_of(pid: int) -> set[int]:
    with open(f"/proc/{pid}/task/{pid}/children") as file:  # noqa: PTH123 - /proc
        return {int(word) for word in file.read().split()}


def test_a_text_becomes_safe_markup(child):
    answer = child.render(GOOD + "\n\n<script>alert(1)</script>")
    assert isinstance(answer, Markup)
    assert answer.startswith(GOOD_HTML)
    assert violations(answer) == []
    assert child.version == VERSION


# Costs minutes or the stack of the converter; the child is killed or dies over it.
KILLING = {
    "10 kB of [": "[" * 10_000,
    "100 kB of [": "[" * 100_000,
}


def test_the_limits_are_the_promised_ones():
    assert (module.SECONDS, module.SIZE_LIMIT) == (2.0, 200_000)


@pytest.mark.parametrize("name", KILLING)
def test_a_costly_text_comes_back_as_its_escaped_source(child, name):
    assert child.render(KILLING[name]) == escaped_source(KILLING[name])
    assert child.render(GOOD) == GOOD_HTML


# May be formatted or not, as the machine is quick or slow, but is always answered and safe.
HEAVY = {
    "deep quotes": ">" * 5000,
    "deep quotes with text": "> " * 5000 + "x",
    "deep lists": "".join("  " * n + "- x\n" for n in range(400)),
    "deep emphasis": "*" * 5000 + "x" + "*" * 5000,
    "a huge table": "| a | b |\n|---|---|\n" + "| x | y |\n" * 15_000,
    "a wide table": "|" + " a |" * 10_000 + "\n|" + "---|" * 10_000 + "\n",
    "many links": "[a](b)" * 20_000,
    "open links": "[a](" * 5000,
    "open images": "![a](" * 5000,
    "backticks": "".join("`" * n + " " for n in range(1, 500)),
    "angle brackets": "<" * 50_000,
    "ampersands": "&" * 100_000,
    "many citations": "[S1]" * 40_000,
    "many marks": "- a [analysis]\n" * 10_000,
    "definitions": "a\n: b\n\n" * 10_000,
    "html": "<div>" * 20_000,
    "comments": "<!--" * 20_000,
    "one line": "x" * 199_999,
    "spaces": " " * 100_000 + "x",
    "underscores": "_a" * 50_000,
    "nested brackets": "[" * 500 + "]" * 500,
    "headings": "#" * 100_000,
}


@pytest.mark.parametrize("name", HEAVY)
def test_a_heavy_text_is_answered_safely(child, name):
    answer = child.render(HEAVY[name])
    assert violations(answer.removeprefix(APOLOGY)) == []
    assert child.render(GOOD) == GOOD_HTML


def test_a_text_over_the_limit_never_reaches_the_child(child):
    at_limit = "é" * (module.SIZE_LIMIT // 2)
    assert child.render(at_limit) == f"<p>{at_limit}</p>"
    assert child.render(at_limit + "x") == escaped_source(at_limit + "x")
    hostile = "<script>alert(1)</script>" + "x" * module.SIZE_LIMIT
    assert child.render(hostile) == escaped_source(hostile)


ODD = {
    "nothing": ("", ""),
    "NUL": ("a\x00b", "<p>ab</p>"),
    "lone surrogate": ("a\ud800b", "<p>a?b</p>"),
    "the converter's own marks": ("a\x02klzzwxh:0000\x03b", "<p>aklzzwxh:0000b</p>"),
    "right to left": ("\u202eabc", "<p>\u202eabc</p>"),
    "Windows lines": ("a\r\n\r\nb", "<p>a</p>\n<p>b</p>"),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_characters(child, name):
    text, expected = ODD[name]
    answer = child.render(text)
    assert answer.replace("\ufffd", "") == expected
    assert child.render(GOOD) == GOOD_HTML


def test_the_child_that_was_too_slow_is_gone():
    child = ChildRenderer(seconds=0.5)
    before = children_of(os.getpid())
    child.render(GOOD)
    (first,) = children_of(os.getpid()) - before
    assert child.render("[" * 10_000) == escaped_source("[" * 10_000)
    assert first not in children_of(os.getpid())
    child.render(GOOD)
    (second,) = children_of(os.getpid()) - before
    assert second != first
    child.close()
    assert children_of(os.getpid()) == before


def test_a_child_that_was_killed_from_outside_is_replaced():
    child = ChildRenderer()
    before = children_of(os.getpid())
    child.render(GOOD)
    (pid,) = children_of(os.getpid()) - before
    os.kill(pid, 9)
    answers = {str(child.render(GOOD)), str(child.render(GOOD))}
    assert GOOD_HTML in answers
    assert answers <= {GOOD_HTML, escaped_source(GOOD)}
    child.close()


def test_closing_twice_and_rendering_afterwards_is_fine():
    child = ChildRenderer()
    child.close()
    child.close()
    assert child.render(GOOD) == GOOD_HTML
    child.close()


def test_a_text_hostile_from_end_to_end_is_tried_once(caplog):
    quick = ChildRenderer(seconds=0.3)
    texts = {"good": "*a*", **{f"part {n}": "[" * 20_000 for n in range(20)}, "last": "*b*"}
    rendered = quick.render_all(texts)
    quick.close()
    assert [r.getMessage() for r in caplog.records] == [
        "a text could not be rendered: TimeoutError"
    ]
    assert not rendered.complete
    assert rendered.html["good"] == "<p><em>a</em></p>"
    assert all(html.startswith(APOLOGY) for key, html in rendered.html.items() if key != "good")
    assert list(rendered.html) == list(texts)
