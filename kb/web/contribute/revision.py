"""What an author sees and does outside the form: the list, a revision, its check and preview."""

from collections.abc import Mapping
from http import HTTPStatus

from flask import Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from kb.attachments.service import attachments_of
from kb.attachments.service import problems as problems_of_files
from kb.core.errors import Invalid
from kb.core.language import Locale
from kb.core.messages import Message
from kb.practices.checking import checks_for_author
from kb.practices.checks import Level
from kb.practices.coauthors import asked_of
from kb.practices.draft_check import Finding
from kb.practices.draft_queries import (
    notes_of,
    own_revision,
    own_revisions,
    reason_for,
    reasons_for,
)
from kb.practices.draft_service import examine, revise
from kb.practices.draft_view import preview as preview_of
from kb.practices.draft_view import unchecked
from kb.practices.examined import FILES as FILES_PART
from kb.practices.lifecycle import FINAL, Action
from kb.practices.models import Revision
from kb.practices.notes import add_note
from kb.practices.queries import public_attachments
from kb.reviews.service import comment
from kb.web.browse.practice_page import PracticePage
from kb.web.checks import found_by_part
from kb.web.contribute.fields import label_of
from kb.web.contribute.page import FILES, STEP_LABELS, steps, title_of
from kb.web.contribute.states import standing
from kb.web.current import runtime
from kb.web.forms import read_form, told
from kb.web.language import current_locale
from kb.web.review.timeline import entries
from kb.web.sessions import current_actor
from kb.workflow.service import perform

FILES_PROBLEM = "attachments"
DONE = {
    Action.SUBMIT: "submitted",
    Action.RECALL: "recalled",
    Action.ABANDON: "abandoned",
}


def overview() -> str:
    """My practices, and what is needed next."""
    with runtime().reading() as session:
        own = own_revisions(session, current_actor())
        reasons = reasons_for(session, own)
        found = [standing(revision, reasons.get(revision.id, "")) for revision in own]
        asked = asked_of(session, current_actor())
        return render_template("contribute/overview.html", standings=found, asked=asked)


def revision(revision_id: int) -> BaseResponse:
    """One revision: where it stands, what its author can do, and what the desk says."""
    form = read_form("comment")
    if request.method != "POST":
        return _revision_page(revision_id, form["comment"], {})
    try:
        with runtime().begin() as work:
            own_revision(work.session, current_actor(), revision_id)
            comment(work, current_actor(), revision_id, form["comment"])
    except Invalid as error:
        return _revision_page(revision_id, form["comment"], told(error.problems))
    return redirect(url_for("contribute.revision", revision_id=revision_id, done="answered"), 303)


def act(revision_id: int, action: str) -> BaseResponse:
    """Take it back, or give it up."""
    wanted = Action(action)
    with runtime().begin() as work:
        own_revision(work.session, current_actor(), revision_id)
        perform(work, current_actor(), revision_id, wanted)
    address = url_for("contribute.revision", revision_id=revision_id, done=DONE[wanted])
    return redirect(address, 303)


def check(revision_id: int) -> BaseResponse:
    """Everything that is missing or wrong; where nothing is, it can be submitted."""
    if request.method != "POST":
        return _check_page(revision_id, HTTPStatus.OK, {})
    try:
        with runtime().begin() as work:
            own_revision(work.session, current_actor(), revision_id)
            perform(work, current_actor(), revision_id, Action.SUBMIT)
    except Invalid as error:
        return _check_page(revision_id, error.status, error.problems)
    address = url_for("contribute.revision", revision_id=revision_id, done=DONE[Action.SUBMIT])
    return redirect(address, 303)


def new_revision(practice_id: int) -> BaseResponse:
    """Begin another revision of one's own published practice."""
    with runtime().begin() as work:
        begun = revise(work, current_actor(), practice_id).id
    return redirect(url_for("contribute.revision", revision_id=begun, done="revised"), 303)


