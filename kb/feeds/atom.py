"""The newest public practices as an Atom feed."""

from collections.abc import Iterable
from datetime import UTC, datetime
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from flask import Response, request

from kb.core.errors import NotFound
from kb.core.language import Locale, translate
from kb.core.messages import msg
from kb.feeds.addresses import address, page, runtime
from kb.feeds.xml import add, document
from kb.following.queries import news_of, owner_of_feed
from kb.practices.cautions import warning
from kb.practices.public import PublicPractice
from kb.practices.queries import newest_views
from kb.practices.readers import VISITOR
from kb.vocabularies.catalogue import Vocabularies

NAMESPACE = "http://www.w3.org/2005/Atom"
MIMETYPE = "application/atom+xml"
ENTRIES = 50
PATH = "/feeds/practices.atom"
MINE = "/feeds/mine/<token>.atom"
# A tag URI names a time at which the address was ours; it must never change again.
TAG_DATE = "2026"
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
AUTHOR = "Palabre"


def practices() -> Response:
    """The feed in the language asked for, else the site's own; an unknown one is not there."""
    locale = _asked_locale()
    with runtime().reading() as session:
        found = newest_views(session, ENTRIES)
        vocabularies = runtime().vocabularies.get(session)
    return Response(document(feed(found, locale, vocabularies)), mimetype=MIMETYPE)


def feed(
    found: Iterable[PublicPractice], locale: Locale, vocabularies: Vocabularies
) -> ET.Element:
    """The newest of these practices, newest first."""
    newest = sorted(found, key=lambda p: (-p.published_at.timestamp(), p.slug))[:ENTRIES]
    root = ET.Element("feed", {"xmlns": NAMESPACE, "xml:lang": locale.value})
    own = address(f"{PATH}?lang={locale.value}")
    add(root, "id", _tag(f"{locale.value}:practices"))
    add(root, "title", translate(locale, msg("Palabre: new practices")))
    add(root, "updated", _at(newest[0].published_at if newest else NEVER))
    add(root, "link", rel="self", type=MIMETYPE, href=own)
    add(root, "link", rel="alternate", type="text/html", href=page(locale, "practices"))
    add(add(root, "author"), "name", AUTHOR)
    for practice in newest:
        _add_entry(root, practice, locale, vocabularies)
    return root


def mine(token: str) -> Response:
    """News of what the owner of a key follows: public practices only, whatever they may read."""
    with runtime().reading() as session:
        owner = owner_of_feed(session, token)
        if owner is None:
            raise NotFound(msg("There is no such page."))
        found, locale = news_of(session, owner.id, VISITOR), owner.locale
        vocabularies = runtime().vocabularies.get(session)
    response = Response(document(feed(found, locale, vocabularies)), mimetype=MIMETYPE)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _add_entry(
    root: ET.Element, practice: PublicPractice, locale: Locale, vocabularies: Vocabularies
) -> None:
    text = practice.text_for(locale)
    link = page(locale, f"practices/{practice.slug}")
    entry = add(root, "entry", xml_lang=text.locale.value)
    add(entry, "id", _tag(f"{locale.value}:practices:{practice.slug}"))
    add(entry, "title", text.title, type="text")
    add(entry, "updated", _at(practice.published_at))
    add(entry, "link", rel="alternate", type="text/html", href=link)
    for credit in practice.credited_authors:
        add(add(entry, "author"), "name", credit.name)
    for theme in practice.themes:
        label = vocabularies.label("themes", theme, locale)
        add(entry, "category", term=theme, label=label)
    _, caution = warning(practice, text.locale, vocabularies)
    add(entry, "summary", f"{caution} {text.summary}".strip(), type="text")
    add(entry, "rights", vocabularies.label("licences", practice.licence, locale))


def _asked_locale() -> Locale:
    asked = request.args.get("lang")
    if not asked:
        return runtime().settings.default_locale
    if asked not in set(Locale):
        raise NotFound(msg("There is no such page."))
    return Locale(asked)


def _tag(what: str) -> str:
    """An id that stays when pages move: it says who named the thing, not where it is."""
    host = urlsplit(runtime().settings.base_url).hostname or "localhost"
    return f"tag:{host},{TAG_DATE}:{what}"


def _at(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
