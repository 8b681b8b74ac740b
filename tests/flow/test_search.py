"""Searching the real content: what is found, and counts that equal a count by SQL."""

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kb.core.language import Locale
from kb.practices.facets import FACETS
from kb.practices.lifecycle import State
from kb.practices.models import Revision, VersionTag
from kb.practices.tags import TAG_FIELDS
from kb.runtime import Runtime
from kb.search.service import Results, parse_query, search
from kb.vocabularies.catalogue import Vocabularies

ALL = {"kind": ["all"], "per_page": ["100"]}


def find(runtime: Runtime, locale: Locale = Locale.FR, **parameters: list[str]) -> Results:
    with runtime.reading() as session:
        vocabularies = runtime.vocabularies.get(session)
        query = parse_query(parameters, locale, vocabularies)
        return search(session, runtime.index, vocabularies, query)


def slugs(results: Results) -> list[str]:
    return [found.practice.slug for found in results.found]


@pytest.mark.parametrize("locale", list(Locale))
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("mediation fonciere", "conciliation-fonciere-villageoise-burkina"),
        ("médiation foncière", "conciliation-fonciere-villageoise-burkina"),
        ("MÉDIATIONS FONCIÈRES", "conciliation-fonciere-villageoise-burkina"),
        ("peace hut", "case-de-la-paix-gao"),
        ("case de la paix", "case-de-la-paix-gao"),
        ("cases de paix", "case-de-la-paix-gao"),
        ("l'alliance à plaisanterie", "rakire-alliance-a-plaisanterie-burkina"),
        ("dioro", "yaaral-degal-calendrier-bourgoutieres"),
        ("toguna", "toguna-hogon-conseil-anciens"),
    ],
)
def test_readers_find_what_they_mean(
    runtime: Runtime, locale: Locale, query: str, expected: str
) -> None:
    assert expected in slugs(find(runtime, locale, q=[query]))[:2]


def test_accents_do_not_matter(runtime: Runtime) -> None:
    for plain, accented in (("mediation fonciere", "médiation foncière"), ("menaka", "Ménaka")):
        assert slugs(find(runtime, q=[plain], **ALL)) == slugs(find(runtime, q=[accented], **ALL))


def published_tags(session: Session, vocabularies: Vocabularies) -> dict[int, dict[str, set[str]]]:
    """By SQL: the terms of every published version, parents included."""
    rows = session.execute(
        select(Revision.id, VersionTag.facet, VersionTag.code)
        .join(VersionTag, VersionTag.version_id == Revision.version_id)
        .where(Revision.state == State.PUBLISHED)
    )
    tags: dict[int, dict[str, set[str]]] = {}
    for revision, facet, code in rows:
        codes = tags.setdefault(revision, {}).setdefault(facet, set())
        codes.update(vocabularies.with_ancestors(FACETS[facet], [code]))
    return tags


FILTERS: tuple[Mapping[str, Any], ...] = (
    {},
    {"country": ["ML"]},
    {"country": ["ML", "NE"], "theme": ["reconciliation"]},
    {"region": ["ML-5"]},
    {"actor": ["women-leaders", "youth-leaders"], "evidence": ["solid"]},
    {"country": ["BF"], "region": ["BF-12"], "theme": ["access-to-justice", "local-agreements"]},
    {"origin": ["ancestral"], "maturity": ["unknown"]},
)


@pytest.mark.parametrize("filters", FILTERS, ids=str)
def test_facet_counts_equal_a_count_by_sql(runtime: Runtime, filters: Mapping[str, Any]) -> None:
    results = find(runtime, **ALL, **filters)
    with runtime.reading() as session:
        tags = published_tags(session, runtime.vocabularies.get(session))

    def matches(terms: Mapping[str, set[str]], *, but: str = "") -> bool:
        return all(
            terms.get(facet, set()) & set(values)
            for facet, values in filters.items()
            if facet != but
        )

    assert results.total == sum(matches(terms) for terms in tags.values())
    for facet in TAG_FIELDS:
        counted: dict[str, int] = {}
        for terms in tags.values():
            if matches(terms, but=facet):
                for code in terms.get(facet, set()):
                    counted[code] = counted.get(code, 0) + 1
        shown = {v.code: v.count for v in results.facets.get(facet, ()) if v.count}
        if shown or len(counted) > 1:
            assert shown == counted, facet


def test_every_practice_is_on_exactly_one_page(runtime: Runtime) -> None:
    seen: list[str] = []
    for page in ("1", "2", "3", "4", "5"):
        results = find(runtime, kind=["all"], sort=["title"], per_page=["10"], page=[page])
        assert results.total == 43
        seen += slugs(results)
    with runtime.reading() as session:
        published = session.scalar(
            select(func.count()).select_from(Revision).where(Revision.state == State.PUBLISHED)
        )
    assert len(seen) == len(set(seen)) == published == 43


def test_lessons_are_announced_but_not_mixed_in(runtime: Runtime) -> None:
    results = find(runtime, q=["koglweogo"])
    assert "koglweogo-lecon-et-precautions" not in slugs(results)
    assert results.lessons == 1
    everything = find(runtime, q=["koglweogo"], kind=["all"])
    assert "koglweogo-lecon-et-precautions" in slugs(everything)
    assert everything.total == results.total + results.lessons


def test_a_typo_gets_what_was_meant(runtime: Runtime) -> None:
    meant, typo = find(runtime, q=["transhumance"]), find(runtime, q=["tranhumance"])
    assert typo.corrected == "transhumance"
    assert slugs(typo) == slugs(meant) != []
    exact = find(runtime, q=["tranhumance"], exact=["1"])
    assert (exact.total, exact.suggestion, exact.corrected) == (0, "transhumance", None)


def widened(runtime: Runtime, *query: str, **parameters: list[str]) -> Results:
    with runtime.reading() as session:
        vocabularies = runtime.vocabularies.get(session)
        thesaurus = runtime.thesaurus.get(session)
        asked = parse_query({"q": list(query), **parameters}, Locale.FR, vocabularies)
        return search(session, runtime.index, vocabularies, asked, thesaurus=thesaurus)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("fulani", "accords-paix-koro-bankass"),
        ("qadi", "cadis-gao-tombouctou"),
        ("COFO", "commissions-foncieres-code-rural-niger"),
        ("joking relationship", "parente-a-plaisanterie-niger"),
        ("soldats", "terrain-d-entente-fds-populations"),
        ("forage", "accord-social-puits-pastoraux-niger"),
        ("crop damage", "reseau-mediateurs-agropastoraux-hd"),
        ("fishermen", "yaaral-degal-calendrier-bourgoutieres"),
    ],
)
def test_the_thesaurus_widens_a_search(runtime: Runtime, query: str, expected: str) -> None:
    results = widened(runtime, query)
    assert expected in slugs(results)[:5]
    exact = widened(runtime, query, exact=["1"])
    assert (exact.expansions, exact.corrected) == ((), None)
    assert exact.total <= results.total


def test_the_thesaurus_is_made_once_as_long_as_nothing_changes(runtime: Runtime) -> None:
    with runtime.reading() as session:
        assert runtime.thesaurus.get(session) is runtime.thesaurus.get(session)
        assert ("cadi", "qadi", "kadi", "cadis", "juge musulman") in (
            runtime.thesaurus.get(session).groups
        )
