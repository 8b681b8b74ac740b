"""What search engines may find: all public pages, each with its twin."""

from datetime import datetime
from xml.etree import ElementTree as ET

from flask import Response

from kb.core.language import Locale
from kb.feeds.addresses import address, page, runtime
from kb.feeds.xml import add, document
from kb.practices.queries import public_dates

NAMESPACES = {
    "xmlns": "http://www.sitemaps.org/schemas/sitemap/0.9",
    "xmlns:xhtml": "http://www.w3.org/1999/xhtml",
}
# These change when a practice does; the others when the software does.
LISTINGS = ("", "practices", "map")
STANDING = ("glossary", "help", "about", "privacy", "accessibility")
ENDLESS = ("practices?", "suggest")
ROBOTS = """\
User-agent: *
Disallow: /api/
{searches}
Sitemap: {sitemap}
"""


def sitemap() -> Response:
    """The home page, the standing pages and every public practice, in both languages."""
    with runtime().reading() as session:
        practices = public_dates(session)
    newest = max(practices.values(), default=None)
    changed: dict[str, datetime | None] = dict.fromkeys(LISTINGS, newest)
    changed |= dict.fromkeys(STANDING)
    changed |= {f"practices/{slug}": at for slug, at in practices.items()}
    root = ET.Element("urlset", NAMESPACES)
    for path, at in changed.items():
        for locale in Locale:
            _add_page(root, path, locale, at)
    return Response(document(root), mimetype="application/xml")


def robots() -> Response:
    """Everything but the endless combinations of filters, which a small server cannot afford."""
    searches = "\n".join(
        f"Disallow: /{locale.value}/{path}" for locale in Locale for path in ENDLESS
    )
    text = ROBOTS.format(searches=searches, sitemap=address("/sitemap.xml"))
    return Response(text, mimetype="text/plain")


def _add_page(root: ET.Element, path: str, locale: Locale, at: datetime | None) -> None:
    element = add(root, "url")
    add(element, "loc", page(locale, path))
    if at is not None:
        add(element, "lastmod", at.isoformat(timespec="seconds"))
    for other in Locale:
        add(
            element,
            "xhtml:link",
            rel="alternate",
            hreflang=other.value,
            href=page(other, path),
        )
