"""The headers of every answer, as one table."""

from flask import Flask, Response, g

from kb.web.current import runtime

# Surface -> Content-Security-Policy. Pages load one style sheet of ours and nothing else.
POLICIES: dict[str, str] = {
    "page": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "data": "default-src 'none'; frame-ancestors 'none'",
}
EVERYWHERE: dict[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
HTTPS_ONLY: dict[str, str] = {"Strict-Transport-Security": "max-age=31536000"}
# Browsers ask again each time and are mostly told that nothing changed.
CACHE_CONTROL = "public, no-cache"


def surface(response: Response) -> str:
    """Which line of the table an answer falls under."""
    return "page" if response.mimetype == "text/html" else "data"


def add_headers(response: Response) -> Response:
    """Complete an answer, whichever part of the application gave it."""
    headers = response.headers
    headers["Content-Security-Policy"] = POLICIES[surface(response)]
    headers.update(EVERYWHERE)
    if runtime().settings.base_url.startswith("https://"):
        headers.update(HTTPS_ONLY)
    if "Cache-Control" not in headers:
        headers["Cache-Control"] = CACHE_CONTROL if response.status_code < 500 else "no-store"  # noqa: PLR2004
    if g.get("negotiated"):
        response.vary.update(("Accept-Language", "Cookie"))
    return response


def register(app: Flask) -> None:
    """Nothing leaves without its headers, errors included."""
    app.after_request(add_headers)
