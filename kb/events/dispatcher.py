"""Hands queued events to their consumers, at least once, with back-off when one fails."""

from collections.abc import Callable, Mapping
from datetime import timedelta
import logging

from sqlalchemy import select

from kb.core.unit_of_work import UnitOfWork
from kb.events.models import AuditEntry, Delivery
from kb.events.types import Consumer

LOG = logging.getLogger(__name__)
BATCH = 100
FIRST_RETRY = timedelta(seconds=10)
LAST_RETRY = timedelta(hours=1)

# A consumer takes a batch of entries; it may see one twice.
Handler = Callable[[UnitOfWork, list[AuditEntry]], None]


def deliver_batch(work: UnitOfWork, consumer: Consumer, handler: Handler) -> int:
    """Hand over what is due for one consumer; returns how many were taken or postponed.

    A failing handler postpones the batch (10 s doubling to 1 h) and stops nobody else.
    """
    due = (
        select(Delivery)
        .where(Delivery.consumer == consumer, Delivery.due_at <= work.clock.now())
        .order_by(Delivery.entry_id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    deliveries = list(work.session.scalars(due))
    if not deliveries:
        return 0
    ids = [delivery.entry_id for delivery in deliveries]
    entries = work.session.scalars(
        select(AuditEntry).where(AuditEntry.id.in_(ids)).order_by(AuditEntry.id)
    )
    announced = len(work.events)
    try:
        with work.session.begin_nested():
            handler(work, list(entries))
    except Exception as error:
        LOG.exception("consumer %s failed", consumer)
        # What it announced did not happen.
        del work.events[announced:]
        _postpone(work, deliveries, type(error).__name__)
    else:
        for delivery in deliveries:
            work.session.delete(delivery)
    return len(deliveries)


def _postpone(work: UnitOfWork, deliveries: list[Delivery], reason: str) -> None:
    for delivery in deliveries:
        delivery.attempts += 1
        delivery.last_error = reason
        delivery.due_at = work.clock.now() + pause_after(delivery.attempts)


def pause_after(attempts: int) -> timedelta:
    """How long to wait after so many failures in a row: longer each time."""
    doubled: timedelta = FIRST_RETRY * 2 ** min(attempts - 1, 20)
    return min(doubled, LAST_RETRY)


Handlers = Mapping[Consumer, Handler]
