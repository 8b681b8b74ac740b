"""What belongs to the request under way: the runtime and absolute addresses."""

from typing import cast

from flask import current_app, url_for

from kb.runtime import Runtime


def runtime() -> Runtime:
    """The runtime this application was made with."""
    return cast("Runtime", current_app.extensions["kb"])


def absolute(path: str) -> str:
    """The address as others should know it: from the settings, never from the Host header."""
    return runtime().settings.base_url.rstrip("/") + path


def absolute_url(endpoint: str, **values: object) -> str:
    """`url_for`, with the address of the site in front."""
    return absolute(url_for(endpoint, **values))  # type: ignore[arg-type]
