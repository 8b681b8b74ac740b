"""The checks before review as data: a table of rules. Pure.

A failure keeps a text from being submitted; `draft_check` finds it, and nothing else does. A
warning asks to look again, an information may help. Machines flag and explain; people decide.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from kb.core.messages import Message, msg
from kb.practices import check_rules as rules
from kb.practices.check_rules import Quote, Spot
from kb.practices.draft import Part
from kb.practices.draft_check import findings
from kb.practices.examined import FILES, Examined
from kb.practices.safety import EXPLANATIONS, Danger
from kb.practices.similarity import Near

# Of the same kind in the same field; how many more there are is told.
AT_MOST = 8


class Level(StrEnum):
    """How much depends on it."""

    FAILURE = "failure"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Check:
    """What a rule found: why it matters, where to go, and the passage meant if there is one."""

    key: str
    level: Level
    why: Message
    part: str
    field: str
    quotes: tuple[Quote, ...] = ()
    more: int = 0
    near: Near | None = None

    @property
    def is_danger(self) -> bool:
        """Whether the do-no-harm lint found it."""
        return self.key in set(Danger)


@dataclass(frozen=True, slots=True)
class Rule:
    """A row of the table; the message takes the parameters of each spot."""

    key: str
    level: Level
    message: Message
    spots: Callable[[Examined], Iterable[Spot]]


def _lint(danger: Danger) -> Rule:
    def spots(examined: Examined) -> Iterator[Spot]:
        yield from rules.sightings(examined, danger)
        if danger is Danger.DATED_PLACE:
            yield from rules.dated_periods(examined)

    return Rule(danger.value, Level.WARNING, EXPLANATIONS[danger], spots)


_W, _I = Level.WARNING, Level.INFO
RULES: tuple[Rule, ...] = (
    *(_lint(danger) for danger in Danger),
    Rule(
        "not_looked_at",
        _W,
        msg("So long that only its beginning was searched for names, numbers and places."),
        rules.cut_short,
    ),
    Rule(
        "no_region",
        _I,
        msg("No region is chosen: readers who look by region do not find it."),
        rules.no_region,
    ),
    Rule(
        "solid_on_one",
        _W,
        msg("The evidence is called solid, but there is only one source."),
        rules.solid_on_one_source,
    ),
    Rule(
        "long_title",
        _I,
        msg("Long for a title: on a phone it fills the screen."),
        rules.long_title,
    ),
    Rule(
        "short_summary",
        _W,
        msg("Very short: say who does what, and what comes of it."),
        rules.short_summary,
    ),
    Rule(
        "short_section",
        _W,
        msg("Very short: somebody who was not there will hardly understand it."),
        rules.short_sections,
    ),
    Rule(
        "long_section",
        _I,
        msg("More than %(words)s words: few people read that much on a phone."),
        rules.long_sections,
    ),
    Rule(
        "empty_section",
        _I,
        msg("Empty: write what is known, or that nothing was found."),
        rules.empty_sections,
    ),
    Rule(
        "uncited_section",
        _W,
        msg("No source is cited: write behind each fact where it comes from, such as [S1]."),
        rules.uncited_sections,
    ),
    Rule(
        "translation_missing",
        _I,
        msg("There is no text in this language yet: its readers get the original."),
        rules.translation_missing,
    ),
    Rule(
        "translation_stale",
        _W,
        msg("The translation is behind the original."),
        rules.translation_stale,
    ),
    Rule(
        "translation_gap",
        _W,
        msg("There in the other language, and missing here."),
        rules.translation_gaps,
    ),
    Rule(
        "translation_figures",
        _W,
        msg("These figures are in one language only: %(figures)s"),
        rules.translation_figures,
    ),
    Rule(
        "translation_sources",
        _W,
        msg("These sources are cited in one language only: %(sources)s"),
        rules.translation_sources,
    ),
    Rule(
        "translation_uneven",
        _I,
        msg("Much shorter or longer than the original: is all of it there?"),
        rules.translation_uneven,
    ),
    Rule(
        "no_way_to_check",
        _W,
        msg(
            "Nobody can check what is said: no source has a web address that looks as if it"
            " worked, and no field method is described. For a field study, write into the note of"
            " a source how you worked, in which month, and with whom (roles, no names)."
        ),
        rules.no_way_to_check,
    ),
    Rule(
        "unlikely_address",
        _W,
        msg("This web address will hardly work: %(address)s"),
        rules.unlikely_addresses,
    ),
    Rule(
        "unfindable_source",
        _W,
        msg("Neither a web address nor publisher and year: nobody can find this source."),
        rules.unfindable_sources,
    ),
    Rule(
        "uncited_source",
        _I,
        msg("This source is listed, but the text cites it nowhere."),
        rules.uncited_sources,
    ),
    Rule(
        "image",
        _I,
        msg(
            "No program has looked at the picture. Please look: can a person be recognised by face"
            " or clothes, or a place by signs, number plates or landmarks? (What the camera wrote"
            " into the file is removed already.)"
        ),
        rules.images,
    ),
    Rule(
        "document",
        _I,
        msg(
            "The words in this document were not looked at. Please read it: names, numbers,"
            " places. (Author and dates in the properties of the file are removed already.)"
        ),
        rules.documents,
    ),
)


def evaluate(examined: Examined, near: Iterable[Near] = ()) -> tuple[Check, ...]:
    """All that the rules find, the gravest first within each part, in the order of the form."""
    found = [
        Check("needed", Level.FAILURE, finding.why, finding.part, finding.field)
        for finding in findings(examined.copy)
    ]
    for rule in RULES:
        found += _checks(rule, rule.spots(examined))
    found += [_near(examined, each) for each in near]
    original = examined.original
    parts = [Part.ABOUT, original.value, original.other.value, Part.SOURCES, FILES]
    levels = list(Level)
    return tuple(sorted(found, key=lambda c: (parts.index(c.part), levels.index(c.level))))


def _checks(rule: Rule, spots: Iterable[Spot]) -> Iterator[Check]:
    """One check per field and sentence, with the passages that it is about."""
    by_place: dict[tuple[str, str, str], list[Spot]] = defaultdict(list)
    for spot in spots:
        by_place[spot.part, spot.field, str(spot.parameters)].append(spot)
    for same in by_place.values():
        first = same[0]
        quotes = tuple(spot.quote for spot in same[:AT_MOST] if spot.quote)
        why = msg(rule.message.text, **first.parameters)
        more = max(0, len(same) - AT_MOST)
        yield Check(rule.key, rule.level, why, first.part, first.field, quotes, more)


def _near(examined: Examined, near: Near) -> Check:
    if near.text >= rules.SAME_TEXT:
        why = msg("Most of the text is also in another practice. Is it the same one?")
    elif near.text >= rules.LIKE_TEXT:
        why = msg("Passages of the text are also in another practice.")
    else:
        why = msg("Another practice has nearly the same title.")
    level = Level.WARNING if near.text >= rules.LIKE_TEXT else Level.INFO
    return Check("near", level, why, examined.original.value, "title", near=near)


def counts(checks: Iterable[Check]) -> Mapping[Level, int]:
    """How many there are of each level."""
    found = dict.fromkeys(Level, 0)
    for check in checks:
        found[check.level] += 1
    return found
