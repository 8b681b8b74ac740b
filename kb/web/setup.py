"""Puts the web pages into an application."""

from flask import Flask

from kb.web import (
    browse,
    errors,
    gate,
    language,
    pages,
    security,
    sessions,
    static,
    templating,
    transport,
)


def register(app: Flask) -> None:
    """Pages, files, errors, and what every answer passes through on its way out."""
    language.register(app)
    templating.register(app)
    static.register(app)
    # The last one registered is the first to see an answer: headers are added to what is final.
    security.register(app)
    transport.register(app)
    sessions.register(app)
    errors.register(app)
    gate.register(app)
    app.register_blueprint(browse.blueprint)
    app.register_blueprint(pages.blueprint)
