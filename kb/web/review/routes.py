"""The desk: what waits for whom, reviewing, signing off, deciding."""

from collections.abc import Callable
from datetime import date

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from kb.accounts.permissions import Permission, Role, require
from kb.adoption.recalling import leave_message
from kb.core.errors import Conflict, Invalid, NotFound
from kb.core.messages import msg
from kb.core.unit_of_work import UnitOfWork
from kb.practices.content import LocationPrecision
from kb.practices.lifecycle import Action, State, Withdrawal
from kb.practices.models import Revision
from kb.practices.notes import add_note
from kb.practices.service import start_revision
from kb.practices.sharing import share, unshare
from kb.reviews import questionnaire, service
from kb.reviews.comparison import pair
from kb.reviews.queries import present_revision, subject
from kb.reviews.queue import queue, shelf
from kb.reviews.rules import Decision, Outcome
from kb.web.current import runtime
from kb.web.forms import Form, read_form
from kb.web.language import current_locale, drop_language
from kb.web.review import words
from kb.web.review.comparing import DiffPage, number_of
from kb.web.review.page import age, show
from kb.web.sessions import current_actor
from kb.workflow.service import perform

WORDS_LIMIT = 200

blueprint = Blueprint("review", __name__)
blueprint.url_value_preprocessor(drop_language)

Deed = Callable[[UnitOfWork, Revision], object]


@blueprint.get("/<lang:lang>/review", endpoint="queue")
def waiting() -> str:
    """What waits for whoever is signed in, and for editors all that is or was public."""
    kb, actor = runtime(), current_actor()
    sought = request.args.get("q", "")[:WORDS_LIMIT]
    with kb.reading() as session:
        is_editor = Role.EDITOR in actor.roles
        lists = [
            (state, shelf(session, sought, state))
            for state in (State.PUBLISHED, State.ARCHIVED)
            if is_editor
        ]
        return render_template(
            "review/queue.html",
            queue=queue(session, actor, kb.settings.review_quorum),
            lists=lists,
            sought=sought,
            roles=actor.roles,
            age=age,
            today=kb.clock.now().date(),
            words=words,
        )


@blueprint.get("/<lang:lang>/review/<int:revision_id>")
def revision(revision_id: int) -> Response:
    """A submitted text, and all that can be done with it."""
    return show(revision_id)


@blueprint.get("/<lang:lang>/practices/<slug:slug>/diff")
def diff(slug: str) -> str:
    """What changed between two texts of a practice."""
    kb = runtime()
    with kb.reading() as session:
        vocabularies = kb.vocabularies.get(session)
        chosen = pair(session, current_actor(), slug, number_of("from"), number_of("to"))
    page = DiffPage(chosen, vocabularies, current_locale())
    return render_template("review/diff.html", page=page)


@blueprint.post("/<lang:lang>/review/<int:revision_id>/<action>")
def act(revision_id: int, action: str) -> Response:
    """A decision of the desk that moves the revision."""
    if action not in {each.value for each in words.ACTIONS}:
        raise NotFound(msg("There is no such page."))
    form = read_form("version_id", "note", "withdrawal", "message")
    wanted = Action(action)
    chosen = form["withdrawal"]
    category = Withdrawal(chosen) if chosen in set(Withdrawal) else None

    def deed(work: UnitOfWork, found: Revision) -> None:
        actor = current_actor()
        perform(work, actor, found.id, wanted, form["note"], withdrawal=category)
        leave_message(work, actor, found, wanted, form["message"])

    return _answer(revision_id, deed, form, f"did-{action}")


@blueprint.post("/<lang:lang>/review/<int:revision_id>/assign")
def assign(revision_id: int) -> Response:
    """Ask a reviewer, which starts the review; or start it again with those asked before."""
    form = read_form("version_id", "reviewer_id", "due_on")

    def deed(work: UnitOfWork, found: Revision) -> None:
        actor = current_actor()
        _require(work, Permission.PRACTICE_ASSIGN, found)
        if form["reviewer_id"] or found.state is State.IN_REVIEW:
            reviewer_id = form.number("reviewer_id") or 0
            service.assign(work, actor, found.id, reviewer_id, _due_date(form["due_on"]))
        if found.state is not State.IN_REVIEW:
            perform(work, actor, found.id, Action.ASSIGN)

    return _answer(revision_id, deed, form, "assigned")


@blueprint.post("/<lang:lang>/review/<int:revision_id>/unassign")
def unassign(revision_id: int) -> Response:
    """Take an assignment back."""
    form = read_form("version_id", "reviewer_id")

    def deed(work: UnitOfWork, found: Revision) -> None:
        service.unassign(work, current_actor(), found.id, form.number("reviewer_id") or 0)

    return _answer(revision_id, deed, form, "unassigned")


@blueprint.post("/<lang:lang>/review/<int:revision_id>/verdict")
def verdict(revision_id: int) -> Response:
    """What an assigned reviewer thinks of this version."""
    form = read_form("version_id", "decision", "reason")

    def deed(work: UnitOfWork, found: Revision) -> None:
        _require(work, Permission.PRACTICE_REVIEW, found)
        if form["decision"] not in set(Decision):
            why = msg("Please choose a verdict.")
            raise Invalid(why, {"decision": why})
        decision = Decision(form["decision"])
        service.give_verdict(work, current_actor(), found.id, decision, form["reason"])

    return _answer(revision_id, deed, form, "verdict-given")


