"""Uploaded files against the rows that name them."""

from datetime import timedelta
import hashlib

from kb.attachments.service import named_hashes, orphans
from kb.core.errors import NotFound
from kb.runtime import Runtime

# An upload puts its file before its row is committed: what is younger may yet be named.
GRACE = timedelta(days=1)


def tidy_files(runtime: Runtime) -> int:
    """Remove what nothing names any more, and half a file that a crash left; says how much.

    Within a unit of work: on SQLite no upload is under way meanwhile, elsewhere the day of grace
    and the new date that every upload gives to its file keep them apart.
    """
    before = runtime.clock.now() - GRACE
    with runtime.begin() as work:
        gone = orphans(work.session, runtime.files, before)
        for content_hash in gone:
            runtime.files.remove(content_hash)
    return len(gone) + runtime.files.remove_unfinished(before)


def left_over(runtime: Runtime) -> int:
    """How many files nothing names any more."""
    with runtime.reading() as session:
        return len(orphans(session, runtime.files, runtime.clock.now() - GRACE))


def lost(runtime: Runtime) -> int:
    """How many files are named and not there, or not what they were."""
    with runtime.reading() as session:
        named = named_hashes(session)
    return sum(not _is_whole(runtime, content_hash) for content_hash in named)


def _is_whole(runtime: Runtime, content_hash: str) -> bool:
    try:
        body = runtime.files.read(content_hash)
    except NotFound:
        return False
    return hashlib.sha256(body).hexdigest() == content_hash
