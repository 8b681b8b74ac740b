"""Suggestions for anything typed: bounded, different from each other, and to be found."""

from hypothesis import given, settings
from hypothesis import strategies as st

from kb.core.folding import fold
from kb.core.language import Locale
from kb.core.ports import SearchRequest
from kb.practices.queries import public_views
from kb.practices.readers import VISITOR
from kb.runtime import Runtime
from kb.search.suggesting import Suggestions, suggest


def suggestions(runtime: Runtime, typed: str, locale: Locale) -> Suggestions:
    with runtime.reading() as session:
        thesaurus = runtime.thesaurus.get(session)
        return suggest(session, runtime.index, typed, locale, VISITOR, thesaurus)


LETTERS = st.text(st.sampled_from("acdefgilmnoprstuéèçw -'’*\"():"), max_size=12)


@settings(max_examples=60, deadline=None)
@given(typed=LETTERS | st.text(max_size=200), locale=st.sampled_from(Locale))
def test_anything_typed_gets_a_few_different_words_that_find_something(
    runtime: Runtime, typed: str, locale: Locale
) -> None:
    found = suggestions(runtime, typed, locale)
    folded = [fold(word) for word in found.words]
    assert len(folded) <= 8
    assert len(found.practices) <= 5
    assert len({fold(found.text), *folded}) == len(folded) + 1
    with runtime.reading() as session:
        thesaurus = runtime.thesaurus.get(session)
    for word in found.words:
        assert runtime.index.search(SearchRequest(word, locale, thesaurus=thesaurus)).total > 0


def test_each_title_is_found_by_its_own_beginning(runtime: Runtime) -> None:
    with runtime.reading() as session:
        views = public_views(session)
    for slug, view in list(views.items())[::4]:
        for locale in view.texts:
            title = view.texts[locale].title
            start = " ".join(title.split()[:4])[:-1]
            slugs = [practice.slug for practice in suggestions(runtime, start, locale).practices]
            assert slug in slugs, start


def test_a_concept_is_proposed_once_however_many_names_begin_alike(runtime: Runtime) -> None:
    words = suggestions(runtime, "peu", Locale.FR).words
    assert [word for word in words if word in {"Peul", "Peulh", "Peuls"}] == ["Peul"]
