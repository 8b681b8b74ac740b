"""What changed between two texts: nothing is lost, nothing invented, and words stay whole."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

from kb.core.language import Locale
from kb.practices.content import PracticeContent
from kb.practices.diff import FieldChange, Kind, Piece, changes, compare
from tests.make import make_content, make_text

SAME, REMOVED, ADDED = Kind.SAME, Kind.REMOVED, Kind.ADDED
TEXTS = st.text("ab c.\n[S1]é", max_size=80) | st.text(max_size=40)


def before(pieces: tuple[Piece, ...]) -> str:
    return "".join(piece.text for piece in pieces if piece.kind is not ADDED)


def after(pieces: tuple[Piece, ...]) -> str:
    return "".join(piece.text for piece in pieces if piece.kind is not REMOVED)


@settings(max_examples=300, deadline=None)
@given(TEXTS, TEXTS)
def test_both_texts_can_be_read_out_of_the_pieces(one: str, other: str) -> None:
    pieces = compare(one, other)
    assert (before(pieces), after(pieces)) == (one, other)
    assert all(piece.text for piece in pieces)
    # Neighbours differ in kind, and what goes stands before what comes in its place.
    assert all(
        (first.kind, second.kind) in {(SAME, REMOVED), (SAME, ADDED), (REMOVED, ADDED)}
        or second.kind is SAME is not first.kind
        for first, second in pairwise(pieces)
    )


@given(TEXTS)
def test_nothing_changed_where_nothing_changed(text: str) -> None:
    assert all(piece.kind is SAME for piece in compare(text, text))


@pytest.mark.parametrize(
    ("one", "other", "pieces"),
    [
        (
            "Le chef juge seul [S1].",
            "Le conseil juge seul [S1].",
            [(SAME, "Le "), (REMOVED, "chef"), (ADDED, "conseil"), (SAME, " juge seul [S1].")],
        ),
        (
            "- un\n- deux\n- trois",
            "- un\n- trois",
            [(SAME, "- un\n"), (REMOVED, "- deux\n"), (SAME, "- trois")],
        ),
        ("", "tout est neuf", [(ADDED, "tout est neuf")]),
        # Hardly a word in common: one text instead of the other, not a salad of both.
        (
            "les anciens se réunissent sous un arbre",
            "the council meets when somebody complains",
            [
                (REMOVED, "les anciens se réunissent sous un arbre"),
                (ADDED, "the council meets when somebody complains"),
            ],
        ),
    ],
)
def test_pieces(one: str, other: str, pieces: list[tuple[Kind, str]]) -> None:
    assert compare(one, other) == tuple(Piece(*piece) for piece in pieces)


def test_an_endless_text_is_compared_at_once() -> None:
    one = " ".join(f"mot{number}" for number in range(40_000))
    other = " ".join(f"mot{number}" for number in range(0, 80_000, 2))
    assert compare(one, other) == (Piece(REMOVED, one), Piece(ADDED, other))
    lines = "\n".join("a" for _ in range(20_000))
    assert after(compare(lines, lines + "\nb")) == lines + "\nb"


def content(**fields: object) -> PracticeContent:
    return PracticeContent.parse(make_content("x", **fields))


def test_the_same_text_has_no_changes() -> None:
    assert changes(content(), content()) == ()


def test_every_field_that_an_author_fills_in_is_compared() -> None:
    """A field added to the content later fails here until it is compared, too."""
    base = content()
    told = {
        "countries": ["ML", "NE"],
        "regions": ["ML-3"],
        "themes": ["reconciliation"],
        "visibility": "members",
        "caution_note": {"fr": "Prudence"},
        "credited_authors": [{"name": "A", "affiliation": "B"}],
        "sources": [{"id": "S1", "title": "Autre"}, {"id": "S2", "title": "Neuve"}],
    }
    names = {change.field for change in changes(base, content(**told))}
    assert names == {
        *("countries", "regions", "themes", "visibility", "credited_authors"),
        *("caution_note.fr", "sources.S1", "sources.S2"),
    }
    compared = {name.split(".")[0] for name in _names(base)}
    assert set(PracticeContent.model_fields) - compared == {"slug", "texts"}


def _names(base: PracticeContent) -> set[str]:
    """The names of all fields that differ from a content in which everything is another."""
    other = base.model_construct(
        **{
            name: getattr(base, name)
            for name in ("slug", "texts", "original_language", "translations")
        },
        **dict.fromkeys((*_TUPLES,), ("a",)),
        **dict.fromkeys(_WORDS, "other"),
        cross_border=True,
        caution_note={Locale.FR: "x"},
        credited_authors=(replace_credit(base),),
        credited_reviewers=(replace_credit(base),),
        sources=(),
    )
    other = other.model_copy(
        update={"original_language": Locale.EN, "translations": {Locale.FR: "stale"}}
    )
    return {change.field for change in changes(base, other)}


_TUPLES = ("countries", "regions", "actor_types", "themes", "sdg_targets", "related")
_WORDS = (
    *("kind", "origin", "maturity", "evidence", "method", "caution", "zone", "licence"),
    *("visibility", "location_precision"),
)


def replace_credit(base: PracticeContent):
    from_text = make_content("y", credited_authors=[{"name": "Someone"}])
    return PracticeContent.parse(from_text).credited_authors[0]


def test_a_text_that_came_and_one_that_changed() -> None:
    old = content()
    english = make_text("x", title="In English")
    french = make_text("x", title="Titre neuf x", communities=["Peul"])
    french["sections"]["results"] = "- Autre résultat [S1]"
    new = content(
        texts={"fr": french, "en": english}, translations={"fr": "original", "en": "up-to-date"}
    )
    found = changes(old, new)
    assert [(change.field, change.locale) for change in found if change.locale is Locale.FR] == [
        ("title", Locale.FR),
        ("communities", Locale.FR),
        ("results", Locale.FR),
    ]
    assert FieldChange("title", Locale.EN, (Piece(ADDED, "In English"),)) in found
    assert found[0].field == "translations.en"
    back = changes(new, old)
    assert {(change.field, change.locale) for change in back} == {
        (change.field, change.locale) for change in found
    }


def test_terms_are_told_as_their_readers_know_them() -> None:
    (change,) = changes(content(), content(themes=["reconciliation"]), lambda f, c: f"{f}:{c}")
    assert before(change.pieces) == "themes:land-tenure"
    assert after(change.pieces) == "themes:reconciliation"
