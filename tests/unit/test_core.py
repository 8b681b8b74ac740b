"""Small values that everything else is made of."""

import pytest

from kb.core.errors import Conflict, Forbidden, Invalid, NotFound, PalabreError
from kb.core.event import Event
from kb.core.language import Locale, translate
from kb.core.messages import msg
from kb.core.paging import PER_PAGE, PER_PAGE_LIMIT, Paging


def test_four_errors_and_their_statuses():
    # An entry point may add one of its own: the interface knows keys.
    ours = [e for e in PalabreError.__subclasses__() if e.__module__.startswith("kb.core.")]
    statuses = {error: error.status for error in ours}
    assert statuses == {NotFound: 404, Forbidden: 403, Conflict: 409, Invalid: 422}


def test_an_error_speaks_plain_english_until_it_is_translated():
    refusal = Invalid(msg("It is %(what)s.", what="wrong"), {"b": msg("too long"), "a": msg("%d")})
    assert str(refusal) == "It is wrong. (b: too long; a: %d)"
    assert str(Conflict(msg("100 %"))) == "100 %"


def test_each_language_and_the_other():
    assert {locale: locale.other for locale in Locale} == {"fr": "en", "en": "fr"}


def test_messages_are_translated_where_they_are_shown():
    message = msg("unknown term: %(terms)s", terms="50 % 'x'")
    assert translate(Locale.EN, message) == "unknown term: 50 % 'x'"
    french = translate(Locale.FR, message)
    assert french != translate(Locale.EN, message)
    assert french.endswith("50 % 'x'")


def test_a_sentence_without_a_translation_is_said_in_english():
    assert translate(Locale.FR, msg("Nobody ever translated this.")) == (
        "Nobody ever translated this."
    )


@pytest.mark.parametrize(
    ("page", "per_page", "total", "offset", "pages"),
    [
        (1, 20, 0, 0, 1),
        (1, 20, 1, 0, 1),
        (1, 20, 20, 0, 1),
        (2, 20, 21, 20, 2),
        (3, 7, 43, 14, 7),
        (1, 1, 43, 0, 43),
    ],
)
def test_paging(page, per_page, total, offset, pages):
    paging = Paging(page, per_page)
    assert (paging.offset, paging.pages(total)) == (offset, pages)


def test_the_usual_page_is_within_the_limit():
    assert Paging() == Paging(1, PER_PAGE)
    assert PER_PAGE <= PER_PAGE_LIMIT == 100


def test_two_events_do_not_share_their_data():
    assert Event("a").data is not Event("b").data
