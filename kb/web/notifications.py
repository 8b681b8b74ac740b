"""What somebody was told: their own list, the newest first."""

from collections.abc import Mapping

from flask import Blueprint, Response, make_response, redirect, render_template, url_for
from werkzeug.wrappers import Response as BaseResponse

from kb.core.paging import Paging
from kb.notifications.inbox import Notice, Place, inbox
from kb.notifications.service import mark_read
from kb.web.access import ACCESS, lets_in
from kb.web.admin.lists import page_number, pages_of
from kb.web.current import runtime
from kb.web.forms import read_form
from kb.web.language import current_locale, drop_language
from kb.web.sessions import current_actor, member

PER_PAGE = 20
# Where to go from a notification, by what its reader is to the thing it is about.
PAGES: Mapping[Place, str] = {
    Place.AUTHOR: "contribute.revision",
    Place.DESK: "review.revision",
    Place.READER: "browse.practice",
    Place.ACCOUNT: "account.overview",
    Place.REQUESTS: "admin.requests",
    Place.ADOPTIONS: "adoption.overview",
    Place.FOLLOWING: "following.overview",
}

blueprint = Blueprint("notifications", __name__)
blueprint.url_value_preprocessor(drop_language)


@blueprint.get("/<lang:lang>/notifications")
def overview() -> Response:
    """The list, with titles of what this reader may see at this moment and of nothing else."""
    who, number = member(), page_number()
    with runtime().reading() as session:
        found = inbox(session, who.actor, current_locale(), Paging(number, PER_PAGE))
        body = render_template(
            "notifications/overview.html",
            inbox=found,
            lines=[(notice, _address(notice)) for notice in found.notices],
            pages=pages_of(found.total, PER_PAGE),
        )
    is_beyond = number > Paging(per_page=PER_PAGE).pages(found.total)
    return make_response(body, 404 if is_beyond else 200)


@blueprint.post("/<lang:lang>/notifications/read")
def read() -> BaseResponse:
    """Everything up to the newest that was shown is read; what came since is not."""
    up_to = read_form("up_to").number("up_to") or 0
    with runtime().begin() as work:
        mark_read(work, member().user_id, up_to)
    return redirect(url_for("notifications.overview", done="all-read"), 303)


def _address(notice: Notice) -> str:
    """The page it is about, if its reader's roles open that page now."""
    endpoint = PAGES.get(notice.place)
    if endpoint is None:
        return ""
    if not lets_in(ACCESS[endpoint], current_actor().roles):
        return ""
    values: dict[Place, dict[str, object]] = {
        Place.AUTHOR: {"revision_id": notice.revision_id},
        Place.DESK: {"revision_id": notice.revision_id},
        Place.READER: {"slug": notice.slug},
    }
    return url_for(endpoint, **values.get(notice.place, {}))  # type: ignore[arg-type]
