"""How every form of the desk is answered: done about the version that was read, or kept."""

from collections.abc import Callable
from datetime import date

from flask import redirect, url_for
from werkzeug.wrappers import Response

from kb.accounts.permissions import Permission, require
from kb.core.days import parse_day
from kb.core.errors import Conflict, Invalid
from kb.core.messages import msg
from kb.core.unit_of_work import UnitOfWork
from kb.practices.models import Revision
from kb.reviews.queries import present_revision, subject
from kb.web.current import runtime
from kb.web.forms import Form
from kb.web.review.page import show
from kb.web.sessions import current_actor

Deed = Callable[[UnitOfWork, Revision], object]


def answer(
    revision_id: int, deed: Deed, form: Form, done: str, *, to_queue: bool = False
) -> Response:
    """Do it about the version that was read; where it is refused, keep all that was typed."""
    try:
        with runtime().begin() as work:
            version_id = form.number("version_id")
            deed(work, present_revision(work.session, current_actor(), revision_id, version_id))
    except (Conflict, Invalid) as refused:
        return show(revision_id, form.values, refused)
    if to_queue:
        return redirect(url_for("review.queue", done=done), 303)
    return redirect(url_for("review.revision", revision_id=revision_id, done=done), 303)


def require_here(work: UnitOfWork, permission: Permission, found: Revision) -> None:
    """Whoever may not do it is told so before their form is looked at."""
    require(current_actor(), permission, subject(work.session, found))


def due_date(form: Form, field: str) -> date | None:
    """The day of a field that may be empty; raises Invalid unless it is still to come."""
    if not form[field]:
        return None
    day = parse_day(form[field])
    if day is None or day < runtime().clock.now().date():
        why = msg("Please give a date that is still to come.")
        raise Invalid(why, {field: why})
    return day
