"""Texts to measure the search on: made up, but with the words and the proportions of real ones.

Every language has the words of `content/practices` by how often they occur, then words that a
letter model of order two makes of them. How often a word is used follows Zipf's law: it is
proportional to 1 / (rank + 2). A document depends on the seed and its number alone, so the first
1,000 of 100,000 are those of the corpus of 1,000.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from itertools import accumulate
import json
from pathlib import Path
from random import Random
import re

from kb.core.language import Locale

PRACTICES = Path(__file__).resolve().parents[1] / "content" / "practices"
VOCABULARY = 60_000
SHORTEST_WORD, LONGEST_WORD = 4, 14
FIELDS = ("title", "local_name", "summary", "tags", "body")
# Words of a document, all fields together.
FEWEST_WORDS, MOST_WORDS = 300, 600
COUNTRIES = ("ML", "NE", "BF")
REGIONS_OF_A_COUNTRY = 8
THEMES, ACTORS = 30, 20
MOST_CHOSEN = 4
_LETTERS = re.compile(r"[^\W\d_]+")
_BORDER = " "


@dataclass(frozen=True, slots=True)
class Document:
    """A practice in one language."""

    number: int
    locale: Locale
    texts: Mapping[str, str]
    facets: Mapping[str, tuple[str, ...]]

    @property
    def slug(self) -> str:
        return f"p{self.number:06}"


@dataclass(frozen=True)
class Vocabulary:
    """The words of a language, the most frequent first, with the sums of their weights."""

    words: tuple[str, ...]
    sums: tuple[float, ...]

    @classmethod
    def of(cls, words: tuple[str, ...]) -> "Vocabulary":
        return cls(words, tuple(accumulate(1 / (rank + 2) for rank in range(1, len(words) + 1))))


@cache
def vocabulary(locale: Locale, seed: int) -> Vocabulary:
    """The real words, then invented ones."""
    texts = (path.read_text("utf-8") for path in sorted(PRACTICES.glob(f"*/{locale.value}.md")))
    counts = Counter(word for text in texts for word in words_of(text))
    real = sorted(counts, key=lambda word: (-counts[word], word))
    words = dict.fromkeys(real)
    random = Random(f"{seed}/{locale.value}")  # noqa: S311
    followers: defaultdict[str, list[str]] = defaultdict(list)
    for word in real:
        spelt = _BORDER * 2 + word + _BORDER
        for at in range(len(word) + 1):
            followers[spelt[at : at + 2]].append(spelt[at + 2])
    while len(words) < VOCABULARY:
        invented = _invented(random, followers)
        if SHORTEST_WORD <= len(invented) <= LONGEST_WORD:
            words[invented] = None
    return Vocabulary.of(tuple(words))


def words_of(text: str) -> list[str]:
    """The words of a text in lower case."""
    return _LETTERS.findall(text.lower())


def documents(size: int, seed: int) -> Iterator[Document]:
    """So many documents, French and English by turns."""
    for number in range(size):
        yield document(number, seed)


def document(number: int, seed: int) -> Document:
    """The document of this number."""
    random = Random(f"{seed}/document/{number}")  # noqa: S311
    locale = tuple(Locale)[number % 2]
    known = vocabulary(locale, seed)
    length = random.randint(FEWEST_WORDS, MOST_WORDS)
    words = random.choices(known.words, cum_weights=known.sums, k=length)
    cut = iter((random.randint(6, 10), 2, random.randint(35, 50), random.randint(3, 6)))
    texts = {}
    start = 0
    for field in FIELDS[:-1]:
        end = start + next(cut)
        texts[field] = " ".join(words[start:end]).capitalize()
        start = end
    texts["body"] = " ".join(_sentences(random, words[start:]))
    return Document(number, locale, texts, _facets(random))


def write(path: Path, size: int, seed: int) -> None:
    """Put the documents away, one per line."""
    with path.open("w", encoding="utf-8") as file:
        for made in documents(size, seed):
            file.write(json.dumps(asdict(made), ensure_ascii=False) + "\n")


def read(path: Path) -> Iterator[Document]:
    """The documents of a file, one after the other."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            raw = json.loads(line)
            yield Document(raw["number"], Locale(raw["locale"]), raw["texts"], raw["facets"])


def _invented(random: Random, followers: Mapping[str, list[str]]) -> str:
    word = _BORDER * 2
    while len(word) <= LONGEST_WORD + 2:
        letter = random.choice(followers[word[-2:]])
        if letter == _BORDER:
            break
        word += letter
    return word.strip()


def _sentences(random: Random, words: list[str]) -> Iterator[str]:
    start = 0
    while start < len(words):
        end = start + random.randint(8, 18)
        yield " ".join(words[start:end]).capitalize() + "."
        start = end


def _facets(random: Random) -> dict[str, tuple[str, ...]]:
    country = random.choices(COUNTRIES, weights=(5, 3, 4))[0]
    regions = _chosen(random, f"{country}-", REGIONS_OF_A_COUNTRY, 1)
    return {
        "country": (country,),
        "region": regions,
        "theme": _chosen(random, "theme-", THEMES, random.randint(1, MOST_CHOSEN)),
        "actor": _chosen(random, "actor-", ACTORS, random.randint(1, MOST_CHOSEN)),
        "kind": random.choices((("practice",), ("lesson",)), weights=(4, 1))[0],
        "evidence": _chosen(random, "evidence-", 3, 1),
    }


def _chosen(random: Random, prefix: str, values: int, count: int) -> tuple[str, ...]:
    """Some values of a facet, the first ones more often than the last."""
    weights = [1 / (rank + 2) for rank in range(values)]
    drawn = random.choices(range(values), weights=weights, k=count)
    return tuple(f"{prefix}{number}" for number in sorted(set(drawn)))
