"""A backup under write load is one moment of the site, and a restored site is the same site."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
import hashlib
import itertools
import stat
import threading
import time

import pytest
from sqlalchemy import func, select

from kb.accounts import sessions
from kb.accounts.keys import actor_by_key, make_key
from kb.accounts.models import LinkPurpose, OneTimeLink, TokenScope, UserSession
from kb.accounts.permissions import Role
from kb.app import create_app
from kb.core.errors import Conflict
from kb.core.event import Event
from kb.events.audit import first_broken_entry
from kb.events.types import EventType
from kb.following.queries import owner_of_feed
from kb.following.service import new_feed_key
from kb.operations import schema
from kb.operations.backup import DEMO, make_backup
from kb.operations.models import SiteFact
from kb.operations.restore import restore
from kb.practices.lifecycle import State
from kb.search.sync import reconcile
from kb.wiring import build_runtime
from tests.archives import parts_of, put_together, sealed
from tests.conftest import make_settings
from tests.database import entries, snapshot, undelivered
from tests.make import make_content, make_revision, make_user, make_vocabularies

WRITERS = 4


@pytest.fixture
def build(clock, renderer):
    made = []

    def make(settings):
        made.append(build_runtime(settings, clock=clock, renderer=renderer))
        return made[-1]

    yield make
    for runtime in made:
        runtime.close()


@pytest.fixture
def place(request, tmp_path, fresh_runtime):
    """Settings of an empty place, with a database of the same kind as the installation's."""
    numbers = itertools.count(1)

    def make(name=""):
        data = tmp_path / (name or f"place{next(numbers)}")
        url = None
        if fresh_runtime.engine.dialect.name == "postgresql":
            url = request.getfixturevalue("postgresql").new_database()
        return make_settings(data, url)

    return make


@pytest.fixture
def house(fresh_runtime):
    """A site with practices in several states, a file and a key."""
    settings = fresh_runtime.settings
    with fresh_runtime.begin() as work:
        make_vocabularies(work)
        make_revision(work, State.DRAFT)
        make_revision(work, State.PUBLISHED, make_content("made-public"))
        make_user(work, Role.ADMIN, name="Aïssata <b>")
    (settings.data_dir / "secret_key").write_text("the key of this house")
    (settings.data_dir / "mail").mkdir()
    (settings.data_dir / "mail" / "1.eml").write_text("a letter")
    put_file(settings, b"a picture")
    return fresh_runtime


def put_file(settings, body):
    name = hashlib.sha256(body).hexdigest()
    path = settings.files_dir / name[:2] / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    (path.parent / ".unfinished-x").write_bytes(b"half a picture")
    return f"{name[:2]}/{name}"


def opened(settings, build):
    runtime = build(settings)
    reconcile(runtime.reading, runtime.index)
    return runtime


def files_below(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def without_marks(rows):
    """All tables but those that a restore writes into."""
    written = {"audit_entries", "audit_head", "deliveries", "user_sessions", "one_time_links"}
    return {name: lines for name, lines in rows.items() if name not in written}


def test_what_is_restored_is_what_was_kept(house, place, build, tmp_path):
    file = tmp_path / "site.tar"
    kept = make_backup(house, file)
    settings = place()
    assert restore(settings, build, file) == kept
    restored = opened(settings, build)
    assert without_marks(snapshot(restored)) == without_marks(snapshot(house))
    assert (kept.holdings.practices, kept.holdings.demo, kept.files) == (2, False, 1)
    assert kept.holdings.users == len(snapshot(house)["users"])
    # The trail goes on from where it was, and says that it does.
    before, after = entries(house), entries(restored)
    assert [entry.hash for entry in after[: len(before)]] == [entry.hash for entry in before]
    assert [(entry.type, entry.data) for entry in after[len(before) :]] == [
        (EventType.BACKUP_RESTORED, {"made_at": kept.made_at, "entries": len(before)})
    ]
    with restored.reading() as session:
        assert first_broken_entry(session) is None
    data = settings.data_dir
    assert (data / "secret_key").read_text() == "the key of this house"
    name = put_file(house.settings, b"a picture")
    assert files_below(settings.files_dir) == [name]
    assert (settings.files_dir / name).read_bytes() == b"a picture"
    expected = {"secret_key", "files", "index"}
    if restored.engine.dialect.name == "sqlite":
        expected |= {"palabre.db", "palabre.db-wal", "palabre.db-shm"}
    assert {path.name for path in data.iterdir()} == expected


def test_nobody_but_the_owner_reads_a_backup_or_what_comes_of_it(house, place, build, tmp_path):
    file = tmp_path / "site.tar"
    make_backup(house, file)
    settings = place()
    restore(settings, build, file)
    private = [file, settings.data_dir, *settings.data_dir.rglob("*")]
    assert [p for p in private if p.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)] == []
    assert sorted(p.name for p in tmp_path.iterdir() if p.name.startswith(".")) == []


