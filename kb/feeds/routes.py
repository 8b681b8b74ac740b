"""What machines fetch outside the API: feeds, maps for crawlers, and the state of the process."""

from collections.abc import Callable

from flask import Blueprint, Flask, Response

from kb.feeds import atom, health, sitemap

NAME = "feeds"
ROUTES: dict[str, tuple[str, Callable[..., Response]]] = {
    "/sitemap.xml": ("sitemap", sitemap.sitemap),
    "/robots.txt": ("robots", sitemap.robots),
    atom.PATH: ("practices", atom.practices),
    # The key in the address is what opens it.
    atom.MINE: ("mine", atom.mine),
    "/healthz": ("alive", health.alive),
    "/readyz": ("ready", health.ready),
}

# Endpoint -> who may call it; the same words as for the pages.
ACCESS: dict[str, str] = {f"{NAME}.{endpoint}": "anyone" for endpoint, _ in ROUTES.values()}


def register(app: Flask) -> None:
    """Add the feeds to the application."""
    blueprint = Blueprint(NAME, __name__)
    for rule, (endpoint, view) in ROUTES.items():
        blueprint.add_url_rule(rule, endpoint, view)
    app.register_blueprint(blueprint)
