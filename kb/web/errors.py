"""What went wrong, told once, in the reader's language."""

from http import HTTPStatus
from urllib.parse import urlsplit, urlunsplit

from flask import Flask, Response, g, make_response, redirect, render_template, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from kb.core.errors import Invalid, PalabreError
from kb.core.messages import Message, msg
from kb.web.language import tell

TITLES: dict[int, Message] = {
    400: msg("This request cannot be understood"),
    403: msg("You may not do this"),
    404: msg("This page does not exist"),
    405: msg("This cannot be done here"),
    409: msg("Something changed in between"),
    410: msg("This page has been withdrawn"),
    413: msg("This is too large"),
    422: msg("Something is missing or not right"),
    500: msg("Something went wrong"),
    503: msg("Please try again in a moment"),
}
ADVICE: dict[int, Message] = {
    404: msg("The address may be mistyped, or the page may have been removed."),
    405: msg("This address shows a page; nothing can be sent to it."),
    410: msg("It was public once and no longer is."),
    413: msg(
        "What was sent is larger than this page takes. Nothing was saved: go back, shorten it, "
        "and save again."
    ),
    500: msg("The fault is ours and has been noted. Trying again later may help."),
    503: msg("Part of the site is busy; nothing is lost."),
}
FALLBACK = msg("Something went wrong")
SERVER_ERROR = 500


def answer_known(error: PalabreError) -> Response:
    """One of the four errors of the layers below, with its own sentence."""
    if error.status == HTTPStatus.NOT_FOUND:
        # The same page whether it never existed, is not public, or was removed.
        return page(HTTPStatus.NOT_FOUND)
    problems = error.problems if isinstance(error, Invalid) else {}
    return page(error.status, error.message, problems)


def answer_http(error: HTTPException) -> Response:
    """An error of HTTP itself."""
    response = page(error.code or SERVER_ERROR)
    allowed = error.get_response().headers.get("Allow")
    if allowed:
        response.headers["Allow"] = allowed
    return response


def put_right() -> Response | None:
    """A missing slash, put right by path alone: the router would repeat the Host header."""
    error = request.routing_exception
    if not isinstance(error, RequestRedirect):
        return None
    parts = urlsplit(error.new_url)
    path = "/" + parts.path.lstrip("/")
    return make_response(redirect(urlunsplit(("", "", path, parts.query, "")), error.code))


def page(
    status: int, message: Message | None = None, problems: dict[str, Message] | None = None
) -> Response:
    """An error page; it needs neither the database nor the index."""
    g.error_page, g.surface = True, ""
    g.server_fault = status >= SERVER_ERROR
    body = render_template(
        "errors/error.html",
        status=status,
        title=tell(TITLES.get(status, FALLBACK)),
        advice=tell(message or ADVICE[status]) if message or status in ADVICE else "",
        problems=[(field, tell(why)) for field, why in (problems or {}).items()],
    )
    response = make_response(body, status)
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = "5"
    return response


def register(app: Flask) -> None:
    """Errors of the whole application; interfaces answer for their own addresses."""
    app.register_error_handler(PalabreError, answer_known)
    app.register_error_handler(HTTPException, answer_http)
    app.before_request(put_right)