def test_the_restored_site_answers_alike(house, place, build, tmp_path):
    file = tmp_path / "site.tar"
    make_backup(house, file)
    settings = place()
    restore(settings, build, file)
    restored = opened(settings, build)
    reconcile(house.reading, house.index)
    pages = ["/fr/practices/made-public", "/en/practices?q=made", "/feeds/practices.atom?lang=fr"]
    for page in pages:
        answers = [create_app(runtime).test_client().get(page) for runtime in (house, restored)]
        assert [answer.status_code for answer in answers] == [200, 200]
        assert answers[0].get_data() == answers[1].get_data()
        assert b"made-public" in answers[1].get_data()


def site_facts(runtime):
    with runtime.reading() as session:
        return {fact.name: fact.value for fact in session.scalars(select(SiteFact))}


def write_pairs(runtime, stop, numbers, writer):
    """Two rows that must agree and an entry of the trail, again and again."""
    while not stop.is_set():
        number = next(numbers)
        with undelivered(runtime) as work:
            work.session.add(SiteFact(name=f"first-{number}", value=str(writer)))
            work.session.flush()
            work.session.add(SiteFact(name=f"second-{number}", value=str(writer)))
            work.emit(Event(EventType.PRACTICE_CREATED, data={"number": number}))


def wait_for_more(runtime):
    goal, deadline = len(site_facts(runtime)) + 20, time.monotonic() + 30
    while len(site_facts(runtime)) < goal:
        assert time.monotonic() < deadline


def of_kind(facts, kind):
    return {
        name.partition("-")[2]: value for name, value in facts.items() if name.startswith(kind)
    }


def test_a_backup_while_four_write_is_one_moment(fresh_runtime, place, build, tmp_path):
    with undelivered(fresh_runtime) as work:
        work.emit(Event(EventType.PRACTICE_CREATED))
    stop, numbers, kept = threading.Event(), itertools.count(1), []
    with ThreadPoolExecutor(WRITERS) as pool:
        writers = [
            pool.submit(write_pairs, fresh_runtime, stop, numbers, writer)
            for writer in range(WRITERS)
        ]
        try:
            for turn in range(3):
                wait_for_more(fresh_runtime)
                manifest = make_backup(fresh_runtime, tmp_path / f"{turn}.tar")
                kept.append((manifest, site_facts(fresh_runtime)))
        finally:
            stop.set()
    assert [writer.result() for writer in writers] == [None] * WRITERS
    sizes = []
    for turn, (manifest, later) in enumerate(kept):
        settings = place()
        restore(settings, build, tmp_path / f"{turn}.tar")
        restored = build(settings)
        found = site_facts(restored)
        assert of_kind(found, "first") == of_kind(found, "second")
        assert len(found) == 2 * (manifest.holdings.entries - 1)
        assert found.items() <= later.items()
        with restored.reading() as session:
            assert first_broken_entry(session) is None
        sizes.append(len(found))
    assert 20 <= sizes[0] < sizes[1] < sizes[2]


