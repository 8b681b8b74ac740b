"""How long the dashboard of indicators takes with many adoptions, on both databases.

    python benchmarks/indicators.py --check

Requests are WSGI calls in this process by an editor, every time with other filters. The goal is
300 ms for 19 requests of 20, with 100,000 adoptions of 5,000 practices.
"""

import argparse
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
import itertools
from pathlib import Path
import random
import statistics
import sys
import tempfile
import time
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from flask.testing import FlaskClient  # noqa: E402 - after the path
from sqlalchemy import Engine, text  # noqa: E402

from benchmarks.many_adoptions import Filler  # noqa: E402
from kb.accounts.permissions import Role  # noqa: E402
from kb.app import create_app  # noqa: E402
from kb.core.settings import Settings  # noqa: E402
from kb.indicators.filters import TERMS  # noqa: E402
from kb.operations.installation import CONTENT, DEMO, set_up  # noqa: E402
from kb.operations.models import SiteFact  # noqa: E402
from kb.vocabularies.catalogue import Vocabularies  # noqa: E402
from kb.wiring import build_runtime  # noqa: E402
from tests.make import client_as, make_user  # noqa: E402
from tests.postgresql import cluster_or_reason  # noqa: E402

GOAL = 300.0
SHARE = 0.95
PUBLIC = "/fr/indicators"


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 1 when with --check the goal is missed."""
    options = _options(arguments)
    missed = False
    cluster, reason = (None, "") if options.only == "sqlite" else cluster_or_reason()
    if reason:
        print(f"PostgreSQL is left out: {reason}.")
    print(
        "| database | page | p50 ms | p95 ms | of this process: p50 | p95 |\n"
        "|---|---|---|---|---|---|"
    )
    try:
        for name, address in _databases(options.only, cluster.new_database() if cluster else ""):
            with tempfile.TemporaryDirectory(prefix="palabre-benchmark-") as folder:
                for page, times in _measure(Path(folder), address, options):
                    wall, cpu = (sorted(kind) for kind in zip(*times, strict=True))
                    at = int(len(times) * SHARE)
                    missed |= page == "dashboard" and wall[at] > GOAL
                    print(
                        f"| {name} | {page} | {statistics.median(wall):.0f} | {wall[at]:.0f}"
                        f" | {statistics.median(cpu):.0f} | {cpu[at]:.0f} |",
                        flush=True,
                    )
    finally:
        if cluster:
            cluster.stop()
    return int(options.check and missed)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    add = parser.add_argument
    add("--practices", type=int, default=5_000)
    add("--adoptions", type=int, default=100_000)
    add("--requests", type=int, default=100, help="to each page")
    add("--seed", type=int, default=4, help="other rows and filters with another number")
    add("--only", choices=("sqlite", "postgresql"), help="one of the databases")
    add("--check", action="store_true", help="fail when the goal is missed")
    return parser.parse_args(arguments)


def _databases(only: str | None, server: str) -> Iterator[tuple[str, str]]:
    if only != "postgresql":
        yield "SQLite", ""
    if server:
        yield "PostgreSQL", server


def _measure(
    data: Path, address: str, options: argparse.Namespace
) -> Iterator[tuple[str, list[tuple[float, float]]]]:
    settings = Settings(
        data_dir=data,
        database_url=address or f"sqlite:///{data / 'palabre.db'}",
        search_url=f"whoosh:{data / 'index'}",
        secret_key="for a benchmark",  # noqa: S106
        second_factor_required=False,
    )
    runtime = build_runtime(settings)
    set_up(runtime, lambda _message: None, content=CONTENT)
    today = runtime.clock.now().date()
    with runtime.begin() as work:
        editor = make_user(work, Role.EDITOR)
        # What is made up counts in a demonstration only.
        work.session.add(SiteFact(name=DEMO, value="1"))
    with runtime.reading() as session:
        vocabularies = runtime.vocabularies.get(session)
    start = time.perf_counter()
    Filler(runtime.engine, vocabularies, today, options.seed).fill(
        options.practices, options.adoptions
    )
    _settle(runtime.engine)
    print(f"filled in {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
    client = create_app(runtime).test_client()
    client_as(runtime, client, editor.user_id or 0)
    queries = _queries(vocabularies, today, options)
    yield "dashboard", _times(client, [f"/fr/indicators/dashboard{query}" for query in queries])
    rows = "/fr/indicators/adoptions-by-stage/rows"
    yield "rows", _times(client, [f"{rows}{query}" for query in queries])
    visitor = create_app(runtime).test_client(use_cookies=False)
    yield "for everybody", _times(visitor, [PUBLIC, "/en/indicators"] * (options.requests // 2))
    runtime.close()


def _queries(
    vocabularies: Vocabularies, today: date, options: argparse.Namespace
) -> Sequence[str]:
    """What editors ask for: once nothing, then a period, terms, or both."""
    draw = random.Random(options.seed)  # noqa: S311 - not a secret
    queries = [""]
    while len(queries) < options.requests:
        asked: dict[str, str] = {}
        if draw.random() < 0.7:  # noqa: PLR2004 - some of them
            last = today - timedelta(days=draw.randrange(700))
            asked |= {"from": f"{last - timedelta(days=draw.randrange(1500))}", "to": f"{last}"}
        for name, vocabulary in TERMS.items():
            if draw.random() < 0.3:  # noqa: PLR2004
                asked[name] = draw.choice(vocabularies.by_name[vocabulary].terms).code
        queries.append(f"?{urlencode(asked)}")
    return queries


def _settle(engine: Engine) -> None:
    """What the database does by itself after a while."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(
            text("ANALYZE" if engine.dialect.name == "sqlite" else "VACUUM ANALYZE")
        )


def _times(client: FlaskClient, addresses: Sequence[str]) -> list[tuple[float, float]]:
    """Milliseconds of each request, on the clock and of this process, after a few that warm up."""
    for address in itertools.islice(addresses, 3):
        client.get(address)
    times = []
    for address in addresses:
        wall, cpu = time.perf_counter(), time.process_time()
        response = client.get(address)
        times.append(((time.perf_counter() - wall) * 1000, (time.process_time() - cpu) * 1000))
        if response.status_code != 200:  # noqa: PLR2004
            raise SystemExit(f"{address}: {response.status}")
    return times


if __name__ == "__main__":
    sys.exit(main())
