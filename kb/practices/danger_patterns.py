"""How people of the three countries write what may endanger somebody, as patterns. Pure.

Each quantifier has an upper bound, so that any text costs a time in proportion to its length.
"""

from collections.abc import Iterable
import re

from kb.practices import danger_words as words

# Spaces as typed and as typeset, and what else stands between the digits of a number.
GAP = r"[ \t\u00a0\u2009\u202f]"
_BETWEEN = r"[ \t\u00a0\u2009\u202f.\-/·]"
_YEAR = r"(?:1[89]|20)\d\d"
_CAPITAL = r"[A-ZÀ-ÖØ-ÞŊƁƊƳ]"


def any_of(choices: Iterable[str]) -> str:
    """One of these words, the longest first, with a small or a capital letter in front."""
    written = sorted(choices, key=len, reverse=True)
    return "(?:" + "|".join(_either_case(word) for word in written) + ")"


def _either_case(word: str) -> str:
    first = word[0]
    escaped = re.escape(word[1:]).replace(r"\ ", GAP)
    cases = {first.lower(), first.upper()}
    return (f"[{''.join(sorted(cases))}]" if len(cases) > 1 else re.escape(first)) + escaped


_MONTH = any_of((*words.MONTHS, *(f"{short}." for short in words.SHORT_MONTHS)))
_UNIT = any_of(words.COUNTED)

