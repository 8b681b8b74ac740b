"""What counts as an address on the web wherever somebody names one."""

from urllib.parse import urlsplit


def is_web_address(url: str) -> bool:
    """Whether this is a whole address on the web."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.netloc) and " " not in url
