"""Uploads are made harmless: what they show stays, what they tell besides does not."""

from base64 import a85encode
from io import BytesIO
import re
import zlib

import pikepdf
from PIL import Image
import pytest

from kb.attachments import images
from kb.attachments.cleaning import REFUSALS, clean, clean_name, recognise
from kb.attachments.isolation import clean_apart
from kb.attachments.jpeg import without_boxes, without_segments
from kb.attachments.refusals import Refused
from tests import samples
from tests.samples import CANARY

JPEG, PNG, WEBP, PDF = "image/jpeg", "image/png", "image/webp", "application/pdf"
FORMS = {JPEG: "JPEG", PNG: "PNG", WEBP: "WEBP"}


def refusal(media_type: str, body: bytes) -> str:
    with pytest.raises(Refused) as refused:
        clean(media_type, body)
    assert refused.value.code in REFUSALS
    return refused.value.code


def unpacked(body: bytes) -> bytes:
    """A PDF with every stream that can be, decoded."""
    target = BytesIO()
    with pikepdf.Pdf.open(BytesIO(body)) as pdf:
        pdf.save(
            target,
            stream_decode_level=pikepdf.StreamDecodeLevel.generalized,
            compress_streams=False,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
        )
    return target.getvalue()


@pytest.mark.parametrize("media_type", FORMS)
def test_a_picture_is_drawn_anew_without_its_notes(media_type):
    dirty = samples.photograph(form=FORMS[media_type])
    assert CANARY in dirty
    with Image.open(BytesIO(dirty)) as before:
        assert before.getexif().get_ifd(0x8825)
    found = clean(media_type, dirty)
    assert CANARY not in found.body
    with Image.open(BytesIO(found.body)) as image:
        assert image.format == FORMS[media_type]
        # Upright as the camera was held.
        assert image.size == (300, 400) == (found.width, found.height)
        assert dict(image.getexif()) == {}
        harmless = {"jfif", "jfif_version", "jfif_unit", "jfif_density", "loop", "background"}
        assert set(image.info) <= harmless | {"timestamp", "duration"}
        image.load()


def test_a_picture_is_at_most_1600_pixels_long():
    found = clean(JPEG, samples.plain("JPEG", (3200, 1000)))
    assert (found.width, found.height) == (1600, 500)


def test_only_the_first_frame_of_an_animation_is_kept():
    found = clean(WEBP, samples.animation())
    with Image.open(BytesIO(found.body)) as image:
        assert getattr(image, "n_frames", 1) == 1
        red, _, blue = image.convert("RGB").getpixel((20, 15))
    assert red > 200
    assert blue < 60


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_every_kind_of_png_can_be_kept(mode):
    target = BytesIO()
    Image.new("RGBA", (40, 30), (10, 20, 30, 40)).convert("L" if mode == "I;16" else mode).convert(
        mode
    ).save(target, "PNG")
    found = clean(PNG, target.getvalue())
    assert (found.width, found.height) == (40, 30)


def test_inks_become_colours():
    target = BytesIO()
    Image.new("CMYK", (40, 30), (0, 255, 255, 0)).save(target, "JPEG")
    with Image.open(BytesIO(clean(JPEG, target.getvalue()).body)) as image:
        assert image.mode == "RGB"


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        (PNG, samples.png_of(60_000, 60_000)),
        (PNG, samples.png_of(8_000, 6_000)),
        (JPEG, samples.jpeg_of(60_000, 60_000)),
        (WEBP, samples.webp_of(16_000, 16_000)),
    ],
)
def test_a_pixel_bomb_is_refused_without_being_decoded(media_type, body, monkeypatch):
    def explode(*_arguments):
        raise AssertionError("decoded")

    monkeypatch.setattr(Image.Image, "load", explode)
    assert refusal(media_type, body) == "pixels"


