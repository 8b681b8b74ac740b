"""What templates can use; an unknown name is an error, and all text is escaped."""

from urllib.parse import urlencode

from flask import Flask, g, request, url_for
from flask_babel import format_decimal
from jinja2 import StrictUndefined

from kb.accounts.permissions import Permission, Subject
from kb.accounts.permissions import permits as is_permitted
from kb.core.language import Locale
from kb.practices.lifecycle import STATE_LABELS, State
from kb.web.current import absolute
from kb.web.dates import date_words
from kb.web.forms import csrf_token
from kb.web.language import current_locale, tell
from kb.web.menu import member_menu
from kb.web.notices import notice
from kb.web.sessions import current_actor, signed_in
from kb.web.static import static_url

NO_BREAK = "\u00a0"
# Each language in itself, so that its readers recognise it.
LANGUAGE_NAMES: dict[Locale, str] = {Locale.FR: "Français", Locale.EN: "English"}


def page_url(locale: Locale) -> str:
    """Where this page is in a language, query string included; home where it is an error."""
    endpoint = request.endpoint
    if g.get("error_page") or endpoint is None:
        return url_for("browse.home", lang=locale)
    values = {**(request.view_args or {}), "lang": locale}
    query = urlencode(list(request.args.items(multi=True)))
    return url_for(endpoint, **values) + (f"?{query}" if query else "")


def canonical_url(locale: Locale) -> str:
    """The address of this page for search engines and the like."""
    return absolute(page_url(locale))


def typeset(text: str, locale: Locale) -> str:
    """Text or safe HTML in which no line begins with the punctuation that French sets apart."""
    if locale is Locale.FR:
        for mark in ":;?!»":
            text = text.replace(f" {mark}", f"{NO_BREAK}{mark}")
        text = text.replace("« ", f"«{NO_BREAK}")
    return text


def permits(permission: str, subject: Subject | None = None) -> bool:
    """Whether to draw a button; what it does asks again."""
    return is_permitted(current_actor(), Permission(permission), subject)


def state_label(state: State) -> str:
    """The name of a state in the language of the page."""
    return tell(STATE_LABELS[state])


def register(app: Flask) -> None:
    """Strict templates with few globals."""
    env = app.jinja_env
    env.undefined = StrictUndefined
    env.trim_blocks = env.lstrip_blocks = True
    env.globals.update(
        current_locale=current_locale,
        locales=tuple(Locale),
        language_names=LANGUAGE_NAMES,
        page_url=page_url,
        canonical_url=canonical_url,
        static_url=static_url,
        csrf_token=csrf_token,
        signed_in=signed_in,
        permits=permits,
        state_label=state_label,
        member_menu=member_menu,
        notice=notice,
    )
    env.filters.update(
        absolute=absolute, date=date_words, number=format_decimal, tell=tell, typeset=typeset
    )
