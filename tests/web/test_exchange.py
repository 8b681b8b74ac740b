"""The template to download and a filled one brought in: all of it, or one sentence why not."""

from io import BytesIO
import zipfile

import docx
from PIL import Image
import pytest
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from kb.attachments.docx_reading import read_docx
from kb.core.language import Locale, translate
from kb.practices.exchange import read, written
from kb.practices.models import Practice, RestrictedNote, Revision
from kb.practices.template import TEMPLATE
from kb.practices.template_docx import written_docx
from kb.web.contribute.exchange import TITLE, slots_of
from tests.database import snapshot
from tests.make import make_content, make_vocabularies
from tests.web.html import parse
from tests.web.test_contribute import ROOT, at, draft_of, form_data, revision_of, writer_for

TEXTS = {
    "title": "Le puits commun",
    "summary": "Deux villages\npartagent un puits.",
    "places": "Téra\nGao",
    "context": "Une querelle [S1].\n\n- un\n- deux",
    "results": "Rien.",
    "countries": "ML",
    "evidence": "solid",
    "sources": "[S1] Un rapport | Une ONG | 2020 | https://example.org/ | p. 3",
}


@pytest.fixture
def writer(sqlite_runtime):
    with sqlite_runtime.begin() as work:
        make_vocabularies(work)
    return writer_for(sqlite_runtime)


def slots(writer, locale=Locale.FR):
    with writer.runtime.reading() as session:
        return slots_of(locale, writer.runtime.vocabularies.get(session))


def markdown(writer, **texts) -> bytes:
    return written(translate(Locale.FR, TITLE), slots(writer), texts).encode()


def send(writer, body, name="fiche.md", path=f"{ROOT}/import"):
    sent = FileStorage(BytesIO(body), name)
    boundary, posted = encode_multipart({"csrf_token": writer.token, "file": sent})
    kind = f"multipart/form-data; boundary={boundary}"
    return writer.client.post(path, data=posted, content_type=kind)


def only_revision(writer) -> Revision:
    with writer.runtime.reading() as session:
        return session.query(Revision).one()


def word(*paragraphs: str, more=None) -> bytes:
    document = docx.Document()
    for text in paragraphs:
        style = "Heading 1" if text.startswith("# ") else None
        document.add_paragraph(text.removeprefix("# "), style=style)
    if more is not None:
        more(document)
    answer = BytesIO()
    document.save(answer)
    return answer.getvalue()


@pytest.mark.parametrize("locale", Locale)
def test_the_template_has_every_field_and_nothing_to_bring_in(writer, locale):
    every = {locale: slots(writer, locale) for locale in Locale}
    headings = [slot.heading for slot in every[locale]]
    assert len(set(headings)) == len(headings)
    for section in TEMPLATE:
        assert section.heading[locale] in headings
    text = writer.client.get(f"{ROOT}/template-{locale}.md")
    assert text.headers["Content-Disposition"] == f"attachment; filename=palabre-{locale}.md"
    as_word = writer.client.get(f"{ROOT}/template-{locale}.docx")
    titles = {one: translate(one, TITLE) for one in Locale}
    for body in (text.text, read_docx(as_word.data).markdown):
        found = read(body, titles, every)
        assert (found.locale, found.texts, found.strays) == (locale, {}, ())
        assert all(f"## {heading}\n" in body for heading in headings)


@pytest.mark.parametrize("kind", ["md", "docx"])
def test_a_filled_template_becomes_a_draft(writer, kind):
    body = markdown(writer, **TEXTS)
    if kind == "docx":
        body = written_docx(translate(Locale.FR, TITLE), slots(writer), TEXTS)
    answer = send(writer, body, f"fiche.{kind}")
    revision = only_revision(writer)
    assert answer.location == f"{at(revision.id)}?done=imported"
    copy = revision.working_copy
    assert copy["original_language"] == "fr"
    text = copy["texts"]["fr"]
    assert (text["title"], text["summary"]) == (TEXTS["title"], TEXTS["summary"])
    assert text["places"] == ["Téra", "Gao"]
    assert text["sections"] == {"context": TEXTS["context"], "results": "Rien."}
    assert (copy["countries"], copy["evidence"]) == (["ML"], "solid")
    (source,) = copy["sources"]
    assert source == {
        "id": "S1",
        "title": "Un rapport",
        "publisher": "Une ONG",
        "year": "2020",
        "url": "https://example.org/",
        "note": "p. 3",
    }


