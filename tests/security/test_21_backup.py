"""Promise 21: a backup that is not what it was is refused, and nothing of it is left behind."""

from collections.abc import Callable, Iterator
import hashlib
from pathlib import Path
import shutil
import sqlite3
import tarfile
import tempfile

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
import pytest

from kb.accounts.permissions import Role
from kb.core.errors import Conflict
from kb.core.settings import Settings
from kb.operations.backup import make_backup
from kb.operations.backup_archive import unpack
from kb.operations.restore import restore
from kb.operations.schema import upgrade
from kb.practices.lifecycle import State
from kb.rendering.renderer import ChildRenderer
from kb.runtime import Runtime
from kb.wiring import build_runtime
from tests.archives import parts_of, put_together, sealed
from tests.conftest import FrozenClock, make_settings
from tests.make import make_revision, make_user, make_vocabularies

Build = Callable[[Settings], Runtime]
PICTURE = b"a picture"
PICTURE_NAME = f"files/{hashlib.sha256(PICTURE).hexdigest()[:2]}/" + (
    hashlib.sha256(PICTURE).hexdigest()
)


@pytest.fixture(scope="module")
def build(renderer: ChildRenderer) -> Build:
    return lambda settings: build_runtime(settings, clock=FrozenClock(), renderer=renderer)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory, build: Build) -> Iterator[Path]:
    """A backup with a practice, a file and a key in it."""
    folder = tmp_path_factory.mktemp("sound")
    runtime = build(make_settings(folder / "data"))
    (folder / "data").mkdir()
    upgrade(runtime.engine)
    with runtime.begin() as work:
        make_vocabularies(work)
        make_revision(work, State.PUBLISHED)
        make_user(work, Role.ADMIN)
    (folder / "data" / "secret_key").write_text("the key")
    picture = folder / "data" / PICTURE_NAME
    picture.parent.mkdir(parents=True)
    picture.write_bytes(PICTURE)
    make_backup(runtime, folder / "sound.tar")
    yield folder / "sound.tar"
    runtime.close()


def refused(source: Path, build: Build, place: Path) -> str:
    """The one line with which it is refused, after looking that nothing was left behind."""
    with pytest.raises(Conflict) as caught:
        restore(make_settings(place), build, source)
    assert not place.exists()
    sentence = str(caught.value)
    assert sentence.isprintable()
    assert len(sentence) < 250
    return sentence


def test_the_sound_one_is_taken(sound: Path, build: Build, tmp_path: Path) -> None:
    """What the other tests damage can be restored, also after it was put together again."""
    again = put_together(tmp_path / "again.tar", sealed(parts_of(sound)))
    for number, source in enumerate((sound, again)):
        place = tmp_path / f"place{number}"
        restore(make_settings(place), build, source)
        assert (place / PICTURE_NAME).read_bytes() == PICTURE


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_one_changed_byte(sound: Path, data: st.DataObject) -> None:
    """It is refused, unless it lies where nothing is kept; then what is kept is as it was."""
    body = bytearray(sound.read_bytes())
    # Most of a file of this size is the database: half of the time, aim at the small parts.
    end = len(body) - 1
    borders = [offset for info in parts_of_headers(sound) for offset in info]
    position = data.draw(
        st.integers(0, end)
        | st.sampled_from(borders).flatmap(lambda at: st.integers(at, min(at + 600, end)))
    )
    body[position] ^= data.draw(st.integers(1, 255))
    check_same_or_refused(sound, bytes(body))


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_cut_short_or_gone_on(sound: Path, data: st.DataObject) -> None:
    body = sound.read_bytes()
    cut = body[: data.draw(st.integers(0, len(body) - 1))]
    longer = body + data.draw(st.binary(min_size=1, max_size=2000))
    for changed in (cut, longer):
        with pytest.raises(Conflict):
            unpacked(changed)


def parts_of_headers(path: Path) -> list[tuple[int, int]]:
    with tarfile.open(path) as archive:
        return [(info.offset, info.offset_data) for info in archive]


