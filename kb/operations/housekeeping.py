"""What has to be done again and again: its own index by each machine, the rest by one of them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
import logging
import threading

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from kb.accounts.upkeep import forget_old
from kb.core.unit_of_work import UnitOfWork
from kb.events.dispatcher import pause_after
from kb.events.models import Lease
from kb.notifications import digests
from kb.notifications import service as notifications
from kb.notifications.sending import Post, is_due, send_due
from kb.operations.following import remind_and_tell
from kb.operations.stored_files import tidy_files
from kb.practices import re_review
from kb.practices.coauthors import forget_unanswered
from kb.practices.models import RenderedText, Version
from kb.practices.service import AS_WRITTEN, render_version
from kb.reports.service import forget_contacts
from kb.reviews import reminders
from kb.runtime import Runtime
from kb.search import misses
from kb.search.sync import left_out, reconcile_all

LOG = logging.getLogger(__name__)
LEASE = "housekeeping"
LEASE_TIME = timedelta(minutes=2)
PAUSE_SECONDS = 5.0
UPKEEP_EVERY = timedelta(minutes=5)
# What another machine published or withdrew is known here so soon.
FOLLOW_SECONDS = 1.0
# An index that cannot be written at all is tried again after pauses that double up to this.
LONGEST_PAUSE_SECONDS = 15.0
# Following tells of every change; this is for what no event tells of.
COMPARE_EVERY = timedelta(hours=1)


def run_pass(runtime: Runtime) -> dict[str, int]:
    """Everything once: deliver what is due, render anew, compare the index; counts by task."""
    announced = remind_desk(runtime)
    done = {"announced": announced, "delivered": runtime.deliver()}
    done["rendered"] = render_stale(runtime)
    done["reindexed"] = reconcile_all(runtime.reading, runtime.indexes)
    done["tidied"] = tidy_files(runtime)
    done["forgotten"] = forget(runtime)
    done["reminded"] = remind_to_read_again(runtime) + remind_and_tell(runtime)
    done["digests"] = gather_digests(runtime)
    # Last, since the mail server may be slow.
    done["mailed"] = send_mails(runtime)
    return done


def forget(runtime: Runtime) -> int:
    """Delete what has had its time, addresses of people first; returns how many rows.

    Each kind in a transaction of its own: a fault brings back nothing that was deleted before it.
    """
    forgotten = 0
    for task in (
        forget_contacts,
        forget_unanswered,
        forget_old,
        notifications.forget_old,
        misses.forget_old,
    ):
        with runtime.begin() as work:
            forgotten += task(work)
    return forgotten


def remind_to_read_again(runtime: Runtime) -> int:
    """Tell of the published texts that are to be read again, once each; returns how many."""
    with runtime.reading() as session:
        if not re_review.to_remind(session, runtime.clock.now().date()):
            return 0
    with runtime.begin() as work:
        return re_review.remind(work)


def gather_digests(runtime: Runtime) -> int:
    """Make the digests whose hour has come; the mails then go like the others."""
    with runtime.reading() as session:
        if not digests.is_due(session, runtime.clock):
            return 0
    with runtime.begin() as work:
        return digests.gather(work)


def remind_desk(runtime: Runtime) -> int:
    """Announce reviews that are due and consents that end; returns how many."""
    with runtime.begin() as work:
        return reminders.remind(work)


def send_mails(runtime: Runtime) -> int:
    """Hand over the mails that are due; a fault stops nothing else. Returns how many."""
    base_url = runtime.settings.base_url.rstrip("/")
    try:
        with runtime.reading() as session:
            if not is_due(session, runtime.clock):
                return 0
        return send_due(Post(runtime.begin, runtime.mailer, runtime.clock, base_url))
    except Exception:
        LOG.exception("mails could not be sent")
        return 0


def render_stale(runtime: Runtime) -> int:
    """Render what an older sanitiser rendered; returns how many versions."""
    with runtime.reading() as session:
        ids = stale_versions(session, runtime.renderer.version)
    for version_id in ids:
        with runtime.begin() as work:
            version = work.session.get_one(Version, version_id)
            render_version(work, version, last_try=True)
    return len(ids)


def stale_versions(session: Session, renderer_version: str) -> list[int]:
    """The versions whose safe HTML is missing or was made by other rules than these."""
    query = (
        select(Version.id)
        .outerjoin(Version.rendered)
        .where(
            or_(
                RenderedText.version_id.is_(None),
                RenderedText.renderer_version.not_in(
                    [renderer_version, f"{renderer_version}{AS_WRITTEN}"]
                ),
            )
        )
        .distinct()
        .order_by(Version.id)
    )
    return list(session.scalars(query))


def follow(runtime: Runtime, holder: str, stop: threading.Event) -> None:
    """Work until told to stop: its own index always, the rest while it holds the lease."""
    # Beside the rest: a withdrawal must not wait for a slow mail server.
    beside = threading.Thread(target=follow_trail, args=(runtime, stop))
    beside.start()
    kept: datetime | None = None
    while not stop.is_set():
        try:
            if _take_lease(runtime, holder):
                now = runtime.clock.now()
                if kept is None or now - kept >= UPKEEP_EVERY:
                    _keep_up(runtime)
                    kept = now
                for task in (Runtime.hand_over, gather_digests, send_mails):
                    _attempt(task, runtime)
        except Exception:
            # The next pass tries again: no fault of a day may end the process.
            LOG.exception("housekeeping failed")
        stop.wait(PAUSE_SECONDS)
    beside.join()
    _give_back(runtime, holder)


def follow_trail(runtime: Runtime, stop: threading.Event) -> None:
    """Keep this machine's indexes in step with the database until told to stop."""
    compared: datetime | None = None
    failures = 0
    retry = Retry()
    while not stop.is_set():
        now = runtime.clock.now()
        try:
            if compared is None or now - compared >= COMPARE_EVERY:
                reconcile_all(runtime.reading, runtime.indexes)
                compared = now
            again = retry.is_due(now)
            runtime.follow(again=again)
            retry.note(now, is_left=bool(left_out(runtime.indexes)), tried=again)
            failures = 0
        except Exception:
            LOG.exception("the index does not follow")
            failures += 1
        stop.wait(min(FOLLOW_SECONDS * 2 ** min(failures, 20), LONGEST_PAUSE_SECONDS))