def test_what_has_no_place_is_named_and_kept_for_the_desk(writer):
    body = (
        markdown(writer, **TEXTS | {"countries": "ML\nAtlantide"}) + "\n## Budget\n\n3 €".encode()
    )
    answer = send(writer, body)
    revision = only_revision(writer)
    assert answer.location == f"{at(revision.id, 'notes')}?done=imported-rest"
    with writer.runtime.reading() as session:
        (note,) = session.query(RestrictedNote)
        assert "## Budget\n\n3 €" in note.text["fr"]
        assert "## Pays\n\nAtlantide" in note.text["fr"]
    assert "Budget" in writer.get(answer.location).text
    assert revision.working_copy["countries"] == ["ML"]


def test_into_a_draft_the_empty_is_filled_and_the_rest_is_asked_about(writer):
    revision_id = draft_of(writer)
    before = revision_of(writer, revision_id).working_copy
    texts = TEXTS | {"lessons": "Une leçon", "title": before["texts"]["fr"]["title"]}
    answer = send(writer, markdown(writer, **texts), path=at(revision_id, "import"))
    assert answer.status_code == 409
    page = parse(answer.text)
    links = [link.text for link in page.one("div", class_="problems").all("a")]
    stored = before["texts"]["fr"]
    differing = ["Summary", "Places", "Context and problem", "Results"]
    assert links == differing
    after = revision_of(writer, revision_id).working_copy
    assert after["texts"]["fr"]["sections"]["lessons"] == "Une leçon"
    assert after["texts"]["fr"]["sections"]["context"] == stored["sections"]["context"]
    data = form_data(page) | {"choice_context": "theirs"}
    assert writer.post(at(revision_id, "fr"), **data).status_code == 303
    text = revision_of(writer, revision_id).working_copy["texts"]["fr"]
    assert text["summary"] == TEXTS["summary"]
    assert text["sections"]["context"] == stored["sections"]["context"]
    # Another source of a number that is taken is kept, too.
    with writer.runtime.reading() as session:
        (note,) = session.query(RestrictedNote)
        assert TEXTS["sources"] in note.text["fr"]


def test_words_lists_tables_and_images_of_a_word_file(writer):
    picture = BytesIO()
    Image.new("RGB", (4, 4)).save(picture, "PNG")
    picture.seek(0)

    def more(document):
        document.add_heading("Contexte et problème", 1)
        paragraph = document.add_paragraph("Un ")
        paragraph.add_run("puits").bold = True
        paragraph.add_run(" à ")
        paragraph.add_run("Gao").italic = True
        document.add_paragraph("un", style="List Bullet")
        document.add_paragraph("deux", style="List Bullet")
        document.add_paragraph("d'abord", style="List Number")
        document.add_heading("Détail", 2)
        table = document.add_table(rows=2, cols=2)
        for cell, words in zip(table._cells, ("a", "b|c", "d", "e"), strict=True):
            cell.text = words
        document.add_picture(picture)

    answer = send(writer, word("# Titre", "Le puits", more=more), "fiche.docx")
    revision = only_revision(writer)
    assert answer.location.endswith("done=imported-rest")
    assert revision.working_copy["texts"]["fr"]["sections"]["context"] == (
        "Un **puits** à *Gao*\n\n- un\n- deux\n1. d'abord\n\n### Détail\n\n"
        "| a | b\\|c |\n| --- | --- |\n| d | e |"
    )
    assert "importées : 1." in writer.get(answer.location).text


def repacked(body: bytes, changes: dict[str, bytes]) -> bytes:
    answer = BytesIO()
    with zipfile.ZipFile(BytesIO(body)) as old, zipfile.ZipFile(answer, "w", 8) as new:
        for name in old.namelist():
            if name not in changes:
                new.writestr(name, old.read(name))
        for name, content in changes.items():
            new.writestr(name, content)
    return answer.getvalue()