def test_what_may_have_been_ended_since_is_ended(house, place, build, tmp_path):
    with house.begin() as work:
        editor = make_user(work, Role.EDITOR)
        user_id = editor.user_id
        token = sessions.start(work, user_id, "a phone that is taken tomorrow")
        key = make_key(work, user_id, "a program")
        feed = new_feed_key(work, editor)
        used = {"user_id": user_id, "created_at": work.clock.now()}
        for number in range(2):
            work.session.add(
                OneTimeLink(
                    purpose=LinkPurpose.PASSWORD_RESET,
                    token_hash=str(number) * 64,
                    expires_at=work.clock.now(),
                    used_at=work.clock.now() if number else None,
                    **used,
                )
            )
    file = tmp_path / "site.tar"
    make_backup(house, file)
    settings = place()
    restore(settings, build, file)
    restored = build(settings)
    with restored.reading() as session:
        assert sessions.find(session, token, restored.clock.now()) is None
        assert session.scalar(select(UserSession.ended_at)) == restored.clock.now()
        unused = select(func.count()).where(OneTimeLink.used_at.is_(None))
        assert session.scalar(unused) == 0
        assert owner_of_feed(session, feed) is None
    with restored.begin() as work:
        assert actor_by_key(work, key, TokenScope.ADOPTIONS_WRITE) is None
    with house.begin() as work:
        assert sessions.find(work.session, token, house.clock.now()) is not None
        assert owner_of_feed(work.session, feed) is not None
        assert actor_by_key(work, key, TokenScope.ADOPTIONS_WRITE) is not None


def test_an_older_database_is_kept_and_comes_back_up_to_date(house, place, build, tmp_path):
    with house.begin() as work:
        work.session.query(UserSession).delete()
    schema.downgrade(house.engine, "0001")
    file = tmp_path / "site.tar"
    assert make_backup(house, file).holdings.migration == "0001"
    settings = place()
    restore(settings, build, file)
    restored = build(settings)
    with restored.reading() as session:
        assert session.scalar(select(func.count()).select_from(UserSession)) == 0
    schema.upgrade(house.engine)
    assert without_marks(snapshot(restored)) == without_marks(snapshot(house))


def occupy_database(settings, build):
    runtime = build(settings)
    schema.upgrade(runtime.engine)
    runtime.close()


def occupy_files(settings, _build):
    put_file(settings, b"somebody's picture")


def occupy_key(settings, _build):
    settings.data_dir.mkdir(parents=True)
    (settings.data_dir / "secret_key").write_text("somebody's key")


@pytest.mark.parametrize("occupy", [occupy_database, occupy_files, occupy_key])
def test_only_an_empty_place_is_restored_into(house, place, build, tmp_path, occupy):
    file = tmp_path / "site.tar"
    make_backup(house, file)
    settings = place()
    settings.data_dir.parent.mkdir(exist_ok=True)
    if occupy is occupy_database:
        settings.data_dir.mkdir()
    occupy(settings, build)
    runtime = build(settings)
    before = (
        files_below(settings.data_dir),
        snapshot(runtime) if occupy is occupy_database else None,
    )
    runtime.close()
    with pytest.raises(Conflict, match="Nothing was restored"):
        restore(settings, build, file)
    runtime = build(settings)
    after = (
        files_below(settings.data_dir),
        snapshot(runtime) if occupy is occupy_database else None,
    )
    runtime.close()
    assert after == before


def test_a_demonstration_stays_one(house, place, build, tmp_path):
    file, real = tmp_path / "demo.tar", tmp_path / "real.tar"
    make_backup(house, real)
    with house.begin() as work:
        work.session.add(SiteFact(name=DEMO, value="yes"))
    make_backup(house, file)
    for source, settings in ((file, place("site")), (real, place("demo"))):
        with pytest.raises(Conflict, match="demonstration"):
            restore(settings, build, source)
        assert not settings.data_dir.exists()
    settings = place("demo")
    assert restore(settings, build, file).holdings.demo
    restored = build(settings)
    with restored.reading() as session:
        assert session.get(SiteFact, DEMO).value == "yes"


