"""Sending images and documents to whoever may read what they belong to."""

import unicodedata
from urllib.parse import quote

from flask import Blueprint, Response, g, make_response

from kb.attachments.kinds import is_image
from kb.attachments.models import Attachment, VersionAttachment
from kb.core.errors import NotFound
from kb.core.messages import msg
from kb.practices import attaching
from kb.reviews.queries import may_see, subject
from kb.web.current import runtime
from kb.web.reading import current_reader
from kb.web.sessions import lacks_second_factor, signed_in

NAME_LENGTH = 80

blueprint = Blueprint("media", __name__)


@blueprint.get("/media/<string(maxlength=80):name>")
def file(name: str) -> Response:
    """A file for whoever may read the practice it belongs to; 404 for all others alike."""
    g.surface = "media"
    kb = runtime()
    who = signed_in()
    with kb.reading() as session:
        found: Attachment | VersionAttachment | None
        found = attaching.readable_file(session, current_reader(), name)
        if found is None and who is not None and not lacks_second_factor(who):
            in_work = attaching.files_in_work(session, name)
            seen = (
                each
                for each, revision in in_work
                if may_see(who.actor, revision, subject(session, revision))
            )
            found = next(seen, None)
        if found is None:
            raise NotFound(msg("There is no such page."))
        content_hash, media_type, file_name = found.content_hash, found.media_type, found.file_name
    response = make_response(kb.files.read(content_hash))
    response.mimetype = media_type
    response.set_etag(content_hash)
    # Who asks decides whether there is an answer.
    response.vary.add("Cookie")
    if not is_image(media_type):
        response.headers["Content-Disposition"] = disposition(file_name)
    return response


def disposition(file_name: str) -> str:
    """To be kept under its name: in ASCII for old browsers, in UTF-8 for the others (RFC 6266)."""
    plain = unicodedata.normalize("NFKD", file_name).encode("ascii", "ignore").decode()
    plain = "".join(c for c in plain if c.isalnum() or c in " ._-()")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file_name, safe='')}"
