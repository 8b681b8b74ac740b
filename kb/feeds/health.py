"""Whether the process lives, and whether it can do its work."""

from collections.abc import Callable
from http import HTTPStatus
import json
import logging

from flask import Response

from kb.feeds.addresses import runtime
from kb.operations.schema_version import is_current

LOG = logging.getLogger(__name__)
UNREACHABLE = "unreachable"
BEHIND = "not at the newest migration"
UNUSABLE = "unusable"


def alive() -> Response:
    """The process answers; nothing else is asked."""
    return _fresh(Response("ok", mimetype="text/plain"))


def ready() -> Response:
    """200 if database, migrations and index are as they must be, else 503 and which is not."""
    rt = runtime()
    current = _attempt(lambda: is_current(rt.engine))
    stamps = _attempt(lambda: [index.stamps() for index in rt.indexes.values()])
    checks = {
        "database": UNREACHABLE if isinstance(current, Failure) else "ok",
        "migrations": "ok" if current is True else BEHIND,
        "index": UNUSABLE if isinstance(stamps, Failure) else "ok",
    }
    good = set(checks.values()) == {"ok"}
    body = json.dumps({"status": "ready" if good else "not ready", "checks": checks})
    status = HTTPStatus.OK if good else HTTPStatus.SERVICE_UNAVAILABLE
    return _fresh(Response(body, status, mimetype="application/json"))


class Failure:
    """It did not work; why is for the log only."""


def _attempt(check: Callable[[], object]) -> object:
    try:
        return check()
    except Exception:
        LOG.exception("a readiness check failed")
        return Failure()


def _fresh(response: Response) -> Response:
    response.cache_control.no_store = True
    return response
