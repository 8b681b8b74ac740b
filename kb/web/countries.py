"""The countries people can say they are in: those of the Liptako-Gourma first."""

from functools import cache

from babel import Locale as BabelLocale

from kb.core.folding import fold
from kb.core.language import Locale

FIRST = ("ML", "NE", "BF")
CODE_LENGTH = 2
# Unions, test codes and outlying islands that have a code but no government.
NO_COUNTRIES = frozenset(
    {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"}
)


@cache
def country_choices(locale: Locale) -> tuple[tuple[str, str], ...]:
    """Codes and names in the reader's order."""
    names = {
        code: name
        for code, name in BabelLocale.parse(locale.value).territories.items()
        if len(code) == CODE_LENGTH and code.isalpha() and code not in NO_COUNTRIES
    }
    others = sorted(set(names) - set(FIRST), key=lambda code: fold(names[code]))
    return tuple((code, names[code]) for code in (*FIRST, *others))


def country_or_unknown(code: str) -> str:
    """The code as it was chosen; one that is no country becomes one that is refused."""
    known = {known for known, _ in country_choices(Locale.EN)}
    return code if not code or code in known else "?"
