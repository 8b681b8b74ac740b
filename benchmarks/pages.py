"""What the pages cost: server time, bytes on the wire, repeat views and a cold start.

    python benchmarks/pages.py

Requests are WSGI calls in this process, on a fresh installation of `content/` in a temporary
folder. The budgets: 30 ms (median), 30 kB gzip on the first view of home, search and practice.
"""

from collections.abc import Sequence
from pathlib import Path
import statistics
import sys
import tempfile
import time

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
START = time.perf_counter()

from flask.testing import FlaskClient  # noqa: E402 - imports are part of what is measured

from kb.app import create_app  # noqa: E402
from kb.core.settings import Settings  # noqa: E402
from kb.operations.installation import CONTENT, set_up  # noqa: E402
from kb.wiring import build_runtime  # noqa: E402

REQUESTS = 100
GZIP = {"Accept-Encoding": "gzip"}
SLUG = "case-de-la-paix-gao"
PAGES = (
    "/fr/",
    "/fr/practices",
    "/fr/practices?q=mediation+fonciere",
    "/fr/practices?q=mediation&country=ML&theme=reconciliation&sort=newest",
    f"/fr/practices/{SLUG}",
    f"/fr/practices/{SLUG}.md",
    "/fr/glossary",
    "/fr/help",
    "/en/",
    "/en/practices",
    f"/en/practices/{SLUG}",
)


def settings_in(folder: str) -> Settings:
    """A small installation of its own."""
    data = Path(folder)
    return Settings(
        data_dir=data,
        database_url=f"sqlite:///{data / 'palabre.db'}",
        search_url=f"whoosh:{data / 'index'}",
        secret_key="for a benchmark",  # noqa: S106
    )


def timed(client: FlaskClient, path: str, headers: dict[str, str]) -> tuple[list[float], int, int]:
    """Milliseconds of each request, bytes of the last answer, and how many were 304."""
    times: list[float] = []
    size = unchanged = 0
    for _ in range(REQUESTS):
        start = time.perf_counter()
        response = client.get(path, headers=headers)
        times.append((time.perf_counter() - start) * 1000)
        size = len(response.data)
        unchanged += response.status_code == 304  # noqa: PLR2004
    return times, size, unchanged


def percentile(times: Sequence[float], share: float) -> float:
    """The time that this share of the requests needs at most."""
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]


def main() -> None:
    """Print one line per page."""
    with tempfile.TemporaryDirectory() as folder:
        settings = settings_in(folder)
        runtime = build_runtime(settings)
        set_up(runtime, lambda _message: None, content=CONTENT)
        runtime.close()
        imported = time.perf_counter()

        runtime = build_runtime(settings)
        client = create_app(runtime).test_client(use_cookies=False)
        client.get("/fr/practices", headers=GZIP)
        warm = time.perf_counter()
        print(f"imports, migration, import of content/, index: {(imported - START):6.2f} s")
        print(f"application and first page on what is there:   {(warm - imported):6.2f} s\n")

        style = client.get("/fr/").text.split('rel="stylesheet" href="')[1].split('"')[0]
        sheet = len(client.get(style, headers=GZIP).data)
        print(f"{'page':<72}{'median':>8}{'p95':>8}{'gzip':>8}{'+ css':>8}{'304s':>6}")
        for path in PAGES:
            times, size, _ = timed(client, path, GZIP)
            tag = client.get(path, headers=GZIP).headers["ETag"]
            _, _, unchanged = timed(client, path, {**GZIP, "If-None-Match": tag})
            print(
                f"{path:<72}{statistics.median(times):8.1f}{percentile(times, 0.95):8.1f}"
                f"{size:8}{size + sheet:8}{unchanged:5}%"
            )
        runtime.close()


if __name__ == "__main__":
    main()
