"""The headers of every answer, as one table."""

from flask import Flask, Response, g, request

from kb.web.current import runtime
from kb.web.sessions import signed_in

# Of the words in macros/later.html, which fetch a script of ours when the page is there.
LATER = "'sha256-jGjmvCCxWfNCd1RgOrhOfzYelGy3KjDwYy/Wm+ZcP2M='"
# Surface -> Content-Security-Policy. Pages load style sheets of ours and nothing else; where a
# draft is written, one script of ours saves it now and then, and where words to search for are
# typed, one proposes some. Where an entry is read that may be kept on the phone ("keeping"), one
# script of ours starts the worker that keeps it; where kept ones are listed, it lists them.
POLICIES: dict[str, str] = {
    "page": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "writing": (
        "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "finding": (
        f"default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self' {LATER}; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "keeping": (
        f"default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self' {LATER}; "
        "worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "kept": (
        "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "worker": "default-src 'none'; connect-src 'self'; frame-ancestors 'none'",
    "media": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "data": "default-src 'none'; frame-ancestors 'none'",
}
EVERYWHERE: dict[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
HTTPS_ONLY: dict[str, str] = {"Strict-Transport-Security": "max-age=31536000"}
# A form of a visitor has no session to be tied to: there the browser says where it comes from,
# which it does not where it may tell no referrer at all.
REFERRER_OF_FORMS = "same-origin"
PRIVATE = "no-store"
# Files that are the same for everybody, whoever asks.
FILES = frozenset({"static", "keeping.worker"})
# Browsers ask again each time and are mostly told that nothing changed.
CACHE_CONTROL = "public, no-cache"


def surface(response: Response) -> str:
    """Which line of the table an answer falls under; a view may name another in `g.surface`."""
    named: str = g.get("surface", "")
    if response.mimetype != "text/html":
        return named if named in {"media", "worker"} else "data"
    return named if named in {"writing", "finding", "keeping", "kept"} else "page"


def add_headers(response: Response) -> Response:
    """Complete an answer, whichever part of the application gave it."""
    headers = response.headers
    headers["Content-Security-Policy"] = POLICIES[surface(response)]
    headers.update(EVERYWHERE)
    if runtime().settings.base_url.startswith("https://"):
        headers.update(HTTPS_ONLY)
    if g.get("anonymous_form"):
        headers["Referrer-Policy"] = REFERRER_OF_FORMS
    if is_private(response):
        headers["Cache-Control"] = PRIVATE
    elif "Cache-Control" not in headers:
        headers["Cache-Control"] = CACHE_CONTROL if response.status_code < 500 else "no-store"  # noqa: PLR2004
    if g.get("negotiated"):
        response.vary.update(("Accept-Language", "Cookie"))
    if response.mimetype == "text/html":
        # The menu tells whether somebody is signed in.
        response.vary.add("Cookie")
    return response


def is_private(response: Response) -> bool:
    """Whether no cache, and no browser's history, may keep this: it was made for one person."""
    if "Cache-Control" in response.headers and request.endpoint in FILES:
        return False
    return bool(g.get("anonymous_form") or g.get("session_cookie") is not None or signed_in())


def register(app: Flask) -> None:
    """Nothing leaves without its headers, errors included."""
    app.after_request(add_headers)
