"""Every way out of the house, in one table. A new route, command or file joins it."""

from collections.abc import Mapping
import hashlib
from pathlib import Path
import re

from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from kb.app import create_app
from kb.cli.console import Context
from kb.cli.main import palabre
from kb.core.language import Locale
from kb.runtime import Runtime
from kb.web.access import ACCESS, Access

# The one thing in an answer that is not the same twice.
TOOK = re.compile(r'"took_ms": ?[0-9.]+')
# Endpoint -> the addresses to fetch; "{slug}" stands for every slug there is, public or not,
# "{word}" for every canary word, and "{file}" for the file of a hidden practice.
PAGES: Mapping[str, tuple[str, ...]] = {
    "browse.root": ("/",),
    "browse.home": ("/{lang}/",),
    "browse.search": (
        "/{lang}/practices",
        "/{lang}/practices?kind=all&sort=title",
        "/{lang}/practices?kind=all&q={word}",
        "/{lang}/practices?kind=all&q={almost}",
        "/{lang}/practices?kind=all&q={prefix}*",
        "/{lang}/practices?kind=all&q={word}&exact=1",
    ),
    "browse.suggest": (
        "/{lang}/suggest?q={word}",
        "/{lang}/suggest?q={prefix}",
        "/{lang}/suggest?q={beginning}",
    ),
    "browse.practice": ("/{lang}/practices/{slug}",),
    "browse.practice_markdown": ("/{lang}/practices/{slug}.md",),
    "adoption.transfer": ("/{lang}/practices/{slug}/transfer",),
    "browse.history": ("/{lang}/practices/{slug}/history",),
    "reporting.form": ("/{lang}/practices/{slug}/report",),
    "browse_map.overview": ("/{lang}/map",),
    "indicators.overview": ("/{lang}/indicators",),
    "indicators.quarter": ("/{lang}/indicators/2026-q1", "/{lang}/indicators/{slug}"),
    "pages.glossary": ("/{lang}/glossary",),
    "pages.help_page": ("/{lang}/help",),
    "pages.about": ("/{lang}/about",),
    "pages.privacy": ("/{lang}/privacy",),
    "pages.accessibility": ("/{lang}/accessibility",),
    "keeping.offline": ("/{lang}/offline",),
    "keeping.worker": ("/sw.js",),
    "styleguide.overview": ("/{lang}/styleguide",),
    "api.search_practices": (
        "/api/v1/practices?kind=all&lang={lang}&per_page=100",
        "/api/v1/practices?kind=all&lang={lang}&q={word}",
        "/api/v1/practices?kind=all&lang={lang}&q={almost}",
    ),
    "api.suggest": (
        "/api/v1/suggest?lang={lang}&q={word}",
        "/api/v1/suggest?lang={lang}&q={prefix}",
        "/api/v1/suggest?lang={lang}&q={beginning}",
        "/api/v1/suggest?lang={lang}&q=titre {beginning}",
    ),
    "api.get_practice": ("/api/v1/practices/{slug}",),
    "api.related_practices": ("/api/v1/practices/{slug}/related",),
    "api.download_practice": ("/{lang}/practices/{slug}.json",),
    "api.list_vocabularies": ("/api/v1/vocabularies",),
    "api.get_vocabulary": ("/api/v1/vocabularies/regions", "/api/v1/vocabularies/{slug}"),
    "api.get_glossary": ("/api/v1/glossary",),
    "api.get_indicators": ("/api/v1/indicators", "/api/v1/indicators?quarter=2026-q1"),
    "api.get_openapi": ("/api/v1/openapi.json",),
    "feeds.sitemap": ("/sitemap.xml",),
    "feeds.robots": ("/robots.txt",),
    "feeds.practices": ("/feeds/practices.atom?lang={lang}",),
    "feeds.mine": ("/feeds/mine/{slug}.atom",),
    "feeds.alive": ("/healthz",),
    "feeds.ready": ("/readyz",),
    "account.sign_in": ("/{lang}/login", "/{lang}/login?next=/fr/contribute/revisions/{number}"),
    "account.forgotten": ("/{lang}/password",),
    "account.password": ("/{lang}/password/{slug}",),
    "account.request_access": ("/{lang}/request-access",),
    "media.file": ("/media/{file}", "/media/{slug}"),
    # Files of the style sheet: nothing of the database is in them.
    "static": (),
}


