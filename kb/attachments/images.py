"""Images drawn anew: no place, no camera, no comment, nothing behind the last pixel. Pure."""

from io import BytesIO
import warnings

from PIL import ExifTags, Image, ImageCms

from kb.attachments.refusals import Refused

PIXELS = 40_000_000
LONGER_SIDE = 1600
FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
QUALITY = 82
# What each format can hold; the rest is converted to the last.
MODES = {
    "JPEG": ("L", "RGB"),
    "PNG": ("1", "L", "LA", "RGB", "RGBA"),
    "WEBP": ("RGB", "RGBA"),
}
# How a camera says it was held -> how to turn the picture upright.
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def clean_image(media_type: str, body: bytes) -> tuple[bytes, tuple[int, int]]:
    """The first frame, upright, at most 1600 pixels long, without metadata; and its size."""
    form = FORMATS[media_type]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            if form == "WEBP":
                _check_webp(body)
            return _draw_anew(form, body)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Refused("pixels") from None
    except MemoryError:
        raise Refused("effort") from None
    except Refused:
        raise
    except Exception:  # noqa: BLE001 - hostile bytes make a library raise whatever it likes
        raise Refused("image") from None


def _draw_anew(form: str, body: bytes) -> tuple[bytes, tuple[int, int]]:
    with Image.open(BytesIO(body), formats=[form]) as image:
        # The header says the size; nothing has been decoded yet.
        _check_size(image.width, image.height)
        image.draft(None, (LONGER_SIDE, LONGER_SIDE))
        image.load()
        turn = _turn(image)
        drawn = _in_plain_colours(image)
    drawn.thumbnail((LONGER_SIDE, LONGER_SIDE), Image.Resampling.LANCZOS)
    if turn is not None:
        drawn = drawn.transpose(turn)
    drawn = drawn.convert(drawn.mode if drawn.mode in MODES[form] else MODES[form][-1])
    # Only the pixels go on: a new image has no other contents.
    bare = Image.frombytes(drawn.mode, drawn.size, drawn.tobytes())
    target = BytesIO()
    if form == "PNG":
        bare.save(target, form, optimize=True)
    else:
        bare.save(target, form, quality=QUALITY)
    return target.getvalue(), bare.size


def _check_size(width: int, height: int) -> None:
    if width * height > PIXELS:
        raise Refused("pixels")


def _check_webp(body: bytes) -> None:
    """Read the size before Pillow does, which makes room for all the pixels on opening."""
    kind, bits = body[12:16], int.from_bytes(body[21:25], "little")
    if kind == b"VP8X":
        width = int.from_bytes(body[24:27], "little") + 1
        height = int.from_bytes(body[27:30], "little") + 1
    elif kind == b"VP8L":
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif kind == b"VP8 ":
        width = int.from_bytes(body[26:28], "little") & 0x3FFF
        height = int.from_bytes(body[28:30], "little") & 0x3FFF
    else:
        raise Refused("image")
    _check_size(width, height)


def _turn(image: Image.Image) -> Image.Transpose | None:
    try:
        return UPRIGHT.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # noqa: BLE001 - damaged notes of the camera: the picture itself may be well
        return None


def _in_plain_colours(image: Image.Image) -> Image.Image:
    """Colours as every screen shows them, so that the profile is not needed any more."""
    profile = image.info.get("icc_profile")
    if profile and image.mode in {"RGB", "CMYK"}:
        try:
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            screen = ImageCms.createProfile("sRGB")
            changed = ImageCms.profileToProfile(image, source, screen, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError):
            changed = None
        if changed is not None:
            return changed
    if "transparency" in image.info:
        return image.convert("RGBA")
    # Palettes, inks and deep greys cannot be made smaller as they are.
    return (
        image
        if image.mode in {"1", "L", "LA", "RGB", "RGBA"}
        else image.convert("L" if image.mode in {"I", "I;16", "F"} else "RGB")
    )
