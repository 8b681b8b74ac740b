"""Which language a request is in: its path says so; only `/` and errors have to guess."""

from typing import Any

from flask import Flask, current_app, g, request
from flask_babel import Babel
from werkzeug.routing import BaseConverter, Map

from kb.core.language import CATALOGUES, Locale, preferred, translate
from kb.core.messages import Message
from kb.web.current import runtime

COOKIE = "lang"
# Dates as the readers of each language write them: "23 November 2026", not "November 23, 2026".
BABEL_LOCALES: dict[Locale, str] = {Locale.FR: "fr", Locale.EN: "en_GB"}


class LocaleConverter(BaseConverter):
    """`/fr/` and `/en/`; every other prefix is no page of ours."""

    def __init__(self, map: Map) -> None:  # noqa: A002 - werkzeug's name
        super().__init__(map)
        self.regex = "|".join(Locale)

    def to_python(self, value: str) -> Locale:
        return Locale(value)

    def to_url(self, value: str) -> str:
        return Locale(value).value


class SlugConverter(BaseConverter):
    """What a permanent address is made of; anything else is no page of ours either."""

    regex = "[a-z0-9-]{1,100}"


def current_locale() -> Locale:
    """The language of this page."""
    if "locale" not in g:
        prefix = request.path.split("/", 2)[1] if request.path.startswith("/") else ""
        g.locale = Locale(prefix) if prefix in set(Locale) else negotiated_locale()
    locale: Locale = g.locale
    return locale


def negotiated_locale() -> Locale:
    """The reader's choice by cookie, else by browser settings, else the site's default."""
    # The answer depends on both headers, so caches have to know (see `security.add_headers`).
    g.negotiated = True
    chosen = request.cookies.get(COOKIE, "")
    default = runtime().settings.default_locale
    if chosen not in set(Locale):
        return preferred(tag for tag, quality in request.accept_languages if quality) or default
    return Locale(chosen)


def tell(message: Message) -> str:
    """A message from below, in the reader's language."""
    return translate(current_locale(), message)


def register(app: Flask) -> None:
    """Languages in addresses, and gettext in templates."""
    app.url_map.converters.update(lang=LocaleConverter, slug=SlugConverter)
    app.url_defaults(_add_language)
    Babel(
        app,
        default_locale=Locale.EN.value,
        default_translation_directories=str(CATALOGUES),
        locale_selector=lambda: BABEL_LOCALES[current_locale()],
    )


def drop_language(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Views ask `current_locale()` instead of taking an argument."""
    if values:
        values.pop("lang", None)


def _add_language(endpoint: str, values: dict[str, Any]) -> None:
    """Links stay in the language of the page."""
    if "lang" not in values and current_app.url_map.is_endpoint_expecting(endpoint, "lang"):
        values["lang"] = current_locale()
