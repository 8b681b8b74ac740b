"""What people and machines type into a search field that no search was made for."""

from collections.abc import Iterator
from pathlib import Path
import time

from benchmarks.corpus import vocabulary
from kb.adapters.whoosh_index.index import WhooshIndex
from kb.core.language import Locale
from kb.core.paging import Paging
from kb.core.ports import SearchRequest, Sort

GOAL = 200.0
SIZE = 10_000
ROUNDS = 3
MANY = 200


def requests(seed: int) -> Iterator[tuple[str, SearchRequest]]:
    """Each with a name."""
    words = vocabulary(Locale.FR, seed).words
    common = [word for word in words[:2_000] if len(word) > 3]  # noqa: PLR2004
    typed = {
        "nothing": "",
        "10,000 characters of one word": "médiation" * 1_112,
        "10,000 characters of words": " ".join(common)[:10_000],
        "10,000 letters apart": "a " * 5_000,
        "10,000 quotes": '"' * 10_000,
        "10,000 opening brackets": "(" * 10_000,
        "10,000 times NOT": "NOT " * 2_500,
        "10,000 hyphens": "a-" * 5_000,
        "10,000 accents on a letter": "e" + "\u0301" * 10_000,
        "stop words in French": "le la les de des et que qui dans pour",
        "stop words in English": "the of and to in that for with on as",
        "the most common words": " ".join(common[:32]),
        "the most common words, any of them": " OR ".join(common[:32]),
        "a phrase of the most common words": f'"{" ".join(common[:32])}"',
        "many phrases": " ".join(f'"{words[at]} {words[at + 1]}"' for at in range(16)),
        "unbalanced quotes": '"paix au "Mali',
        "unbalanced brackets": "((paix) OR (Mali",
        "a star": "*",
        "a letter and a star": "a*",
        "many prefixes": " ".join(f"{letter}*" for letter in "abcdefghijklmnopqrstuvwxyz"),
        "many prefixes, any of them": " OR ".join(f"{letter}*" for letter in "abcdefgh"),
        "nothing but an exclusion": "NOT paix",
        "exclusion of exclusions": "-(-(-(-paix)))",
        "operators only": "AND OR NOT AND",
        "a field that is none": "pays:mali titre:paix",
        "emoji": "\U0001f54a\ufe0f paix \U0001f91d\U0001f3fe \U0001f1f2\U0001f1f1",
        "right to left": "\u202eالسلام في مالي\u202c paix",
        "NUL and controls": "pa\x00ix \x1b[31m \x7f mali",
        "lone surrogates": "paix \ud800 mali \udfff",
        "unknown words": "zzqqxx wwkkjj vvbbnn qqzzxx",
        "misspelt words": " ".join(f"{word[:2]}{word[3:]}x" for word in common[100:116]),
        "a question": "Comment faire la paix entre les éleveurs et les agriculteurs au Mali ?",
    }
    for name, text in typed.items():
        yield name, SearchRequest(text)
        yield f"{name}, in English", SearchRequest(text, Locale.EN)
    values = frozenset(f"theme-{number}" for number in range(MANY))
    yield "200 values of a facet", SearchRequest("paix", filters={"theme": values})
    facets = {f"facet-{number}": frozenset({"x"}) for number in range(MANY)}
    yield "200 facets", SearchRequest("paix", filters=facets)
    yield "page 10^9", SearchRequest("paix", paging=Paging(10**9))
    yield "page 10^9 of everything", SearchRequest(paging=Paging(10**9), sort=Sort.TITLE)
    yield "page 500 of everything", SearchRequest(paging=Paging(500))


def times(index: Path, seed: int) -> list[tuple[float, str]]:
    """The worst of three times for each, in milliseconds on a processor, the worst first."""
    search = WhooshIndex(index)
    search.search(SearchRequest("paix"))
    worst: dict[str, float] = {}
    for _ in range(ROUNDS):
        for name, request in requests(seed):
            start = time.process_time()
            search.search(request)
            needed = (time.process_time() - start) * 1000
            worst[name] = max(needed, worst.get(name, 0.0))
    return sorted(((needed, name) for name, needed in worst.items()), reverse=True)
