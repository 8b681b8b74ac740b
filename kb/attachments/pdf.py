"""Documents written anew: pages and web links, and nothing that acts, is hidden or names. Pure."""

from base64 import a85decode
from collections.abc import Callable
from io import BytesIO
import zlib

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, ObjectStreamMode, Page, Pdf, Stream

from kb.attachments.jpeg import without_boxes, without_segments
from kb.attachments.refusals import Refused

PAGES = 300
UNPACKED_LIMIT = 200_000_000
LINKS = ("http://", "https://", "mailto:")
LINK_LENGTH = 2000
OF_ROOT = frozenset({"/Type", "/Pages", "/Lang"})
OF_PAGE = frozenset(
    {"/Type", "/Parent", "/Resources", "/Contents", "/Group", "/Rotate", "/UserUnit"}
    | {"/MediaBox", "/CropBox", "/BleedBox", "/TrimBox", "/ArtBox", "/Kids", "/Count"}
)
# Actions, scripts, attached files, and what programs note about people and their work.
NOWHERE = frozenset(
    {"/A", "/AA", "/OpenAction", "/JS", "/JavaScript", "/URI", "/Launch", "/Names", "/AcroForm"}
    | {"/EmbeddedFiles", "/EF", "/AF", "/Ref", "/OPI", "/Alternates", "/RichMediaContent"}
    | {"/Metadata", "/PieceInfo", "/LastModified", "/Thumb", "/SpiderInfo", "/Perms", "/Info"}
    | {"/StructTreeRoot", "/StructParent", "/StructParents", "/Author", "/Creator", "/Producer"}
)
# The content of a stream may lie in a file outside.
OUTSIDE = frozenset({"/F", "/FFilter", "/FDecodeParms"})
Link = tuple[list[float], str]


def clean_pdf(body: bytes) -> bytes:
    """What the pages show, in a new file; raises Refused for what is locked, long or damaged."""
    try:
        # Without recovery: a guess at what a damaged file meant might lose pages silently.
        with Pdf.open(BytesIO(body), attempt_recovery=False) as document:
            _check(document)
            return _write_anew(document)
    except pikepdf.PasswordError:
        raise Refused("encrypted") from None
    except MemoryError:
        raise Refused("effort") from None
    except Refused:
        raise
    except Exception:  # noqa: BLE001 - hostile bytes make a library raise whatever it likes
        raise Refused("pdf") from None


def _check(document: Pdf) -> None:
    if document.is_encrypted:
        raise Refused("encrypted")
    if not len(document.pages):
        raise Refused("pdf")
    if len(document.pages) > PAGES:
        raise Refused("pages")


def _write_anew(document: Pdf) -> bytes:
    links = [_links(page) for page in document.pages]
    # What notes and filled-in forms show becomes part of the page; they themselves go.
    document.flatten_annotations("screen")
    for key in set(document.Root.keys()) - OF_ROOT:
        del document.Root[key]
    for thing in document.objects:
        _scrub(thing)
    for page, of_page in zip(document.pages, links, strict=True):
        _keep_only(page.obj, OF_PAGE)
        if of_page:
            page.obj["/Annots"] = Array([_link(rect, uri) for rect, uri in of_page])
    if "/Info" in document.trailer:
        del document.trailer["/Info"]
    target = BytesIO()
    # The writer takes only what is still reachable from the pages.
    document.save(
        target,
        preserve_pdfa=False,
        fix_metadata_version=False,
        object_stream_mode=ObjectStreamMode.generate,
        deterministic_id=True,
    )
    return target.getvalue()


def _links(page: Page) -> list[Link]:
    """Where the page leads to on the web, and from which rectangles."""
    found = []
    annotations = page.obj.get("/Annots")
    for note in annotations if isinstance(annotations, Array) else ():
        action = note.get("/A") if isinstance(note, Dictionary) else None
        if not isinstance(action, Dictionary) or note.get("/Subtype") != Name.Link:
            continue
        uri = str(action.get("/URI", ""))
        is_plain = len(uri) <= LINK_LENGTH and uri.isascii() and uri.isprintable()
        if action.get("/S") == Name.URI and is_plain and uri.lower().startswith(LINKS):
            found.append(([float(n) for n in note["/Rect"]], uri))
    return found


def _link(rectangle: list[float], uri: str) -> Dictionary:
    return Dictionary(
        Type=Name.Annot,
        Subtype=Name.Link,
        Rect=Array(rectangle),
        Border=Array([0, 0, 0]),
        A=Dictionary(S=Name.URI, URI=pikepdf.String(uri)),
    )


def _scrub(thing: Object) -> None:
    """Take out of an object, and of what is written inside it, all that is not for readers."""
    parts: list[object]
    if isinstance(thing, Array):
        parts = list(thing)
    elif isinstance(thing, Dictionary | Stream):
        if thing.get("/Type") in (Name.Page, Name.Pages):
            _keep_only(thing, OF_PAGE)
        unwanted = NOWHERE | OUTSIDE if isinstance(thing, Stream) else NOWHERE
        for key in unwanted & set(thing.keys()):
            del thing[key]
        if isinstance(thing, Stream) and thing.get("/Subtype") == Name.Image:
            _scrub_image(thing)
        parts = [thing[key] for key in thing.keys()]  # noqa: SIM118 - not a mapping
    else:
        return
    for part in parts:
        if isinstance(part, Object) and not part.is_indirect:
            _scrub(part)


def _keep_only(thing: Object, keys: frozenset[str]) -> None:
    for key in set(thing.keys()) - keys:
        del thing[key]


def _scrub_image(image: Stream) -> None:
    """Photographs inside a document carry the notes of the camera, too."""
    filters = _listed(image.get("/Filter"))
    last = str(filters[-1]) if filters else ""
    cleaner = PHOTOGRAPHS.get(last)
    if cleaner is None:
        return
    body = image.read_raw_bytes()
    for name in filters[:-1]:
        body = _unpacked(str(name), body)
    parameters = _listed(image.get("/DecodeParms"))
    own = parameters[-1] if len(parameters) == len(filters) else None
    image.write(
        cleaner(body),
        filter=Name(last),
        decode_parms=own if isinstance(own, Dictionary) else None,
    )


def _listed(value: object) -> list[Object]:
    if isinstance(value, Array):
        return list(value)
    return [value] if isinstance(value, Object) else []


def _unpacked(name: str, body: bytes) -> bytes:
    if name == "/FlateDecode":
        return zlib.decompressobj().decompress(body, UNPACKED_LIMIT)
    if name == "/ASCII85Decode":
        return a85decode(body.strip().removesuffix(b"~>"))
    if name == "/ASCIIHexDecode":
        return bytes.fromhex(body.decode("ascii").partition(">")[0])
    raise Refused("pdf")


PHOTOGRAPHS: dict[str, Callable[[bytes], bytes]] = {
    "/DCTDecode": without_segments,
    "/JPXDecode": without_boxes,
}
