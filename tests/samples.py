"""Files as people and attackers upload them, made here and now."""

from io import BytesIO
import struct
import zipfile
import zlib

import pikepdf
from PIL import Image, PngImagePlugin

CANARY = b"Ansongo-canary"
WORD = CANARY.decode()


def photograph(size: tuple[int, int] = (400, 300), form: str = "JPEG") -> bytes:
    """A picture with everything in it that a camera and programs may note."""
    image = Image.linear_gradient("L").resize(size).convert("RGB")
    exif = Image.Exif()
    exif[0x010F] = WORD  # maker
    exif[0x013B] = WORD  # artist
    exif[0x0112] = 6  # held upright
    exif.get_ifd(0x8825).update({1: "N", 2: (15.0, 40.0, 30.0), 3: "E", 4: (0.0, 30.0, 10.0)})
    target = BytesIO()
    more: dict[str, object] = {"xmp": b"<x:xmpmeta>" + CANARY + b"</x:xmpmeta>"}
    if form == "JPEG":
        more["comment"] = CANARY
    if form == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_text("Author", WORD)
        text.add_itxt("XML:com.adobe.xmp", WORD)
        more = {"pnginfo": text}
    image.save(target, form, exif=exif, **more)
    return target.getvalue() + CANARY


def plain(form: str = "PNG", size: tuple[int, int] = (40, 30), colour: str = "teal") -> bytes:
    """A small picture without anything."""
    target = BytesIO()
    Image.new("RGB", size, colour).save(target, form)
    return target.getvalue()


def animation() -> bytes:
    """A WebP that moves: red, then blue."""
    target = BytesIO()
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "blue")]
    frames[0].save(target, "WEBP", save_all=True, append_images=frames[1:], lossless=True)
    return target.getvalue()


def png_of(width: int, height: int) -> bytes:
    """A PNG that says it is so large, with next to nothing in it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        crc = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc)

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 9)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def webp_of(width: int, height: int) -> bytes:
    """A WebP whose header names this canvas."""
    canvas = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    chunk = b"VP8X" + struct.pack("<I", 10) + b"\0\0\0\0" + canvas
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk


def jpeg_of(width: int, height: int) -> bytes:
    """A JPEG whose frame header names this size."""
    body = bytearray(plain("JPEG"))
    at = body.index(b"\xff\xc0")
    body[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(body)


def document(pages: int = 1, *, password: str = "") -> bytes:
    """A PDF with an author, scripts, a file inside, a comment, links and a photograph."""
    pdf = pikepdf.Pdf.new()
    name = pikepdf.Name
    photo = pdf.make_stream(
        photograph(),
        Type=name.XObject,
        Subtype=name.Image,
        Width=400,
        Height=300,
        ColorSpace=name.DeviceRGB,
        BitsPerComponent=8,
        Filter=name.DCTDecode,
        Metadata=pdf.make_stream(CANARY),
    )
    for _ in range(pages):
        page = pdf.add_blank_page(page_size=(200, 200))
        page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(P=photo))
        page.obj.Contents = pdf.make_stream(b"q 100 0 0 100 0 0 cm /P Do Q")
        page.obj.Annots = pdf.make_indirect(pikepdf.Array(_notes(pdf)))
        page.obj.AA = pikepdf.Dictionary(O=_script())
        page.obj.PieceInfo = pikepdf.Dictionary(Word=pikepdf.String(WORD))
    pdf.Root.OpenAction = pdf.make_indirect(_script())
    pdf.Root.AA = pikepdf.Dictionary(WC=_script())
    pdf.attachments["secret.txt"] = CANARY
    pdf.docinfo["/Author"] = WORD
    pdf.docinfo["/Producer"] = WORD
    with pdf.open_metadata() as metadata:
        metadata["dc:creator"] = [WORD]
    target = BytesIO()
    encryption = pikepdf.Encryption(owner=password, user=password) if password else False
    pdf.save(target, compress_streams=False, encryption=encryption)
    return target.getvalue()


def _script() -> pikepdf.Dictionary:
    script = f"app.alert('{WORD}')"
    return pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String(script))


def _notes(pdf: pikepdf.Pdf) -> list[pikepdf.Object]:
    def note(kind: str, **more: object) -> pikepdf.Object:
        rectangle = pikepdf.Array([0, 0, 50, 50])
        return pdf.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Annot, Subtype=pikepdf.Name("/" + kind), Rect=rectangle, **more
            )
        )

    def link(**action: object) -> pikepdf.Object:
        return note("Link", A=pikepdf.Dictionary(**action))

    uri = pikepdf.Name.URI
    return [
        note("Text", T=pikepdf.String(WORD), Contents=pikepdf.String(WORD)),
        note("Link", A=_script()),
        link(S=pikepdf.Name.Launch, F=pikepdf.String(WORD)),
        link(S=uri, URI=pikepdf.String("javascript:" + WORD)),
        link(S=uri, URI=pikepdf.String("https://example.org/report")),
    ]


def archive(name: str = "word/document.xml") -> bytes:
    """A zip, as docx, odt and others are."""
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as zipped:
        zipped.writestr(name, WORD)
    return target.getvalue()