def test_the_other_kind_of_database_is_refused(house, build, tmp_path, request):
    file = tmp_path / "site.tar"
    make_backup(house, file)
    other = "sqlite"
    url = None
    if house.engine.dialect.name == "sqlite":
        url, other = request.getfixturevalue("postgresql").new_database(), "postgresql"
    settings = make_settings(tmp_path / "other", url)
    with pytest.raises(Conflict, match=f"this place has {other}"):
        restore(settings, build, file)
    assert not settings.data_dir.exists()


def test_what_is_refused_late_leaves_the_database_empty(house, place, build, tmp_path):
    """PostgreSQL can only look into the dump once it is loaded; SQLite looks before."""
    file = tmp_path / "site.tar"
    make_backup(house, file)
    lies = put_together(tmp_path / "lies.tar", sealed(parts_of(file), users=0))
    settings = place()
    with pytest.raises(Conflict, match="does not hold what it says"):
        restore(settings, build, lies)
    assert not settings.data_dir.exists()
    restore(settings, build, file)


def test_a_full_disk_is_told_beforehand(house, place, build, tmp_path):
    file = tmp_path / "site.tar"
    with pytest.raises(Conflict, match=r"not enough room in .*: [0-9]+ MB are needed"):
        make_backup(house, file, free=lambda _folder: 20 << 20)
    assert not file.exists()
    make_backup(house, file)
    settings = place()
    with pytest.raises(Conflict, match="not enough room"):
        restore(settings, build, file, free=lambda _folder: 20 << 20)
    assert not settings.data_dir.exists()


def test_nothing_is_overwritten(house, tmp_path):
    file = tmp_path / "site.tar"
    file.write_text("another backup")
    with pytest.raises(Conflict, match="is there already"):
        make_backup(house, file)
    assert file.read_text() == "another backup"


def test_what_is_no_installation_is_not_backed_up(build, tmp_path):
    settings = make_settings(tmp_path / "nothing")
    with pytest.raises(Conflict, match="palabre init"):
        make_backup(build(settings), tmp_path / "site.tar")
    assert list(tmp_path.iterdir()) == []


def test_a_broken_trail_is_told_instead_of_kept(house, tmp_path):
    with house.begin() as work:
        work.session.execute(select(1))
    drop = {
        "sqlite": "DROP TRIGGER audit_entries_no_UPDATE",
        "postgresql": "DROP TRIGGER audit_entries_append_only ON audit_entries",
    }[house.engine.dialect.name]
    with house.engine.begin() as connection:
        connection.exec_driver_sql(drop)
        connection.exec_driver_sql("UPDATE audit_entries SET actor_id = 99 WHERE id = 1")
    with pytest.raises(Conflict, match="audit trail of this database is broken"):
        make_backup(house, tmp_path / "site.tar")
    assert not (tmp_path / "site.tar").exists()


def test_a_password_of_postgresql_is_not_on_the_command_line(house, tmp_path, monkeypatch):
    """The program that is run sees the address and, in its environment only, the password."""
    if house.engine.dialect.name == "sqlite":
        return
    seen = tmp_path / "seen"
    program = tmp_path / "17" / "bin" / "pg_dump"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\necho "$@" > {seen}\necho "$PGPASSWORD" >> {seen}\n')
    program.chmod(0o700)
    monkeypatch.setattr("kb.operations.postgresql.DEBIAN", tmp_path)
    url = house.settings.database_url.replace("@/", ":zacanari@/")
    runtime = build_runtime(replace(house.settings, database_url=url))
    with pytest.raises(FileNotFoundError):  # this pg_dump writes nothing
        make_backup(runtime, tmp_path / "site.tar")
    runtime.close()
    arguments, password = seen.read_text().splitlines()
    assert "zacanari" not in arguments
    assert "dbname=test" in arguments
    assert password == "zacanari"
    program.unlink()
    monkeypatch.setattr("shutil.which", lambda _program: None)
    with pytest.raises(Conflict, match="install PostgreSQL's client programs"):
        make_backup(house, tmp_path / "site.tar")
