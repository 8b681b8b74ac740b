"""Proposing words and practices while a reader is still typing."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
import re

from sqlalchemy.orm import Session

from kb.core.folding import fold
from kb.core.language import Locale
from kb.core.paging import Paging
from kb.core.ports import SearchIndex, SearchRequest, Thesaurus
from kb.practices.public import PublicPractice
from kb.practices.queries import public_views
from kb.practices.readers import Reader

WORDS_LIMIT = 8
TERMS_LIMIT = 4
PRACTICES_LIMIT = 5
LEAST_LETTERS = 2
MOST_LETTERS = 100
# Of a title, and of the concepts that begin alike: more are not looked up at each key pressed.
TITLE_WORDS = 8
CANDIDATES = 12
NEAR = 15
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What may be meant: words to search for, and practices that are called so."""

    text: str
    words: tuple[str, ...] = ()
    practices: tuple[PublicPractice, ...] = ()


def clean(typed: str) -> str:
    """What was typed so far, without NUL and superfluous spaces; cut where nobody types on."""
    return " ".join(typed[: 10 * MOST_LETTERS].replace("\0", " ").split())


def can_suggest(text: str) -> bool:
    """Whether there is enough to go by, and not a whole text already."""
    letters = sum(map(len, _WORD.findall(text)))
    return letters >= LEAST_LETTERS and len(text) <= MOST_LETTERS


def suggest(
    session: Session,
    index: SearchIndex,
    typed: str,
    locale: Locale,
    reader: Reader,
    thesaurus: Thesaurus,
) -> Suggestions:
    """Proposals from the index of this reader; raises IndexUnavailable without one.

    A proposed word finds something, and is not what is there already. Concepts of the thesaurus
    come before words of the texts.
    """
    text = clean(typed)
    if not can_suggest(text):
        return Suggestions(text)
    terms = islice(_terms(index, text, locale, thesaurus), TERMS_LIMIT)
    words = {fold(text): ""}
    for word in (*terms, *index.complete(text, locale, WORDS_LIMIT + 1)):
        words.setdefault(fold(word), word)
    return Suggestions(
        text,
        words=tuple(words.values())[1 : WORDS_LIMIT + 1],
        practices=_practices(session, index, text, locale, reader),
    )


def _terms(index: SearchIndex, text: str, locale: Locale, thesaurus: Thesaurus) -> Iterator[str]:
    """The concepts that begin like this and find something, each once; words before phrases."""
    beginning = fold(text)
    candidates = sorted(
        (folded.count(" "), folded, words)
        for group in _folded(thesaurus)
        for folded, words in islice((form for form in group if form[0].startswith(beginning)), 1)
    )
    for *_, words in candidates[:CANDIDATES]:
        result = index.search(
            SearchRequest(
                words,
                locale,
                paging=Paging(per_page=1),
                thesaurus=thesaurus,
                has_passages=False,
            )
        )
        if result.total and not result.is_loosened and not result.corrected:
            yield words


@lru_cache(maxsize=2)
def _folded(thesaurus: Thesaurus) -> tuple[tuple[tuple[str, str], ...], ...]:
    """The groups of the thesaurus, each word or phrase folded and as written."""
    return tuple(tuple((fold(words), words) for words in group) for group in thesaurus.groups)


def _practices(
    session: Session, index: SearchIndex, text: str, locale: Locale, reader: Reader
) -> tuple[PublicPractice, ...]:
    """Those with these words, the last one begun, in title or local name; most relevant first."""
    *whole, begun = _WORD.findall(text)[:TITLE_WORDS]

    def found(query: str, limit: int) -> tuple[PublicPractice, ...]:
        paging = Paging(per_page=limit)
        request = SearchRequest(query, locale, paging=paging, is_exact=True, has_passages=False)
        slugs = [hit.slug for hit in index.search(request).hits]
        views = public_views(session, slugs, reader)
        return tuple(views[slug] for slug in slugs if slug in views)

    conditions = (f"(title:{word} OR name:{word})" for word in (*whole, f"{begun}*"))
    called = found(" AND ".join(conditions), PRACTICES_LIMIT)
    if called or not whole:
        return called
    # The articles of a title are in no index: what comes near is looked at itself.
    near = found(" ".join(whole), NEAR)
    return tuple(view for view in near if _is_called(view, whole, begun))[:PRACTICES_LIMIT]


def _is_called(practice: PublicPractice, whole: list[str], begun: str) -> bool:
    """Whether title and local name have these words, in one of the practice's languages."""
    for text in practice.texts.values():
        words = _WORD.findall(fold(f"{text.title} {text.local_name}"))
        if {*map(fold, whole)} <= {*words} and any(word.startswith(fold(begun)) for word in words):
            return True
    return False
