"""What stands behind a number: its rows, from the very query that was counted."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, Subquery, func, select
from sqlalchemy.orm import Session

from kb.accounts.models import Organisation
from kb.adoption.models import Adoption
from kb.core.language import Locale
from kb.core.paging import Paging
from kb.indicators import entries, register
from kb.indicators.definitions import COVERING, LED_BY, Key
from kb.indicators.filters import Filters
from kb.indicators.measuring import days_between
from kb.practices.lifecycle import State
from kb.practices.models import Practice, Revision, Version

Titles = Mapping[int, Mapping[Locale, str]]

# What the rows of an indicator tell, besides the practice; of most only when it happened.
COLUMNS: dict[Key, tuple[str, ...]] = {
    Key.DECISION: ("submitted_at", "at", "type", "days"),
    Key.ADOPTED: ("adoptions",),
    Key.RECORDED: ("organisation", "kind_of", "country", "at"),
    Key.STAGES: ("organisation", "kind_of", "country", "stage"),
    Key.WOMEN_ADOPTIONS: ("organisation", "kind_of", "country", "stage"),
    Key.YOUTH_ADOPTIONS: ("organisation", "kind_of", "country", "stage"),
    Key.FOLLOW_UPS: ("organisation", "kind_of", "month", "due_on", "done_on"),
    Key.RECALLS: ("kind", "at", "acknowledged_at"),
}
ONLY_WHEN = ("at",)
_SIMPLE: dict[Key, Callable[[Filters], Subquery]] = {
    Key.IDENTIFIED: entries.identified,
    Key.SUBMITTED: entries.submitted,
    Key.PUBLISHED: entries.published,
    Key.DECISION: entries.decided,
    Key.RECORDED: register.recorded,
    Key.FOLLOW_UPS: register.follow_ups,
    Key.RECALLS: register.recalls,
}
# Rows of these are adoptions: each with the organisation that it is of.
OF_ADOPTIONS = frozenset(key for key, columns in COLUMNS.items() if "organisation" in columns)


@dataclass(frozen=True, slots=True)
class Row:
    """A practice, or something that happened to it; `facts` are codes, times and numbers.

    Of what was never submitted there is neither title nor address, which is made of the title.
    """

    slug: str
    titles: Mapping[Locale, str]
    facts: Mapping[str, Any]

    def title(self, locale: Locale) -> str:
        """In the reader's language if there is one, else in the other."""
        return self.titles.get(locale) or self.titles.get(locale.other) or self.slug


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the rows, and how many there are in all."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    total: int


def rows_behind(
    session: Session, key: Key, filters: Filters, paging: Paging, part: str = ""
) -> Page:
    """The rows of an indicator, or of a part of it: one term, or one kind of organisation."""
    chosen = _selected(key, filters, part)
    columns = COLUMNS.get(key, ONLY_WHEN)
    total = session.scalar(select(func.count()).select_from(chosen)) or 0
    query = _listed(key, chosen).offset(paging.offset).limit(paging.per_page)
    found = [dict(row) for row in session.execute(query).mappings()]
    titles = _titles(session, (row["practice"] for row in found))
    return Page(columns, tuple(_row(row, columns, titles) for row in found), total)


def _selected(key: Key, filters: Filters, part: str) -> Subquery:
    if key in LED_BY:
        return entries.having(entries.standing(filters), "actor", LED_BY[key])
    if key in COVERING:
        standing = entries.standing(filters)
        return entries.having(standing, COVERING[key][0], part) if part else standing
    if key in _SIMPLE:
        return _SIMPLE[key](filters)
    adoptions = register.at_the_end(filters)
    if key is Key.ADOPTED:
        return register.taken_up(adoptions)
    if key is Key.STAGES:
        return register.of_type(adoptions, part) if part else adoptions
    return register.led_by(adoptions, "women" if key is Key.WOMEN_ADOPTIONS else "youth")


def _listed(key: Key, chosen: Subquery) -> Select[*tuple[Any, ...]]:
    """The rows with their practice, and with their organisation where they have one."""
    practice = (Practice.slug.label("slug"), Practice.id.label("practice"))
    if key not in OF_ADOPTIONS:
        order = chosen.c.adoptions if key is Key.ADOPTED else chosen.c.at
        return (
            select(*practice, chosen)
            .join_from(chosen, Practice, Practice.id == chosen.c.practice_id)
            .order_by(order.desc(), Practice.slug)
        )
    adoption_id = chosen.c.adoption_id if "adoption_id" in chosen.c else chosen.c.id
    return (
        select(
            *practice,
            chosen,
            Organisation.name.label("organisation"),
            Organisation.type.label("kind_of"),
            Organisation.country.label("country"),
        )
        .join_from(chosen, Adoption, Adoption.id == adoption_id)
        .join(Organisation, Organisation.id == Adoption.organisation_id)
        .join(Practice, Practice.id == Adoption.practice_id)
        .order_by(Organisation.country, Organisation.name, Practice.slug, chosen.c.id)
    )


def _row(found: Mapping[str, Any], columns: tuple[str, ...], titles: Titles) -> Row:
    facts = {name: found[name] for name in columns if name in found}
    if "days" in columns:
        facts["days"] = round(days_between(found["submitted_at"], found["at"]), 1)
    known = titles.get(found["practice"], {})
    return Row(found["slug"] if known else "", known, facts)


def _titles(session: Session, practices: Iterable[int]) -> Titles:
    """The titles of practices: of the text that can be read, else of the newest submitted."""
    query = (
        select(Revision.practice_id, Version.content)
        .join(Version, Version.id == Revision.version_id)
        .where(Revision.practice_id.in_(set(practices)))
        .order_by(Revision.state == State.PUBLISHED, Version.id)
    )
    return {
        practice: {
            locale: str(content["texts"][locale]["title"])
            for locale in Locale
            if locale in content.get("texts", {})
        }
        for practice, content in session.execute(query)
    }
