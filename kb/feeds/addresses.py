"""What the views of the feeds share: the runtime and absolute addresses."""

from flask import current_app

from kb.core.language import Locale
from kb.runtime import Runtime


def runtime() -> Runtime:
    """The runtime of the application that handles this request."""
    found: Runtime = current_app.extensions["kb"]
    return found


def address(path: str) -> str:
    """An absolute address, made from the configured one and not from the caller's Host header."""
    return runtime().settings.base_url + path


def page(locale: Locale, path: str) -> str:
    """The absolute address of a page in a language."""
    return address(f"/{locale.value}/{path}")
