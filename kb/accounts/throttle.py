"""Slows guessing down: failures are rows, so they count across workers and restarts."""

from dataclasses import dataclass
from datetime import timedelta
import hmac
import ipaddress

from sqlalchemy import delete, func, select

from kb.accounts.models import FailedAttempt
from kb.core.messages import msg
from kb.core.unit_of_work import UnitOfWork

WINDOW = timedelta(minutes=5)
PER_ACCOUNT = 10
# Accounts tried from one address: many people share one, so it is not the tries that count.
ACCOUNTS_PER_ADDRESS = 10
# A provider hands out whole networks of new addresses: one of them is one address.
NETWORK_BITS = 64
TOO_MANY = msg("Too many attempts. Please try again in five minutes.")


@dataclass(frozen=True, slots=True)
class Caller:
    """Where a request comes from, and the key under which nobody can read it back."""

    secret: str
    address: str

    def key(self, kind: str, text: str) -> str:
        """A keyed hash: the table must not become a list of who tried."""
        return hmac.digest(
            self.secret.encode(), f"{kind}:{text}".encode(errors="replace"), "sha256"
        ).hex()


def take(work: UnitOfWork, caller: Caller, kind: str, account: str) -> bool:
    """Note an attempt as failed before it is made; False if there were too many of them.

    One that succeeds is taken off again by `forgive`: attempts at the same time all count.
    """
    of_account = caller.key(kind, account)
    of_address = caller.key(f"{kind}-from", _network(caller.address))
    _wait_for_others(work, of_account)
    since = work.clock.now() - WINDOW
    tries = select(func.count()).where(
        FailedAttempt.key == of_account, FailedAttempt.about == "", FailedAttempt.at > since
    )
    others = select(func.count(FailedAttempt.about.distinct())).where(
        FailedAttempt.key == of_address,
        FailedAttempt.about != of_account,
        FailedAttempt.at > since,
    )
    if (work.session.scalar(tries) or 0) >= PER_ACCOUNT:
        return False
    if (work.session.scalar(others) or 0) >= ACCOUNTS_PER_ADDRESS:
        return False
    now = work.clock.now()
    work.session.add(FailedAttempt(key=of_account, about="", at=now))
    work.session.add(FailedAttempt(key=of_address, about=of_account, at=now))
    work.session.flush()
    return True


def take_turn(
    work: UnitOfWork, caller: Caller, kind: str, *, per_address: int, for_all: int
) -> bool:
    """Note that a form without an account is sent; False after too many in the window.

    The rows are counted and soon forgotten: nothing leads from them to what was sent.
    """
    of_address = caller.key(f"{kind}-from", _network(caller.address))
    of_all = caller.key(kind, "")
    _wait_for_others(work, of_all)
    since = work.clock.now() - WINDOW
    for key, limit in ((of_address, per_address), (of_all, for_all)):
        sent = select(func.count()).where(FailedAttempt.key == key, FailedAttempt.at > since)
        if (work.session.scalar(sent) or 0) >= limit:
            return False
    now = work.clock.now()
    work.session.add_all(FailedAttempt(key=key, about="", at=now) for key in (of_address, of_all))
    work.session.flush()
    return True


def forgive(work: UnitOfWork, caller: Caller, kind: str, account: str, count: int = 0) -> None:
    """Take back the failures of this account only: all, or the latest `count` of each row."""
    of_account = caller.key(kind, account)
    of_address = caller.key(f"{kind}-from", _network(caller.address))
    for chosen in (
        (FailedAttempt.key == of_account) & (FailedAttempt.about == ""),
        (FailedAttempt.key == of_address) & (FailedAttempt.about == of_account),
    ):
        rows = select(FailedAttempt.id).where(chosen).order_by(FailedAttempt.id.desc())
        ids = list(work.session.scalars(rows.limit(count) if count else rows))
        work.session.execute(delete(FailedAttempt).where(FailedAttempt.id.in_(ids)))


def forget_old(work: UnitOfWork) -> int:
    """Delete what no longer counts; returns how many rows."""
    old = delete(FailedAttempt).where(FailedAttempt.at <= work.clock.now() - WINDOW)
    return len(work.session.scalars(old.returning(FailedAttempt.id)).all())


def _network(address: str) -> str:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:  # on a server that listens for both kinds
        return str(found.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(found), NETWORK_BITS), strict=False))


def _wait_for_others(work: UnitOfWork, key: str) -> None:
    """One attempt at an account after the other; SQLite has one writer at a time anyway."""
    if work.session.get_bind().dialect.name == "postgresql":
        work.session.execute(select(func.pg_advisory_xact_lock(int(key[:15], 16))))
