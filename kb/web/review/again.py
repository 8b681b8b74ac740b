"""A published text that an editor read again and finds still right."""

from flask import Blueprint, redirect, url_for
from werkzeug.wrappers import Response

from kb.core.days import parse_day
from kb.core.errors import Conflict, Invalid
from kb.practices.re_review import confirm as confirm_text
from kb.reviews.queries import present_revision
from kb.web.current import runtime
from kb.web.forms import read_form
from kb.web.language import drop_language
from kb.web.review.page import show
from kb.web.sessions import current_actor

SEE_OTHER = 303

blueprint = Blueprint("again", __name__)
blueprint.url_value_preprocessor(drop_language)


@blueprint.post("/<lang:lang>/review/<int:revision_id>/confirm")
def confirm(revision_id: int) -> Response:
    """Set the next date, with the reason; refused, all that was typed is kept."""
    form, actor = read_form("version_id", "due_again_on", "confirm_note"), current_actor()
    try:
        with runtime().begin() as work:
            version_id = form.number("version_id")
            found = present_revision(work.session, actor, revision_id, version_id)
            due_on = parse_day(form["due_again_on"])
            confirm_text(work, actor, found.id, due_on, form["confirm_note"])
    except (Conflict, Invalid) as refused:
        return show(revision_id, form.values, refused)
    done = "review-confirmed"
    return redirect(url_for("review.revision", revision_id=revision_id, done=done), SEE_OTHER)
