"""Words of French and English text as the index knows them: folded first, then stemmed. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
import re
from typing import NamedTuple
import unicodedata

from whoosh.lang.snowball.english import EnglishStemmer
from whoosh.lang.snowball.french import FrenchStemmer
from whoosh.lang.stopwords import stoplists

from kb.core.language import Locale

LONGEST_WORD = 64
LONGEST_JOINED = 40
MOST_JOINED = 4
SHORTEST_PLURAL = 4
CACHED_WORDS = 1 << 17

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_SPACES = re.compile(r"[ \t\r\n\f\v]+")
# Apostrophes that Unicode counts as letters, hyphens that are not the plain one. The others need
# no care. One character for one character, so that offsets stay those of the text.
_APOSTROPHES = "ʼʻʽʾʿˈꞌ"
_HYPHENS = "\u2010\u2011\ufe63\uff0d"
_ODD = re.compile(f"[{_APOSTROPHES}{_HYPHENS}]")
_SIGNS = str.maketrans(dict.fromkeys(_APOSTROPHES, "'") | dict.fromkeys(_HYPHENS, "-"))
# Marks that stand inside a word: accents typed apart, Arabic, N'Ko and Adlam signs, soft hyphens.
_MARKS = (
    "\u0300-\u036f\u064b-\u065f\u0670\u07eb-\u07f3\u1ab0-\u1aff\u1dc0-\u1dff"
    "\u00ad\u200b-\u200d\u2060\ufeff\ufe20-\ufe2f\U0001e944-\U0001e94a"
)
_ONE_WORD = rf"[^\W_]+(?:[{_MARKS}]+[^\W_]*)*"
_WORD = re.compile(_ONE_WORD)
_RUN = re.compile(rf"{_ONE_WORD}(?:-{_ONE_WORD})*")
# Letters of Sahelian alphabets that NFKD leaves alone, as they are typed on a plain keyboard.
_LETTERS = str.maketrans(
    {
        "œ": "oe",
        "æ": "ae",
        "ɓ": "b",
        "ɗ": "d",
        "ɖ": "d",
        "đ": "d",
        "ŋ": "n",
        "ɲ": "n",
        "ƴ": "y",
        "ƙ": "k",
        "ɛ": "e",
        "ǝ": "e",
        "ə": "e",
        "ɔ": "o",
        "ø": "o",
        "ɣ": "g",
        "ɩ": "i",
        "ı": "i",
        "ʋ": "v",
        "ł": "l",
    }
)
# What the published lists lack; elided articles and pronouns are words of their own here.
_MORE_STOPS = {
    Locale.FR: """
        les cet cette ces ils elles leurs dont où si ni plus très aussi comme donc chez vers
        afin ainsi cela ça ci être avoir peut peuvent quoi quand comment pourquoi combien quel
        quelle quels quelles entre l d j m t s n c qu jusqu lorsqu puisqu quoiqu
    """,
    Locale.EN: "d m ll re ve could would",
}
# In a question they only say that it is one, or what every practice here is about.
_FILLERS = """
    faire fait faut existe existent trouver trouve cherche chercher voudrais veux voulons
    aimerais souhaite besoin dois doit doivent savoir sais merci bonjour svp plait exemple exemples
    facon manieres maniere autour lorsque afin selon plusieurs quelque quelques quelqu puis alors
    arrive arriver passe passer se etre expliquer explique dire dites sans sous avant apres contre
    pendant depuis hors lors tout tous toute toutes autre autres bien non oui pres eviter regler
    resoudre gerer empecher mettre prendre donner venir aller agir reagir servir

    can could should would may might need needs want find found look looking show tell give please
    thanks thank hello hi example examples way ways thing things happen happens happened exist
    exists get gets got getting make makes deal dealing kind know about anyone someone something
    ever also let us me near around within among across along without towards toward whether many
    much every still yet per via upon another avoid resolve solve settle handle manage prevent
    stop use used using work works go goes come comes help helps
