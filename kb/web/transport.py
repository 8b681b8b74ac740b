"""Few bytes on the wire: 304 where the reader has the page already, gzip where not."""

import gzip
import hashlib

from flask import Flask, Response, request

SMALLEST = 500
LEVEL = 6
TAG_LENGTH = 32
COMPRESSIBLE = frozenset(
    {"application/json", "application/problem+json", "application/ld+json", "application/xml"}
    | {"application/atom+xml", "image/svg+xml"}
)
OK = 200


def tag_and_compress(response: Response) -> Response:
    """Tag a good answer by its body, answer 304 if it is known, else compress it."""
    if response.is_streamed or response.direct_passthrough:
        return response
    if request.method in {"GET", "HEAD"} and response.status_code == OK:
        if "ETag" not in response.headers:
            # Weak: the same text, however it is compressed on the way.
            digest = hashlib.sha256(response.get_data()).hexdigest()
            response.set_etag(digest[:TAG_LENGTH], weak=True)
        response.make_conditional(request)
    if is_compressible(response):
        response.vary.add("Accept-Encoding")
        if request.accept_encodings["gzip"] > 0 and response.status_code not in {204, 304}:
            response.set_data(compress(response.get_data()))
            response.headers["Content-Encoding"] = "gzip"
    return response


def compress(body: bytes, level: int = LEVEL) -> bytes:
    """The same bytes for the same body, at any time."""
    return gzip.compress(body, level, mtime=0)


def is_compressible(response: Response) -> bool:
    """Text that is not compressed yet and long enough to be worth it."""
    mimetype = response.mimetype or ""
    return (
        "Content-Encoding" not in response.headers
        and (mimetype.startswith("text/") or mimetype in COMPRESSIBLE)
        and (response.content_length or 0) >= SMALLEST
    )


def register(app: Flask) -> None:
    """Applies to pages and interfaces alike."""
    app.after_request(tag_and_compress)
