"""Puts the web pages into an application."""

from flask import Flask

from kb.web import (
    account,
    admin,
    browse,
    contribute,
    errors,
    files,
    gate,
    language,
    media,
    notifications,
    pages,
    reviewing,
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
    app.register_blueprint(contribute.blueprint)
    app.register_blueprint(files.blueprint)
    app.register_blueprint(media.blueprint)
    app.register_blueprint(reviewing.blueprint)
    app.register_blueprint(notifications.blueprint)
    app.register_blueprint(account.blueprint)
    app.register_blueprint(admin.blueprint)
