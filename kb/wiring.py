"""Chooses adapters from settings; the only module that names one."""

from collections.abc import Iterable
from pathlib import Path

from kb.adapters.system_clock import SystemClock
from kb.adapters.whoosh_index.index import WhooshIndex
from kb.core.database import make_engine
from kb.core.ports import Clock, Renderer, SearchIndex
from kb.core.settings import Settings
from kb.core.unit_of_work import UnitOfWork
from kb.events.models import AuditEntry
from kb.events.types import Consumer
from kb.rendering.renderer import ChildRenderer
from kb.runtime import Runtime
from kb.search import sync


def build_runtime(
    settings: Settings,
    *,
    clock: Clock | None = None,
    index: SearchIndex | None = None,
    renderer: Renderer | None = None,
) -> Runtime:
    """The application's parts, as the settings say; tests may hand in their own."""
    child = ChildRenderer()
    chosen = index or _search_index(settings.search_url)

    def consume(work: UnitOfWork, entries: Iterable[AuditEntry]) -> None:
        sync.consume(work, chosen, entries)

    return Runtime(
        settings=settings,
        engine=make_engine(settings.database_url),
        clock=clock or SystemClock(),
        renderer=renderer or child,
        index=chosen,
        handlers={Consumer.INDEX: consume},
        close_renderer=child.close,
    )


def _search_index(url: str) -> SearchIndex:
    scheme, _, path = url.partition(":")
    if scheme != "whoosh" or not path:
        raise ValueError(f"unsupported search engine: {scheme}")
    return WhooshIndex(Path(path))
