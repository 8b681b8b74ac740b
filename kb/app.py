"""The composition root of the web application: a runtime in, a Flask application out."""

from types import TracebackType

from flask import Flask, request
from werkzeug.middleware.proxy_fix import ProxyFix

from kb.api.routes import ACCESS as INTERFACE
from kb.api.routes import register as register_api
from kb.feeds.routes import ACCESS as FEEDS
from kb.feeds.routes import register as register_feeds
from kb.runtime import Runtime
from kb.web.access import ACCESS as PAGES
from kb.web.setup import register as register_web

BODY_LIMIT = 1 << 20


class Palabre(Flask):
    """Flask, naming the page that failed and not its address, in which a secret may stand."""

    def log_exception(
        self,
        exc_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None],
    ) -> None:
        self.logger.error("%s %s failed", request.method, request.endpoint, exc_info=exc_info)


def create_app(runtime: Runtime) -> Flask:
    """The application over this runtime; it holds no state of its own."""
    settings = runtime.settings
    # No static folder: files are served from memory, under hashed names.
    app = Palabre("kb.web", static_folder=None)
    app.extensions["kb"] = runtime
    app.config.update(SECRET_KEY=settings.secret_key, MAX_CONTENT_LENGTH=BODY_LIMIT)
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
    register_web(app)
    register_api(app)
    register_feeds(app)
    _require_declared(app)
    return app


def _require_declared(app: Flask) -> None:
    """Refuse to start with a route whose access nobody has decided, or decided for nothing."""
    routes = {rule.endpoint for rule in app.url_map.iter_rules()}
    declared = {*PAGES, *INTERFACE, *FEEDS}
    if routes != declared:
        raise RuntimeError(f"access not declared, or declared in vain: {routes ^ declared}")
