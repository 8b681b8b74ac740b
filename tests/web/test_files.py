"""The pages of files, in the browser of an author; and how readers get the files."""

from io import BytesIO

from PIL import Image
import pytest
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from kb.accounts.models import User
from kb.accounts.permissions import Role
from kb.attachments.models import Attachment
from kb.practices.lifecycle import Action, State
from kb.practices.models import Revision
from tests import samples
from tests.make import (
    client_as,
    make_account,
    make_content,
    make_revision,
    make_text,
    make_vocabularies,
    take_step,
)
from tests.web.html import parse

WORDS = {
    "alternative_text_fr": "Un puits [vieux] à Gao.",
    "alternative_text_en": "",
    "credit": "Amina",
    "licence": "CC-BY-SA-4.0",
}


class Desk:
    """A revision, its author's browser, and a visitor's."""

    def __init__(self, runtime, client_of, state=State.DRAFT, **content):
        self.runtime = runtime
        with runtime.begin() as work:
            make_vocabularies(work)
            self.revision, self.people = make_revision(work, state, make_content(**content))
            self.revision_id, self.slug = self.revision.id, self.revision.practice.slug
        self.visitor = client_of(runtime)
        self.author = client_of(runtime)
        self.key = client_as(runtime, self.author, self.people["author"].user_id)
        self.address = f"/fr/contribute/revisions/{self.revision_id}/files"

    def browser_of(self, client_of, name):
        client = client_of(self.runtime)
        client_as(self.runtime, client, self.people[name].user_id)
        return client

    def send(self, body, name="puits.jpg", kind="image/jpeg", **words):
        sent = FileStorage(BytesIO(body), name, content_type=kind)
        data = {"csrf_token": self.key, **WORDS, **words, "file": sent}
        # In memory: the test client's own temporary file would stay open.
        boundary, posted = encode_multipart(data)
        kind = f"multipart/form-data; boundary={boundary}"
        return self.author.post(self.address, data=posted, content_type=kind)

    def rows(self):
        with self.runtime.reading() as session:
            return session.scalars(select(Attachment).order_by(Attachment.id)).all()

    def go_on(self, *actions):
        with self.runtime.begin() as work:
            revision = work.session.get_one(Revision, self.revision_id)
            for action in actions:
                take_step(work, self.people, revision, action)


PUBLISHING = (Action.SUBMIT, Action.ASSIGN, Action.APPROVE, Action.PUBLISH)


@pytest.fixture
def desk(sqlite_runtime, client_of):
    return Desk(sqlite_runtime, client_of)


def test_an_author_adds_a_file(desk):
    empty = parse(desk.author.get(desk.address).text)
    assert empty.one("h1").text == empty.one("title").text.removesuffix(" – Palabre")
    form = empty.one("form", enctype="multipart/form-data")
    named = {e.attributes["name"] for e in form.walk() if "name" in e.attributes}
    assert named == {"csrf_token", "file", *WORDS}
    answer = desk.send(samples.photograph())
    assert (answer.status_code, answer.location) == (303, f"{desk.address}?done=file-added")
    page = parse(desk.author.get(answer.location).text)
    assert page.one("div", class_="done").text
    (row,) = desk.rows()
    image = page.one("img", class_="thumb")
    assert image.attributes["src"] == f"/media/{row.content_hash}.jpg"
    assert image.attributes["alt"] == WORDS["alternative_text_fr"]
    assert (image.attributes["width"], image.attributes["height"]) == ("300", "400")
    line = page.one("p", class_="secret").text
    assert line == f"![Un puits (vieux) à Gao.](/media/{row.content_hash}.jpg)"
    sent = desk.author.get(image.attributes["src"])
    assert (sent.status_code, sent.mimetype) == (200, "image/jpeg")
    assert samples.CANARY not in sent.data
    with Image.open(BytesIO(sent.data)) as drawn:
        assert drawn.size == (300, 400)


@pytest.mark.parametrize(
    ("sent", "words", "field", "status"),
    [
        ((b"<svg/>", "a.svg", "image/svg+xml"), {}, "file", 422),
        ((samples.plain("PNG"), "a.jpg", "image/jpeg"), {}, "file", 422),
        ((samples.png_of(60_000, 60_000), "a.png", "image/png"), {}, "file", 422),
        ((b"\xff\xd8\xff" + b"\0" * 10_000_001,), {}, "file", 413),
        ((b"", "", ""), {}, "file", 422),
        ((samples.plain("JPEG"),), {"credit": "x" * 201}, "credit", 422),
        ((samples.plain("JPEG"),), {"licence": "mine"}, "licence", 422),
    ],
    ids=["svg", "other kind", "bomb", "large", "nothing", "long credit", "no such licence"],
)
def test_what_is_not_taken_is_explained_and_the_words_kept(desk, sent, words, field, status):
    answer = desk.send(*sent, **words)
    assert answer.status_code == status
    page = parse(answer.text)
    summary = page.one("div", class_="problems")
    assert summary.links() == [f"#field-{field}"]
    assert page.all("p", id=f"wrong-{field}")
    assert page.one("textarea", name="alternative_text_fr").text == WORDS["alternative_text_fr"]
    credit = page.one("input", name="credit").attributes["value"]
    assert credit == words.get("credit", "Amina")
    assert desk.rows() == []


