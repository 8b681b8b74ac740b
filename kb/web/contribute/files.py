"""Images and documents of one's own revision: adding, describing and removing them."""

from collections.abc import Mapping
from typing import Any

from flask import (
    Blueprint,
    Response,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import format_decimal
from flask_babel import gettext as _
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as BaseResponse

from kb.attachments import service as attachments
from kb.attachments.service import MEGABYTE, PER_REVISION, Upload, Words
from kb.core.errors import Conflict, Invalid
from kb.core.messages import msg
from kb.practices import attaching
from kb.practices.draft_queries import own_revision
from kb.practices.queries import public_attachments
from kb.vocabularies.catalogue import Vocabularies
from kb.web import errors
from kb.web.current import runtime
from kb.web.forms import Form, Unclear, read_form, told
from kb.web.language import current_locale, drop_language
from kb.web.sessions import current_actor

WORDS = ("alternative_text_fr", "alternative_text_en", "credit", "licence")
EMPTY = dict.fromkeys(WORDS, "") | {"licence": "CC-BY-SA-4.0"}
# What a form may have besides the file.
WORDS_BYTES = 1 << 20

blueprint = Blueprint("contribute_files", __name__)
blueprint.url_value_preprocessor(drop_language)


@blueprint.url_value_preprocessor
def _take_more(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Only here a request may be larger than a text; said before anything reads the form."""
    if endpoint == "contribute_files.upload":
        limit = runtime().settings.max_upload_mb
        request.max_content_length = limit * MEGABYTE + WORDS_BYTES


@blueprint.errorhandler(RequestEntityTooLarge)
def _too_large(_error: RequestEntityTooLarge) -> Response:
    limit = runtime().settings.max_upload_mb
    return errors.page(
        413,
        msg(
            "A file may have %(megabytes)s MB. Go back: your words are still in the form.",
            megabytes=limit,
        ),
    )


@blueprint.app_template_filter("file_size")
def file_size(size: int) -> str:
    """How much there is to load, as people say it."""
    if size >= MEGABYTE:
        words: str = _("%(number)s MB", number=format_decimal(round(size / MEGABYTE, 1)))
    else:
        words = _("%(number)s kB", number=format_decimal(max(1, round(size / 1000))))
    return words


@blueprint.get("/<lang:lang>/contribute/revisions/<int:revision_id>/files")
def overview(revision_id: int) -> Response:
    """The files of one's own revision."""
    return _list(revision_id, EMPTY)


@blueprint.post("/<lang:lang>/contribute/revisions/<int:revision_id>/files")
def upload(revision_id: int) -> BaseResponse:
    """Add a file; it is examined before anything is locked."""
    kb = runtime()
    actor = current_actor()
    with kb.reading() as session:
        attaching.require_editable(session, actor, revision_id)
    form = read_form(*WORDS)
    try:
        prepared = attachments.prepare(_sent_file(), kb.settings.max_upload_mb)
        with kb.begin() as work:
            attaching.attach(work, kb.files, actor, revision_id, prepared, _words(form))
    except Unclear:
        raise
    except (Invalid, Conflict) as error:
        return _list(revision_id, form.values, error)
    return _done(revision_id, "file-added")


@blueprint.get("/<lang:lang>/contribute/revisions/<int:revision_id>/files/<int:attachment_id>")
def words(revision_id: int, attachment_id: int) -> Response:
    """What is said about one file, to be changed."""
    return _one(revision_id, attachment_id)


@blueprint.post("/<lang:lang>/contribute/revisions/<int:revision_id>/files/<int:attachment_id>")
def describe(revision_id: int, attachment_id: int) -> BaseResponse:
    """Change what is said about a file."""
    form = read_form(*WORDS)
    try:
        with runtime().begin() as work:
            attaching.describe(work, current_actor(), revision_id, attachment_id, _words(form))
    except Invalid as error:
        return _one(revision_id, attachment_id, form, error)
    return _done(revision_id, "saved")


@blueprint.post(
    "/<lang:lang>/contribute/revisions/<int:revision_id>/files/<int:attachment_id>/remove"
)
def remove(revision_id: int, attachment_id: int) -> BaseResponse:
    """Take a file out of the revision."""
    with runtime().begin() as work:
        attaching.remove(work, current_actor(), revision_id, attachment_id)
    return _done(revision_id, "file-removed")


def _list(
    revision_id: int, typed: Mapping[str, str], error: Invalid | Conflict | None = None
) -> Response:
    kb = runtime()
    actor = current_actor()
    with kb.reading() as session:
        revision = own_revision(session, actor, revision_id)
        rows = attachments.attachments_of(session, revision_id)
        vocabularies = kb.vocabularies.get(session)
        body = render_template(
            "files/overview.html",
            revision=revision,
            files=list(zip(rows, public_attachments(rows), strict=True)),
            may_edit=attaching.may_edit(actor, revision),
            is_full=len(rows) >= PER_REVISION,
            limits={"megabytes": kb.settings.max_upload_mb, "files": PER_REVISION},
            vocabularies=vocabularies,
            **_form(typed, error, vocabularies),
        )
    return make_response(body, error.status if error else 200)


def _one(
    revision_id: int,
    attachment_id: int,
    form: Form | None = None,
    error: Invalid | None = None,
) -> Response:
    kb = runtime()
    actor = current_actor()
    with kb.reading() as session:
        attaching.require_editable(session, actor, revision_id)
        row = attachments.attachment_of(session, revision_id, attachment_id)
        typed = form.values if form else {name: getattr(row, name) for name in WORDS}
        vocabularies = kb.vocabularies.get(session)
        body = render_template(
            "files/words.html",
            revision_id=revision_id,
            row=row,
            shown=public_attachments([row])[0],
            **_form(typed, error, vocabularies),
        )
    return make_response(body, error.status if error else 200)


def _form(
    typed: Mapping[str, str], error: Invalid | Conflict | None, vocabularies: Vocabularies
) -> dict[str, object]:
    """What the fields of both forms need."""
    problems = error.problems if isinstance(error, Invalid) else {}
    sentence = error.message if isinstance(error, Conflict) else None
    locale = current_locale()
    licences = vocabularies.by_name.get("licences")
    return {
        "typed": typed,
        "problems": told(problems or ({"file": sentence} if sentence else {})),
        "licences": [(t.code, t.label[locale]) for t in (licences.terms if licences else ())],
    }


def _sent_file() -> Upload:
    sent = request.files.getlist("file")
    if len(sent) > 1:
        raise Unclear(
            msg("The form was not sent as it should be."), {"file": msg("was sent more than once")}
        )
    if not sent or not sent[0].filename:
        raise Invalid(msg("The file was not taken."), {"file": msg("is missing")})
    return Upload(sent[0].filename, sent[0].content_type or "", sent[0].read())


def _words(form: Form) -> Words:
    return Words(**{name: form[name] for name in WORDS})


def _done(revision_id: int, code: str) -> BaseResponse:
    address = url_for("contribute_files.overview", revision_id=revision_id, done=code)
    return redirect(address, 303)