def unpacked(body: bytes) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "backup.tar", Path(folder) / "out"
        source.write_bytes(body)
        target.mkdir()
        unpack(source, target)
        return {
            str(path.relative_to(target)): path.read_bytes()
            for path in target.rglob("*")
            if path.is_file()
        }


def check_same_or_refused(sound: Path, body: bytes) -> None:
    try:
        found = unpacked(body)
    except Conflict:
        return
    assert found == unpacked(sound.read_bytes())


def test_no_file_of_ours(build: Build, tmp_path: Path) -> None:
    for number, body in enumerate((b"", b"no tar at all", b"\0" * 10240, b"PK\3\4" * 3000)):
        source = tmp_path / f"{number}.tar"
        source.write_bytes(body)
        sentence = "This is not a backup of Palabre, or it is damaged."
        assert refused(source, build, tmp_path / "place") == sentence
    assert "no such file" in refused(tmp_path / "none.tar", build, tmp_path / "place")


def hostile(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


@pytest.mark.parametrize(
    "info",
    [
        hostile("../outside"),
        hostile("/tmp/outside"),  # noqa: S108 - refused
        hostile("files/../../outside"),
        hostile("files/ab/../" + "a" * 64),
        hostile("files/ab/" + "a" * 64, tarfile.SYMTYPE, "/etc/passwd"),
        hostile("files/ab/" + "a" * 64, tarfile.LNKTYPE, "secret_key"),
        hostile("files/ab", tarfile.SYMTYPE, "/"),
        hostile("files/ab", tarfile.DIRTYPE),
        hostile("files/ab/" + "a" * 64, tarfile.FIFOTYPE),
        hostile("files/ab/" + "a" * 64, tarfile.GNUTYPE_SPARSE),
        hostile("database/"),
        hostile("palabre.db"),
        hostile("index/segments"),
        hostile("files/ab/picture.png"),
        hostile("files/ab/" + "a" * 64 + "\n"),
        hostile("files/\x1b[2J/" + "a" * 64),
        hostile("é" * 300),
    ],
    ids=lambda info: f"{info.type!r}{info.name!a}"[:40],
)
def test_a_surplus_member(
    sound: Path, build: Build, tmp_path: Path, info: tarfile.TarInfo
) -> None:
    """Whether or not the manifest knows of it."""
    parts = [*parts_of(sound)]
    parts.insert(0, (info, b"hostile"))
    for number, version in enumerate((parts, sealed(parts))):
        source = put_together(tmp_path / f"{number}.tar", version)
        sentence = refused(source, build, tmp_path / "place")
        assert sentence.startswith(("The backup holds something that", "This is not a backup"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0.tar", "1.tar"]


def test_members_that_are_doubled_lacking_or_changed(
    sound: Path, build: Build, tmp_path: Path
) -> None:
    parts, place = parts_of(sound), tmp_path / "place"
    names = [info.name for info, _ in parts]
    assert names == ["database", "secret_key", PICTURE_NAME, "manifest.json"]
    cases = {
        "The backup holds something that it should not: 'secret_key'": [parts[1], *parts],
        "The backup lacks 'secret_key'.": [parts[0], *parts[2:]],
        "The backup lacks database.": sealed(parts[1:]),
        "The backup is damaged: secret_key has changed.": [
            parts[0],
            (tarfile.TarInfo("secret_key"), b"another"),
            *parts[2:],
        ],
        "This is not a backup of Palabre, or it is damaged.": parts[:-1],
    }
    for number, (sentence, version) in enumerate(cases.items()):
        source = put_together(tmp_path / f"{number}.tar", version)
        assert refused(source, build, place) == sentence
    after_manifest = put_together(tmp_path / "after.tar", [parts[-1], *parts[:-1]])
    assert "not a backup" in refused(after_manifest, build, place)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"practices": 2}, "The backup does not hold what it says it holds."),
        ({"users": 0}, "The backup does not hold what it says it holds."),
        ({"entries": 1}, "The backup does not hold what it says it holds."),
        ({"head": "0" * 64}, "The backup does not hold what it says it holds."),
        ({"migration": "0001"}, "The backup does not hold what it says it holds."),
        ({"migration": "9999"}, "This backup was made by a newer Palabre: use that one."),
        ({"format": 2}, "This backup was made by a newer Palabre: use that one."),
        ({"format": "1"}, "This backup was made by a newer Palabre: use that one."),
        ({"surprise": 1}, "This is not a backup of Palabre, or it is damaged."),
        ({"practices": "1"}, "This is not a backup of Palabre, or it is damaged."),
        ({"database": "postgresql"}, "This is the backup of a postgresql database, "),
        ({"demo": True}, "A demonstration is only restored as one"),
    ],
)
def test_a_manifest_that_lies(
    sound: Path, build: Build, tmp_path: Path, change: dict[str, object], sentence: str
) -> None:
    source = put_together(tmp_path / "lies.tar", sealed(parts_of(sound), **change))
    assert refused(source, build, tmp_path / "place").startswith(sentence)


