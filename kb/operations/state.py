"""The state of the house in numbers: no text, no name, nothing that would be restricted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kb.core.ports import IndexUnavailable
from kb.events.models import Delivery, Lease
from kb.notifications.models import Mail
from kb.operations.backup import free_bytes
from kb.operations.housekeeping import LEASE
from kb.practices.lifecycle import State
from kb.practices.models import Revision
from kb.runtime import Runtime
from kb.search.sync import standing


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits for somebody, and how much of it failed at least once."""

    name: str
    waiting: int
    failing: int


@dataclass(frozen=True, slots=True)
class SiteState:
    """Queues, housekeeping and room on the disk."""

    queues: Sequence[Queue]
    housekeeping_until: datetime | None
    free_megabytes: int


def site_state(runtime: Runtime) -> SiteState:
    """How things stand now."""
    with runtime.reading() as session:
        lease = session.get(Lease, LEASE)
        return SiteState(
            queues=[*_index(runtime), *_queues(session), _mails(session)],
            housekeeping_until=lease.until if lease else None,
            free_megabytes=free_bytes(runtime.settings.data_dir) >> 20,
        )


def revisions_by_state(session: Session) -> dict[State, int]:
    """How many revisions are in each state, in the order of the workflow."""
    query = select(Revision.state, func.count()).group_by(Revision.state)
    found = {row[0]: row[1] for row in session.execute(query)}
    return {state: found[state] for state in State if state in found}


def _index(runtime: Runtime) -> Sequence[Queue]:
    """What this machine's indexes lack; nothing while there is none to speak of."""
    try:
        found = [standing(runtime.reading, index) for index in runtime.indexes.values()]
    except IndexUnavailable:
        return []
    waiting = max(one.waiting or 0 for one in found)
    refused = frozenset[str]().union(*(one.left_out for one in found))
    return [Queue("index", waiting + len(refused), len(refused))]


def _queues(session: Session) -> Sequence[Queue]:
    query = (
        select(Delivery.consumer, func.count(), func.count().filter(Delivery.attempts > 0))
        .group_by(Delivery.consumer)
        .order_by(Delivery.consumer)
    )
    return [Queue(name, waiting, failing) for name, waiting, failing in session.execute(query)]


def _mails(session: Session) -> Queue:
    unsent = select(func.count()).select_from(Mail).where(Mail.sent_at.is_(None))
    return Queue(
        "mail",
        session.scalar(unsent) or 0,
        session.scalar(unsent.where(Mail.attempts > 0)) or 0,
    )