def test_a_request_over_the_limit_is_not_even_read(desk):
    answer = desk.send(b"\xff\xd8\xff" + b"\0" * 12_000_000)
    assert answer.status_code == 413
    assert "10 MB" in parse(answer.text).one("p", class_="lead").text.replace("Mo", "MB")
    assert desk.rows() == []
    # Elsewhere the limit stays that of texts.
    data = {"csrf_token": desk.key, "credit": "x" * 2_000_000}
    assert desk.author.post(f"{desk.address}/1", data=data).status_code == 413


def test_a_full_disk_is_told_politely(desk, monkeypatch):
    monkeypatch.setattr(type(desk.runtime.files), "free_bytes", lambda _self: 0)
    answer = desk.send(samples.plain("JPEG"))
    assert answer.status_code == 409
    page = parse(answer.text)
    assert page.one("div", class_="problems").links() == ["#field-file"]
    assert page.one("textarea", name="alternative_text_fr").text == WORDS["alternative_text_fr"]


def test_a_field_sent_twice_is_refused(desk):
    two = [(BytesIO(samples.plain("JPEG")), f"{n}.jpg", "image/jpeg") for n in "ab"]
    data = {"csrf_token": desk.key, **WORDS, "file": two}
    assert desk.author.post(desk.address, data=data).status_code == 400
    data = {"csrf_token": desk.key, **WORDS, "licence": ["CC-BY-SA-4.0", "other"]}
    assert desk.author.post(desk.address, data=data).status_code == 400
    assert desk.rows() == []


def test_more_than_was_asked_for_is_ignored(desk):
    more = {"uploaded_by_id": "1", "revision_id": "99", "content_hash": "x", "width": "9"}
    assert desk.send(samples.plain("JPEG"), **more).status_code == 303
    (row,) = desk.rows()
    assert row.uploaded_by_id == desk.people["author"].user_id
    assert (row.revision_id, row.width) == (desk.revision_id, 40)


def test_words_are_changed_and_files_removed(desk):
    desk.send(samples.plain("JPEG"))
    desk.send(samples.document(), "rapport.pdf", "application/pdf")
    first, second = desk.rows()
    address = f"{desk.address}/{first.id}"
    form = parse(desk.author.get(address).text)
    assert form.one("textarea", name="alternative_text_fr").text == WORDS["alternative_text_fr"]
    data = {"csrf_token": desk.key, **WORDS, "alternative_text_en": "A well."}
    answer = desk.author.post(address, data=data)
    assert (answer.status_code, answer.location) == (303, f"{desk.address}?done=saved")
    assert desk.rows()[0].alternative_text_en == "A well."
    bad = desk.author.post(address, data=data | {"alternative_text_en": "x" * 501})
    assert bad.status_code == 422
    assert parse(bad.text).one("textarea", name="alternative_text_en").text == "x" * 501
    answer = desk.author.post(f"{address}/remove", data={"csrf_token": desk.key})
    assert (answer.status_code, answer.location) == (303, f"{desk.address}?done=file-removed")
    assert [row.id for row in desk.rows()] == [second.id]


def test_others_find_nothing(desk, client_of):
    desk.send(samples.plain("JPEG"))
    (row,) = desk.rows()
    with desk.runtime.begin() as work:
        stranger = make_account(work, Role.CONTRIBUTOR).id
    other = client_of(desk.runtime)
    key = client_as(desk.runtime, other, stranger)
    missing = other.get("/fr/contribute/revisions/999999/files").text
    for path in ("", f"/{row.id}"):
        answer = other.get(desk.address + path)
        assert (answer.status_code, answer.text) == (404, missing)
    data = {"csrf_token": key, **WORDS}
    for path in ("", f"/{row.id}", f"/{row.id}/remove"):
        assert other.post(desk.address + path, data=data).status_code == 404
    for number in (10**12, row.id + 1):
        assert desk.author.get(f"{desk.address}/{number}").status_code == 404
    assert desk.visitor.get(desk.address).status_code == 302
    assert len(desk.rows()) == 1


