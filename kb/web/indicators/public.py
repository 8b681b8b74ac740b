"""What everybody is shown of a quarter that is over."""

from collections.abc import Callable
from dataclasses import dataclass

from flask_babel import format_decimal

from kb.adoption.stages import STAGE_LABELS, Stage
from kb.adoption.written import Led
from kb.core.folding import fold
from kb.core.language import Locale
from kb.core.messages import Message, msg
from kb.indicators.definitions import COVERING, LED_BY, Key
from kb.indicators.public_tables import TOTAL, Figure
from kb.indicators.published import ELSEWHERE, Figures, PublicFigures
from kb.indicators.suppression import THRESHOLD, Shown
from kb.vocabularies.catalogue import Vocabularies
from kb.web.figures.bars import Bar, bar_chart
from kb.web.figures.value import Value
from kb.web.indicators.words import LED_LABELS, Names, quarter_name
from kb.web.language import tell

WITHHELD = "…"
# Heading, and what stands above the lines.
_SPLITS: dict[str, tuple[Message, Message]] = {
    "type": (msg("By kind of organisation"), msg("Kind of organisation")),
    "stage": (msg("By stage"), msg("Stage")),
    "country": (msg("By country"), msg("Country")),
    "women": (msg("Whether women lead"), msg("Women")),
    "youth": (msg("Whether young people lead"), msg("Young people")),
}


@dataclass(frozen=True, slots=True)
class Table:
    """A small table of what adoptions are split by; the last line is the total."""

    name: str
    title: str
    what: str
    lines: tuple[tuple[str, str], ...]


class PublicPage:
    """The fixed tables of one quarter in the reader's language."""

    def __init__(self, figures: PublicFigures, vocabularies: Vocabularies, locale: Locale) -> None:
        self.figures = figures
        self.quarter = quarter_name(figures.quarter)
        self._names = Names(vocabularies, locale)

    def bars(self, key: Key) -> tuple[Bar, ...]:
        """Practices by term; readers find them in the catalogue, too."""
        counts = self.figures.coverage[key]
        label = {code: self._names.term(COVERING[key][1], code) for code in counts}
        order = sorted(counts, key=lambda code: (-counts[code], fold(label[code])))
        return bar_chart(Value(label[code], counts[code]) for code in order)

    @property
    def led(self) -> tuple[int, int]:
        """Practices that name women leaders, and youth leaders."""
        women, youth = (
            self.figures.coverage[key][LED_BY[key]]
            for key in (Key.WOMEN_PRACTICES, Key.YOUTH_PRACTICES)
        )
        return women, youth

    @property
    def adoptions(self) -> list[Table]:
        """Each split of the adoptions of the quarter; none where nothing can be shown."""
        found = self.figures.adoptions
        if found is None:
            return []
        kinds = self._names.organisation_type
        return [
            _table(found, "type", _SPLITS["type"], kinds),
            _table(found, "stage", _SPLITS["stage"], lambda code: tell(STAGE_LABELS[Stage(code)])),
            _table(found, "country", _SPLITS["country"], self._country),
            _table(found, "women", _SPLITS["women"], _led),
            _table(found, "youth", _SPLITS["youth"], _led),
        ]

    @property
    def follow_ups(self) -> list[tuple[str, str]]:
        found = self.figures.follow_ups
        if found is None:
            return []
        return [
            (tell(msg("Done within 30 days")), mark(found[True])),
            (tell(msg("Done later or not at all")), mark(found[False])),
            (tell(msg("Total")), mark(found[TOTAL])),
        ]

    def _country(self, code: str) -> str:
        if code == ELSEWHERE:
            return tell(msg("other countries"))
        return self._names.term("countries", code)


def mark(figure: Figure) -> str:
    """The number, or what stands for it."""
    if figure.shown is Shown.FEW:
        return f"<{THRESHOLD}"
    return WITHHELD if figure.count is None else format_decimal(figure.count)


def _table(
    found: Figures, split: str, words: tuple[Message, Message], label: Callable[[str], str]
) -> Table:
    lines = [
        (label(str(name[1])), mark(figure))
        for name, figure in found.items()
        if isinstance(name, tuple) and name[0] == split
    ]
    lines.append((tell(msg("Total")), mark(found[TOTAL])))
    return Table(split, tell(words[0]), tell(words[1]), tuple(lines))


def _led(code: str) -> str:
    return tell(LED_LABELS[Led(code)])
