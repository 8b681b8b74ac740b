"""One practice, whole."""

from flask import Response

from kb.api.addresses import Addresses
from kb.api.answers import answer, runtime
from kb.api.documents import practice_document
from kb.api.schemas import PracticeDocument
from kb.practices.queries import public_slugs, public_view


def get_practice(slug: str) -> Response:
    """All texts, metadata, sources and links of a practice."""
    return answer(_document(slug))


def download_practice(lang: str, slug: str) -> Response:  # noqa: ARG001 - the same in both
    """The same document beside the page, under a name to be kept by."""
    document = _document(slug)
    response = answer(document)
    response.headers["Content-Disposition"] = f'inline; filename="{document.slug}.json"'
    return response


def _document(slug: str) -> PracticeDocument:
    rt = runtime()
    with rt.reading() as session:
        practice = public_view(session, slug)
        public = public_slugs(session, among=practice.related) if practice.related else ()
        vocabularies = rt.vocabularies.get(session)
    return practice_document(practice, vocabularies, Addresses(rt.settings.base_url), public)
