"""Searching and listing practices."""

from collections.abc import Callable, Collection
from time import perf_counter
from typing import TypeVar

from flask import Response, request

from kb.api.addresses import Addresses
from kb.api.answers import answer, answer_apart_from, asked_locale, runtime
from kb.api.documents import search_answer, suggest_answer, summary
from kb.api.search_schemas import (
    RelatedAnswer,
)
from kb.core.ports import IndexUnavailable
from kb.practices.facets import FACETS
from kb.practices.queries import public_view
from kb.practices.readers import VISITOR
from kb.search import promotions, service, suggesting

RELATED_LIMIT = 6
NAMES_LIMIT = 20
NAME_LENGTH = 40
PARAMETERS = frozenset({*FACETS, "q", "lang", "sort", "page", "per_page", "exact"})
SUGGEST_PARAMETERS = frozenset({"q", "lang", "limit"})

Answer = TypeVar("Answer")


def search_practices() -> Response:
    """One page of the practices that match."""
    rt, locale = runtime(), asked_locale()
    parameters = request.args.to_dict(flat=False)
    started = perf_counter()
    with rt.reading() as session:
        vocabularies = rt.vocabularies.get(session)
        query = service.parse_query(parameters, locale, vocabularies)
        thesaurus = rt.thesaurus.get(session)
        results = _with_index(
            lambda: service.search(session, rt.index, vocabularies, query, thesaurus=thesaurus)
        )
        promoted = promotions.promoted(session, query, VISITOR)
    took_ms = round((perf_counter() - started) * 1000, 1)
    ignored = (*query.ignored, *_unknown_names(parameters, PARAMETERS))
    addresses = Addresses(rt.settings.base_url)
    document = search_answer(results, promoted, ignored, took_ms, addresses)
    return answer_apart_from(document, "took_ms")


def related_practices(slug: str) -> Response:
    """What is similar to one practice."""
    rt, locale = runtime(), asked_locale()
    with rt.reading() as session:
        practice = public_view(session, slug)
        found = _with_index(
            lambda: service.related(session, rt.index, practice.slug, RELATED_LIMIT)
        )
    addresses = Addresses(rt.settings.base_url)
    return answer(RelatedAnswer(results=tuple(summary(p, locale, addresses) for p in found)))


def suggest() -> Response:
    """What the letters typed so far may lead to."""
    rt, locale = runtime(), asked_locale()
    parameters = request.args.to_dict(flat=False)
    ignored: list[str] = []
    most = suggesting.WORDS_LIMIT
    limit = service.whole_number(parameters, "limit", most, most, ignored)
    with rt.reading() as session:
        thesaurus = rt.thesaurus.get(session)
        found = _with_index(
            lambda: suggesting.suggest(
                session, rt.index, request.args.get("q", ""), locale, VISITOR, thesaurus
            )
        )
    ignored += _unknown_names(parameters, SUGGEST_PARAMETERS)
    addresses = Addresses(rt.settings.base_url)
    return answer(suggest_answer(found, limit, ignored, locale, addresses))


def _with_index(call: Callable[[], Answer]) -> Answer:
    """The call's result; an index that is missing or broken is made anew once."""
    try:
        return call()
    except IndexUnavailable:
        runtime().heal_index()
        return call()


def _unknown_names(parameters: service.MultiMapping, known: Collection[str]) -> list[str]:
    """Parameters that mean nothing here, so that a misspelt filter is noticed."""
    unknown = [name[:NAME_LENGTH] for name in parameters if name not in known]
    return unknown[:NAMES_LIMIT]