@dataclass(slots=True)
class Retry:
    """When to try again what an index could not take: after pauses that grow."""

    failures: int = 0
    at: datetime | None = None

    def is_due(self, now: datetime) -> bool:
        return self.at is not None and now >= self.at

    def note(self, now: datetime, *, is_left: bool, tried: bool) -> None:
        """Remember whether there is something left, and whether it has just been tried."""
        if not is_left:
            self.failures, self.at = 0, None
        elif tried or self.at is None:
            self.failures += 1
            self.at = now + pause_after(self.failures)


def _keep_up(runtime: Runtime) -> None:
    for task in (
        _render_anew,
        remind_desk,
        tidy_files,
        forget,
        remind_to_read_again,
        remind_and_tell,
    ):
        _attempt(task, runtime)


def _attempt(task: Callable[[Runtime], object], runtime: Runtime) -> None:
    """One task; its fault keeps nothing else from being done, the mails least of all."""
    try:
        task(runtime)
    except Exception:
        LOG.exception("housekeeping failed")


def _render_anew(runtime: Runtime) -> None:
    # No event tells that a text is shown by other rules.
    if render_stale(runtime):
        reconcile_all(runtime.reading, runtime.indexes)


def _take_lease(runtime: Runtime, holder: str) -> bool:
    with runtime.begin() as work:
        now = work.clock.now()
        lease = work.session.get(Lease, LEASE, with_for_update=True)
        if lease is None:
            lease = Lease(name=LEASE, holder=holder, until=now)
            work.session.add(lease)
        elif lease.holder != holder and lease.until > now:
            return False
        lease.holder, lease.until = holder, now + LEASE_TIME
    return True


def _give_back(runtime: Runtime, holder: str) -> None:
    with runtime.begin() as work:
        _end_lease(work, holder)


def _end_lease(work: UnitOfWork, holder: str) -> None:
    lease = work.session.get(Lease, LEASE)
    if lease is not None and lease.holder == holder:
        work.session.delete(lease)
