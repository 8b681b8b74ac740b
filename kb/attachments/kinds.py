"""The kinds of files that are taken, and under which address each is found again. Pure."""

import re

SHA256 = re.compile(r"[0-9a-f]{64}")
# Media type -> the ending its files are given.
EXTENSIONS: dict[str, str] = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "application/pdf": "pdf",
}
# Read once for its words, and not kept.
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
# Ending of an uploaded file -> its media type.
BY_EXTENSION: dict[str, str] = {
    **{extension: media_type for media_type, extension in EXTENSIONS.items()},
    "jpeg": "image/jpeg",
    "jpe": "image/jpeg",
}
# Other names under which browsers declare the same things.
SYNONYMS: dict[str, str] = {
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/x-png": "image/png",
    "application/x-pdf": "application/pdf",
}
# What a browser says that does not know.
UNDECLARED = frozenset({"", "application/octet-stream"})


def is_image(media_type: str) -> bool:
    """Whether it is shown in the page rather than offered to be kept."""
    return media_type.startswith("image/")


def address_name(content_hash: str, media_type: str) -> str:
    """The name of a file below /media/."""
    return f"{content_hash}.{EXTENSIONS[media_type]}"
