"""Puts the web pages into an application."""

from flask import Flask

from kb.web import (
    errors,
    following,
    gate,
    keeping,
    language,
    media,
    notifications,
    pages,
    security,
    sessions,
    static,
    styleguide,
    templating,
    transport,
)
from kb.web.account import routes as account
from kb.web.admin import routes as admin
from kb.web.adoption import routes as adoption
from kb.web.browse import map_routes as browse_map
from kb.web.browse import report as reporting
from kb.web.browse import routes as browse
from kb.web.contribute import files
from kb.web.contribute import routes as contribute
from kb.web.curation import routes as curation
from kb.web.indicators import routes as indicators
from kb.web.review import again, judging, reports
from kb.web.review import routes as reviewing


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
    app.register_blueprint(browse_map.blueprint)
    app.register_blueprint(reporting.blueprint)
    app.register_blueprint(indicators.blueprint)
    app.register_blueprint(keeping.blueprint)
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(styleguide.blueprint)
    app.register_blueprint(contribute.blueprint)
    app.register_blueprint(files.blueprint)
    app.register_blueprint(media.blueprint)
    app.register_blueprint(reviewing.blueprint)
    app.register_blueprint(judging.blueprint)
    app.register_blueprint(again.blueprint)
    app.register_blueprint(reports.blueprint)
    app.register_blueprint(curation.blueprint)
    app.register_blueprint(adoption.blueprint)
    app.register_blueprint(following.blueprint)
    app.register_blueprint(notifications.blueprint)
    app.register_blueprint(account.blueprint)
    app.register_blueprint(admin.blueprint)