"""
_STEMMERS = {Locale.FR: FrenchStemmer(), Locale.EN: EnglishStemmer()}


class Token(NamedTuple):
    """A word found in a text: folded, where it stands, and its number in the text."""

    text: str
    start: int
    end: int
    position: int


# Field of a text -> its runs of words.
Words = Mapping[str, Sequence[list[Token]]]


def clean(text: str) -> str:
    """The text with control characters and lone surrogates as spaces; offsets do not move."""
    return _CONTROLS.sub(" ", text)


def tidy(text: str) -> str:
    """The text as it is kept and shown in passages: clean, in one paragraph."""
    return _SPACES.sub(" ", clean(text)).strip()


@lru_cache(maxsize=CACHED_WORDS)
def fold(word: str) -> str:
    """Lower case without accents; may be empty."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", word).casefold())
    kept = "".join(sign for sign in plain if unicodedata.category(sign) not in {"Mn", "Cf", "Zs"})
    return kept.translate(_LETTERS)[:LONGEST_WORD]


def has_odd_signs(text: str) -> bool:
    """Whether there are hyphens or apostrophes that are not the usual ones."""
    return bool(_ODD.search(text))


def hyphen_runs(text: str) -> Iterator[re.Match[str]]:
    """The words of a text as they are written, those joined by hyphens in one piece."""
    return _RUN.finditer(text.translate(_SIGNS) if has_odd_signs(text) else text)


def hyphen_runs_at(text: str, places: Iterable[int]) -> Iterator[re.Match[str]]:
    """The words that begin in these places of a text without odd signs."""
    return filter(None, (_RUN.match(text, place) for place in places))


def runs(text: str) -> Iterator[list[Token]]:
    """The words of a text, those joined by hyphens together."""
    position = 0
    for match in hyphen_runs(text):
        word = match[0]
        if "-" not in word:
            if folded := fold(word):
                yield [Token(folded, match.start(), match.end(), position)]
                position += 1
            continue
        run: list[Token] = []
        for part in _WORD.finditer(match.string, *match.span()):
            folded = fold(part[0])
            if folded:
                run.append(Token(folded, part.start(), part.end(), position))
                position += 1
        if run:
            yield run


def joined(run: list[Token]) -> Token | None:
    """The word that a hyphenated run makes when it is written as one."""
    if not 1 < len(run) <= MOST_JOINED:
        return None
    whole = "".join(token.text for token in run)
    # Years and figures stay apart: 2018-2020 is not one number.
    if len(whole) > LONGEST_JOINED or not whole.isalpha():
        return None
    return Token(whole, run[0].start, run[-1].end, run[0].position)


def tokens(words: Iterable[list[Token]]) -> Iterator[Token]:
    """Every word of runs; a hyphenated one also as a whole, in the place of its first part."""
    for run in words:
        yield from run
        if len(run) > 1 and (whole := joined(run)):
            yield whole


def occurrences(text: str, locale: Locale) -> dict[str, list[int]]:
    """Term -> ascending positions of its words in the text; stop words leave gaps."""
    return occurrences_in(runs(text), locale)


def occurrences_in(words: Iterable[list[Token]], locale: Locale) -> dict[str, list[int]]:
    """The same of the runs of a text."""
    found: dict[str, list[int]] = {}
    for token in tokens(words):
        stem = term(token.text, locale)
        if stem:
            found.setdefault(stem, []).append(token.position)
    return found


@lru_cache(maxsize=CACHED_WORDS)
def term(folded: str, locale: Locale) -> str:
    """What a folded word is indexed as in a language; empty for a stop word."""
    if folded in STOPS[locale]:
        return ""
    if not folded.isalpha():
        return folded
    singular = _singular(folded) if locale is Locale.FR else folded
    return str(_STEMMERS[locale].stem(singular)) or folded


def is_stop(folded: str) -> bool:
    """A stop word in any language: too common to be demanded of a text in the other."""
    return any(folded in stops for stops in STOPS.values())


def is_filler(folded: str) -> bool:
    """A word that says little beside others, though it may be in a text."""
    return folded in FILLERS


def sort_key(title: str) -> str:
    """Titles in the order of their folded words."""
    return " ".join(token.text for run in runs(title) for token in run)


def _singular(word: str) -> str:
    # Snowball keeps conflit and conflits, gérée and géré apart; locaux it knows itself.
    if len(word) < SHORTEST_PLURAL or (word.endswith("aux") and not word.endswith("eaux")):
        return word
    if word[-1] in "sx":
        word = word[:-1]
    return word[:-1] if word.endswith("ee") and len(word) > SHORTEST_PLURAL else word


STOPS: dict[Locale, frozenset[str]] = {
    locale: frozenset(map(fold, (*stoplists[locale.value], *_MORE_STOPS[locale].split())))
    for locale in Locale
}
FILLERS = frozenset(_FILLERS.split())