@pytest.mark.parametrize("media_type", [*FORMS, PDF])
def test_half_a_file_is_refused(media_type):
    form = FORMS.get(media_type)
    whole = samples.photograph((800, 600), form) if form else samples.document()
    expected = "image" if form else "pdf"
    assert refusal(media_type, whole[: len(whole) // 2]) == expected
    assert refusal(media_type, whole[:40]) == expected


def test_a_damaged_note_of_the_camera_does_not_lose_the_picture(monkeypatch):
    def broken(_image):
        raise SyntaxError

    monkeypatch.setattr(Image.Image, "getexif", broken)
    assert clean(JPEG, samples.plain("JPEG")).width == 40


def test_no_other_format_is_tried():
    target = BytesIO()
    Image.new("RGB", (4, 4)).save(target, "GIF")
    assert refusal(PNG, target.getvalue()) == "image"
    assert refusal(JPEG, samples.plain("PNG")) == "image"
    assert set(images.FORMATS.values()) == {"JPEG", "PNG", "WEBP"}


def test_a_document_is_written_anew():
    dirty = samples.document(pages=2)
    assert dirty.count(CANARY) > 10
    found = clean(PDF, dirty)
    plain = unpacked(found.body)
    assert CANARY not in found.body + plain
    for word in (b"JavaScript", b"/AA", b"OpenAction", b"EmbeddedFile", b"Launch", b"/Info"):
        assert word not in plain
    with pikepdf.Pdf.open(BytesIO(found.body)) as pdf:
        assert set(pdf.Root.keys()) == {"/Type", "/Pages"}
        assert "/Info" not in pdf.trailer
        assert len(pdf.pages) == 2
        for page in pdf.pages:
            assert [str(note.A.URI) for note in page.obj.Annots] == ["https://example.org/report"]
            photo = page.obj.Resources.XObject.P
            with Image.open(BytesIO(photo.read_raw_bytes())) as image:
                assert (image.size, dict(image.getexif())) == ((400, 300), {})
    # The same file twice is one file.
    assert clean(PDF, dirty).body == found.body


def test_what_lies_behind_a_document_is_not_kept():
    with pytest.raises(Refused):
        clean(PDF, samples.document() + b"\n" * 2000 + samples.archive())
    short = clean(PDF, samples.document() + samples.archive())
    assert b"PK\x03\x04" not in short.body


@pytest.mark.parametrize("packed", ["ASCII85Decode", "ASCIIHexDecode", "FlateDecode"])
def test_a_photograph_packed_twice_is_cleaned_too(packed):
    photo = samples.photograph()
    body = {
        "FlateDecode": zlib.compress(photo),
        "ASCIIHexDecode": photo.hex().encode() + b">",
        "ASCII85Decode": a85encode(photo) + b"~>",
    }[packed]
    with pikepdf.Pdf.open(BytesIO(samples.document())) as pdf:
        names = pikepdf.Array([pikepdf.Name(f"/{packed}"), pikepdf.Name.DCTDecode])
        pdf.pages[0].obj.Resources.XObject.P.write(body, filter=names)
        target = BytesIO()
        pdf.save(target)
    found = clean(PDF, target.getvalue())
    assert CANARY not in unpacked(found.body)
    with pikepdf.Pdf.open(BytesIO(found.body)) as pdf:
        image = pdf.pages[0].obj.Resources.XObject.P
        assert image.Filter == pikepdf.Name.DCTDecode
        with Image.open(BytesIO(image.read_raw_bytes())) as drawn:
            drawn.load()


def test_what_a_form_shows_stays():
    pdf = pikepdf.Pdf.new()
    page = pdf.add_blank_page(page_size=(200, 200))
    look = pdf.make_stream(
        b"BT (filled in) Tj ET",
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Form,
        BBox=pikepdf.Array([0, 0, 50, 50]),
    )
    page.obj.Annots = pikepdf.Array(
        [
            pdf.make_indirect(
                pikepdf.Dictionary(
                    Type=pikepdf.Name.Annot,
                    Subtype=pikepdf.Name.Stamp,
                    Rect=pikepdf.Array([0, 0, 50, 50]),
                    T=pikepdf.String(samples.WORD),
                    F=4,
                    AP=pikepdf.Dictionary(N=look),
                )
            )
        ]
    )
    target = BytesIO()
    pdf.save(target)
    plain = unpacked(clean(PDF, target.getvalue()).body)
    assert b"filled in" in plain
    assert CANARY not in plain


def test_locked_and_long_documents_are_refused():
    assert refusal(PDF, samples.document(password="tamarinier")) == "encrypted"
    pdf = pikepdf.Pdf.new()
    for _ in range(301):
        pdf.add_blank_page(page_size=(10, 10))
    target = BytesIO()
    pdf.save(target)
    assert refusal(PDF, target.getvalue()) == "pages"


@pytest.mark.parametrize(
    ("name", "declared", "body", "expected"),
    [
        ("a.jpg", "image/jpeg", samples.plain("JPEG"), JPEG),
        ("A.JPEG", "image/pjpeg", samples.plain("JPEG"), JPEG),
        ("a.png", "application/octet-stream", samples.plain(), PNG),
        ("a.b.webp", "", samples.plain("WEBP"), WEBP),
        ("a.pdf", "application/pdf; x=y", samples.document(), PDF),
    ],
)
def test_what_agrees_is_recognised(name, declared, body, expected):
    assert recognise(name, declared, body) == expected


SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


@pytest.mark.parametrize(
    ("name", "declared", "body", "code"),
    [
        ("a.png", "image/png", b"", "empty"),
        ("a.svg", "image/svg+xml", SVG, "kind"),
        ("a.png", "image/png", SVG, "disagree"),
        ("a.html", "text/html", b"<script>", "kind"),
        ("a.pdf", "application/pdf", b"<script>%PDF-1.7", "disagree"),
        ("a.docx", "application/vnd", samples.archive(), "kind"),
        ("a.odt", "application/vnd", samples.archive("content.xml"), "kind"),
        ("a.zip", "application/zip", samples.archive(), "kind"),
        ("a.pdf", "application/pdf", samples.archive(), "disagree"),
        ("a.pdf.exe", "application/pdf", samples.document(), "kind"),
        ("a.jpg", "image/jpeg", samples.plain("PNG"), "disagree"),
        ("a.png", "image/jpeg", samples.plain("PNG"), "disagree"),
        ("a.png", "text/html", samples.plain("PNG"), "disagree"),
        ("a.gif", "image/gif", b"GIF89a/*" + b"*/=1;alert(1)", "kind"),
        ("a.webp", "image/webp", b"RIFF\0\0\0\0WAVE", "disagree"),
        ("pdf", "application/pdf", samples.document(), "kind"),
        ("", "", samples.document(), "kind"),
    ],
)
def test_what_disagrees_or_is_not_accepted_is_refused(name, declared, body, code):
    with pytest.raises(Refused) as refused:
        recognise(name, declared, body)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Réunion à Gao.PNG", "Réunion à Gao.png"),
        ("../../etc/passwd.png", "passwd.png"),
        ("C:\\Users\\moi\\photo.png", "photo.png"),
        ("a\r\nSet-Cookie: b.png", "a Set-Cookie b.png"),
        ("a\0b.png", "ab.png"),
        ("photo\u202egnp.exe.png", "photognp exe.png"),
        ("\u2066a\u200b\ufeff.png", "a.png"),
        ('<script>"alert(1)".png', "script alert(1).png"),
        (".png", "image.png"),
        ("....png", "image.png"),
        ("a.php.png", "a php.png"),
        ("x" * 500 + ".png", "x" * 100 + ".png"),
        ("e\u0301te\u0301.png", "été.png"),
        ("بئر.png", "بئر.png"),
    ],
)
def test_names_are_cleaned(name, expected):
    assert clean_name(name, PNG) == expected


