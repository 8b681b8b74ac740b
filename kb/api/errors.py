"""Errors as problem+json (RFC 9457), mapped once for everything the API answers."""

from http import HTTPStatus
import logging

from flask import Response, current_app, request
from werkzeug.exceptions import HTTPException

from kb.api.answers import error_locale
from kb.api.schemas import FieldProblem, Problem
from kb.core.errors import Invalid, PalabreError
from kb.core.language import translate
from kb.core.messages import Message, msg
from kb.core.ports import IndexUnavailable

LOG = logging.getLogger(__name__)
PROBLEM_JSON = "application/problem+json"
RETRY_AFTER_SECONDS = "5"
TITLES = {
    400: msg("Bad request"),
    401: msg("Key needed"),
    403: msg("Not allowed"),
    404: msg("Not found"),
    405: msg("Method not allowed"),
    409: msg("Conflict"),
    410: msg("Gone"),
    422: msg("Not valid"),
    500: msg("Internal error"),
    503: msg("Not available right now"),
}
DETAILS = {
    404: msg("There is no such page."),
    405: msg("This address cannot be used in this way."),
    500: msg("Something went wrong on our side; it has been noted."),
    503: msg("The search index is being rebuilt. Please try again in a moment."),
}


class KeyNeeded(PalabreError):
    """There is no key, or it opens nothing."""

    status = 401


def problem(status: int, detail: Message | None = None, error: Invalid | None = None) -> Response:
    """A problem document in the reader's language."""
    locale = error_locale()
    title = TITLES.get(status)
    named = translate(locale, title) if title else HTTPStatus(status).phrase
    said = detail or DETAILS.get(status)
    document = Problem(
        type="about:blank",
        title=named,
        status=status,
        detail=translate(locale, said) if said else named,
        errors=tuple(
            FieldProblem(field=field, detail=translate(locale, why))
            for field, why in (error.problems if error else {}).items()
        ),
    )
    response = Response(document.model_dump_json(), status, mimetype=PROBLEM_JSON)
    response.content_language.add(locale.value)
    response.vary.add("Accept-Language")
    response.cache_control.no_store = True
    return response


def known_error(error: PalabreError) -> Response:
    """One of the four errors of the use cases."""
    response = problem(error.status, error.message, error if isinstance(error, Invalid) else None)
    if isinstance(error, KeyNeeded):
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def index_unavailable(_error: IndexUnavailable) -> Response:
    """The index could not be healed on the spot."""
    response = problem(HTTPStatus.SERVICE_UNAVAILABLE)
    response.headers["Retry-After"] = RETRY_AFTER_SECONDS
    return response


def http_error(error: HTTPException) -> Response:
    """What the framework refuses; the headers it wants are kept."""
    response = problem(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
    for name, value in error.get_headers():
        if name.lower() not in {"content-type", "content-length"}:
            response.headers[name] = value
    return response


def unexpected(error: Exception) -> Response:
    """A fault of ours: told to the log, not to the reader."""
    LOG.error("the request to %s failed", request.endpoint, exc_info=error)
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR)


def unrouted() -> Response | None:
    """A problem document for addresses under /api/ (or ending in .json) that lead nowhere."""
    error = request.routing_exception
    ours = request.path.startswith("/api/") or request.path.endswith(".json")
    if error is None or not ours or (error.code or 0) < HTTPStatus.BAD_REQUEST:
        return None
    return current_app.make_response(http_error(error))
