"""Why a reviewer is proposed, in a few words."""

from collections.abc import Iterable

from flask_babel import gettext as _
from flask_babel import ngettext

from kb.core.language import Locale
from kb.practices.facets import FACETS
from kb.reviews.proposals import Proposal
from kb.vocabularies.catalogue import Vocabularies

# More themes than these make a line that nobody reads to its end.
TOLD_THEMES = 2


def choices(
    proposals: Iterable[Proposal], vocabularies: Vocabularies, locale: Locale
) -> list[tuple[str, str]]:
    """The reviewers who can be asked with what speaks for and against it, for a list."""
    return [
        (str(each.user_id), f"{each.name} – {' · '.join(_why(each, vocabularies, locale))}")
        for each in proposals
    ]


def _load(n: int) -> str:
    if n == 0:
        return str(_("no review under way"))
    return str(ngettext("%(n)s review under way", "%(n)s reviews under way", n, n=n))


def _why(each: Proposal, vocabularies: Vocabularies, locale: Locale) -> list[str]:
    known = [("country", code) for code in each.countries]
    known += [("theme", code) for code in each.themes[:TOLD_THEMES]]
    why = [vocabularies.label(FACETS[facet], code, locale) for facet, code in known]
    why.append(_load(each.load))
    if each.has_declined:
        why.append(str(_("has declined this text")))
    if each.is_colleague:
        why.append(str(_("same organisation as an author")))
    return why