GOOD = word("# Titre", "Le puits")
TYPES = zipfile.ZipFile(BytesIO(GOOD)).read("[Content_Types].xml")
ENTITY = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
    b"<w:body><w:p><w:r><w:t>&e;</w:t></w:r></w:p></w:body></w:document>"
)
NESTED = (
    b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
    + b"<w:tbl><w:tr><w:tc>" * 10_000
    + b"</w:tc></w:tr></w:tbl>" * 10_000
    + b"</w:body></w:document>"
)
BAD = {
    "nothing": ("", b"", "is missing"),
    "empty": ("a.docx", b"", "is empty"),
    "macros by name": ("a.docm", GOOD, "has macros in it"),
    "macros by content": (
        "a.docx",
        repacked(GOOD, {"[Content_Types].xml": TYPES.replace(b"document.main", b"macroEnabled")}),
        "has macros in it",
    ),
    "macros inside": ("a.docx", repacked(GOOD, {"word/vbaProject.bin": b"x"}), "has macros in it"),
    "an old file": ("a.docx", b"\xd0\xcf\x11\xe0" + b"x" * 999, "is an old Word file"),
    "a false ending": ("a.docx", b"## Titre\n\nLe puits", "cannot be read as a Word file"),
    "a false ending, the other way": ("a.md", GOOD, "is not a text"),
    "another kind": ("a.pdf", b"%PDF-1.4", "is not one of the accepted kinds: .docx, .md"),
    "a spreadsheet": (
        "a.docx",
        repacked(GOOD, {"[Content_Types].xml": TYPES.replace(b"wordprocessingml", b"sheet")}),
        "cannot be read as a Word file",
    ),
    "external entities": (
        "a.docx",
        repacked(GOOD, {"word/document.xml": ENTITY}),
        "cannot be read as a Word file",
    ),
    "a bomb": (
        "a.docx",
        repacked(GOOD, {"word/document.xml": b"<a>" + b" " * 60_000_000}),
        "unpacks to more than a text can have",
    ),
    "10,000 tables in each other": (
        "a.docx",
        repacked(GOOD, {"word/document.xml": NESTED}),
        "cannot be read as a Word file",
    ),
    "too large": ("a.md", b"## Titre\n" + b"x" * 5_000_001, "is larger than 5 MB"),
    "a section of 2 MB": (
        "a.md",
        b"## Titre\n\nx\n\n## R\xc3\xa9sultats\n\n" + b"x" * 2_000_000,
        "is longer than 200000 characters",
    ),
    "no template": ("a.md", b"# A text\n\nof something else", "none of the headings"),
    "no title": ("a.md", b"## R\xc3\xa9sultats\n\nx", "is missing"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_brought_in_is_told_in_a_sentence_and_changes_nothing(writer, name):
    file_name, body, sentence = BAD[name]
    before = snapshot(writer.runtime)
    answer = send(writer, body, file_name)
    assert answer.status_code == 422
    page = parse(answer.text)
    (problem,) = page.one("div", class_="problems").all("li")
    assert sentence in problem.text
    assert snapshot(writer.runtime) == before


def test_10_000_lists_in_each_other_are_made_flat(writer):
    deep = b"".join(
        b'<w:p><w:pPr><w:pStyle w:val="ListBullet"/><w:numPr><w:ilvl w:val="%d"/>'
        b'<w:numId w:val="1"/></w:numPr></w:pPr><w:r><w:t>x</w:t></w:r></w:p>' % level
        for level in range(10_000)
    )
    with zipfile.ZipFile(BytesIO(word("# Titre", "x", "# Résultats"))) as archive:
        document = archive.read("word/document.xml")
    changed = document.replace(b"<w:sectPr", deep + b"<w:sectPr", 1)
    body = repacked(word("# Titre", "x"), {"word/document.xml": changed})
    answer = send(writer, body, "a.docx")
    if answer.status_code == 422:  # it is too long all the same
        assert "is longer than 200000 characters" in answer.text
        return
    lines = only_revision(writer).working_copy["texts"]["fr"]["sections"]["results"].split("\n")
    assert max(len(line) for line in lines) <= len("- x") + 4 * 8


def test_foreign_drafts_take_no_file(writer):
    other = writer_for(writer.runtime)
    revision_id = draft_of(other, **make_content("foreign"))
    before = revision_of(other, revision_id).working_copy
    assert writer.client.get(at(revision_id, "import")).status_code == 404
    answer = send(writer, markdown(writer, **TEXTS), path=at(revision_id, "import"))
    assert answer.status_code == 404
    assert revision_of(other, revision_id).working_copy == before
    with writer.runtime.reading() as session:
        assert session.query(Practice).count() == 1


def test_a_source_that_is_longer_than_the_form_takes_is_refused(writer):
    before = snapshot(writer.runtime)
    answer = send(writer, markdown(writer, title="Puits", sources=f"[S1] {'a' * 20_000} | b"))
    assert answer.status_code == 422
    assert "Source S1" in parse(answer.text).text
    assert snapshot(writer.runtime) == before
