"""Every way out of the house, in one table. A new route, command or file joins it."""

from collections.abc import Mapping
from pathlib import Path
import re

from click.testing import CliRunner
from flask.testing import FlaskClient

from kb.app import create_app
from kb.cli.console import Context
from kb.cli.main import palabre
from kb.core.language import Locale
from kb.runtime import Runtime

# The one thing in an answer that is not the same twice.
TOOK = re.compile(r'"took_ms": ?[0-9.]+')
# Endpoint -> the addresses to fetch; "{slug}" stands for every slug there is, public or not, and
# "{word}" for every canary word.
PAGES: Mapping[str, tuple[str, ...]] = {
    "browse.root": ("/",),
    "browse.home": ("/{lang}/",),
    "browse.search": (
        "/{lang}/practices",
        "/{lang}/practices?kind=all&sort=title",
        "/{lang}/practices?kind=all&q={word}",
        "/{lang}/practices?kind=all&q={almost}",
        "/{lang}/practices?kind=all&q={prefix}*",
    ),
    "browse.practice": ("/{lang}/practices/{slug}",),
    "browse.practice_markdown": ("/{lang}/practices/{slug}.md",),
    "pages.glossary": ("/{lang}/glossary",),
    "pages.help_page": ("/{lang}/help",),
    "pages.about": ("/{lang}/about",),
    "pages.privacy": ("/{lang}/privacy",),
    "pages.accessibility": ("/{lang}/accessibility",),
    "api.search_practices": (
        "/api/v1/practices?kind=all&lang={lang}&per_page=100",
        "/api/v1/practices?kind=all&lang={lang}&q={word}",
        "/api/v1/practices?kind=all&lang={lang}&q={almost}",
    ),
    "api.get_practice": ("/api/v1/practices/{slug}",),
    "api.related_practices": ("/api/v1/practices/{slug}/related",),
    "api.download_practice": ("/{lang}/practices/{slug}.json",),
    "api.list_vocabularies": ("/api/v1/vocabularies",),
    "api.get_vocabulary": ("/api/v1/vocabularies/regions", "/api/v1/vocabularies/{slug}"),
    "api.get_glossary": ("/api/v1/glossary",),
    "api.get_openapi": ("/api/v1/openapi.json",),
    "feeds.sitemap": ("/sitemap.xml",),
    "feeds.robots": ("/robots.txt",),
    "feeds.practices": ("/feeds/practices.atom?lang={lang}",),
    "feeds.alive": ("/healthz",),
    "feeds.ready": ("/readyz",),
    # Files of the style sheet: nothing of the database is in them.
    "static": (),
}


def addresses(
    patterns: tuple[str, ...], slugs: tuple[str, ...], words: tuple[str, ...]
) -> list[str]:
    """The patterns with every language, slug and word put in, each address once."""
    found = (
        pattern.format(lang=locale, slug=slug, word=word, almost=word[:-1], prefix=word[:5])
        for pattern in patterns
        for locale in Locale
        for slug in (slugs if "{slug}" in pattern else ("",))
        for word in (words if "q={" in pattern else ("",))
    )
    return list(dict.fromkeys(found))


def answers(client: FlaskClient, slugs: tuple[str, ...], words: tuple[str, ...]) -> dict[str, str]:
    """Status, headers and body of every address, as a visitor gets them."""
    out: dict[str, str] = {}
    for patterns in PAGES.values():
        for address in addresses(patterns, slugs, words):
            response = client.get(address)
            for name in ("Date", "Content-Length"):  # the one tells the time, the other its digits
                response.headers.pop(name, None)
            body = TOOK.sub("", response.get_data(as_text=True))
            out[address] = f"{response.status}\n{response.headers}\n{body}"
    return out


def commands(runtime: Runtime, words: tuple[str, ...], folder: Path) -> dict[str, str]:
    """What the commands that an operator may pass on print, and the files they write."""
    context = Context(
        lambda _path: runtime.settings,
        lambda _settings: runtime,
        create_app,
        lambda _settings: None,
    )
    calls = [["content", "export", str(folder)], ["doctor"], ["index", "status"]]
    calls += [["search", word] for word in words] + [["search", word, "--json"] for word in words]
    out = {" ".join(c): CliRunner().invoke(palabre, c, obj=context).output for c in calls}
    return {key.replace(str(folder), "FOLDER"): text for key, text in out.items()} | {
        str(path.relative_to(folder)): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def files(folder: Path) -> str:
    """All files below, as text in the two ways in which words are stored."""
    return "\n".join(
        path.read_bytes().decode(encoding, "ignore")
        for path in folder.rglob("*")
        if path.is_file()
        for encoding in ("utf-8", "utf-16-le")
    )