def test_jpeg_segments():
    photo = samples.photograph()
    cleaned = without_segments(photo)
    assert CANARY in photo
    assert CANARY not in cleaned
    with Image.open(BytesIO(photo)) as before, Image.open(BytesIO(cleaned)) as after:
        assert before.tobytes() == after.tobytes()
    progressive = BytesIO()
    Image.linear_gradient("L").save(progressive, "JPEG", progressive=True, comment=CANARY)
    cleaned = without_segments(progressive.getvalue() + CANARY)
    assert CANARY not in cleaned
    with Image.open(BytesIO(cleaned)) as after, Image.open(progressive) as before:
        assert before.tobytes() == after.tobytes()
    with pytest.raises(Refused):
        without_segments(b"\xff\xd8 nothing of the kind")


def test_boxes_of_jpeg_2000():
    start = b"\x00\x00\x00\x0cjP  \r\n\x87\n"
    note = (8 + len(CANARY)).to_bytes(4) + b"xml " + CANARY
    pixels = b"\x00\x00\x00\x00jp2cpixels"
    assert without_boxes(start + note + pixels) == start + pixels
    assert without_boxes(b"\xff\x4f codestream") == b"\xff\x4f codestream"
    with pytest.raises(Refused):
        without_boxes(start + b"\x00\x00\x00\x02xml ")


def test_cleaning_apart_gives_the_same():
    photo = samples.photograph()
    assert clean_apart(JPEG, photo) == clean(JPEG, photo)
    with pytest.raises(Refused) as refused:
        clean_apart(PNG, samples.png_of(60_000, 60_000))
    assert refused.value.code == "pixels"


def test_a_child_that_takes_too_long_is_killed():
    with pytest.raises(Refused) as refused:
        clean_apart(JPEG, samples.photograph(), seconds=0.01)
    assert refused.value.code == "effort"


def test_every_refusal_has_its_sentence():
    codes = set()
    for module in ("cleaning", "images", "pdf", "jpeg", "isolation"):
        source = (images.__file__ or "").replace("images.py", f"{module}.py")
        with open(source) as file:  # noqa: PTH123
            codes |= set(re.findall(r'Refused\("(\w+)"\)', file.read()))
    assert codes == set(REFUSALS)