def notes(revision_id: int) -> BaseResponse:
    """What only the desk and the authors read."""
    kb, actor = runtime(), current_actor()
    form = read_form("restricted_note")
    problems: dict[str, str] = {}
    if request.method == "POST":
        try:
            with kb.begin() as work:
                practice_id = own_revision(work.session, actor, revision_id).practice_id
                add_note(work, actor, practice_id, form["restricted_note"])
        except Invalid as error:
            problems = told(error.problems)
        else:
            address = url_for("contribute.notes", revision_id=revision_id, done="note-added")
            return redirect(address, 303)
    with kb.reading() as session:
        found = own_revision(session, actor, revision_id)
        body = render_template(
            "contribute/notes.html",
            title=title_of(found),
            steps=steps(found),
            notes=[_in_language(note.text) for note in notes_of(session, actor, found.practice)],
            written=form["restricted_note"],
            problems=problems,
            revision=found,
        )
    return make_response(body, 422 if problems else 200)


def preview(revision_id: int) -> str:
    """A text as readers will see it, however unfinished."""
    kb = runtime()
    with kb.reading() as session:
        found = own_revision(session, current_actor(), revision_id)
        vocabularies = kb.vocabularies.get(session)
        files = public_attachments(attachments_of(session, found.id))
    content = unchecked(found.working_copy)
    wished = request.args.get("text", "")
    locale = Locale(wished) if wished in set(Locale) else current_locale()
    if locale not in content.texts:
        locale = content.original_language
    rendered = kb.renderer.render_all(dict(content.texts[locale].sections))
    practice = preview_of(
        found.working_copy, {locale: rendered.html}, found.number, kb.clock.now(), files
    )
    return render_template(
        "contribute/preview.html",
        page=PracticePage(practice, locale, vocabularies),
        practice=practice,
        vocabularies=vocabularies,
        revision=found,
        is_complete=rendered.complete,
    )


def preview_section(revision_id: int) -> Response:
    """A piece of text as readers will see it, for the page on which it is being written."""
    kb = runtime()
    with kb.reading() as session:
        own_revision(session, current_actor(), revision_id)
    rendered = kb.renderer.render_all({"it": read_form("markdown")["markdown"]})
    return make_response(
        render_template(
            "contribute/_section.html",
            html=rendered.html["it"],
            is_complete=rendered.complete,
        )
    )


def _revision_page(revision_id: int, written: str, problems: Mapping[str, str]) -> Response:
    with runtime().reading() as session:
        found = own_revision(session, current_actor(), revision_id)
        body = render_template(
            "contribute/revision.html",
            standing=standing(found, reason_for(session, found)),
            steps=steps(found),
            lines=entries(found.practice_id),
            may_answer=found.version_id is not None and found.state not in FINAL,
            written=written,
            problems=problems,
        )
    return make_response(body, HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK)


def _check_page(revision_id: int, status: int, more: Mapping[str, Message]) -> Response:
    kb = runtime()
    with kb.reading() as session:
        found = own_revision(session, current_actor(), revision_id)
        original = Locale(found.working_copy.get("original_language", Locale.FR))
        of_files = problems_of_files(session, found.id, original)
        others = {where: why for where, why in more.items() if where != FILES_PROBLEM}
        problems = examine(found, kb.vocabularies.get(session), others)
        body = render_template(
            "contribute/check.html",
            standing=standing(found, ""),
            steps=steps(found),
            findings=[
                *(_linked(found, finding) for finding in problems),
                *(
                    (url_for(FILES, revision_id=found.id), STEP_LABELS["files"], why)
                    for why in of_files.values()
                ),
            ],
            parts_found=found_by_part(
                # What stands in the way is told above, with the terms that are unknown.
                [
                    check
                    for check in checks_for_author(session, current_actor(), found)
                    if check.level is not Level.FAILURE
                ],
                lambda check: _in_the_form(found, check.part, check.field),
                "contribute.revision",
            ),
            is_refused=status != HTTPStatus.OK,
        )
    return make_response(body, status)


def _linked(found: Revision, finding: Finding) -> tuple[str, Message, Message]:
    label = label_of(finding.field, current_locale())
    return _in_the_form(found, finding.part, finding.field), label, finding.why


def _in_the_form(found: Revision, part: str, field: str) -> str:
    """Where a field can be changed."""
    if part == FILES_PART:
        return url_for(FILES, revision_id=found.id)
    address = url_for("contribute.part", revision_id=found.id, part=part)
    return f"{address}#field-{field}"


def _in_language(text: Mapping[str, str]) -> tuple[str, str]:
    """A note in the language of the page where it exists in it, with its language."""
    here = current_locale().value
    language = here if here in text else next(iter(text), here)
    return language, text.get(language, "")
