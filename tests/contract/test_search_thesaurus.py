"""The contract of SearchIndex: words that stand for others, fields, corrections, completions."""

import time

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

from kb.core.language import Locale
from kb.core.ports import NO_THESAURUS, Thesaurus
from tests.contract.search_samples import KINDS, NOISE, ask, document, opened, slugs, text

THESAURUS = Thesaurus(
    (
        ("Peul", "Fulani", "Peuls", "Fulbe", "Fulɓe"),
        ("cadi", "qadi", "juge musulman"),
        ("commission foncière", "COFO", "land commission"),
        ("parenté à plaisanterie", "joking relationship", "cousinage"),
        ("forces de défense et de sécurité", "soldats"),
        ("togu-na", "case à palabres"),
        ("Imuhar", "Touareg"),
    )
)
GROUP = ("mouton", "brebis", "agneau")


def widened(index, typed, **options):
    return slugs(index, typed, thesaurus=THESAURUS, **options)


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("des Peuls", "fulani"),
        ("the Fulani", "peul"),
        ("les cadis", "qadis"),
        ("un juge musulman", "cadi"),
        ("le cadi", "juges musulmans"),
        ("la commission foncière", "cofo"),
        ("la COFO", "commissions foncières"),
        ("la COFO", "land commission"),
        ("le cousinage", "joking relationships"),
        ("une parenté à plaisanterie", "joking relationship"),
        ("les forces de défense et de sécurité", "soldat"),
        ("des soldats", "forces de la défense et sécurité"),
        ("le togu-na", "case à palabres"),
        ("une case à palabres", "toguna"),
        ("une case à palabres", "togu na"),
        ("des Peuls et des cadis", "fulani qadi"),
        ("des Peuls et un marabout", "fulani AND marabout"),
        ("des Peuls", "xyzzy OR fulani"),
        ("des Peuls", "fulani -soldats"),
    ],
)
def test_words_of_a_group_stand_for_each_other(search_index, written, typed):
    search_index.apply([document("wanted", text(body=f"Ici : {written}, enfin."))], [])
    for locale in Locale:
        assert widened(search_index, typed, locale=locale) == ["wanted"]
    assert slugs(search_index, typed, is_exact=True) == []
    assert widened(search_index, typed, is_exact=True) == []
    assert ask(search_index, typed, thesaurus=NO_THESAURUS).expansions == ()


@pytest.mark.parametrize(
    "typed",
    [
        '"fulani"',
        '"joking relationship"',
        "title:fulani",
        "fulan*",
        "relationship",
        "joking AND relationship",
        "relationship joking",
        "(joking) relationship*",
    ],
)
def test_what_is_quoted_in_a_field_or_begun_is_taken_literally(search_index, typed):
    search_index.apply(
        [document("peul", text(title="Peul")), document("cousins", text(title="Cousinage"))], []
    )
    assert widened(search_index, typed) == []
    assert ask(search_index, typed, thesaurus=THESAURUS).expansions == ()


def test_what_is_excluded_is_not_widened(search_index):
    search_index.apply(
        [
            document("peul", text(body="Paix entre Peuls.")),
            document("fulani", text(body="Paix avec des Fulani.")),
            document("both", text(body="Paix : Peuls, Fulani.")),
        ],
        [],
    )
    assert set(widened(search_index, "paix -fulani")) == {"peul"}
    assert set(widened(search_index, "paix NOT peul")) == {"fulani"}


def test_a_phrase_stands_for_a_word_only_as_a_phrase(search_index):
    search_index.apply(
        [
            document("whole", text(body="La commission foncière se réunit.")),
            document("apart", text(body="Une commission ; une question foncière.")),
        ],
        [],
    )
    assert widened(search_index, "COFO") == ["whole"]
    assert set(widened(search_index, "commission foncière")) == {"whole", "apart"}


