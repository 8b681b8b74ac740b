"""Which reviewers to ask first, and why. Pure: rules over plain values.

Authors, whoever signed the text off and whoever reviews it already are not among the candidates
at all. Somebody of an author's organisation is a conflict of interest that only an editor can
weigh - in a small field everybody of a subject may work in one institute: so they are named as
what they are, and come last, after those who have declined.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from kb.core.folding import fold


@dataclass(frozen=True, slots=True)
class Candidate:
    """A reviewer, what they know, and what they have to do already."""

    user_id: int
    name: str
    country: str | None = None
    reviewed_countries: frozenset[str] = frozenset()
    reviewed_themes: frozenset[str] = frozenset()
    load: int = 0
    has_declined: bool = False
    is_colleague: bool = False


@dataclass(frozen=True, slots=True)
class Proposal:
    """A reviewer with what speaks for and against asking them."""

    user_id: int
    name: str
    countries: tuple[str, ...]
    themes: tuple[str, ...]
    load: int
    has_declined: bool
    is_colleague: bool


def rank(
    candidates: Iterable[Candidate], countries: Iterable[str], themes: Iterable[str]
) -> tuple[Proposal, ...]:
    """The candidates for a text of these countries and themes, the best first.

    A country or a theme that somebody knows weighs as much as one review that they are at.
    """
    about = frozenset(countries), frozenset(themes)
    found = [_proposal(candidate, *about) for candidate in candidates]
    return tuple(sorted(found, key=_order))


def _proposal(candidate: Candidate, countries: frozenset[str], themes: frozenset[str]) -> Proposal:
    own = frozenset({candidate.country} - {None})
    return Proposal(
        user_id=candidate.user_id,
        name=candidate.name,
        countries=tuple(sorted(countries & (candidate.reviewed_countries | own))),
        themes=tuple(sorted(themes & candidate.reviewed_themes)),
        load=candidate.load,
        has_declined=candidate.has_declined,
        is_colleague=candidate.is_colleague,
    )


def _order(each: Proposal) -> tuple[bool, bool, int, int, str, int]:
    fit = len(each.countries) + len(each.themes) - each.load
    return each.is_colleague, each.has_declined, -fit, each.load, fold(each.name), each.user_id
