"""The health of an installation, and what can be put right by itself."""

from collections.abc import Callable
from dataclasses import dataclass
import logging
from pathlib import Path
import stat

from sqlalchemy import func, select, text, update
from sqlalchemy.exc import SQLAlchemyError

from kb.core.messages import Message, msg
from kb.core.ports import IndexUnavailable
from kb.events.audit import first_broken_entry
from kb.events.models import Delivery
from kb.notifications.service import failing_mails, send_again
from kb.operations.housekeeping import render_stale, send_mails, stale_versions
from kb.operations.schema_version import is_current
from kb.operations.stored_files import left_over, lost, tidy_files
from kb.practices.models import RenderedText
from kb.practices.queries import public_slugs, public_views
from kb.practices.readers import WHOLE_HOUSE
from kb.practices.service import AS_WRITTEN
from kb.runtime import Runtime
from kb.search.sync import difference, left_out, reconcile_all

LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Finding:
    """One examined thing; `problem` is None where it is well."""

    subject: Message
    problem: Message | None = None
    repaired: bool = False


Check = Callable[[Runtime], Message | None]
Repair = Callable[[Runtime], object]


def examine(runtime: Runtime, *, fix: bool = False) -> tuple[Finding, ...]:
    """Look at everything; with `fix`, put right what can be and look again."""
    findings = []
    for subject, check, repair in CHECKS:
        problem = _checked(runtime, check)
        repaired = False
        if problem is not None and fix and repair is not None:
            repaired = _mended(runtime, repair) and _checked(runtime, check) is None
        findings.append(Finding(subject, problem, repaired))
    return tuple(findings)


def _mended(runtime: Runtime, repair: Repair) -> bool:
    try:
        repair(runtime)
    except Exception:
        LOG.exception("a repair failed")
        return False
    return True


def _checked(runtime: Runtime, check: Check) -> Message | None:
    try:
        return check(runtime)
    except SQLAlchemyError as error:
        return msg("the database does not answer: %(reason)s", reason=type(error).__name__)
    except Exception as error:
        LOG.exception("a check failed")
        return msg("damaged: %(reason)s", reason=type(error).__name__)


def _database(runtime: Runtime) -> Message | None:
    with runtime.reading() as session:
        if runtime.engine.dialect.name != "sqlite":
            session.execute(text("SELECT 1"))
            return None
        answer = session.execute(text("PRAGMA quick_check")).scalar_one()
    return None if answer == "ok" else msg("damaged: %(reason)s", reason=answer)


def _schema(runtime: Runtime) -> Message | None:
    if is_current(runtime.engine):
        return None
    return msg("not at the newest migration: run `palabre init`")


def _audit(runtime: Runtime) -> Message | None:
    with runtime.reading() as session:
        broken = first_broken_entry(session)
    return None if broken is None else msg("the chain breaks at entry %(number)s", number=broken)


def _index(runtime: Runtime) -> Message | None:
    try:
        differing = {
            slug
            for reader, index in runtime.indexes.items()
            for slug in difference(runtime.reading, index, reader)
        }
        refused = left_out(runtime.indexes)
    except IndexUnavailable:
        return msg("there is no usable index")
    if differing - refused:
        return msg("differs from the database on %(number)s practices", number=len(differing))
    if differing:
        return msg("%(number)s practices cannot be indexed: see the log", number=len(differing))
    return None


def _outbox(runtime: Runtime) -> Message | None:
    with runtime.reading() as session:
        failing = session.scalar(
            select(func.count()).select_from(Delivery).where(Delivery.attempts > 0)
        )
    return msg("%(number)s deliveries keep failing", number=failing) if failing else None


def _try_again(runtime: Runtime) -> None:
    """Deliver now what was put off."""
    with runtime.begin() as work:
        put_off = update(Delivery).where(Delivery.attempts > 0)
        work.session.execute(put_off.values(due_at=work.clock.now()))
    runtime.deliver()


def _mails(runtime: Runtime) -> Message | None:
    with runtime.reading() as session:
        failing = failing_mails(session)
    return msg("%(number)s mails keep failing", number=failing) if failing else None


def _mail_again(runtime: Runtime) -> None:
    """Send now what was put off."""
    with runtime.begin() as work:
        send_again(work)
    send_mails(runtime)


def _rendering(runtime: Runtime) -> Message | None:
    with runtime.reading() as session:
        count = len(stale_versions(session, runtime.renderer.version))
    if not count:
        return None
    return msg("%(number)s texts have no safe HTML by the present rules", number=count)


def _texts(runtime: Runtime) -> Message | None:
    with runtime.reading() as session:
        readable = public_views(session, reader=WHOLE_HOUSE)
        unread = public_slugs(session, WHOLE_HOUSE).keys() - readable.keys()
        as_written = session.scalar(
            select(func.count())
            .select_from(RenderedText)
            .where(RenderedText.renderer_version.endswith(AS_WRITTEN))
        )
    if unread:
        return msg("cannot be read any more: %(slugs)s", slugs=", ".join(sorted(unread)))
    if as_written:
        return msg("%(number)s texts are shown as they were written", number=as_written)
    return None


def _files(runtime: Runtime) -> Message | None:
    missing = lost(runtime)
    if missing:
        return msg("%(number)s files are missing or damaged: restore them", number=missing)
    unused = left_over(runtime)
    return msg("%(number)s files belong to nothing any more", number=unused) if unused else None


def _directory(runtime: Runtime) -> Message | None:
    open_to_others = [
        path.name
        for path in (runtime.settings.data_dir, runtime.settings.data_dir / "secret_key")
        if path.exists() and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    ]
    if not open_to_others:
        return None
    return msg("others on this machine can read: %(names)s", names=", ".join(open_to_others))


def _close_directory(runtime: Runtime) -> None:
    runtime.settings.data_dir.chmod(0o700)
    key: Path = runtime.settings.data_dir / "secret_key"
    if key.exists():
        key.chmod(0o600)


def _mend_index(runtime: Runtime) -> None:
    reconcile_all(runtime.reading, runtime.indexes)


CHECKS: tuple[tuple[Message, Check, Repair | None], ...] = (
    (msg("database"), _database, None),
    (msg("schema"), _schema, None),
    (msg("audit trail"), _audit, None),
    (msg("published texts"), _texts, None),
    (msg("safe HTML"), _rendering, render_stale),
    (msg("outbox"), _outbox, _try_again),
    (msg("mails"), _mails, _mail_again),
    (msg("search index"), _index, _mend_index),
    (msg("uploaded files"), _files, tidy_files),
    (msg("data directory"), _directory, _close_directory),
)