def test_both_words_of_a_phrase_are_met_by_what_stands_for_it(search_index):
    search_index.apply(
        [
            document("cofo", text(body="La COFO de Téra.")),
            document("elsewhere", text(body="La COFO de Say.")),
            document("half", text(body="Une commission à Téra.")),
        ],
        [],
    )
    result = ask(search_index, "commission foncière Téra", thesaurus=THESAURUS)
    assert [hit.slug for hit in result.hits] == ["cofo"]
    assert not result.is_loosened


def test_the_words_looked_for_besides_are_named_as_far_as_they_occur(search_index):
    search_index.apply(
        [document("peul", text(body="Les Peuls et le cadi."), text(body="The Fulani, the qadi."))],
        [],
    )
    named = {
        ("fulbe", Locale.FR): ("Peul",),
        ("fulbe", Locale.EN): ("Fulani",),
        ("peuls", Locale.FR): ("Fulani",),
        ("fulbe juge musulman", Locale.FR): ("Peul", "cadi"),
        ("cofo", Locale.FR): (),
        ("marché", Locale.FR): (),
        ("", Locale.FR): (),
    }
    for (typed, locale), words in named.items():
        assert ask(search_index, typed, locale=locale, thesaurus=THESAURUS).expansions == words
    many = Thesaurus((("racine", *(f"zo{letter}zo" for letter in "abcdefghijkl")),))
    body = " ".join(f"zo{letter}zo" for letter in "lkjihgfedcba")
    search_index.apply([document("many", text(body=body))], [])
    words = ask(search_index, "racine", thesaurus=many).expansions
    assert words == tuple(f"zo{letter}zo" for letter in "abcdefgh")


def test_alternatives_are_marked_and_counted(search_index):
    search_index.apply(
        [
            document("fulani", text(summary="Des Fulani."), facets={"theme": ("land",)}),
            document("peul", text(summary="Des Peuls."), facets={"theme": ("land",)}),
        ],
        [],
    )
    result = ask(search_index, "fulani", thesaurus=THESAURUS)
    assert [hit.snippet for hit in result.hits] == [
        "Des <mark>Fulani</mark>.",
        "Des <mark>Peuls</mark>.",
    ]
    assert result.total == 2
    assert result.facets["theme"] == {"land": 2}


FIELDS = ("title", "local_name", "summary", "body", "tags")


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=25, deadline=None)
@given(
    field=st.sampled_from(FIELDS),
    locales=st.tuples(st.sampled_from(Locale), st.sampled_from(Locale)),
    filler=st.lists(st.sampled_from(["acacia", "bivouac", "cavale"]), max_size=4).map(" ".join),
    literal=st.integers(1, 6),
    others=st.lists(st.sampled_from(GROUP[1:]), min_size=1, max_size=3),
)
def test_the_word_itself_outranks_what_stands_for_it(
    kind, field, locales, filler, literal, others
):
    def one(slug, word):
        texts = dict.fromkeys(Locale) | {locales[0]: text(**{field: f"{filler} {word}"})}
        return document(slug, texts[Locale.FR], texts[Locale.EN])

    # The reader's language decides between languages; within one the word itself does.
    with opened(kind) as index:
        index.replace_all(
            [
                *NOISE,
                *(one(f"z-literal-{number}", GROUP[0]) for number in range(literal)),
                *(one(f"a-other-{number}", word) for number, word in enumerate(others)),
            ]
        )
        found = slugs(index, GROUP[0], thesaurus=Thesaurus((GROUP,)), locale=locales[1])
    assert len(found) == literal + len(others)
    assert all(slug.startswith("z-literal") for slug in found[:literal])


def test_thesauri_are_told_apart(search_index):
    search_index.apply([document("sheep", text(title="Brebis"))], [])
    assert slugs(search_index, "mouton", thesaurus=Thesaurus((GROUP,))) == ["sheep"]
    assert slugs(search_index, "mouton", thesaurus=Thesaurus((("mouton", "bélier"),))) == []
    assert slugs(search_index, "mouton", thesaurus=Thesaurus((("mouton",), (), ("", "?")))) == []


