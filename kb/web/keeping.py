"""Entries kept on the reader's own device: the worker that gives them back, and their list."""

from flask import Blueprint, Response, g, render_template

from kb.web.language import drop_language
from kb.web.static import static_file

# The browser asks for it again at each visit, so that a new worker is there at once.
ASK_AGAIN = "no-cache"

blueprint = Blueprint("keeping", __name__)
blueprint.url_value_preprocessor(drop_language)


@blueprint.get("/sw.js")
def worker() -> Response:
    """The script that a browser runs only after a reader asked to keep an entry."""
    g.surface = "worker"
    file = static_file("sw.js")
    response = Response(file.body, mimetype=file.mimetype)
    response.headers["Cache-Control"] = ASK_AGAIN
    response.headers["Service-Worker-Allowed"] = "/"
    return response


@blueprint.get("/<lang:lang>/offline")
def offline() -> str:
    """The frame of the list; what is in it only the device knows."""
    g.surface = "kept"
    return render_template("keeping/offline.html")
