"""The desk: answering an assignment, and taking note that a consent was taken back."""

from flask import Blueprint
from werkzeug.wrappers import Response

from kb.core.unit_of_work import UnitOfWork
from kb.practices.models import Revision
from kb.reviews.answering import accept_assignment, decline_assignment
from kb.reviews.records import withdraw_consent
from kb.web.forms import read_form
from kb.web.language import drop_language
from kb.web.review.answer import answer
from kb.web.sessions import current_actor

blueprint = Blueprint("judging", __name__)
blueprint.url_value_preprocessor(drop_language)


@blueprint.post("/<lang:lang>/review/<int:revision_id>/accept")
def accept(revision_id: int) -> Response:
    """A reviewer takes the review on."""
    form = read_form("version_id")

    def deed(work: UnitOfWork, found: Revision) -> None:
        accept_assignment(work, current_actor(), found.id)

    return answer(revision_id, deed, form, "accepted")


@blueprint.post("/<lang:lang>/review/<int:revision_id>/decline")
def decline(revision_id: int) -> Response:
    """A reviewer gives the review back; the text is no business of theirs any more."""
    form = read_form("version_id", "decline_reason")

    def deed(work: UnitOfWork, found: Revision) -> None:
        decline_assignment(work, current_actor(), found.id, form["decline_reason"])

    return answer(revision_id, deed, form, "review-declined", to_queue=True)


@blueprint.post("/<lang:lang>/review/<int:revision_id>/consent")
def take_back_consent(revision_id: int) -> Response:
    """Those concerned do not agree any more."""
    form = read_form("version_id", "consent_note")

    def deed(work: UnitOfWork, found: Revision) -> None:
        withdraw_consent(work, current_actor(), found.id, form["consent_note"])

    return answer(revision_id, deed, form, "consent-withdrawn")
