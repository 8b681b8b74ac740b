"""The template as a file to fill in without a network, and a filled one brought into a draft."""

from collections.abc import Mapping

from flask import Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from kb.attachments.isolation import UNREAD, read_apart
from kb.attachments.kinds import WORD
from kb.attachments.refusals import Refused
from kb.core.errors import Conflict, Invalid
from kb.core.language import Locale, translate
from kb.core.messages import Message, msg
from kb.practices import exchange
from kb.practices.draft_queries import own_revision
from kb.practices.draft_service import begin
from kb.practices.exchange import Filled, Slot
from kb.practices.importing import TERMS, BroughtIn, bring_in
from kb.practices.template import TEMPLATE
from kb.practices.template_docx import written_docx
from kb.vocabularies.catalogue import Vocabularies
from kb.web.contribute.about import ABOUT
from kb.web.contribute.examples import EXAMPLES
from kb.web.contribute.fields import label_of
from kb.web.contribute.page import title_of
from kb.web.contribute.text import SECTION_HELP, TEXT_HEAD
from kb.web.contribute.writing import both
from kb.web.current import runtime
from kb.web.forms import read_form
from kb.web.language import current_locale, tell
from kb.web.sessions import current_actor

LARGEST = 5_000_000
MEGABYTES = LARGEST // 1_000_000
TITLE = msg("Description of a practice")
ONE_SOURCE = msg(
    "One on a line: [S1] title | publisher | year | web address | note. "
    "Cite it in the text as [S1]."
)
ONE_TERM = msg("One on a line. To choose from: %(terms)s.")
EXAMPLE = msg("Example: %(words)s")
_NOT_TAKEN = msg("The file was not brought in; nothing was changed.")


def template(locale: str, kind: str) -> Response:
    """The empty template in one language."""
    wished = Locale(locale)
    with runtime().reading() as session:
        slots = slots_of(wished, runtime().vocabularies.get(session))
    title = translate(wished, TITLE)
    name = f"palabre-{wished}.{kind}"
    if kind == "docx":
        answer = make_response(written_docx(title, slots, {}))
        answer.mimetype = WORD
    else:
        answer = make_response(exchange.written(title, slots, {}))
        answer.mimetype = "text/markdown"
    answer.headers["Content-Disposition"] = f"attachment; filename={name}"
    return answer


def import_new() -> BaseResponse:
    """A new draft from a filled template."""
    if request.method != "POST":
        return _page(None, None)
    try:
        filled, images, vocabularies = _sent()
        with runtime().begin() as work:
            title = filled.texts.get("title", "")
            begun = begin(work, current_actor(), title, filled.locale, "practice")
            found = bring_in(work, current_actor(), begun.id, filled, vocabularies, images)
            return _done(found)
    except (Invalid, Conflict) as error:
        return _page(None, error)


def import_into(revision_id: int) -> BaseResponse:
    """A filled template for one's own draft: where both have a text, one chooses."""
    with runtime().reading() as session:
        own_revision(session, current_actor(), revision_id)
    if request.method != "POST":
        return _page(revision_id, None)
    try:
        filled, images, vocabularies = _sent()
        with runtime().begin() as work:
            found = bring_in(work, current_actor(), revision_id, filled, vocabularies, images)
            answer = _done(found)
    except (Invalid, Conflict) as error:
        return _page(revision_id, error)
    return answer


def slots_of(locale: Locale, vocabularies: Vocabularies) -> tuple[Slot, ...]:
    """The fields of the template in their order, with their help."""
    slots = [
        Slot(field.name, translate(locale, field.label), _said(locale, field.name, field.help))
        for field in TEXT_HEAD.fields
    ]
    slots += [
        Slot(
            section.key,
            section.heading[locale],
            _said(locale, section.key, SECTION_HELP[section.key]),
        )
        for section in TEMPLATE
    ]
    fields = {field.name: field for group in ABOUT for field in group.fields}
    for name in TERMS:
        vocabulary = vocabularies.by_name.get(fields[name].vocabulary)
        labels = [term.label[locale] for term in vocabulary.terms] if vocabulary else []
        help_text = translate(locale, msg(ONE_TERM.text, terms=", ".join(labels)))
        slots.append(Slot(name, translate(locale, fields[name].label), help_text))
    slots.append(Slot("sources", translate(locale, msg("Sources")), translate(locale, ONE_SOURCE)))
    return tuple(slots)


def _said(locale: Locale, name: str, help_text: Message | None) -> str:
    words = translate(locale, help_text) if help_text else ""
    example = msg(EXAMPLE.text, words=translate(locale, EXAMPLES[name]))
    return f"{words} {translate(locale, example)}".strip()


def _sent() -> tuple[Filled, int, Vocabularies]:
    """The file that was sent, read; raises Invalid with one sentence."""
    read_form()
    sent = request.files.get("file")
    name = (sent.filename or "") if sent else ""
    body = sent.read() if sent else b""
    if not name or not body:
        raise _unfit(msg("is missing") if not name else msg("is empty"))
    if len(body) > LARGEST:
        raise _unfit(msg("is larger than %(megabytes)s MB", megabytes=MEGABYTES))
    text, images = _text_of(name, body)
    with runtime().reading() as session:
        vocabularies = runtime().vocabularies.get(session)
    slots = {locale: slots_of(locale, vocabularies) for locale in Locale}
    if not exchange.has_headings(text, slots):
        raise _unfit(msg("has none of the headings of the template"))
    titles = {locale: translate(locale, TITLE) for locale in Locale}
    return exchange.read(text, titles, slots), images, vocabularies


def _text_of(name: str, body: bytes) -> tuple[str, int]:
    ending = name.rpartition(".")[2].lower()
    if ending in {"docm", "dotm"}:
        raise _unfit(UNREAD["macro"])
    if ending == "docx":
        try:
            found = read_apart(body)
        except Refused as refused:
            raise _unfit(UNREAD[refused.code]) from None
        return found.markdown, found.images
    if ending not in {"md", "markdown", "txt"}:
        raise _unfit(msg("is not one of the accepted kinds: %(kinds)s", kinds=".docx, .md"))
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise _unfit(msg("is not a text: save it as .md in UTF-8, or as .docx"))
    return text, 0


def _done(found: BroughtIn) -> BaseResponse:
    if found.both is not None:
        said = _("The file and the draft have two texts here. Everything else is brought in.")
        return both(found.revision, found.part, found.both, "", said)
    endpoint, done = "contribute.revision", "imported"
    if found.has_rest:
        endpoint, done = "contribute.notes", "imported-rest"
    return redirect(url_for(endpoint, revision_id=found.revision.id, done=done), 303)


def _page(revision_id: int | None, error: Invalid | Conflict | None) -> Response:
    title, problems = "", dict[str, str]()
    if revision_id is not None:
        with runtime().reading() as session:
            title = title_of(own_revision(session, current_actor(), revision_id))
    if error is not None:
        problems = {"file": tell(error.message)}
    if isinstance(error, Invalid) and error.problems:
        problems = _told(error.problems)
    body = render_template(
        "contribute/import.html",
        revision_id=revision_id,
        title=title,
        problems=problems,
        labels={name: _label(name) for name in problems},
        megabytes=MEGABYTES,
    )
    return make_response(body, error.status if error else 200)


def _told(problems: Mapping[str, Message]) -> dict[str, str]:
    return {name: tell(why) for name, why in problems.items()}


def _label(name: str) -> str:
    return _("The file") if name == "file" else tell(label_of(name, current_locale()))


def _unfit(why: Message) -> Invalid:
    return Invalid(_NOT_TAKEN, {"file": why})
