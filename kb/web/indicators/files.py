"""Numbers to take along: which forms there are."""

from kb.core.language import Locale
from kb.indicators.export import to_csv, to_xlsx
from kb.indicators.measuring import Measures
from kb.vocabularies.catalogue import Vocabularies
from kb.web.current import runtime

FORMS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def file_of(
    form: str, measures: Measures, vocabularies: Vocabularies, locale: Locale
) -> str | bytes:
    """The body of the file."""
    if form == "csv":
        return to_csv(measures, vocabularies, locale)
    return to_xlsx(measures, vocabularies, locale, runtime().clock.now())
