"""Forgetting what is no longer needed: the less is kept, the less can be taken."""

from sqlalchemy import delete

from kb.accounts import access_requests, sessions, throttle
from kb.accounts.models import OneTimeLink
from kb.core.unit_of_work import UnitOfWork


def forget_old(work: UnitOfWork) -> int:
    """Delete failures, links, sessions and answered requests past their time; counts them."""
    dead = delete(OneTimeLink).where(OneTimeLink.expires_at < work.clock.now())
    links = len(work.session.scalars(dead.returning(OneTimeLink.id)).all())
    requests = access_requests.forget_decided(work)
    return links + requests + throttle.forget_old(work) + sessions.forget_old(work)
