"""Promise 14: uploads are harmless, and only those get them who may read what they belong to."""

from dataclasses import replace
from io import BytesIO

import pytest
from sqlalchemy import select

from kb.accounts.permissions import Role
from kb.attachments.models import Attachment
from kb.practices.content import Visibility
from kb.practices.lifecycle import Action, State
from kb.practices.models import Revision
from tests import samples
from tests.make import (
    client_as,
    make_account,
    make_content,
    make_revision,
    make_vocabularies,
    take_step,
)

MEDIA = "default-src 'none'; frame-ancestors 'none'; sandbox"
PUBLISHING = (Action.SUBMIT, Action.ASSIGN, Action.APPROVE, Action.PUBLISH)
READERS = ("visitor", "member", "author", "stranger", "reviewer", "safeguard", "editor", "admin")
ROLES = {
    "member": Role.MEMBER,
    "stranger": Role.CONTRIBUTOR,
    "admin": Role.ADMIN,
}


@pytest.fixture
def house(sqlite_runtime):
    with sqlite_runtime.begin() as work:
        make_vocabularies(work)
        make_revision(work, State.PUBLISHED)
    settings = replace(sqlite_runtime.settings, second_factor_required=False)
    return replace(sqlite_runtime, settings=settings)


class Case:
    """A practice with one picture of its own colour, and a browser for everybody."""

    def __init__(self, house, client_of, actions, visibility="public", colour="teal"):
        self.house = house
        with house.begin() as work:
            content = make_content(visibility=visibility)
            revision, self.people = make_revision(work, State.DRAFT, content)
            self.revision_id, self.slug = revision.id, revision.practice.slug
            users = {name: make_account(work, role).id for name, role in ROLES.items()}
        users |= {name: actor.user_id for name, actor in self.people.items()}
        self.browsers = {name: client_of(house) for name in READERS}
        self.keys = {
            name: client_as(house, self.browsers[name], user) for name, user in users.items()
        }
        self.address = self.upload(samples.plain("PNG", colour=colour))
        self.go_on(*actions)

    def upload(self, body, name="a.png", kind="image/png"):
        data = {
            "csrf_token": self.keys["author"],
            "alternative_text_fr": "Un puits",
            "licence": "CC-BY-SA-4.0",
            "file": (BytesIO(body), name, kind),
        }
        path = f"/fr/contribute/revisions/{self.revision_id}/files"
        assert self.browsers["author"].post(path, data=data).status_code == 303
        with self.house.reading() as session:
            query = select(Attachment).order_by(Attachment.id.desc()).limit(1)
            row = session.scalars(query).one()
        return f"/media/{row.content_hash}.{name.rpartition('.')[2]}"

    def go_on(self, *actions):
        with self.house.begin() as work:
            revision = work.session.get_one(Revision, self.revision_id)
            for action in actions:
                take_step(work, self.people, revision, action)

    def who_gets_it(self):
        return {n for n in READERS if self.browsers[n].get(self.address).status_code == 200}


DESK = {"author", "reviewer", "safeguard", "editor"}
UNASSIGNED = DESK - {"reviewer"}
EVERYBODY = set(READERS)
CASES = {
    "draft": ((), "public", {"author"}),
    "abandoned": ((Action.ABANDON,), "public", {"author"}),
    "submitted": ((Action.SUBMIT,), "public", UNASSIGNED),
    "in review": ((Action.SUBMIT, Action.ASSIGN), "public", DESK),
    "published": (PUBLISHING, "public", EVERYBODY),
    "members only": (PUBLISHING, "members", EVERYBODY - {"visitor"}),
    "restricted": (PUBLISHING, "restricted", DESK),
    "archived": ((*PUBLISHING, Action.ARCHIVE), "public", DESK),
    "withdrawn": ((*PUBLISHING, Action.WITHDRAW), "public", DESK),
}


@pytest.mark.parametrize("case", CASES)
def test_who_gets_a_file(house, client_of, case):
    actions, visibility, expected = CASES[case]
    assert Case(house, client_of, actions, visibility).who_gets_it() == expected


def test_a_file_of_two_practices_is_given_by_the_more_open_one(house, client_of):
    hidden = Case(house, client_of, PUBLISHING, "restricted")
    assert "visitor" not in hidden.who_gets_it()
    shown = Case(house, client_of, PUBLISHING)
    assert shown.address == hidden.address
    assert hidden.who_gets_it() == EVERYBODY
    shown.go_on(Action.WITHDRAW)
    assert "visitor" not in shown.who_gets_it()


def test_a_file_is_called_what_its_reader_may_know(house, client_of):
    body = samples.document()
    theirs, own = (Case(house, client_of, (), colour=colour) for colour in ("red", "blue"))
    theirs.upload(body, "named-informant.pdf", "application/pdf")
    address = own.upload(body, "own.pdf", "application/pdf")
    for case, name in ((theirs, "named-informant.pdf"), (own, "own.pdf")):
        told = case.browsers["author"].get(address).headers["Content-Disposition"]
        assert f'filename="{name}"' in told
        case.go_on(Action.SUBMIT)
        told = case.browsers["author"].get(address).headers["Content-Disposition"]
        assert f'filename="{name}"' in told


def test_a_file_taken_out_by_the_next_revision_is_gone(house, client_of):
    case = Case(house, client_of, PUBLISHING)
    with house.begin() as work:
        revision = work.session.get_one(Revision, case.revision_id)
        revision.visibility = Visibility.MEMBERS
    assert case.who_gets_it() == EVERYBODY - {"visitor"}


