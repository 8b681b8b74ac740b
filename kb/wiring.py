"""Chooses adapters from settings; the only module that names one."""

from pathlib import Path
from urllib.parse import urlsplit

from kb.adapters.file_mailer import FileMailer
from kb.adapters.local_files import LocalFiles
from kb.adapters.smtp_mailer import SmtpMailer, mail_server
from kb.adapters.system_clock import SystemClock
from kb.adapters.whoosh_index.index import WhooshIndex
from kb.core.database import make_engine
from kb.core.ports import Clock, FileStore, Mailer, Renderer, SearchIndex
from kb.core.settings import Settings
from kb.events.types import Consumer
from kb.following import recall
from kb.notifications import service as notifications
from kb.practices.readers import MEMBER, VISITOR
from kb.rendering.renderer import ChildRenderer
from kb.runtime import Runtime
from kb.search.sync import Indexes


def build_runtime(
    settings: Settings,
    *,
    clock: Clock | None = None,
    indexes: Indexes | None = None,
    renderer: Renderer | None = None,
    files: FileStore | None = None,
    mailer: Mailer | None = None,
) -> Runtime:
    """The application's parts, as the settings say; tests may hand in their own."""
    child = ChildRenderer()
    time = clock or SystemClock()
    chosen = indexes or {
        VISITOR: _search_index(settings.search_url),
        MEMBER: _search_index(settings.search_url, "members"),
    }

    return Runtime(
        settings=settings,
        engine=make_engine(settings.database_url),
        clock=time,
        renderer=renderer or child,
        index=chosen[VISITOR],
        member_index=chosen[MEMBER],
        files=files or LocalFiles(settings.files_dir, time),
        mailer=mailer or _mailer(settings, time),
        handlers={
            # First whom it concerns, then telling them, in one pass.
            Consumer.RECALLS: recall.consume,
            Consumer.NOTIFICATIONS: notifications.consume,
        },
        close_renderer=child.close,
    )


def _search_index(url: str, folder: str = "") -> SearchIndex:
    scheme, _, path = url.partition(":")
    if scheme != "whoosh" or not path:
        raise ValueError(f"unsupported search engine: {scheme}")
    return WhooshIndex(Path(path) / folder)


def _mailer(settings: Settings, clock: Clock) -> Mailer:
    """Letters over SMTP, or as files in a folder, which is the default."""
    url = settings.mail_url or f"file:{settings.data_dir / 'mail'}"
    host = urlsplit(settings.base_url).hostname or ""
    # The address of a machine has no mail of its own.
    is_name = ":" not in host and not host.replace(".", "").isdigit()
    sender = f"palabre@{host if is_name and host else 'localhost'}"
    scheme, _, path = url.partition(":")
    if scheme == "file":
        return FileMailer(Path(path.removeprefix("//")), sender, clock)
    return SmtpMailer(mail_server(url, sender), clock)
