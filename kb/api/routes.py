"""Every route of the API: one table makes the routes, their access and their description."""

import json

from flask import Blueprint, Flask, Response, request
from werkzeug.exceptions import HTTPException

from kb.api import errors
from kb.api.adoption_schemas import AdoptionDocument, NewAdoption
from kb.api.adoptions import record_adoption
from kb.api.answers import JSON, asked_locale, runtime
from kb.api.indicator_schemas import IndicatorsDocument
from kb.api.indicators import get_indicators
from kb.api.openapi import describe
from kb.api.operations import (
    INDICATOR_PARAMETERS,
    SEARCH_PARAMETERS,
    SUGGEST_PARAMETERS,
    Operation,
)
from kb.api.practices import download_practice, get_practice
from kb.api.schemas import (
    GlossaryDocument,
    PracticeDocument,
    SkosDocument,
    VocabularyDocument,
    VocabularyList,
)
from kb.api.search import related_practices, search_practices, suggest
from kb.api.search_schemas import (
    RelatedAnswer,
    SearchAnswer,
    SuggestAnswer,
)
from kb.api.skos import JSON_LD
from kb.api.terms import get_glossary, get_vocabulary, list_vocabularies
from kb.core.errors import NotFound, PalabreError
from kb.core.language import Locale
from kb.core.messages import msg
from kb.core.ports import IndexUnavailable

NAME = "api"


def get_openapi() -> Response:
    """The description of this API."""
    description = describe(OPERATIONS, runtime().settings.base_url)
    return Response(json.dumps(description, ensure_ascii=False), mimetype=JSON)


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "/api/v1/practices",
        "search_practices",
        search_practices,
        "Search and browse the practices, with facets.",
        SearchAnswer,
        parameters=SEARCH_PARAMETERS,
        uses_index=True,
    ),
    Operation(
        "/api/v1/practices/<slug>",
        "get_practice",
        get_practice,
        "A practice: all texts, metadata with labels, sources, links.",
        PracticeDocument,
    ),
    Operation(
        "/api/v1/practices/<slug>/related",
        "related_practices",
        related_practices,
        "Similar practices, nearest first.",
        RelatedAnswer,
        uses_index=True,
    ),
    Operation(
        "/api/v1/suggest",
        "suggest",
        suggest,
        "Words and practices that what was typed so far may lead to.",
        SuggestAnswer,
        parameters=SUGGEST_PARAMETERS,
        uses_index=True,
    ),
    Operation(
        "/<lang>/practices/<slug>.json",
        "download_practice",
        download_practice,
        "The same document beside the practice's page.",
        PracticeDocument,
    ),
    Operation(
        "/api/v1/vocabularies",
        "list_vocabularies",
        list_vocabularies,
        "The controlled vocabularies.",
        VocabularyList,
    ),
    Operation(
        "/api/v1/vocabularies/<name>",
        "get_vocabulary",
        get_vocabulary,
        "A vocabulary with its terms; with `Accept: application/ld+json` as SKOS.",
        VocabularyDocument,
        also={JSON_LD: SkosDocument},
    ),
    Operation(
        "/api/v1/glossary",
        "get_glossary",
        get_glossary,
        "The bilingual thesaurus.",
        GlossaryDocument,
    ),
    Operation(
        "/api/v1/indicators",
        "get_indicators",
        get_indicators,
        "Figures of a quarter that is over, without small numbers.",
        IndicatorsDocument,
        parameters=INDICATOR_PARAMETERS,
        may_be_missing=True,
    ),
    Operation(
        "/api/v1/adoptions",
        "record_adoption",
        record_adoption,
        "Record, with a key, that one's organisation uses a practice.",
        AdoptionDocument,
        body=NewAdoption,
    ),
    Operation(
        "/api/v1/openapi.json",
        "get_openapi",
        get_openapi,
        "This description.",
    ),
)

# Endpoint -> who may call it; the same words as for the pages.
ACCESS: dict[str, str] = {
    f"{NAME}.{operation.endpoint}": "anyone" if operation.body is None else "key"
    for operation in OPERATIONS
}


def register(app: Flask) -> None:
    """Add the API to the application."""
    blueprint = Blueprint(NAME, __name__)
    for operation in OPERATIONS:
        _add_routes(blueprint, operation)
    blueprint.before_request(_refuse_nonsense)
    blueprint.register_error_handler(PalabreError, errors.known_error)
    blueprint.register_error_handler(IndexUnavailable, errors.index_unavailable)
    blueprint.register_error_handler(HTTPException, errors.http_error)
    blueprint.register_error_handler(Exception, errors.unexpected)
    app.register_blueprint(blueprint)
    app.before_request(errors.unrouted)
    app.after_request(_open_to_other_sites)


def _add_routes(blueprint: Blueprint, operation: Operation) -> None:
    """The operation's rule; spelt out per language, so that it comes before the pages' rules."""
    endpoint, view = operation.endpoint, operation.view
    if "lang" not in operation.path_parameters:
        blueprint.add_url_rule(operation.rule, endpoint, view, methods=[operation.method])
        return
    for locale in Locale:
        rule = operation.rule.replace("<lang>", locale.value)
        blueprint.add_url_rule(rule, endpoint, view, defaults={"lang": locale.value})


def _refuse_nonsense() -> None:
    """An unknown language is refused everywhere alike; PostgreSQL cannot even look for a NUL."""
    asked_locale()
    if any("\0" in str(value) for value in (request.view_args or {}).values()):
        raise NotFound(msg("There is no such page."))


def _open_to_other_sites(response: Response) -> Response:
    """What is public may be read by any page; nothing that a cookie or a key could add to."""
    if request.blueprint == NAME or request.path.startswith("/api/"):
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Allow-Methods"] = "GET, HEAD"
        response.headers["Access-Control-Allow-Headers"] = "If-None-Match"
        response.headers["Access-Control-Expose-Headers"] = "ETag, Retry-After"
    return response