def test_without_the_second_factor_the_desk_gets_what_members_get(house, client_of):
    case = Case(house, client_of, PUBLISHING, "restricted")
    strict = replace(house, settings=replace(house.settings, second_factor_required=True))
    for name in ("editor", "safeguard", "reviewer"):
        client = client_of(strict)
        client_as(strict, client, case.people[name].user_id)
        assert client.get(case.address).status_code == 404
    assert case.browsers["editor"].get(case.address).status_code == 200


def test_refusals_are_all_alike(house, client_of):
    case = Case(house, client_of, ())
    name = case.address.removeprefix("/media/")
    hash_, _, _ = name.partition(".")
    never = "0" * 64
    addresses = [
        case.address,
        f"/media/{never}.png",
        f"/media/{hash_}.jpg",
        f"/media/{hash_}.pdf",
        f"/media/{hash_}",
        f"/media/{hash_.upper()}.png",
        f"/media/{hash_[:-1]}%00.png",
        "/media/..%2F..%2Fsecret_key",
        "/media/%00.png",
        f"/media/{'a' * 500}.png",
    ]
    for reader in ("visitor", "stranger"):
        answers = [case.browsers[reader].get(address) for address in addresses]
        assert {answer.status_code for answer in answers} == {404}
        assert len({answer.data for answer in answers}) == 1


def test_headers_of_files(house, client_of):
    case = Case(house, client_of, PUBLISHING)
    pdf = Case(house, client_of, (), colour="red")
    document = pdf.upload(samples.document(), "rapport.pdf", "application/pdf")
    pdf.go_on(*PUBLISHING)
    for address, disposition in (
        (case.address, None),
        (document, "attachment; filename=\"rapport.pdf\"; filename*=UTF-8''rapport.pdf"),
    ):
        answer = case.browsers["visitor"].get(address)
        headers = answer.headers
        assert headers["Content-Security-Policy"] == MEDIA
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "public, no-cache"
        assert "Cookie" in headers["Vary"]
        assert headers.get("Content-Disposition") == disposition
        again = case.browsers["visitor"].get(address, headers={"If-None-Match": headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
        private = case.browsers["member"].get(address)
        assert private.headers["Cache-Control"] == "no-store"
    case.go_on(Action.WITHDRAW)
    known = case.browsers["visitor"].get(
        case.address, headers={"If-None-Match": f'"{case.address[7:71]}"'}
    )
    assert known.status_code == 404


HOSTILE = {
    "svg": ("a.svg", "image/svg+xml", b"<svg onload=alert(1)/>"),
    "html": ("a.html", "text/html", b"<script>alert(1)</script>"),
    "html named png": ("a.png", "image/png", b"<script>alert(1)</script>"),
    "docx": ("a.docx", "application/octet-stream", samples.archive()),
    "odt": ("a.odt", "application/octet-stream", samples.archive("content.xml")),
    "zip named pdf": ("a.pdf", "application/pdf", samples.archive()),
    "program": ("a.pdf.exe", "application/pdf", samples.document()),
    "gif with a script": ("a.gif", "image/gif", b"GIF89a/*\0*/=1;alert(1)"),
    "pixel bomb": ("a.png", "image/png", samples.png_of(60_000, 60_000)),
    "locked": ("a.pdf", "application/pdf", samples.document(password="tamarinier")),
    "half a picture": ("a.jpg", "image/jpeg", samples.photograph((800, 600))[:900]),
    "half a document": ("a.pdf", "application/pdf", samples.document()[:900]),
}


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_is_hostile_is_refused_with_a_sentence_and_nothing_is_kept(house, client_of, hostile):
    name, kind, body = HOSTILE[hostile]
    case = Case(house, client_of, ())
    before = sorted(house.files.hashes())
    data = {"csrf_token": case.keys["author"], "file": (BytesIO(body), name, kind)}
    path = f"/en/contribute/revisions/{case.revision_id}/files"
    answer = case.browsers["author"].post(path, data=data)
    assert answer.status_code == 422
    assert 'id="wrong-file"' in answer.text
    assert sorted(house.files.hashes()) == before


@pytest.mark.parametrize(
    "name",
    [
        "'><script>alert(1)<b>.png",
        "../../../secret.png",
        "a\tX-Evil: yes\x0b.png",
        "photo\u202egnp.png",
        "é" * 500 + ".png",
    ],
)
def test_hostile_names_do_no_harm(house, client_of, name):
    case = Case(house, client_of, ())
    case.upload(samples.plain(colour="red"), name)
    with house.reading() as session:
        row = session.scalars(select(Attachment).order_by(Attachment.id.desc())).first()
    assert row.file_name.endswith(".png")
    assert len(row.file_name) <= 104
    assert not set(row.file_name) & set('<>"/\\\r\n\u202e')
    page = case.browsers["author"].get(f"/en/contribute/revisions/{case.revision_id}/files")
    assert page.status_code == 200
    assert "<script>alert" not in page.text


def test_nothing_of_the_original_is_on_the_disk(house, client_of):
    case = Case(house, client_of, ())
    case.upload(samples.photograph(), "photo.jpg", "image/jpeg")
    case.upload(samples.document(), "rapport.pdf", "application/pdf")
    kept = [path for path in house.settings.files_dir.rglob("*") if path.is_file()]
    assert len(kept) == 3
    assert all(samples.CANARY not in path.read_bytes() for path in kept)


def test_files_are_not_taken_without_the_forms_own_key(house, client_of):
    case = Case(house, client_of, ())
    data = {"file": (BytesIO(samples.plain(colour="red")), "a.png", "image/png")}
    path = f"/en/contribute/revisions/{case.revision_id}/files"
    case.browsers["author"].post(path, data=data)
    with house.reading() as session:
        assert len(session.scalars(select(Attachment)).all()) == 1
