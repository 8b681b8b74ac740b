"""Passwords and codes as they come in by a form: counted before they are looked at.

The attempt is committed first, so that many at once count as many, and so that the database is
not kept waiting while a password is hashed.
"""

import hashlib

from flask import request
from itsdangerous import BadSignature, URLSafeSerializer

from kb.accounts import second_factor, signing_in
from kb.accounts.signing_in import Known, Outcome, Proof
from kb.accounts.throttle import Caller
from kb.web.current import runtime

# How long the password counts while the code of the second factor is looked for.
HALF_WAY_SECONDS = 600


def caller() -> Caller:
    """Where this request comes from."""
    return Caller(runtime().settings.secret_key, request.remote_addr or "")


def prove(email: str, password: str, code: str = "") -> Proof:
    """Whether password and, where there is one, second factor are right."""
    known = _with_password(email, password)
    if isinstance(known, Outcome):
        return Proof(known)
    kb = runtime()
    with kb.begin() as work:
        signing_in.hash_anew(work, kb.passwords, known.user_id, password)
        proof = Proof(signing_in.second_step(work, known, code), known.user_id)
        signing_in.finish(work, caller(), proof)
    return proof


def prove_again(user_id: int, password: str) -> Proof:
    """Whether this is the password of somebody who is signed in."""
    known = _with_password(_email_of(user_id), password)
    if isinstance(known, Outcome):
        return Proof(known)
    # Where a code is the other half, the password alone does not make wrong codes forgotten.
    half_way_only = Outcome.CODE_WANTED if known.has_second_factor else Outcome.RIGHT
    _finished(Proof(half_way_only, user_id))
    return Proof(Outcome.RIGHT, user_id)


def prove_code(user_id: int, code: str) -> Proof:
    """Whether this is a code of the user's second factor."""
    if not _may_try(_email_of(user_id)):
        return Proof(Outcome.TOO_MANY)
    with runtime().begin() as work:
        is_right = second_factor.use_code(work, user_id, code)
    return _finished(Proof(Outcome.RIGHT if is_right else Outcome.WRONG_CODE, user_id))


def half_way(user_id: int) -> str:
    """A signed word that the password was right; worth nothing without the code."""
    now = int(runtime().clock.now().timestamp())
    return str(_signer().dumps([user_id, _fingerprint(user_id), now]))


def user_half_way(token: str) -> int | None:
    """Whose password was right a moment ago, unless it or the account was taken away since."""
    try:
        user_id, fingerprint, at = _signer().loads(token)
    except (BadSignature, ValueError, TypeError):
        return None
    if not fingerprint:
        return None
    is_recent = runtime().clock.now().timestamp() - at < HALF_WAY_SECONDS
    return user_id if is_recent and fingerprint == _fingerprint(user_id) else None


def has_second_factor(user_id: int) -> bool:
    """Whether a code is asked for beside the password."""
    with runtime().reading() as session:
        email = signing_in.email_of(session, user_id)
        return signing_in.look_up(session, email).has_second_factor


def _with_password(email: str, password: str) -> Known | Outcome:
    """Whose password this is; an attempt is counted before it is looked at."""
    if not _may_try(email):
        return Outcome.TOO_MANY
    kb = runtime()
    with kb.reading() as session:
        known = signing_in.look_up(session, email)
    return known if kb.passwords.verify(known.password_hash, password) else Outcome.WRONG


def _may_try(email: str) -> bool:
    with runtime().begin() as work:
        return signing_in.begin(work, caller(), email)


def _email_of(user_id: int) -> str:
    with runtime().reading() as session:
        return signing_in.email_of(session, user_id)


def _finished(proof: Proof) -> Proof:
    with runtime().begin() as work:
        signing_in.finish(work, caller(), proof)
    return proof


def _fingerprint(user_id: int) -> str:
    with runtime().reading() as session:
        kept = signing_in.password_hash_of(session, user_id)
    return hashlib.sha256(kept.encode()).hexdigest()[:16] if kept else ""


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(runtime().settings.secret_key, salt="half-way")
