"""Files through the workflow: whose, how many, frozen with the text, and gone when unused."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from kb.accounts.permissions import OPERATOR, Role
from kb.attachments import service
from kb.attachments.cleaning import clean
from kb.attachments.models import Attachment, VersionAttachment
from kb.attachments.service import Prepared, TooLarge, Upload, Words, prepare
from kb.core.errors import Conflict, Invalid, NotFound
from kb.core.language import Locale
from kb.operations.doctor import examine
from kb.operations.housekeeping import run_pass
from kb.operations.stored_files import tidy_files
from kb.practices import attaching
from kb.practices.lifecycle import Action, State
from kb.practices.models import Revision
from kb.practices.queries import public_view
from kb.practices.service import start_revision
from tests import samples
from tests.fakes import MemoryFiles
from tests.make import make_next, make_revision, make_user, make_vocabularies, take_step

WORDS = Words("Un puits.", "A well.", "Amina", "CC-BY-SA-4.0")


def picture(colour="teal", name="puits.png"):
    return Prepared(name, clean("image/png", samples.plain(colour=colour)))


@pytest.fixture
def house(fresh_runtime, clock):
    with fresh_runtime.begin() as work:
        make_vocabularies(work)
    return replace(fresh_runtime, files=MemoryFiles(clock))


def attached(house, actor, revision_id, prepared=None, words=WORDS):
    with house.begin() as work:
        prepared = prepared or picture()
        return attaching.attach(work, house.files, actor, revision_id, prepared, words).id


def started(house, state=State.DRAFT):
    with house.begin() as work:
        revision, people = make_revision(work, state)
        return revision.id, people


def rows(house, table=Attachment):
    with house.reading() as session:
        return session.scalars(select(table)).all()


def test_a_file_is_kept_with_its_words(house):
    revision_id, people = started(house)
    started(house)
    attached(house, people["author"], revision_id)
    (row,) = rows(house)
    assert (row.revision_id, row.uploaded_by_id) == (revision_id, people["author"].user_id)
    assert (row.media_type, row.file_name) == ("image/png", "puits.png")
    assert (row.width, row.height, row.size) == (40, 30, len(house.files.read(row.content_hash)))
    assert (row.alternative_text_fr, row.alternative_text_en) == ("Un puits.", "A well.")
    assert (row.credit, row.licence) == ("Amina", "CC-BY-SA-4.0")


def test_only_authors_and_only_while_they_may_edit(house):
    revision_id, people = started(house)
    attachment_id = attached(house, people["author"], revision_id)
    with house.begin() as work:
        stranger = make_user(work, Role.CONTRIBUTOR)
    others = [stranger, people["editor"], people["safeguard"], people["reviewer"], OPERATOR]
    tries = [
        lambda work, actor: attaching.attach(
            work, house.files, actor, revision_id, picture("red"), WORDS
        ),
        lambda work, actor: attaching.describe(work, actor, revision_id, attachment_id, WORDS),
        lambda work, actor: attaching.remove(work, actor, revision_id, attachment_id),
    ]
    for attempt in tries:
        for actor in others:
            with pytest.raises(NotFound), house.begin() as work:
                attempt(work, actor)
    with house.begin() as work:
        take_step(work, people, work.session.get_one(Revision, revision_id), Action.SUBMIT)
    for attempt in tries:
        with pytest.raises(Conflict), house.begin() as work:
            attempt(work, people["author"])
    assert [row.id for row in rows(house)] == [attachment_id]


def test_a_file_of_another_revision_is_not_found(house):
    revision_id, people = started(house)
    attachment_id = attached(house, people["author"], revision_id)
    other_id, others = started(house)
    for wrong in (attachment_id, attachment_id + 1000, 10**12):
        with pytest.raises(NotFound), house.begin() as work:
            attaching.remove(work, others["author"], other_id, wrong)
        with pytest.raises(NotFound), house.begin() as work:
            attaching.describe(work, others["author"], other_id, wrong, WORDS)
    assert len(rows(house)) == 1


def test_words_are_checked(house):
    revision_id, people = started(house)
    bad = Words("x" * 501, "y" * 501, "z" * 201, "CC-BY-SA-4.0")
    with pytest.raises(Invalid) as invalid:
        attached(house, people["author"], revision_id, words=bad)
    assert set(invalid.value.problems) == {"alternative_text_fr", "alternative_text_en", "credit"}
    with pytest.raises(Invalid) as invalid:
        attached(house, people["author"], revision_id, words=Words(licence="all mine"))
    assert set(invalid.value.problems) == {"licence"}
    assert rows(house) == []


def test_limits(house, monkeypatch):
    revision_id, people = started(house)
    author = people["author"]

    def refused(prepared):
        with pytest.raises(Invalid) as invalid:
            attached(house, author, revision_id, prepared)
        return str(invalid.value.problems["file"])

    attached(house, author, revision_id)
    assert refused(picture()) == "is here already"
    monkeypatch.setattr(service, "PER_REVISION", 1)
    assert refused(picture("red")) == "is one too many: a practice has at most 1 files"
    monkeypatch.undo()
    (row,) = rows(house)
    monkeypatch.setattr(service, "PER_USER_BYTES", row.size + 10)
    assert refused(picture("red")) == "does not fit: all your files together may have 0 MB"
    # The same file elsewhere takes no more room, and the limit is each person's own.
    with house.begin() as work:
        second, others = make_revision(work)
        second_id = second.id
    attached(house, others["author"], second_id, picture("red"))
    assert len(rows(house)) == 2


def test_a_full_disk_refuses_files_and_nothing_else(house):
    revision_id, people = started(house)
    house.files.free = 5
    with pytest.raises(Conflict, match="Texts can still be saved"):
        attached(house, people["author"], revision_id)
    assert list(house.files.hashes()) == []
    started(house, State.SUBMITTED)


def test_too_large_and_not_accepted():
    with pytest.raises(TooLarge) as too_large:
        prepare(Upload("a.png", "image/png", b"\x89PNG" + b"\0" * 1_000_000), 1)
    assert (too_large.value.status, str(too_large.value.problems["file"])) == (
        413,
        "is larger than 1 MB",
    )
    with pytest.raises(Invalid) as invalid:
        prepare(Upload("a.svg", "image/svg+xml", b"<svg/>"), 1)
    assert "not one of the accepted kinds" in str(invalid.value.problems["file"])


def test_an_image_needs_words_in_the_original_language(house):
    revision_id, people = started(house)
    attachment_id = attached(house, people["author"], revision_id, words=Words("", "A well."))
    with house.reading() as session:
        assert service.problems(session, revision_id) == {}
        found = service.problems(session, revision_id, Locale.FR)
        assert str(found["attachments"]) == "an image needs an alternative text: puits.png"
        assert service.problems(session, revision_id, Locale.EN) == {}

    def submit():
        with house.begin() as work:
            take_step(work, people, work.session.get_one(Revision, revision_id), Action.SUBMIT)

    with pytest.raises(Invalid) as invalid:
        submit()
    assert set(invalid.value.problems) == {"attachments"}
    assert rows(house, VersionAttachment) == []
    with house.begin() as work:
        attaching.describe(work, people["author"], revision_id, attachment_id, Words("Un puits."))
    submit()
    assert [row.alternative_text_fr for row in rows(house, VersionAttachment)] == ["Un puits."]


def seen_by_readers(house, slug):
    with house.reading() as session:
        return public_view(session, slug).attachments


def test_readers_get_what_was_frozen(house):
    with house.begin() as work:
        revision, people = make_revision(work)
        author = people["author"]
        for colour in ("teal", "red"):
            attaching.attach(work, house.files, author, revision.id, picture(colour), WORDS)
        make_revision(work, State.PUBLISHED)
        for action in (Action.SUBMIT, Action.ASSIGN, Action.APPROVE, Action.PUBLISH):
            take_step(work, people, revision, action)
        slug = revision.practice.slug
        following = make_next(work, people, revision, State.DRAFT)
        following_id = following.id
        copied = service.attachments_of(work.session, following.id)
        assert [row.alternative_text_fr for row in copied] == ["Un puits."] * 2
        assert {row.uploaded_by_id for row in copied} == {author.user_id}
        attaching.remove(work, author, following.id, copied[0].id)
        attaching.describe(work, author, following.id, copied[1].id, Words("Autre chose."))
    frozen = sorted(rows(house, VersionAttachment), key=lambda row: row.position)
    hashes = [row.content_hash for row in frozen]
    assert len(hashes) == 2
    seen = seen_by_readers(house, slug)
    assert [found.content_hash for found in seen] == hashes
    first = seen[0]
    assert (first.media_type, first.width, first.height) == ("image/png", 40, 30)
    assert first.name == f"{first.content_hash}.png"
    assert first.alternative_texts == {Locale.FR: "Un puits.", Locale.EN: "A well."}
    assert (first.credit, first.licence) == ("Amina", "CC-BY-SA-4.0")
    with house.begin() as work:
        following = work.session.get_one(Revision, following_id)
        for action in (Action.SUBMIT, Action.ASSIGN, Action.APPROVE, Action.PUBLISH):
            take_step(work, people, following, action)
    assert [(f.content_hash, f.alternative_texts) for f in seen_by_readers(house, slug)] == [
        (hashes[1], {Locale.FR: "Autre chose."})
    ]


def test_the_operator_keeps_the_files_of_a_practice_when_importing_again(house):
    with house.begin() as work:
        revision, people = make_revision(work)
        attaching.attach(work, house.files, people["author"], revision.id, picture(), WORDS)
        for action in (Action.SUBMIT, Action.ASSIGN, Action.APPROVE, Action.PUBLISH):
            take_step(work, people, revision, action)
        again = start_revision(work, OPERATOR, revision.practice, revision.working_copy)
        assert [r.file_name for r in service.attachments_of(work.session, again.id)] == [
            "puits.png"
        ]


def test_one_file_in_two_practices_is_one_file(house):
    first, people = started(house)
    second, others = started(house)
    attachment_id = attached(house, people["author"], first)
    attached(house, others["author"], second)
    assert len(list(house.files.hashes())) == 1
    with house.begin() as work:
        attaching.remove(work, people["author"], first, attachment_id)
    house.clock.advance(days=3)
    assert tidy_files(house) == 0
    assert len(list(house.files.hashes())) == 1


def test_what_nothing_names_is_removed_after_a_day(house, clock):
    revision_id, people = started(house)
    attachment_id = attached(house, people["author"], revision_id)
    kept = attached(house, people["author"], revision_id, picture("red"))
    with house.begin() as work:
        attaching.remove(work, people["author"], revision_id, attachment_id)
    clock.advance(hours=23)
    assert run_pass(house)["tidied"] == 0
    clock.advance(hours=2)
    assert run_pass(house)["tidied"] == 1
    with house.reading() as session:
        hashes = [session.get_one(Attachment, kept).content_hash]
    assert list(house.files.hashes()) == hashes


def test_a_failed_use_case_leaves_only_what_the_housekeeping_removes(house, clock):
    revision_id, people = started(house)

    def fail_late():
        with house.begin() as work:
            attaching.attach(work, house.files, people["author"], revision_id, picture(), WORDS)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_late()
    assert rows(house) == []
    clock.advance(days=2)
    assert tidy_files(house) == 1
    assert list(house.files.hashes()) == []


def test_the_doctor_finds_lost_and_left_over_files(house, clock):
    def told(*, fix=False):
        return {
            str(f.subject): (str(f.problem), f.repaired)
            for f in examine(house, fix=fix)
            if f.problem and str(f.subject) == "uploaded files"
        }

    revision_id, people = started(house)
    attached(house, people["author"], revision_id)
    house.files.put(b"left over")
    assert told() == {}
    clock.advance(days=2)
    said = "1 files belong to nothing any more"
    assert told() == {"uploaded files": (said, False)}
    assert told(fix=True) == {"uploaded files": (said, True)}
    (row,) = rows(house)
    house.files._files[row.content_hash] = (b"garbled", clock.now() - timedelta(days=9))
    said = "1 files are missing or damaged: restore them"
    assert told(fix=True) == {"uploaded files": (said, False)}
    house.files.remove(row.content_hash)
    assert told() == {"uploaded files": (said, False)}
    with house.reading() as session:
        assert session.scalar(select(func.count()).select_from(Attachment)) == 1
