"""What is being typed, completed from the words of the indexed texts."""

from collections.abc import Iterator
from itertools import islice

from kb.adapters.whoosh_index.analysis import fold, hyphen_runs, is_stop, term
from kb.adapters.whoosh_index.correcting import Found, Texts
from kb.adapters.whoosh_index.generation import Generation
from kb.adapters.whoosh_index.matching import Matching
from kb.adapters.whoosh_index.query import parse
from kb.core.language import Locale

SHORTEST_BEGUN = 2
# Nobody has a longer text completed.
LONGEST_COMPLETED = 200
# So many words are tried together with those before.
MOST_TRIED = 24


def complete(generation: Generation, text: str, locale: Locale, limit: int) -> tuple[str, ...]:
    """The text with its last word completed; see `completions`."""
    matching = Matching(generation, locale, is_exact=True)
    return tuple(islice(completions(matching, text), max(0, limit)))


def completions(texts: Texts[Found], text: str) -> Iterator[str]:
    """The text with its last word completed in ways that find something.

    Words of the reader's language come first, then the most frequent; of the forms of a word one.
    """
    last = (
        next(reversed(list(hyphen_runs(text))), None) if len(text) <= LONGEST_COMPLETED else None
    )
    if last is None or last.end() < len(text):
        return
    begun, before = fold(last[0]), text[: last.start()]
    for spelling in _words(texts, begun) if len(begun) >= SHORTEST_BEGUN else ():
        completed = before + spelling
        if texts.find(parse(completed, is_exact=True)[1]).bits:
            yield completed


def _words(texts: Texts[Found], begun: str) -> Iterator[str]:
    seen: set[str] = set()
    for locale in (texts.locale, texts.locale.other):
        for word in texts.lexicon.beginning(begun, locale, MOST_TRIED):
            forms = {term(word, language) for language in Locale}
            if word == begun or is_stop(word) or forms & seen:
                continue
            seen |= forms
            yield texts.lexicon.spelling(word, locale) or word
