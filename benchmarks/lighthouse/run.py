"""What Lighthouse says of home, search and a practice, as on an old phone over 2G.

    npm ci --ignore-scripts                        # once, in this folder; needs node
    python benchmarks/lighthouse/run.py --check

The pages come from `palabre serve`, on an installation of `content/` of its own. The connection
has 400 ms for a round trip and 400 kbit/s, the processor a sixth of this machine's speed.
"""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
import json
import os
from pathlib import Path
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
LIGHTHOUSE = HERE / "node_modules/.bin/lighthouse"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# What was searched for is kept from search engines on purpose, which would cost points: all of it.
PAGES = {
    "home": "/fr/",
    "search": "/fr/practices",
    "practice": "/fr/practices/case-de-la-paix-gao",
}
# It asks for robots.txt from within the page. Where a practice is read, the policy of the page
# lets nothing ask for anything; the runs on the other pages examine the same file.
SKIPPED = {"practice": ("--skip-audits=robots-txt",)}
# Category -> the score that `--check` asks for.
GOALS = {"performance": 95, "accessibility": 100, "best-practices": 100, "seo": 100}
METRICS = {
    "FCP": "first-contentful-paint",
    "LCP": "largest-contentful-paint",
    "SI": "speed-index",
    "TBT": "total-blocking-time",
    "CLS": "cumulative-layout-shift",
}
SLOW = ("--throttling.rttMs=400", "--throttling.throughputKbps=400")
SLOW += ("--throttling.requestLatencyMs=400", "--throttling.downloadThroughputKbps=400")
SLOW += ("--throttling.uploadThroughputKbps=400", "--throttling.cpuSlowdownMultiplier=6")
PATIENCE = 60
# On a busy machine it sometimes loses the trace of a page and asks for another run.
TRIES = 3


@dataclass(frozen=True)
class Result:
    """One run on one page."""

    report: dict[str, Any]

    def score(self, category: str) -> int:
        """From 0 to 100."""
        return round(100 * (self.report["categories"][category]["score"] or 0))

    def metric(self, name: str) -> str:
        """As Lighthouse writes it."""
        return str(self.report["audits"][METRICS[name]].get("displayValue", "-"))

    def weight(self) -> tuple[int, int]:
        """Requests, and kilobytes on the wire."""
        items = self.report["audits"]["network-requests"]["details"]["items"]
        return len(items), round(sum(item["transferSize"] for item in items) / 1000)

    def complaints(self, category: str) -> list[str]:
        """The audits that cost points, the dearest first."""
        refs = self.report["categories"][category]["auditRefs"]
        audits = [(ref["weight"], self.report["audits"][ref["id"]]) for ref in refs]
        lost = [
            (weight * (1 - audit["score"]), audit)
            for weight, audit in audits
            if weight and audit["score"] is not None and audit["score"] < 1
        ]
        lost.sort(key=lambda pair: -pair[0])
        return [f"{audit['title']} ({audit.get('displayValue', '')})" for _, audit in lost]


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served() -> Iterator[str]:
    """The site as it is served for real, in a temporary folder."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as folder:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("KB_")}
        env = {**kept, "KB_DATA_DIR": folder, "KB_BASE_URL": address}
        command = [sys.executable, "-m", "kb"]
        subprocess.run([*command, "init"], cwd=ROOT, env=env, check=True, capture_output=True)
        server = subprocess.Popen(
            [*command, "serve", "--port", str(port), "--workers", "1"],
            cwd=ROOT,
            env=env,
            stdout=subprocess.DEVNULL,
        )
        try:
            _wait_for(port)
            yield address
        finally:
            server.terminate()
            server.wait(PATIENCE)


def _wait_for(port: int) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    sys.exit("the server does not answer")


def examine(address: str, browser: str, *options: str) -> Result:
    """One run of Lighthouse, with its own idea of a phone."""
    command = [str(LIGHTHOUSE), address, "--quiet", "--output=json", *SLOW, *options]
    command += ["--chrome-flags=--headless --no-sandbox --disable-gpu"]
    env = {**os.environ, "CHROME_PATH": browser}
    for _ in range(TRIES):
        # A file: into a pipe it may leave before all of a long report is written.
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "report.json"
            into = [*command, f"--output-path={path}"]
            done = subprocess.run(into, env=env, capture_output=True, text=True, check=False)
            report = json.loads(path.read_text("utf-8")) if path.exists() else {}
        if report and "runtimeError" not in report:
            return Result(report)
    sys.exit(done.stderr)


def middle(results: list[Result]) -> Result:
    """Of several runs on a page, the one in the middle by performance."""
    ordered = sorted(results, key=lambda result: result.score("performance"))
    return ordered[len(ordered) // 2]


def show(found: dict[str, Result]) -> None:
    """A line per page."""
    names = "".join(f"{name:>15}" for name in GOALS) + "".join(f"{name:>9}" for name in METRICS)
    print(f"{'page':<10}{names}{'requests':>10}{'kB':>5}")
    for name, result in found.items():
        scores = "".join(f"{result.score(category):15}" for category in GOALS)
        metrics = "".join(f"{result.metric(metric):>9}" for metric in METRICS)
        requests, size = result.weight()
        print(f"{name:<10}{scores}{metrics}{requests:10}{size:5}")


def missed(found: dict[str, Result]) -> list[str]:
    """The goals that were not reached, each with what costs the points."""
    return [
        f"{name}: {category} {result.score(category)}, goal {goal}: "
        + "; ".join(result.complaints(category))
        for name, result in found.items()
        for category, goal in GOALS.items()
        if result.score(category) < goal
    ]


def main() -> int:
    """Examine the pages and print the table."""
    options = argparse.ArgumentParser(description="Lighthouse on home, search and a practice.")
    options.add_argument("--runs", type=int, default=3, help="per page; the middle one counts")
    options.add_argument("--method", choices=("simulate", "devtools"), default="simulate")
    options.add_argument("--check", action="store_true", help="fail when a goal is missed")
    options.add_argument("--json", type=Path, metavar="FOLDER", help="keep the whole reports")
    chosen = options.parse_args()
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None or not LIGHTHOUSE.exists():
        sys.exit(f"needed: Chromium, and `npm ci --ignore-scripts` in {HERE.relative_to(ROOT)}")
    found = {}
    with served() as site:
        for name, path in PAGES.items():
            more = (f"--throttling-method={chosen.method}", *SKIPPED.get(name, ()))
            runs = [examine(site + path, browser, *more) for _ in range(chosen.runs)]
            found[name] = middle(runs)
    show(found)
    if chosen.json:
        chosen.json.mkdir(parents=True, exist_ok=True)
        for name, result in found.items():
            (chosen.json / f"{name}.json").write_text(json.dumps(result.report))
    failures = missed(found)
    print(*failures, sep="\n")
    return int(chosen.check and bool(failures))


if __name__ == "__main__":
    sys.exit(main())
