"""Absolute addresses, made from the configured one: the Host header is the caller's to choose."""

from dataclasses import dataclass
from urllib.parse import quote

from kb.core.language import Locale

VERSION_PATH = "/api/v1"


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where things are, for machines that read them elsewhere."""

    base: str

    def api(self, path: str) -> str:
        return f"{self.base}{VERSION_PATH}{path}"

    def media(self, name: str) -> str:
        return f"{self.base}/media/{name}"

    def page(self, locale: Locale, slug: str) -> str:
        return f"{self.base}/{locale.value}/practices/{slug}"

    def search(self, locale: Locale, words: str) -> str:
        return f"{self.base}/{locale.value}/practices?q={quote(words, safe='')}"
