"""What the Nu HTML checker says of every page type, in both languages and for every role.

    npm ci --ignore-scripts --prefix benchmarks/nu_checker       # once; needs node and Java
    python benchmarks/html_validity.py --check

The pages are those of `tests/browser/page_types.py`, as the server sends them, in all the states
that screenshots and axe see them in. Needs Chromium and the development dependencies.
"""

import argparse
from collections import defaultdict
import json
from pathlib import Path
import re
import shutil
import subprocess
import sys
import tempfile
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from tests.browser.sites import walk  # noqa: E402 - the repository is not installed

JAR = HERE / "nu_checker/node_modules/vnu-jar/build/dist/vnu.jar"
LANGUAGES = ("fr", "en")
SHOWN = 3


def save_pages(folder: Path, only: list[str]) -> dict[str, str]:
    """Every page as a file; file name -> page."""
    pages: dict[str, str] = {}
    for visit in walk(only, LANGUAGES):
        name = f"{len(pages):04}.html"
        (folder / name).write_bytes(visit.answer.body())
        pages[name] = visit.name
        print(f"\r{len(pages)} pages", end="", file=sys.stderr, flush=True)
    return pages


def ask_checker(jar: Path, folder: Path) -> list[dict[str, Any]]:
    """Its messages on all files of a folder."""
    command = ["java", "-jar", str(jar), "--format", "json", "--exit-zero-always", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    messages: list[dict[str, Any]] = json.loads(done.stderr)["messages"]
    return messages


def kind_of(message: dict[str, Any]) -> str:
    """`error`, or `warning`, which it calls a kind of information."""
    return str(message.get("subType", message["type"]))


def show(messages: list[dict[str, Any]], pages: dict[str, str]) -> dict[str, int]:
    """Each complaint once with some of its pages; how many there are of each kind."""
    places: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for message in messages:
        page = pages[message["url"].rsplit("/", 1)[1]]
        extract = re.sub(r"\s+", " ", message.get("extract", "")).strip()
        places[kind_of(message), message["message"]].setdefault(page, extract)
    counts = {"error": 0, "warning": 0}
    for (kind, text), where in sorted(places.items()):
        counts[kind] = counts.get(kind, 0) + len(where)
        print(f"{kind}: {text} ({len(where)} pages)")
        for page, extract in list(where.items())[:SHOWN]:
            print(f"    {page}: {extract}")
    return counts


def main() -> int:
    """Fetch, check and report."""
    options = argparse.ArgumentParser(description="The Nu HTML checker on every page type.")
    options.add_argument("--only", nargs="+", default=[], metavar="WORD", help="some pages")
    options.add_argument("--jar", type=Path, default=JAR, help="where vnu.jar is")
    options.add_argument("--check", action="store_true", help="fail on errors and warnings")
    chosen = options.parse_args()
    if shutil.which("java") is None or not chosen.jar.exists():
        sys.exit("needed: Java, and `npm ci --ignore-scripts` in benchmarks/nu_checker (or --jar)")
    with tempfile.TemporaryDirectory() as folder:
        pages = save_pages(Path(folder), chosen.only)
        counts = show(ask_checker(chosen.jar, Path(folder)), pages)
    print(f"\r{len(pages)} pages: {counts['error']} errors, {counts['warning']} warnings")
    return int(chosen.check and any(counts.values()))


if __name__ == "__main__":
    sys.exit(main())
