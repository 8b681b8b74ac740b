"""The doctor finds each damage, says which, and puts right what can be."""

from dataclasses import replace
import shutil

import pytest
from sqlalchemy import text

from kb.accounts.permissions import Role
from kb.core.event import Event
from kb.operations import schema
from kb.operations.doctor import CHECKS, examine
from kb.practices.lifecycle import State
from tests.database import snapshot, undelivered
from tests.make import make_revision, make_user, make_vocabularies

SUBJECTS = [
    "database",
    "schema",
    "audit trail",
    "published texts",
    "safe HTML",
    "outbox",
    "mails",
    "search index",
    "uploaded files",
    "data directory",
]


@pytest.fixture
def house(fresh_runtime):
    with fresh_runtime.begin() as work:
        make_vocabularies(work)
        make_revision(work, State.DRAFT)
        for _ in range(2):
            make_revision(work, State.PUBLISHED)
    examine(fresh_runtime, fix=True)
    return fresh_runtime


def problems(runtime, *, fix=False):
    """Subject -> (problem, whether it was put right), for all that is not well."""
    return {
        str(finding.subject): (str(finding.problem), finding.repaired)
        for finding in examine(runtime, fix=fix)
        if finding.problem is not None
    }


def execute(runtime, *statements):
    with runtime.engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def test_all_is_well(house):
    assert [str(finding.subject) for finding in examine(house)] == SUBJECTS
    assert [str(subject) for subject, _, _ in CHECKS] == SUBJECTS
    before = snapshot(house)
    assert problems(house) == {}
    assert problems(house, fix=True) == {}
    assert snapshot(house) == before


def index_differs(house):
    house.index.apply([], [min(house.index.stamps())])


def index_gone(house):
    shutil.rmtree(house.settings.data_dir / "index")


def html_is_old(house):
    execute(house, "UPDATE rendered_texts SET renderer_version = 'old'")


def html_is_lost(house):
    execute(house, "DELETE FROM rendered_texts")


def directory_is_open(house):
    house.settings.data_dir.chmod(0o755)


def key_is_open(house):
    key = house.settings.data_dir / "secret_key"
    key.write_text("x")
    key.chmod(0o644)


def delivery_is_postponed(house):
    with undelivered(house) as work:
        # Of which the index does not hear.
        work.emit(Event("practice.unshared"))
        work.emit(Event("practice.submit"))
    later = "'2099-01-01 00:00:00+00:00'"
    execute(house, f"UPDATE deliveries SET attempts = 7, due_at = {later}")  # noqa: S608


def mail_is_put_off(house):
    with house.begin() as work:
        user = make_user(work, Role.MEMBER)
        work.emit(Event("account.password_reset_asked", data={"user_id": user.user_id}))
    later = "'2099-01-01 00:00:00+00:00'"
    execute(house, f"UPDATE mails SET attempts = 7, due_at = {later}")  # noqa: S608


# Damage -> what is said of what.
MENDABLE = {
    index_differs: ("search index", "differs from the database on 1 practices"),
    index_gone: ("search index", "there is no usable index"),
    html_is_old: ("safe HTML", "2 texts have no safe HTML by the present rules"),
    directory_is_open: ("data directory", None),
    key_is_open: ("data directory", "others on this machine can read: secret_key"),
    delivery_is_postponed: ("outbox", "1 deliveries keep failing"),
    mail_is_put_off: ("mails", "1 mails keep failing"),
}


@pytest.mark.parametrize("damage", MENDABLE, ids=lambda f: f.__name__)
def test_what_can_be_mended_is_found_and_mended(house, damage):
    subject, said = MENDABLE[damage]
    said = said or f"others on this machine can read: {house.settings.data_dir.name}"
    healthy = snapshot(house)
    damage(house)
    assert problems(house) == {subject: (said, False)}
    assert problems(house) == {subject: (said, False)}
    assert problems(house, fix=True) == {subject: (said, True)}
    assert problems(house) == {}
    if damage not in {delivery_is_postponed, mail_is_put_off}:
        assert snapshot(house) == healthy


def test_html_that_is_lost_is_made_again_and_the_index_agrees(house):
    healthy = snapshot(house)
    html_is_lost(house)
    assert set(problems(house)) == {"safe HTML", "search index"}
    assert problems(house, fix=True) == {
        "safe HTML": ("2 texts have no safe HTML by the present rules", True)
    }
    assert problems(house) == {}
    assert snapshot(house) == healthy


def trail_is_changed(house):
    if house.engine.dialect.name == "sqlite":
        execute(house, "DROP TRIGGER audit_entries_no_UPDATE")
    else:
        execute(house, "DROP TRIGGER audit_entries_append_only ON audit_entries")
    execute(house, "UPDATE audit_entries SET actor_id = 99 WHERE id = 3")


def migration_is_missing(house):
    execute(house, "UPDATE alembic_version SET version_num = '0000'")


SERIOUS = {
    trail_is_changed: ("audit trail", "the chain breaks at entry 3"),
    migration_is_missing: ("schema", "not at the newest migration: run `palabre init`"),
}


@pytest.mark.parametrize("damage", SERIOUS, ids=lambda f: f.__name__)
def test_what_needs_a_person_is_told_and_left(house, damage):
    subject, said = SERIOUS[damage]
    damage(house)
    before = snapshot(house)
    assert problems(house, fix=True) == {subject: (said, False)}
    assert snapshot(house) == before


def test_several_damages_are_all_told_and_all_mended(house):
    for damage in (index_gone, html_is_old, directory_is_open, delivery_is_postponed):
        damage(house)
    trail_is_changed(house)
    found = problems(house, fix=True)
    assert {subject: mended for subject, (_, mended) in found.items()} == {
        "audit trail": False,
        "safe HTML": True,
        # Delivering what was put off has made the index anew, in passing.
        "outbox": True,
        "data directory": True,
    }
    assert set(problems(house)) == {"audit trail"}


def test_a_repair_that_fails_is_no_crash(house, caplog):
    index_differs(house)
    broken = replace(house, index=Broken(house.index))
    assert problems(broken, fix=True) == {
        "search index": ("differs from the database on 1 practices", False)
    }
    assert "a repair failed" in caplog.text


def test_what_cannot_even_be_examined_is_no_crash(house):
    broken = replace(house, index=None)
    assert problems(broken, fix=True) == {"search index": ("damaged: AttributeError", False)}


class Broken:
    """An index that can be read and not written."""

    def __init__(self, index):
        self.stamps, self.bookmark = index.stamps, index.bookmark

    def apply(self, *_arguments):
        raise OSError("read-only")


def test_an_empty_database_is_told_without_a_crash(house):
    schema.downgrade(house.engine, "base")
    found = problems(house, fix=True)
    assert found["schema"] == ("not at the newest migration: run `palabre init`", False)
    assert found["audit trail"][0].startswith("the database does not answer: ")


def test_a_damaged_sqlite_file_is_found(sqlite_runtime):
    path = sqlite_runtime.settings.data_dir / "palabre.db"
    sqlite_runtime.engine.dispose()
    data = bytearray(path.read_bytes())
    for page in range(2, len(data) // 4096):
        data[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    path.write_bytes(data)
    assert "database" in problems(sqlite_runtime)
