"""Migrations: up and down with data, from every earlier revision, to what the models say."""

import ast
from datetime import date
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
import pytest
from sqlalchemy import MetaData, func, inspect, select, text

from kb.accounts.permissions import Role
from kb.core.database import Base
from kb.events.audit import first_broken_entry
from kb.operations import schema, schema_version
from kb.practices.lifecycle import State
from kb.practices.queries import public_view
from kb.reviews.models import CommunityValidation, ConsentRecord, SignOff
from kb.reviews.rules import Outcome
from kb.reviews.service import sign_off
from kb.vocabularies.catalogue import GlossaryEntry
from kb.vocabularies.editing import StoredEntry, remove_entry, stored_entries, stored_entry
from kb.vocabularies.service import digest_of
from kb.wiring import build_runtime
from tests.conftest import make_settings
from tests.database import snapshot
from tests.fakes import memory_indexes
from tests.make import ANSWERS, add_entry, make_revision, make_user, make_vocabularies


def scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)


REVISIONS = [script.revision for script in reversed(list(scripts().walk_revisions()))]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def empty(request, tmp_path, clock, renderer):
    """A runtime on a database without a single table."""
    url = None
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql").new_database()
    settings = make_settings(tmp_path, url)
    runtime = build_runtime(settings, clock=clock, renderer=renderer, indexes=memory_indexes())
    yield runtime
    runtime.close()


def fill(runtime) -> dict[State, str]:
    """Rows in nearly every table."""
    with runtime.begin() as work:
        make_vocabularies(work)
        made = {s: make_revision(work, s)[0] for s in State if s is not State.SUPERSEDED}
        return {state: revision.practice.slug for state, revision in made.items()}


def tables(runtime) -> set[str]:
    return set(inspect(runtime.engine).get_table_names())


def test_the_history_is_one_line_and_its_end_is_known():
    assert len(scripts().get_heads()) == 1
    assert REVISIONS[-1] == schema.head() == schema_version.HEAD


def test_the_newest_migration_makes_what_the_models_say(empty):
    assert schema_version.current(empty.engine) is None
    schema.upgrade(empty.engine)
    assert schema_version.current(empty.engine) == schema.head()
    assert schema_version.is_current(empty.engine)
    with empty.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_checks_and_triggers_are_the_models_too(empty):
    """Alembic compares neither: so the migrated database is held against one made from models."""
    schema.upgrade(empty.engine)
    migrated = checks_and_triggers(empty)
    schema.downgrade(empty.engine, "base")
    Base.metadata.create_all(empty.engine)
    assert checks_and_triggers(empty) == migrated
    assert len(migrated) > 30


def checks_and_triggers(runtime) -> set[str]:
    found = inspect(runtime.engine)
    checks = {
        f"{table} {check['name']} {check['sqltext']}"
        for table in Base.metadata.tables
        for check in found.get_check_constraints(table)
    }
    names = (
        "SELECT name || sql FROM sqlite_master WHERE type = 'trigger'"
        if runtime.engine.dialect.name == "sqlite"
        else "SELECT tgname || pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal"
    )
    with runtime.engine.connect() as connection:
        triggers = connection.scalars(text(names)).all()
    return checks | {" ".join(trigger.split()) for trigger in triggers}


def test_down_with_data_leaves_nothing_and_up_again_works(empty):
    schema.upgrade(empty.engine)
    fill(empty)
    schema.downgrade(empty.engine, "base")
    assert tables(empty) <= {"alembic_version"}
    assert schema_version.current(empty.engine) is None
    if empty.engine.dialect.name == "postgresql":
        with empty.engine.connect() as connection:
            functions = connection.scalars(
                text("SELECT proname FROM pg_proc WHERE proname LIKE '%_refuse'")
            ).all()
            assert functions == []
    schema.upgrade(empty.engine)
    slugs = fill(empty)
    with empty.reading() as session:
        assert public_view(session, slugs[State.PUBLISHED]).slug == slugs[State.PUBLISHED]
        assert first_broken_entry(session) is None


def test_entries_of_before_get_the_digest_that_saving_gives_them(empty):
    schema.upgrade(empty.engine)
    entries = [
        GlossaryEntry(id=code, kind="concept", fr=f"é {code}", en=code, local=("ɓ",))
        for code in ("kept", "removed")
    ]
    with empty.begin() as work:
        make_vocabularies(work)
        for entry in entries:
            add_entry(work, entry)
        before = stored_entry(work.session, "kept")
        editor = make_user(work, Role.EDITOR)
        remove_entry(work, editor, "removed", stored_entry(work.session, "removed").mark)
    schema.downgrade(empty.engine, "0002")
    schema.upgrade(empty.engine)
    with empty.reading() as session:
        assert stored_entries(session) == (before,)
    assert before == StoredEntry(entries[0], digest_of(entries[0]), None, is_removed=False)