PLACES = (
    document(
        "menaka",
        text(title="Accord de Ménaka", summary="Des Touaregs.", tags="Mali, eau"),
        text(title="Menaka agreement", tags="Mali, water"),
    ),
    document(
        "tombouctou",
        text(title="Cadis de Tombouctou", local_name="Alkali", body="Une menace.", tags="justice"),
    ),
)


@pytest.mark.parametrize(
    ("typed", "corrected", "expected"),
    [
        ("menaca", "Ménaka", "menaka"),
        ("Tombouktu", "Tombouctou", "tombouctou"),
        ("kadis", "Cadis", "tombouctou"),
        ("accor de menaka", "Accord de menaka", "menaka"),
        ("imouhar", "Imuhar", "menaka"),
        ("Tombou", "Tombouctou", "tombouctou"),
        ("tombouctou menacca", None, "tombouctou"),
    ],
)
def test_what_was_probably_meant_is_answered(search_index, typed, corrected, expected):
    search_index.apply(PLACES, [])
    result = ask(search_index, typed, thesaurus=THESAURUS)
    if corrected:
        assert result.corrected == corrected
        assert [hit.slug for hit in result.hits] == [expected]
    else:
        assert expected in [hit.slug for hit in result.hits]
    exact = ask(search_index, typed, thesaurus=THESAURUS, is_exact=True)
    assert (exact.corrected, exact.expansions) == (None, ())


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("titre:accord", ["menaka"]),
        ("title:agreement", ["menaka"]),
        ("titre : accord", ["menaka"]),
        ("TITRE:accords", ["menaka"]),
        ("résumé:touareg", ["menaka"]),
        ("resume:accord", []),
        ("nom:alkali", ["tombouctou"]),
        ("name:cadis", ["tombouctou"]),
        ("texte:menace", ["tombouctou"]),
        ("text:cadis", []),
        ("pays:mali", ["menaka"]),
        ("pays:ménaka", []),
        ("thème:justice", ["tombouctou"]),
        ("mot:wat*", ["menaka"]),
        ('titre:"cadis de tombouctou"', ["tombouctou"]),
        ('titre:"tombouctou cadis"', []),
        ("titre:cadis -pays:mali", ["tombouctou"]),
        ("titre:accord OR texte:menace", ["menaka", "tombouctou"]),
        ("(titre:accord pays:mali)", ["menaka"]),
        ("titre:titre:accord", ["menaka"]),
        ("titre:l'accord", ["menaka"]),
        ("inconnu:accord AND inconnu", []),
        ("titre:", []),
    ],
)
def test_conditions_on_a_field(search_index, typed, expected):
    search_index.apply(PLACES, [])
    assert sorted(slugs(search_index, typed, is_exact=True)) == expected


def test_a_question_finds_what_comes_near_it(search_index):
    search_index.apply(
        [
            document("wells", text(title="Puits pastoral", body="Un accord avant de creuser.")),
            document("market", text(title="Marché de Gao", body="Un accord.")),
        ],
        [],
    )
    typed = "Bonjour, comment trouver un accord avant de creuser un puits au village svp ?"
    result = ask(search_index, typed)
    assert [hit.slug for hit in result.hits] == ["wells"]
    assert result.is_loosened
    assert ask(search_index, typed, is_exact=True).total == 0
    assert slugs(search_index, "trouver") == []
    assert slugs(search_index, "est-ce que puits") == ["wells"]
    assert slugs(search_index, "inter pastoral") == slugs(search_index, "inter-pastoral") == []


def test_words_written_apart_find_the_whole(search_index):
    search_index.apply([document("x", text(title="Dialogue interreligieux"))], [])
    assert slugs(search_index, "inter religieux") == ["x"]
    assert slugs(search_index, "dialogue inter-religieux") == ["x"]


