"""Who writes a text: inviting somebody, taking it back, and answering."""

from flask import Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from kb.core.errors import Invalid
from kb.core.messages import Message, msg
from kb.practices import coauthors
from kb.practices.draft_queries import own_revision
from kb.practices.lifecycle import EDITABLE
from kb.practices.models import AuthorRole
from kb.web.contribute.page import title_of
from kb.web.current import runtime
from kb.web.forms import Form, read_form, told
from kb.web.language import tell
from kb.web.sessions import current_actor

ROLES: dict[AuthorRole, Message] = {
    AuthorRole.WRITES: msg("writes: may change everything, and submit it"),
    AuthorRole.TRANSLATES: msg("translates: reads everything, changes the other language only"),
}


def authors(revision_id: int) -> BaseResponse:
    """The people who write, those who were asked, and a form to ask somebody."""
    form = read_form("author_email", "role")
    if request.method != "POST":
        return _page(revision_id, form, None)
    try:
        with runtime().begin() as work:
            coauthors.invite(
                work, current_actor(), revision_id, form["author_email"], form["role"]
            )
    except Invalid as error:
        return _page(revision_id, form, error)
    return _done(revision_id, "invited")


def change_authors(revision_id: int, change: str) -> BaseResponse:
    """Take an invitation back, or let somebody write no more."""
    number = read_form("id").number("id") or 0
    with runtime().begin() as work:
        if change == "remove":
            coauthors.remove(work, current_actor(), revision_id, number)
        else:
            coauthors.uninvite(work, current_actor(), revision_id, number)
    return _done(revision_id, "author-removed" if change == "remove" else "uninvited")


def answer(invitation_id: int, said: str) -> BaseResponse:
    """Say yes or no to somebody who asks."""
    accepts = said == "accept"
    with runtime().begin() as work:
        revision_id = coauthors.answer(work, current_actor(), invitation_id, accepts=accepts)
    if accepts:
        address = url_for("contribute.revision", revision_id=revision_id, done="joined")
        return redirect(address, 303)
    return redirect(url_for("contribute.overview", done="declined"), 303)


def _page(revision_id: int, form: Form, error: Invalid | None) -> Response:
    with runtime().reading() as session:
        found = own_revision(session, current_actor(), revision_id)
        may_invite = coauthors.may_invite(current_actor(), found.practice)
        body = render_template(
            "contribute/authors.html",
            revision=found,
            title=title_of(found),
            people=coauthors.coauthors_of(session, found),
            waiting=coauthors.waiting_for(session, found.id) if may_invite else (),
            may_invite=may_invite and found.state in EDITABLE,
            roles=[(role.value, tell(words)) for role, words in ROLES.items()],
            form=form,
            problems=told(error.problems) if error else {},
        )
    return make_response(body, error.status if error else 200)


def _done(revision_id: int, done: str) -> BaseResponse:
    return redirect(url_for("contribute.authors", revision_id=revision_id, done=done), 303)
