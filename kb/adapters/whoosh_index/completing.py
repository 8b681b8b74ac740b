"""What is being typed, completed from the words of the indexed texts."""

from kb.adapters.whoosh_index.analysis import fold, hyphen_runs
from kb.adapters.whoosh_index.generation import Generation
from kb.core.language import Locale


def complete(generation: Generation, text: str, locale: Locale, limit: int) -> tuple[str, ...]:
    """The text with its last word completed, the most frequent word first; at most `limit`."""
    last = next(reversed(list(hyphen_runs(text))), None)
    if last is None or last.end() < len(text):
        return ()
    words = generation.lexicon.beginning(fold(last[0]), locale, limit)
    return tuple(text[: last.start()] + word for word in words)