SIGNED_BEFORE = {
    "consent": {
        "answer": "yes",
        "note": "",
        "type": "written",
        "scope": "all of it",
        "date": "1/2/2026",
        "expiry": "the end of the dry season",
        "contact": "the radio",
    },
    "validated": {"answer": "yes", "note": "", "role": "elders", "date": "", "language": "zarma"},
}


def test_what_was_signed_before_is_on_record(empty):
    schema.upgrade(empty.engine)
    with empty.begin() as work:
        make_vocabularies(work)
        revision, people = make_revision(work, State.IN_REVIEW)
        noise, others = make_revision(work, State.IN_REVIEW)
        sign_off(work, others["safeguard"], noise.id, Outcome.PASS, ANSWERS)
        version_id = revision.version_id
        # As older code kept it: no day was read.
        work.session.add_all(
            SignOff(
                version_id=version_id,
                safeguard_id=people["safeguard"].user_id,
                outcome=Outcome.PASS,
                answers=answers,
                signed_at=work.clock.now(),
            )
            for answers in (ANSWERS, ANSWERS | SIGNED_BEFORE)
        )
    schema.downgrade(empty.engine, "0004")
    schema.upgrade(empty.engine)
    with empty.reading() as session:
        (consent,) = session.scalars(select(ConsentRecord))
        (validation,) = session.scalars(select(CommunityValidation))
    assert (consent.version_id, consent.type, consent.scope, consent.contact) == (
        version_id,
        "written",
        "all of it",
        "the radio",
    )
    assert (consent.given_on, consent.expires_on) == (date(2026, 2, 1), None)
    assert consent.recorded_at == empty.clock.now()
    assert (validation.role, validation.validated_on, validation.language) == (
        "elders",
        None,
        "zarma",
    )


def test_upgrading_what_is_new_already_changes_nothing(empty):
    schema.upgrade(empty.engine)
    fill(empty)
    before = snapshot(empty)
    schema.upgrade(empty.engine)
    assert snapshot(empty) == before


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_populated_database_of_each_revision_keeps_upgrading(empty, revision):
    schema.upgrade(empty.engine)
    slugs = fill(empty)
    rows = counts(empty)
    schema.downgrade(empty.engine, revision)
    assert schema_version.current(empty.engine) == revision
    kept = counts(empty).keys()
    schema.upgrade(empty.engine)
    after = counts(empty)
    # What a later migration brought went with it, and comes back empty.
    assert after == {name: rows[name] if name in kept else 0 for name in rows}
    with empty.reading() as session:
        assert public_view(session, slugs[State.PUBLISHED]).slug == slugs[State.PUBLISHED]
        assert first_broken_entry(session) is None


def counts(runtime) -> dict[str, int]:
    """Rows by table, as the database has them now and not as the models do."""
    there = MetaData()
    there.reflect(runtime.engine)
    with runtime.engine.connect() as connection:
        return {
            name: connection.scalar(select(func.count()).select_from(table)) or 0
            for name, table in there.tables.items()
        }


def test_a_migration_that_fails_leaves_everything_as_it_was(empty, monkeypatch):
    """All steps are one transaction, on both databases."""

    def fail(*_arguments, **_options):
        raise ZeroDivisionError

    monkeypatch.setattr("alembic.op.create_foreign_key", fail)
    monkeypatch.setattr("alembic.op.execute", fail)
    with pytest.raises(ZeroDivisionError):
        schema.upgrade(empty.engine)
    assert tables(empty) == set()
    monkeypatch.undo()
    schema.upgrade(empty.engine)
    assert schema_version.is_current(empty.engine)


def test_foreign_keys_are_followed_again_after_a_migration(empty):
    schema.upgrade(empty.engine)
    if empty.engine.dialect.name == "sqlite":
        with empty.engine.connect() as connection:
            assert connection.scalar(text("PRAGMA foreign_keys")) == 1
            assert connection.scalar(text("PRAGMA foreign_key_check")) is None


def test_migrations_import_nothing_of_the_code():
    """They must stay true when the code moves on."""
    for script in scripts().walk_revisions():
        assert "kb" not in {name.split(".")[0] for name in imports_of(script.path)}


def imports_of(path: str) -> set[str]:
    tree = ast.parse(Path(path).read_text())
    plain = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    return plain | {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
