"""Pictures of every page type, to look at: widths, colour schemes, languages and roles.

    python -m tests.browser.screenshots FOLDER
    python -m tests.browser.screenshots FOLDER --only editor/review --widths 360 --schemes light

The pages are those of `page_types`, on sites of their own that are gone afterwards. FOLDER gets
`role/language/page-width-scheme.png`, and `index.html`, which shows them side by side.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
import sys
import time

from tests.browser.contact_sheet import Picture, write_sheet
from tests.browser.sites import Visit, walk

WIDTHS = (360, 768, 1280)
SCHEMES = ("light", "dark")
LANGUAGES = ("fr", "en")
HEIGHT = 800


def parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(prog="python -m tests.browser.screenshots")
    options.add_argument("folder", type=Path)
    options.add_argument(
        "--only",
        nargs="+",
        default=[],
        metavar="WORD",
        help='pages whose "role/name" has one of these in it',
    )
    options.add_argument("--widths", nargs="+", type=int, default=WIDTHS, metavar="PIXELS")
    options.add_argument("--schemes", nargs="+", choices=SCHEMES, default=SCHEMES)
    options.add_argument("--languages", nargs="+", choices=LANGUAGES, default=LANGUAGES)
    options.add_argument("--unfolded", action="store_true", help="with all details open")
    return options


def take(visit: Visit, chosen: argparse.Namespace) -> list[Picture]:
    """The pictures of a page: it is opened once and then looked at in different ways."""
    page, taken = visit.page, []
    if chosen.unfolded:
        page.evaluate("() => document.querySelectorAll('details').forEach(d => d.open = true)")
    for scheme in chosen.schemes:
        page.emulate_media(color_scheme=scheme)
        for width in chosen.widths:
            page.set_viewport_size({"width": width, "height": HEIGHT})
            picture = Picture(visit.who, visit.kind.name, visit.lang, width, scheme)
            page.screenshot(path=chosen.folder / picture.file, full_page=True)
            taken.append(picture)
    return taken


def main(arguments: Sequence[str] | None = None) -> int:
    chosen = parser().parse_args(arguments)
    chosen.folder.mkdir(parents=True, exist_ok=True)
    start, pictures = time.monotonic(), []
    for visit in walk(chosen.only, chosen.languages):
        pictures += take(visit, chosen)
        print(f"\r{len(pictures)} pictures", end="", file=sys.stderr, flush=True)
    write_sheet(chosen.folder, pictures)
    print(f"\r{len(pictures)} pictures in {time.monotonic() - start:.0f} s: {chosen.folder}")
    return 0 if pictures else 1


if __name__ == "__main__":
    sys.exit(main())