def test_what_is_submitted_can_be_looked_at_only(desk):
    desk.send(samples.plain("JPEG"))
    (row,) = desk.rows()
    desk.go_on(Action.SUBMIT)
    page = parse(desk.author.get(desk.address).text)
    assert page.one("img", class_="thumb")
    assert page.all("form", method="post") == []
    assert desk.send(samples.plain("JPEG", colour="red")).status_code == 409
    assert desk.author.get(f"{desk.address}/{row.id}").status_code == 409


def test_a_practice_shows_its_files(desk):
    desk.send(samples.photograph())
    desk.send(samples.document(), "Réunion à Gao.pdf", "application/pdf", credit="")
    image, document = (f"{row.content_hash}" for row in desk.rows())
    desk.go_on(*PUBLISHING)
    page = parse(desk.visitor.get(f"/en/practices/{desk.slug}").text)
    section = page.one("section", id="files")
    picture = section.one("img")
    assert picture.attributes == {
        "src": f"/media/{image}.jpg",
        "width": "300",
        "height": "400",
        "loading": "lazy",
        "decoding": "async",
        "alt": WORDS["alternative_text_fr"],
        "lang": "fr",
    }
    caption = section.one("figcaption")
    assert caption.text == "Un puits [vieux] à Gao. Amina · CC-BY-SA-4.0 en"
    assert section.links() == [f"/media/{document}.pdf"]
    assert section.one("a").text == "Réunion à Gao.pdf"
    assert "#files" in page.links()
    found = desk.visitor.get(f"/api/v1/practices/{desk.slug}").json["attachments"]
    assert [one["url"] for one in found] == [
        f"https://palabre.example/media/{image}.jpg",
        f"https://palabre.example/media/{document}.pdf",
    ]
    assert {key: found[0][key] for key in ("media_type", "width", "height", "credit")} == {
        "media_type": "image/jpeg",
        "width": 300,
        "height": 400,
        "credit": "Amina",
    }
    assert found[0]["alternative_text"] == {"fr": WORDS["alternative_text_fr"]}
    # What the camera called the picture stays here; a document keeps its name.
    assert [one["name"] for one in found] == [f"{image}.jpg", "Réunion à Gao.pdf"]
    assert found[0]["licence"]["code"] == "CC-BY-SA-4.0"


def test_a_practice_without_files_has_no_such_section(sqlite_runtime, client_of):
    desk = Desk(sqlite_runtime, client_of, State.PUBLISHED)
    page = parse(desk.visitor.get(f"/fr/practices/{desk.slug}").text)
    assert page.all("section", id="files") == []
    assert desk.visitor.get(f"/api/v1/practices/{desk.slug}").json["attachments"] == []


def test_an_image_in_its_place_is_not_shown_twice(sqlite_runtime, client_of):
    desk = Desk(sqlite_runtime, client_of)
    desk.send(samples.plain("WEBP"), "a.webp", "image/webp")
    (row,) = desk.rows()
    own, foreign = f"/media/{row.content_hash}.webp", "https://example.org/pixel.png"
    context = f"![Un puits]({own}) ![x]({foreign}) ![y](//example.org/a.png) ![z](data:image/png)"
    with desk.runtime.begin() as work:
        revision = work.session.get_one(Revision, desk.revision_id)
        text = make_text(desk.slug)
        text["sections"]["context"] = context
        revision.working_copy = {**revision.working_copy, "texts": {"fr": text}}
    desk.go_on(*PUBLISHING)
    page = parse(desk.visitor.get(f"/fr/practices/{desk.slug}").text)
    shown = [i.attributes.get("src") for i in page.all("img")]
    assert [src for src in shown if src] == [own]
    assert "Amina" in page.one("section", id="files").text


def test_a_document_is_offered_under_its_name(desk):
    desk.send(samples.document(), "Réunion à Gao.pdf", "application/pdf")
    desk.go_on(*PUBLISHING)
    (row,) = desk.rows()
    answer = desk.visitor.get(f"/media/{row.content_hash}.pdf")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert answer.headers["Content-Disposition"] == (
        'attachment; filename="Reunion a Gao.pdf"; '
        "filename*=UTF-8''R%C3%A9union%20%C3%A0%20Gao.pdf"
    )


def test_who_gave_a_file_is_told_to_nobody(desk):
    with desk.runtime.begin() as work:
        work.session.get_one(User, desk.people["author"].user_id).name = "Canary Diallo"
    desk.send(samples.photograph(), "IMG-canary-name.jpg")
    desk.go_on(*PUBLISHING)
    (row,) = desk.rows()
    for address in (
        f"/fr/practices/{desk.slug}",
        f"/fr/practices/{desk.slug}.md",
        f"/api/v1/practices/{desk.slug}",
        f"/media/{row.content_hash}.jpg",
    ):
        answer = desk.visitor.get(address)
        assert answer.status_code == 200
        for word in (b"IMG-canary", b"Canary Diallo"):
            assert word not in answer.data + str(answer.headers).encode()
