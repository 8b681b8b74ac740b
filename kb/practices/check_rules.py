"""What each check looks for. Pure.

The bounds: the published dossiers have 10 to 113 words in a section and 113 to 192 characters in
a summary; below a tenth of a usual text there is nothing to follow, and 1,200 words are five
minutes of reading on a small screen.
"""

from collections.abc import Iterator, Mapping
import dataclasses
from dataclasses import dataclass
import ipaddress
import re
from urllib.parse import urlsplit

from kb.core.language import Locale
from kb.core.web_address import is_web_address
from kb.practices.content import CITATION
from kb.practices.danger_patterns import DATE, PLAIN
from kb.practices.draft import Part
from kb.practices.examined import FILES, Examined
from kb.practices.safety import Danger
from kb.practices.template import REQUIRED_SECTIONS, SECTION_KEYS

LONGEST_TITLE = 120
SHORTEST_SUMMARY = 60
SHORTEST_SECTION = 8
SHORTEST_STEPS = 20
LONGEST_SECTION = 1200
# A note that describes how people worked in the field is longer than a remark.
METHOD_NOTE = 60
# Shorter sections differ in length between languages for no reason.
COMPARABLE = 40
UNEVEN = 2.2
# Shares of common passages (see `similarity`): the same text, and parts of it.
SAME_TEXT, LIKE_TEXT = 0.5, 0.15
CONTEXT = 40
_FACTS = ("context", "how_it_works", "results")
_FIELD_METHODS = ("field-study", "participatory")
_NO_HOSTS = re.compile(r"(?:^|\.)(?:example\.(?:com|org|net)|test|invalid|localhost|local)$")
_FIGURE = re.compile(r"\d{2,}")
_INSIDE_A_FIGURE = re.compile(r"(?<=\d)[\s.,\u00a0\u202f](?=\d)")


