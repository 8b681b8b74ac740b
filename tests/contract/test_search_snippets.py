"""The contract of SearchIndex: how what is found is shown, and how a query is corrected."""

from dataclasses import replace
import html
import re

from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup
import pytest

from kb.core.language import Locale
from tests.contract.search_samples import KINDS, ask, document, opened, text

MARK = re.compile(r"</?mark>")


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("<b>", "&lt;<mark>b</mark>&gt;Puits&lt;/<mark>b</mark>&gt; &amp; &#34;paix&#34;"),
        ("PUIT", "&lt;b&gt;<mark>Puits</mark>&lt;/b&gt; &amp; &#34;paix&#34;"),
        ("pui*", "&lt;b&gt;<mark>Puits</mark>&lt;/b&gt; &amp; &#34;paix&#34;"),
        (
            "puits paix",
            "&lt;b&gt;<mark>Puits</mark>&lt;/b&gt; &amp; &#34;<mark>paix</mark>&#34;",
        ),
        ("", "&lt;b&gt;Puits&lt;/b&gt; &amp; &#34;paix&#34;"),
    ],
)
def test_snippets_are_escaped_but_for_the_marks(search_index, typed, shown):
    search_index.apply([document("x", text(summary='<b>Puits</b> & "paix"', title="Puits b"))], [])
    hits = {hit.slug: hit.snippet for hit in ask(search_index, typed).hits}
    assert isinstance(hits["x"], Markup)
    assert str(hits["x"]) == shown


@pytest.mark.parametrize("before", [" : ", ". – ", " ; « ", " (", ' "'])
def test_a_passage_begins_with_a_word_or_what_opens_one(search_index, before):
    body = "mot " * 100 + "Communes" + before + "de Dessa et de puits " + "mot " * 100
    search_index.apply([document("x", text(body=body))], [])
    (hit,) = ask(search_index, "puits").hits
    assert re.match("…(mot|Communes|de|[«(]|&#34;)", hit.snippet)


@pytest.mark.parametrize("sign", [",", " –", " (", ";", " «", ":", ""])
def test_a_passage_does_not_end_with_what_leads_on(search_index, sign):
    body = "puits " + "x" * 150 + sign + " " + "y" * 60
    search_index.apply([document("x", text(body=body, summary="rien"))], [])
    (hit,) = ask(search_index, "puits").hits
    assert hit.snippet == "<mark>puits</mark> " + "x" * 150 + "…"


def test_without_passages_everything_else_is_the_same(search_index):
    search_index.apply([document("x", text(summary="Puits et paix", title="Puits b"))], [])
    shown, bare = (ask(search_index, "puits", has_passages=each) for each in (True, False))
    assert [hit.snippet for hit in shown.hits] == ["<mark>Puits</mark> et paix"]
    assert bare == replace(shown, hits=tuple(replace(hit, snippet="") for hit in shown.hits))


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=40, deadline=None)
@given(
    body=st.text(max_size=300) | st.text("<>&\"' ab-é", max_size=400),
    typed=st.text("ab é-*", max_size=5),
)
def test_snippets_are_safe_whatever_the_text(kind, body, typed):
    with opened(kind) as index:
        index.replace_all([document("x", text(title="a", summary=body, body=body))])
        for hit in ask(index, typed).hits:
            plain = MARK.sub("", str(hit.snippet))
            assert not set("<>\"'") & set(plain)
            assert str(hit.snippet).count("<mark>") == str(hit.snippet).count("</mark>")
            assert len(html.unescape(plain)) <= 210


def test_a_snippet_is_one_clean_paragraph(search_index):
    search_index.apply([document("x", text(summary=" Puits\n\n\x00et \ud800\tmare\r\n"))], [])
    assert ask(search_index, "mare").hits[0].snippet == "Puits et <mark>mare</mark>"


def test_a_snippet_is_the_best_window_cut_between_words(search_index):
    filler = "mot " * 200
    body = f"{filler}Le puits. {filler} Le puits des familles de Gao est ouvert. {filler}"
    search_index.apply([document("x", text(title="Puits", summary="Résumé.", body=body))], [])
    snippet = str(ask(search_index, "puits familles gao").hits[0].snippet)
    assert snippet.startswith("…")
    assert snippet.endswith("mot…")
    assert "Le <mark>puits</mark> des <mark>familles</mark> de <mark>Gao</mark> est" in snippet
    assert 150 <= len(MARK.sub("", snippet)) <= 202
    # The summary shows as much of this query as the body, so it goes first.
    assert str(ask(search_index, "résumé").hits[0].snippet) == "<mark>Résumé</mark>."


def test_a_hyphenated_word_is_marked_whole(search_index):
    search_index.apply([document("x", text(summary="Accord inter-communautaire signé."))], [])
    for typed in ("intercommunautaire", "inter-communautaires"):
        snippet = ask(search_index, typed).hits[0].snippet
        assert snippet == "Accord <mark>inter-communautaire</mark> signé."
    snippet = ask(search_index, "communautaire").hits[0].snippet
    assert snippet == "Accord inter-<mark>communautaire</mark> signé."


SPELT = (
    document(
        "land",
        text(title="Médiation foncière à Ménaka", body="La médiation des cadis. Répondre."),
        text(title="Land mediation in Menaka", body="The qadis mediate."),
    ),
    document("land-2", text(title="Médiation"), text(title="Meditation")),
)


@pytest.mark.parametrize(
    ("typed", "suggestion"),
    [
        ("médiaton foncière", "médiation foncière"),
        ("mediaiton", "Médiation"),
        ("mediation fonciere", None),
        ("MEDIATON", "Médiation"),
        ("menaca", "Ménaka"),
        ("médiaton -cadis", "Médiation -cadis"),
        ('"médiation fonsière"', '"médiation foncière"'),
        ("l'médiaton  foncière", "l'Médiation foncière"),
        ("caids", "cadis"),
        ("xyzzyplugh", None),
        ("médiation résoudre", None),
        ("2019", None),
        ("gao*", None),
        ("-médiaton", None),
        ("", None),
        ("médiaton " * 100, None),
    ],
)
def test_what_is_in_no_text_is_corrected(search_index, typed, suggestion):
    search_index.apply(SPELT, [])
    result = ask(search_index, typed)
    assert (result.corrected and result.corrected.casefold()) == (
        suggestion and suggestion.casefold()
    )
    assert result.suggestion is None
    if suggestion:
        corrected = ask(search_index, suggestion)
        assert [hit.slug for hit in result.hits] == [hit.slug for hit in corrected.hits] != []
        assert corrected.corrected is None
    exact = ask(search_index, typed, is_exact=True)
    assert (exact.suggestion, exact.corrected) == (result.corrected, None)


def test_corrections_follow_the_readers_language_and_forget_what_is_withdrawn(search_index):
    search_index.apply(SPELT, [])
    assert ask(search_index, "meditatin", locale=Locale.EN).corrected == "Meditation"
    herd = document("herd", text(title="Transhumances"), text(title="Transhumanced"))
    search_index.apply([herd], [])
    assert ask(search_index, "transhumanceq", locale=Locale.FR).corrected == "Transhumances"
    assert ask(search_index, "transhumanceq", locale=Locale.EN).corrected == "Transhumanced"
    assert ask(search_index, "menacka", locale=Locale.FR).corrected == "Ménaka"
    assert ask(search_index, "menacka", locale=Locale.EN).corrected == "Menaka"
    search_index.apply([], ["land"])
    assert ask(search_index, "menacka").corrected is None
    assert ask(search_index, "mena*").total == 0
