"""What every view does: find the runtime, the language asked for, and answer in JSON."""

import hashlib

from flask import Response, current_app, request
from pydantic import BaseModel

from kb.core.errors import Invalid
from kb.core.language import Locale, preferred
from kb.core.messages import msg
from kb.runtime import Runtime

JSON = "application/json"
TAG_LENGTH = 32


def runtime() -> Runtime:
    """The runtime of the application that handles this request."""
    found: Runtime = current_app.extensions["kb"]
    return found


def asked_locale() -> Locale:
    """The language of the `lang` parameter, or the site's own; raises Invalid for any other."""
    asked = request.args.get("lang")
    if not asked:
        return runtime().settings.default_locale
    try:
        return Locale(asked)
    except ValueError:
        known = ", ".join(Locale)
        raise Invalid(
            msg("The request is not valid."),
            {"lang": msg("is not one of %(expected)s", expected=known)},
        ) from None


def error_locale() -> Locale:
    """The language for telling what went wrong, whatever else is wrong with the request."""
    asked = (request.args.get("lang"), (request.view_args or {}).get("lang"))
    accepted = (tag for tag, quality in request.accept_languages if quality)
    named = next((Locale(name) for name in asked if name in set(Locale)), None)
    return named or preferred(accepted) or runtime().settings.default_locale


def answer(document: BaseModel, mimetype: str = JSON) -> Response:
    """The document; the application tags every answer by its body and knows when to say 304."""
    return Response(document.model_dump_json(by_alias=True), mimetype=mimetype)


def answer_apart_from(document: BaseModel, *volatile: str) -> Response:
    """The document, tagged without the fields that differ from one request to the next."""
    response = answer(document)
    lasting = document.model_dump_json(by_alias=True, exclude=set(volatile))
    response.set_etag(hashlib.sha256(lasting.encode()).hexdigest()[:TAG_LENGTH], weak=True)
    return response