TYPED = (
    document(
        "one",
        text(title="Médiation à Ménaka", body="La médiation, les médiateurs, le médiateur."),
        text(title="Mediation in Menaka", body="Meditating."),
    ),
    document("two", text(title="Médiateurs", body="Un mécanisme."), None),
    document("three", text(title="Le puits", body="Un dessin."), None),
)


@pytest.mark.parametrize(
    ("typed", "locale", "expected"),
    [
        ("méd", Locale.FR, ("médiateurs", "Médiation", "Meditating")),
        ("MED", Locale.EN, ("Mediation", "Meditating", "médiateurs")),
        ("accord de mén", Locale.FR, ()),
        ("médiateurs mén", Locale.FR, ("médiateurs Ménaka",)),
        ("puits méd", Locale.FR, ()),
        ("m", Locale.FR, ()),
        ("médiation ", Locale.FR, ()),
        ("médiation", Locale.FR, ()),
        ("l", Locale.FR, ()),
        ("zz", Locale.FR, ()),
        ("", Locale.FR, ()),
        ("des", Locale.FR, ("dessin",)),
    ],
)
def test_what_is_being_typed_is_completed(search_index, typed, locale, expected):
    search_index.apply(TYPED, [])
    found = search_index.complete(typed, locale, 9)
    assert tuple(map(str.casefold, found)) == tuple(map(str.casefold, expected))
    assert search_index.complete(typed, locale, 1) == found[:1]
    assert (
        search_index.complete(typed, locale, 0) == search_index.complete(typed, locale, -1) == ()
    )
    for completed in found:
        assert ask(search_index, completed, locale=locale, is_exact=True).total


def test_words_that_only_a_deleted_document_had_are_nowhere(search_index):
    secret = document("secret", text(title="Kidalgao", body="Le juge musulman Amastan, Fulbe."))
    search_index.apply([secret], [])
    assert search_index.complete("amas", Locale.FR, 9) == ("Amastan",)
    assert ask(search_index, "amastann").corrected == "Amastan"
    assert ask(search_index, "peul", thesaurus=THESAURUS).expansions == ("Fulbe",)
    search_index.apply([document("other", text(title="Amande"))], ["secret"])
    assert search_index.complete("amas", Locale.FR, 9) == ()
    assert search_index.complete("ama", Locale.FR, 9) == ("Amande",)
    for typed in ("amastann", "kidalgo", "peul", "cadi", "amastan", "fulbee"):
        result = ask(search_index, typed, thesaurus=THESAURUS)
        assert (result.total, result.hits, result.suggestion) == (0, (), None)
        assert (result.expansions, result.corrected, result.is_loosened) == ((), None, False)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60, deadline=None)
@given(
    typed=st.text(max_size=60)
    | st.text("a*\"()- «»:'NOT", max_size=40)
    | st.lists(
        st.sampled_from([word for group in THESAURUS.groups for word in group]), max_size=5
    ).map(" ".join),
    locale=st.sampled_from(Locale),
    is_exact=st.booleans(),
)
def test_any_text_gets_an_answer(kind, typed, locale, is_exact):
    with opened(kind) as index:
        index.replace_all([*NOISE, *PLACES])
        result = ask(index, typed, locale=locale, thesaurus=THESAURUS, is_exact=is_exact)
        completed = index.complete(typed, locale, 5)
        assert all(ask(index, one, locale=locale).total for one in completed)
    assert len(result.hits) == result.total
    assert len(completed) <= 5
    assert not (is_exact and (result.expansions or result.corrected))


@pytest.mark.parametrize(
    "typed", ["a" * 10_000, "mot " * 2_500, "é" * 5_000, '"' * 10_000, "a-" * 5_000]
)
def test_long_texts_are_answered_at_once(search_index, typed):
    many = Thesaurus(tuple((f"mot {number}", f"autre {number}") for number in range(300)))
    started = time.perf_counter()
    ask(search_index, typed, thesaurus=many)
    assert search_index.complete(typed, Locale.FR, 8) == ()
    assert time.perf_counter() - started < 2
