"""The register of an organisation, and for editors of everybody; what waits for an answer."""

from flask import make_response, render_template, request
from werkzeug.wrappers import Response

from kb.accounts.directory import find_account
from kb.accounts.permissions import Permission, permits
from kb.adoption.queries import (
    change_notes,
    due_follow_ups,
    listed,
    messages_for,
    open_recalls,
)
from kb.adoption.titles import readable
from kb.core.paging import Paging
from kb.web.admin.lists import page_number, pages_of
from kb.web.adoption import words
from kb.web.current import runtime
from kb.web.reading import current_reader
from kb.web.sessions import member

PER_PAGE = 20
VERIFY, DUE = "verify", "due"


def overview() -> Response:
    """Recalls first, then follow-ups that are due, then the list."""
    kb, who, number = runtime(), member(), page_number()
    show = request.args.get("show", "")
    needs_verifying = show == VERIFY
    today, paging = kb.clock.now().date(), Paging(number, PER_PAGE)
    with kb.reading() as session:
        adoptions, total = listed(session, who.actor, paging, needs_verifying=needs_verifying)
        due = due_follow_ups(session, who.actor, today)
        recalls = open_recalls(session, who.actor)
        practices = {each.practice_id for each in adoptions}
        practices |= {each.practice_id for each in recalls}
        practices |= {each.adoption.practice_id for each in due}
        views = readable(session, practices, current_reader())
        body = render_template(
            "adoption/overview.html",
            adoptions=adoptions,
            total=total,
            due=due,
            recalls=recalls,
            messages=messages_for(session, recalls),
            notes=change_notes(session, recalls, views),
            views=views,
            organisation=find_account(session, who.user_id).organisation,
            is_editor=permits(who.actor, Permission.ADOPTION_SEE),
            show=show if show in {VERIFY, DUE} else "",
            today=today,
            pages=pages_of(total, PER_PAGE),
            vocabularies=kb.vocabularies.get(session),
            words=words,
        )
    is_beyond = number > paging.pages(total)
    return make_response(body, 404 if is_beyond else 200)