# What only those who are signed in may ask for is asked for by a visitor as well, with these.
NUMBERS = (1, 2, 3, 12, 10**12)
HIDDEN_FILE = f"{hashlib.sha256(b'zafichier').hexdigest()}.png"


def guarded(app: Flask) -> set[str]:
    """The pages that are not for everybody, by endpoint."""
    return {name for name, access in ACCESS.items() if access is not Access.ANYONE} & {
        rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())
    }


def guarded_addresses(app: Flask) -> list[str]:
    """Addresses of those pages, with numbers of which some exist on one of the sites only."""
    found = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint not in guarded(app) or "GET" not in (rule.methods or ()):
            continue
        for number in NUMBERS:
            # A value that the rule does not take, such as a number for a word, is a 404 for all.
            names = dict.fromkeys(rule.arguments, str(number)) | {"lang": "fr"}
            found.append(re.sub(r"<(?:[^<>]*:)?(\w+)>", lambda m: names[m[1]], rule.rule))  # noqa: B023
    return list(dict.fromkeys(found))


def addresses(
    patterns: tuple[str, ...], slugs: tuple[str, ...], words: tuple[str, ...]
) -> list[str]:
    """The patterns with every language, slug and word put in, each address once."""
    found = (
        pattern.format(
            lang=locale,
            slug=slug,
            word=word,
            almost=word[:-1],
            prefix=word[:5],
            beginning=word[:2],
            number=NUMBERS[0],
            file=HIDDEN_FILE,
        )
        for pattern in patterns
        for locale in Locale
        for slug in (slugs if "{slug}" in pattern else ("",))
        for word in (words if "q=" in pattern else ("",))
    )
    return list(dict.fromkeys(found))


def answers(client: FlaskClient, slugs: tuple[str, ...], words: tuple[str, ...]) -> dict[str, str]:
    """Status, headers and body of every address, as a visitor gets them."""
    asked = [
        address for patterns in PAGES.values() for address in addresses(patterns, slugs, words)
    ]
    asked += guarded_addresses(client.application)
    return {address: as_text(client.get(address)) for address in asked}


def as_text(response: TestResponse) -> str:
    """Status, headers and body, without what tells the time or its digits."""
    for name in ("Date", "Content-Length"):
        response.headers.pop(name, None)
    body = TOOK.sub("", response.get_data(as_text=True))
    return f"{response.status}\n{response.headers}\n{body}"


def commands(runtime: Runtime, words: tuple[str, ...], folder: Path) -> dict[str, str]:
    """What the commands that an operator may pass on print, and the files they write."""
    context = Context(
        lambda _path: runtime.settings,
        lambda _settings: runtime,
        create_app,
        lambda _settings: None,
        lambda: runtime.settings,
    )
    calls = [["content", "export", str(folder)], ["doctor"], ["index", "status"]]
    calls += [["search", word] for word in words] + [["search", word, "--json"] for word in words]
    out = {" ".join(c): CliRunner().invoke(palabre, c, obj=context).output for c in calls}
    return {key.replace(str(folder), "FOLDER"): text for key, text in out.items()} | {
        str(path.relative_to(folder)): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def files(folder: Path, but: Path | None = None) -> str:
    """All files below, as text in the two ways in which words are stored."""
    return "\n".join(
        path.read_bytes().decode(encoding, "ignore")
        for path in folder.rglob("*")
        if path.is_file() and not (but and path.is_relative_to(but))
        for encoding in ("utf-8", "utf-16-le")
    )