@dataclass(frozen=True, slots=True)
class Quote:
    """A passage with some words around it."""

    before: str
    passage: str
    after: str


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a rule found something, and what its sentence needs to know."""

    part: str
    field: str
    parameters: Mapping[str, object] = dataclasses.field(default_factory=dict)
    quote: Quote | None = None


def sightings(examined: Examined, danger: Danger) -> Iterator[Spot]:
    """The passages of this danger, in every text that people wrote."""
    for written, sighting in examined.seen:
        if sighting.danger is danger:
            quote = quoted(written.text, sighting.start, sighting.end)
            yield Spot(written.part, written.field, quote=quote)


def dated_periods(examined: Examined) -> Iterator[Spot]:
    """An exact day as the period, where places are told in the field beside it."""
    for locale in Locale:
        text = examined.text(locale)
        found = DATE.search(text.get("period").translate(PLAIN)) if text.get("places") else None
        if found and not any(
            seen.written[:2] == (locale.value, "period") for seen in examined.seen
        ):
            yield Spot(locale.value, "period", quote=quoted(text.get("period"), *found.span()))


def quoted(text: str, start: int, end: int) -> Quote:
    """A passage with some whole words before and behind it."""
    before, after = text[max(0, start - CONTEXT) : start], text[end : end + CONTEXT]
    if start > CONTEXT:
        before = "… " + before.partition(" ")[2]
    if end + CONTEXT < len(text):
        after = after.rpartition(" ")[0] + " …"
    return Quote(before, text[start:end], after)


def cut_short(examined: Examined) -> Iterator[Spot]:
    """Texts that are longer than what is looked at."""
    for written, portion in examined.portions():
        if len(written.text) > len(portion):
            yield Spot(written.part, written.field)


def no_region(examined: Examined) -> Iterator[Spot]:
    """No region although there are countries."""
    lists = examined.fields[Part.ABOUT].lists
    if lists.get("countries") and not lists.get("regions"):
        yield Spot(Part.ABOUT, "regions")


def solid_on_one_source(examined: Examined) -> Iterator[Spot]:
    """Solid means that sources agree: that takes two."""
    if examined.fields[Part.ABOUT].get("evidence") == "solid" and len(examined.sources) == 1:
        yield Spot(Part.ABOUT, "evidence")


def long_title(examined: Examined) -> Iterator[Spot]:
    """A title that lists would fill a screen with."""
    for locale in Locale:
        if len(examined.text(locale).get("title")) > LONGEST_TITLE:
            yield Spot(locale.value, "title")


def short_summary(examined: Examined) -> Iterator[Spot]:
    """A summary that can hardly sum anything up."""
    for locale in Locale:
        if 0 < len(examined.text(locale).get("summary")) < SHORTEST_SUMMARY:
            yield Spot(locale.value, "summary")


def short_sections(examined: Examined) -> Iterator[Spot]:
    """Needed sections of a few words."""
    for locale in Locale:
        for key in REQUIRED_SECTIONS:
            shortest = SHORTEST_STEPS if key == "how_it_works" else SHORTEST_SECTION
            if 0 < _words(examined.text(locale).get(key)) < shortest:
                yield Spot(locale.value, key)


def long_sections(examined: Examined) -> Iterator[Spot]:
    """Sections longer than five minutes of reading."""
    for locale in Locale:
        for key in SECTION_KEYS:
            if _words(examined.text(locale).get(key)) > LONGEST_SECTION:
                yield Spot(locale.value, key, {"words": LONGEST_SECTION})


def empty_sections(examined: Examined) -> Iterator[Spot]:
    """Sections of the original that are not needed but useful."""
    for key in SECTION_KEYS:
        if key not in REQUIRED_SECTIONS and not examined.text(examined.original).get(key):
            yield Spot(examined.original.value, key)


def uncited_sections(examined: Examined) -> Iterator[Spot]:
    """Sections of facts that cite nothing."""
    text = examined.text(examined.original)
    for key in _FACTS:
        if text.get(key) and not CITATION.search(text.get(key)):
            yield Spot(examined.original.value, key)


def translation_missing(examined: Examined) -> Iterator[Spot]:
    """Only one language."""
    other = examined.original.other
    if not examined.has_text(other):
        yield Spot(other.value, "title")


def translation_stale(examined: Examined) -> Iterator[Spot]:
    """The author, or something that compared the two, says that it is behind."""
    other = examined.original.other
    is_marked = examined.text(other).get("translation") == "stale"
    if examined.has_text(other) and (is_marked or other in examined.stale):
        yield Spot(other.value, "translation")


def translation_gaps(examined: Examined) -> Iterator[Spot]:
    """Sections in one language only, told where they are missing; needed ones are failures."""
    if all(examined.has_text(locale) for locale in Locale):
        for locale in Locale:
            for key in ("summary", *SECTION_KEYS):
                there = examined.text(locale.other).get(key)
                if there and not examined.text(locale).get(key) and key not in REQUIRED_SECTIONS:
                    yield Spot(locale.value, key)


def translation_figures(examined: Examined) -> Iterator[Spot]:
    """Figures of two digits and more that are in one language only."""
    for key, original, translated in _both(examined):
        differing = _figures(original) ^ _figures(translated)
        if differing:
            figures = ", ".join(sorted(differing, key=lambda f: (len(f), f))[:6])
            yield Spot(examined.original.other.value, key, {"figures": figures})


def translation_sources(examined: Examined) -> Iterator[Spot]:
    """Sources that are cited in one language only."""
    for key, original, translated in _both(examined):
        differing = set(CITATION.findall(original)) ^ set(CITATION.findall(translated))
        if differing:
            sources = ", ".join(sorted(differing, key=lambda s: int(s[1:])))
            yield Spot(examined.original.other.value, key, {"sources": sources})


def translation_uneven(examined: Examined) -> Iterator[Spot]:
    """One language says much more."""
    for key, original, translated in _both(examined):
        shorter, longer = sorted((_words(original), _words(translated)))
        if longer >= COMPARABLE and longer > UNEVEN * shorter:
            yield Spot(examined.original.other.value, key)


def no_way_to_check(examined: Examined) -> Iterator[Spot]:
    """Neither an address that looks as if it worked nor a described field method."""
    sources = examined.sources.values()
    is_field = examined.fields[Part.ABOUT].get("method") in _FIELD_METHODS
    is_described = any(len(_of(source, "note")) >= METHOD_NOTE for source in sources)
    if sources and not (is_field and is_described):
        addresses = (_of(source, "url") for source in sources)
        if not any(is_web_address(url) and works_perhaps(url) for url in addresses):
            first = next(iter(examined.sources))
            yield Spot(Part.SOURCES, f"source_{first}_url")


def unlikely_addresses(examined: Examined) -> Iterator[Spot]:
    """Addresses of examples and of machines at home."""
    for number, source in examined.sources.items():
        url = _of(source, "url")
        if is_web_address(url) and not works_perhaps(url):
            yield Spot(Part.SOURCES, f"source_{number}_url", {"address": url[:200]})


def unfindable_sources(examined: Examined) -> Iterator[Spot]:
    """Sources of which no library could tell where they are."""
    for number, source in examined.sources.items():
        is_told = _of(source, "publisher") and _of(source, "year")
        if not (_of(source, "url") or is_told or len(_of(source, "note")) >= METHOD_NOTE):
            yield Spot(Part.SOURCES, f"source_{number}_url")


def uncited_sources(examined: Examined) -> Iterator[Spot]:
    """Sources that no section names."""
    for number in examined.sources:
        if f"S{number}" not in examined.cited:
            yield Spot(Part.SOURCES, f"source_{number}_title")


def images(examined: Examined) -> Iterator[Spot]:
    """What no program should judge."""
    yield from (Spot(FILES, file.name) for file in examined.files if file.is_image)


def documents(examined: Examined) -> Iterator[Spot]:
    """Documents, whose words nothing here can read."""
    yield from (Spot(FILES, file.name) for file in examined.files if not file.is_image)


def works_perhaps(url: str) -> bool:
    """Whether its host can be one on the public web. Nothing is asked of the network."""
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return False
    if "." not in host or _NO_HOSTS.search(host):
        return False
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return bool(re.search(r"\.[a-z][a-z0-9-]+$", host))


def _both(examined: Examined) -> Iterator[tuple[str, str, str]]:
    original, other = examined.original, examined.original.other
    for key in ("summary", *SECTION_KEYS):
        here, there = examined.text(original).get(key), examined.text(other).get(key)
        if here and there:
            yield key, here, there


def _figures(markdown: str) -> frozenset[str]:
    """Figures as they are counted, however the thousands are set apart."""
    return frozenset(_FIGURE.findall(_INSIDE_A_FIGURE.sub("", CITATION.sub("", markdown))))


def _words(markdown: str) -> int:
    return len(markdown.split())


def _of(source: Mapping[str, object], name: str) -> str:
    value = source.get(name)
    return value.strip() if isinstance(value, str) else ""
