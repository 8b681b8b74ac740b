"""The numbers as files: CSV, a workbook, JSON. No cell can be taken for a formula."""

from collections.abc import Iterable, Iterator, Sequence
import csv
from datetime import datetime
import io
import json

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from kb.adoption.stages import STAGE_LABELS, Stage
from kb.core.language import Locale, translate
from kb.core.messages import Message, msg
from kb.indicators.definitions import COVERING, Key
from kb.indicators.measuring import Measured, Measures
from kb.vocabularies.catalogue import Vocabularies

Cell = str | int | float | None
# A spreadsheet takes what begins so for a formula, and may run it.
RISKY = ("=", "+", "-", "@", "\t", "\r")
HEADINGS = (
    msg("Code"),
    msg("Indicator"),
    msg("Part"),
    msg("Name of the part"),
    msg("Number"),
    msg("Out of"),
    msg("Per cent"),
    msg("What is counted"),
    msg("Out of what"),
    msg("Definition"),
)


def harmless(cell: Cell) -> Cell:
    """The cell as text where a spreadsheet would take it for a formula."""
    if not isinstance(cell, str):
        return cell
    text = ILLEGAL_CHARACTERS_RE.sub("", cell)
    return f"'{text}" if text.startswith(RISKY) or cell.startswith(RISKY) else text


def to_csv(measures: Measures, vocabularies: Vocabularies, locale: Locale) -> str:
    """One line for each number; spreadsheets know it for UTF-8 by its first character."""
    written = io.StringIO()
    writer = csv.writer(written)
    for line in _lines(measures, vocabularies, locale):
        writer.writerow([harmless(cell) for cell in line])
    return "\ufeff" + written.getvalue()


def to_xlsx(
    measures: Measures, vocabularies: Vocabularies, locale: Locale, made_at: datetime
) -> bytes:
    """The same lines on one sheet, and adoptions by kind and stage on another."""
    book = Workbook()
    book.properties.created = book.properties.modified = made_at.replace(tzinfo=None)
    first = book.active
    if first is not None:
        book.remove(first)
    for title, lines in (
        (msg("Indicators"), _lines(measures, vocabularies, locale)),
        (msg("Adoptions by stage"), _stages(measures, vocabularies, locale)),
    ):
        sheet = book.create_sheet(translate(locale, title))
        for line in lines:
            sheet.append([harmless(cell) for cell in line])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def to_json(measures: Measures) -> str:
    """Codes and numbers for programs."""
    period = measures.filters.period
    return json.dumps(
        {
            "from": period.first.isoformat(),
            "to": period.last.isoformat(),
            "filters": {name: list(codes) for name, codes in measures.filters.terms.items()},
            "indicators": [
                {
                    "key": one.indicator.key.value,
                    "unit": one.indicator.unit.value,
                    "value": one.numerator,
                    "out_of": one.denominator,
                    "parts": dict(one.parts),
                }
                for one in measures.listed()
            ],
            "adoptions_by_stage": {
                kind: {stage.value: stages.get(stage, 0) for stage in Stage}
                for kind, stages in measures.stages.items()
            },
        },
        ensure_ascii=False,
        indent=2,
    )


def part_label(key: Key, code: str, vocabularies: Vocabularies, locale: Locale) -> str:
    """The name of a part of an indicator; quarters are named by their code."""
    if key in COVERING:
        return vocabularies.label(COVERING[key][1], code, locale)
    return vocabularies.label("organisation_types", code, locale) if key is Key.STAGES else code


def _lines(
    measures: Measures, vocabularies: Vocabularies, locale: Locale
) -> Iterator[Sequence[Cell]]:
    def say(message: Message | None) -> str:
        return translate(locale, message) if message else ""

    period = measures.filters.period
    yield [say(msg("Period")), period.first.isoformat(), period.last.isoformat()]
    for name, codes in measures.filters.terms.items():
        if codes:
            yield [name, *codes]
    yield [say(heading) for heading in HEADINGS]
    for one in measures.listed():
        what = one.indicator
        words = (say(what.numerator), say(what.denominator), say(what.definition))
        title = say(what.title)
        yield [what.key.value, title, "", "", one.numerator, one.denominator, _share(one), *words]
        for code, count in one.parts.items():
            label = part_label(what.key, code, vocabularies, locale)
            yield [what.key.value, title, code, label, count]


def _share(one: Measured) -> int | None:
    return one.percent if one.indicator.unit == "share" else None


def _stages(
    measures: Measures, vocabularies: Vocabularies, locale: Locale
) -> Iterable[Sequence[Cell]]:
    stages = [translate(locale, STAGE_LABELS[stage]) for stage in Stage]
    yield [translate(locale, msg("Kind of organisation")), *stages]
    for kind, found in sorted(measures.stages.items()):
        label = vocabularies.label("organisation_types", kind, locale)
        yield [label, *(found.get(stage, 0) for stage in Stage)]