def with_database(sound: Path, target: Path, *statements: str) -> Path:
    """The backup with its database changed by somebody who mended every hash of the archive."""
    parts = parts_of(sound)
    copy = target.with_suffix(".db")
    copy.write_bytes(parts[0][1])
    with sqlite3.connect(copy) as database:
        database.execute("PRAGMA journal_mode=DELETE")
        for statement in statements:
            database.execute(statement)
    database.close()
    return put_together(target, sealed([(parts[0][0], copy.read_bytes()), *parts[1:]]))


@pytest.mark.parametrize(
    ("statements", "sentence"),
    [
        (
            (
                "DROP TRIGGER audit_entries_no_UPDATE",
                "UPDATE audit_entries SET actor_id = 9 WHERE id = 1",
            ),
            "The audit trail of this database is broken.",
        ),
        (
            (
                "DELETE FROM deliveries",
                "DELETE FROM mails",
                "DELETE FROM notifications",
                "DROP TRIGGER audit_entries_no_DELETE",
                "DELETE FROM audit_entries WHERE id > 2",
            ),
            "The audit trail of this database is broken.",
        ),
        (("UPDATE revisions SET practice_id = 99",), "The database is damaged."),
        (("DROP TABLE alembic_version",), "The database is damaged."),
        (("UPDATE alembic_version SET version_num = '0001'",), "The backup does not hold"),
        (("INSERT INTO site_facts VALUES ('demo', 'yes')",), "The backup does not hold"),
    ],
)
def test_a_database_that_was_changed(
    sound: Path, build: Build, tmp_path: Path, statements: tuple[str, ...], sentence: str
) -> None:
    source = with_database(sound, tmp_path / "changed.tar", *statements)
    assert refused(source, build, tmp_path / "place").startswith(sentence)


def test_a_database_that_is_none(sound: Path, build: Build, tmp_path: Path) -> None:
    parts = parts_of(sound)
    whole = parts[0][1]
    garbled = whole[:4096] + b"\xff" * 8192 + whole[4096 + 8192 :]
    for number, body in enumerate((b"", b"garbage" * 1000, whole[: len(whole) // 2], garbled)):
        version = sealed([(parts[0][0], body), *parts[1:]])
        source = put_together(tmp_path / f"{number}.tar", version)
        assert refused(source, build, tmp_path / "place") == "The database is damaged."


def test_a_restore_that_was_interrupted_is_told(sound: Path, build: Build, tmp_path: Path) -> None:
    (tmp_path / "place" / ".restoring").mkdir(parents=True)
    with pytest.raises(Conflict, match="Another restore is under way, or was interrupted"):
        restore(make_settings(tmp_path / "place"), build, sound)
    shutil.rmtree(tmp_path / "place" / ".restoring")
    restore(make_settings(tmp_path / "place"), build, sound)