@blueprint.post("/<lang:lang>/review/<int:revision_id>/sign-off")
def sign_off(revision_id: int) -> Response:
    """The do-no-harm reviewer's answers and outcome for this version."""
    form = read_form(
        *("version_id", "outcome", "location_precision", "sign_off_note"), *questionnaire.FIELDS
    )

    def deed(work: UnitOfWork, found: Revision) -> None:
        _require(work, Permission.PRACTICE_SIGN_OFF, found)
        answers = questionnaire.parse(form.values)
        if form["outcome"] not in set(Outcome):
            why = msg("Please choose an outcome.")
            raise Invalid(why, {"outcome": why})
        outcome, wished = Outcome(form["outcome"]), form["location_precision"]
        precision = None
        if outcome is Outcome.PASS_COARSENED and wished in set(LocationPrecision):
            precision = LocationPrecision(wished)
        service.sign_off(
            work,
            current_actor(),
            found.id,
            outcome,
            answers,
            form["sign_off_note"],
            location_precision=precision,
        )

    return _answer(revision_id, deed, form, "signed-off")


@blueprint.post("/<lang:lang>/review/<int:revision_id>/comment")
def comment(revision_id: int) -> Response:
    """A remark of the desk, for the authors or for the desk alone."""
    form = read_form(*("version_id", "comment", "comment_field", "quote", "parent_id", "internal"))

    def deed(work: UnitOfWork, found: Revision) -> None:
        service.comment(
            work,
            current_actor(),
            found.id,
            form["comment"],
            field=form["comment_field"] or None,
            quote=form["quote"],
            parent_id=form.number("parent_id"),
            internal=bool(form["internal"]),
        )

    return _answer(revision_id, deed, form, "commented")


@blueprint.post("/<lang:lang>/review/<int:revision_id>/resolve")
def resolve(revision_id: int) -> Response:
    """A remark is dealt with."""
    form = read_form("version_id", "comment_id")

    def deed(work: UnitOfWork, found: Revision) -> None:
        comment_id = form.number("comment_id") or 0
        service.resolve_comment(work, current_actor(), found.id, comment_id)

    return _answer(revision_id, deed, form, "resolved")


@blueprint.post("/<lang:lang>/review/<int:revision_id>/share")
def add_reader(revision_id: int) -> Response:
    """Let somebody read a restricted practice."""
    form = read_form("version_id", "reader_email")

    def deed(work: UnitOfWork, found: Revision) -> None:
        share(work, current_actor(), found.practice_id, form["reader_email"])

    return _answer(revision_id, deed, form, "shared")


@blueprint.post("/<lang:lang>/review/<int:revision_id>/unshare")
def remove_reader(revision_id: int) -> Response:
    """Take a named reader's right back."""
    form = read_form("version_id", "user_id")

    def deed(work: UnitOfWork, found: Revision) -> None:
        unshare(work, current_actor(), found.practice_id, form.number("user_id") or 0)

    return _answer(revision_id, deed, form, "unshared")


@blueprint.post("/<lang:lang>/review/<int:revision_id>/note")
def note(revision_id: int) -> Response:
    """A restricted note of the desk."""
    form = read_form("version_id", "restricted_note")

    def deed(work: UnitOfWork, found: Revision) -> None:
        add_note(work, current_actor(), found.practice_id, form["restricted_note"])

    return _answer(revision_id, deed, form, "note-added")


@blueprint.post("/<lang:lang>/review/<int:revision_id>/revise")
def revise(revision_id: int) -> Response:
    """Start a revision of what is published, for a contributor to write."""
    form = read_form("version_id", "author_id")

    def deed(work: UnitOfWork, found: Revision) -> None:
        _require(work, Permission.PRACTICE_REVISE, found)
        if found.state is not State.PUBLISHED or found.version is None:
            raise Conflict(msg("This cannot be done with a revision in this state."))
        author_id = form.number("author_id")
        if author_id is None:
            why = msg("Please choose who writes the revision.")
            raise Invalid(why, {"author_id": why})
        start_revision(
            work, current_actor(), found.practice, found.version.content, author_id=author_id
        )

    return _answer(revision_id, deed, form, "revision-started")


def _answer(revision_id: int, deed: Deed, form: Form, done: str) -> Response:
    """Do it about the version that was read; where it is refused, keep all that was typed."""
    try:
        with runtime().begin() as work:
            version_id = form.number("version_id")
            deed(work, present_revision(work.session, current_actor(), revision_id, version_id))
    except (Conflict, Invalid) as refused:
        return show(revision_id, form.values, refused)
    return redirect(url_for("review.revision", revision_id=revision_id, done=done), 303)


def _require(work: UnitOfWork, permission: Permission, found: Revision) -> None:
    """Whoever may not do it is told so before their form is looked at."""
    require(current_actor(), permission, subject(work.session, found))


def _due_date(text: str) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if day < runtime().clock.now().date():
        why = msg("Please give a date that is still to come.")
        raise Invalid(why, {"due_on": why})
    return day
