"""Writing practices: which address shows which page. Who may call them is in `access`."""

from typing import Any

from flask import Blueprint, request

from kb.practices.draft import Part
from kb.web.contribute import authors, exchange, revision, writing
from kb.web.language import drop_language

# Ten long sections in a language of many accents, each accent written as six characters.
BODY_LIMIT = 8 << 20
ROOT = "/<lang:lang>/contribute"
ONE = f"{ROOT}/revisions/<int:revision_id>"
ASKED = f"{ROOT}/invitations/<int:invitation_id>"
PARTS = ",".join(Part)

blueprint = Blueprint("contribute", __name__)
blueprint.url_value_preprocessor(drop_language)


@blueprint.url_value_preprocessor
def allow_long_texts(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Before anybody reads the form: the gate is the first to do so."""
    request.max_content_length = BODY_LIMIT
    request.max_form_memory_size = BODY_LIMIT


for _path, _view, _methods in (
    (ROOT, revision.overview, ["GET"]),
    (f"{ROOT}/new", writing.new, ["GET", "POST"]),
    (f"{ROOT}/practices/<int:practice_id>/revise", revision.new_revision, ["POST"]),
    (ONE, revision.revision, ["GET", "POST"]),
    (f"{ONE}/<any({PARTS}):part>", writing.part, ["GET", "POST"]),
    (f"{ONE}/notes", revision.notes, ["GET", "POST"]),
    (f"{ONE}/check", revision.check, ["GET", "POST"]),
    (f"{ONE}/preview", revision.preview, ["GET"]),
    (f"{ONE}/preview/section", revision.preview_section, ["POST"]),
    (f"{ONE}/<any(recall,abandon):action>", revision.act, ["POST"]),
    (f"{ROOT}/import", exchange.import_new, ["GET", "POST"]),
    (f"{ONE}/import", exchange.import_into, ["GET", "POST"]),
    (f"{ROOT}/template-<any(fr,en):locale>.<any(docx,md):kind>", exchange.template, ["GET"]),
    (f"{ONE}/authors", authors.authors, ["GET", "POST"]),
    (f"{ONE}/authors/<any(uninvite,remove):change>", authors.change_authors, ["POST"]),
    (
        f"{ROOT}/invitations/<int:invitation_id>/<any(accept,decline):said>",
        authors.answer,
        ["POST"],
    ),
):
    blueprint.add_url_rule(_path, view_func=_view, methods=_methods)