# What looks like a number of a person and is none.
LINKS = re.compile(
    r"https?://[^\s<>\"]{1,2000}|www\.[^\s<>\"]{1,2000}"
    r"|\b10\.\d{4,9}/[^\s<>\"]{1,200}"
    r"|\bIS[BS]N(?:-1[03])?[ :]{0,3}[\dX\- ]{8,20}"
    r"|\[S\d{1,3}\]"
    r"|\b\d{4}-\d{4}-\d{4}-\d{3}[\dX]\b"
    r"|\b[SA]/(?:RES|PRST|\d{4})/[\w/.()\-]{1,30}"
)
NUMBERED = re.compile(
    rf"\b[Nn](?:°|º|os?\b|o\.){GAP}?\d{{2,4}}[-/]\d{{1,4}}(?:[-/ ][A-Z][\w/\-]{{0,30}})?"
)
EMAIL = re.compile(
    r"(?<![\w.+%\-])[\w.+%\-]{1,64}"
    r"(?:@|[ ]?[(\[{][ ]?(?:at|arobase|à|@)[ ]?[)\]}][ ]?|[ ]arobase[ ])"
    r"[\w\-]{1,63}(?:[ ]?(?:\.|[(\[](?:dot|point)[)\]])[ ]?[\w\-]{1,63}){1,4}",
    re.IGNORECASE,
)
_MINUTES = (
    r"\d{1,2}(?:[.,]\d{1,6})?[ ]?['’′](?:[ ]?\d{1,2}(?:[.,]\d{1,4})?[ ]?(?:[\"”″]|['’′]{2}))?"
)
_WIND = r"(?:[NSEWO]\b|[Nn]ord\b|[Ss]ud\b|[Ee]st\b|[Oo]uest\b|[Nn]orth\b|[Ss]outh\b|[Ww]est\b)"
COORDINATES = re.compile(
    rf"(?:\b[NSEWO][ ]?)?(?<!\d)\d{{1,3}}[ ]?[°º][ ]?{_MINUTES}(?:[ ]?{_WIND})?"
    rf"|(?<![\d.,])\d{{1,3}}[.,]\d{{1,8}}[ ]?[°º][ ]?{_WIND}"
    rf"(?:[ ,;]{{0,3}}\d{{1,3}}[.,]\d{{1,8}}[ ]?[°º][ ]?{_WIND})?"
    r"|(?<![\d.,])\d{1,3}[.,]\d{2,8}[ ]?[NSEWO]\b"
    r"|(?<![\d.,])[+\-−]?\d{1,2}[.,]\d{3,9}[ ]?[,;/ ][ ]?[+\-−]?\d{1,3}[.,]\d{3,9}(?![\d.,]\d)"
    rf"|\b(?:[Ll]at(?:itude)?|[Ll]ong?(?:itude)?|GPS)\b[^\d\n]{{0,20}}\d{{1,3}}[.,]\d{{1,9}}"
    r"|\b(?:2[89]|3[0-3])[ ]?[NPQR](?:[ ]?[A-Z]{2})?[ ]?\d{3,7}[ ]?[mE]{0,2}[ ,;/]{0,2}\d{3,7}\b"
    r"|\b[2-9CFGHJMPQRVWX]{4,8}\+[2-9CFGHJMPQRVWX]{2,3}\b"
)
_NUMBER_ENDS = rf"(?!\d)(?!{_BETWEEN}\d)(?!{GAP}?{_UNIT})"
PHONE = re.compile(
    rf"(?<![\w+])(?:\+|00)[ ]?\(?\d{{1,3}}\)?(?:{_BETWEEN}{{0,2}}\d){{7,12}}(?!\d)"
    rf"|(?<![\w+.,/\-])(?<!\d{GAP})(?:\(?22[367]\)?{_BETWEEN}{{0,2}})?"
    rf"[024-9]\d(?:{_BETWEEN}{{1,2}}\d\d){{3,4}}{_NUMBER_ENDS}"
    rf"|(?<![\w+.,/\-])(?<!\d{GAP})(?!(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])(?!\d))"
    rf"(?:22[367])?[024-9]\d{{7}}{_NUMBER_ENDS}"
)
CALLED = re.compile(
    rf"\b{any_of(words.CALLING)}\b[^\d\n]{{0,40}}(\+?\d(?:{_BETWEEN}{{0,2}}\d){{6,13}}){_NUMBER_ENDS}"
)
PLATE = (
    r"(?:[A-Z]{2}[ \-]\d{3,4}[ \-][A-Z]{2}|\d{1,2}[ \-]?[A-Z]{1,2}[ \-]\d{4}"
    r"|[A-Z]{1,2}[ \-]\d{4}[ \-](?:[A-Z]{2}|[A-Z]\d|\d{1,2}))"
)
ID_NUMBER = re.compile(
    rf"\b{any_of(words.PAPERS)}\b[^\d\n;]{{0,30}}?((?<!\w)[A-Z]{{0,3}}[ \-]?"
    rf"(?!{_YEAR}(?!\w))\d(?:[ .\-/]?[A-Z0-9]){{3,24}})(?!\w)"
    rf"|(?<![\w\-]){PLATE}(?![\w\-])"
    r"|(?<![\w\-])(?:[AB][ ]?\d{7,8}|\d{14,17}[ ]?[A-Z]?)(?![\w\-])"
    r"|(?<!\d)[12][ ]\d\d[ ]\d\d[ ]\d[ ]\d\d[ ]\d{3}[ ]\d{3}[ ]?[A-Z]?\b"
)
_DAY = r"(?:1er|(?:[12]?\d|3[01])(?:st|nd|rd|th)?)"
DATE = re.compile(
    rf"(?<![\d.,]){_DAY}{GAP}(?:of{GAP})?{_MONTH}(?:,?{GAP}{_YEAR})?(?!\w)"
    rf"|(?<!\w){_MONTH}{GAP}{_DAY},?{GAP}{_YEAR}\b"
    rf"|(?<![\d/.\-])(?:0?[1-9]|[12]\d|3[01])([/.\-])(?:0?[1-9]|1[0-2])\1(?:{_YEAR}|\d\d)(?![\d/\-])"
    rf"|(?<![\d/.\-]){_YEAR}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?![\d\-])"
)
_KIND_OF_PLACE = rf"{any_of(words.KINDS_OF_PLACE)}{GAP}(?:de{GAP}|d['’]|du{GAP}|of{GAP})"
_TOWARDS = rf"{any_of(words.TOWARDS)}{GAP}(?:l['’]|la{GAP}|le{GAP}|the{GAP})?"
PLACE = re.compile(
    rf"(?<![\w\-])(?:{_TOWARDS})?(?:{_KIND_OF_PLACE}|{_TOWARDS})({_CAPITAL}[\w'’\-]{{1,39}})"
)
_WORD = rf"{_CAPITAL}[\w'’\-]{{1,29}}"
_INITIALS = rf"(?:{_CAPITAL}\.[ \-]?){{1,3}}"
_PARTICLE = any_of(words.PARTICLES)
_MORE = rf"(?:{GAP}(?:{_PARTICLE}{GAP})?{_WORD})"
_NAME = rf"(?:{_INITIALS}{GAP}?)?{_WORD}{_MORE}{{0,4}}"
_TWO_WORDS = rf"(?:{_INITIALS}{GAP}?{_WORD}|{_WORD}{_MORE}){_MORE}{{0,3}}"
_TITLE = any_of(words.TITLES)
_ROLE = any_of(words.ROLES)
_OF_A_PLACE = rf"{GAP}(?:de{GAP}|du{GAP}|d['’]|of{GAP}){_WORD}"
NAMED_PERSON = re.compile(
    rf"(?<![\w\-])(?<!\d{GAP}){_TITLE}{GAP}{{1,2}}(?P<titled>{_NAME})"
    rf"|(?<![\w\-]){_ROLE}(?:{GAP}{{1,2}}(?P<role>{_NAME})|(?:{_OF_A_PLACE})?"
    rf"(?:,|{GAP}?[(:–—]|){GAP}?(?P<apart>{_TWO_WORDS}))"
    rf"|(?<![\w\-])(?P<before>{_TWO_WORDS}),{GAP}"
    rf"(?:(?:le|la|the|un|une|an?){GAP}|l['’])?(?:{_ROLE}\b|\d\d{GAP}(?:ans|years)|aged{GAP}\d\d)"
)
SENTENCE_END = re.compile(r"\n|(?<=\w\w\w)[.!?…](?=\s)|(?<=[\])\d»])[.!?…](?=\s)|;\s")
