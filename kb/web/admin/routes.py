"""Administration: which address is answered by what, and the pages that only show."""

from flask import Blueprint, make_response, render_template, request
from werkzeug.wrappers import Response

from kb.accounts.directory import account_numbers, names_of
from kb.accounts.permissions import Permission, require
from kb.core.messages import Message, msg
from kb.core.paging import Paging
from kb.events.models import AuditEntry
from kb.events.queries import Chosen, examine_chain, find_entries
from kb.events.types import EventType
from kb.operations.doctor import examine
from kb.operations.state import revisions_by_state, site_state
from kb.web.admin import accounts, organisations, requests
from kb.web.admin.lists import page_number, pages_of
from kb.web.current import runtime
from kb.web.forms import small_number
from kb.web.language import drop_language, tell
from kb.web.sessions import current_actor

ENTRIES_PER_PAGE = 50
UNREADABLE = 422
BOTH = ("GET", "POST")
# No larger than what both databases take for a number.
NUMBER = "int(max=999999999)"

blueprint = Blueprint("admin", __name__)
blueprint.url_value_preprocessor(drop_language)


@blueprint.get("/<lang:lang>/admin")
def overview() -> str:
    """The house in numbers, and the way to everything else."""
    with runtime().reading() as session:
        return render_template(
            "admin/overview.html",
            numbers=account_numbers(session),
            revisions=revisions_by_state(session),
        )


@blueprint.get("/<lang:lang>/admin/state")
def state() -> str:
    """What the doctor finds, and what waits. Nothing is mended from here."""
    kb = runtime()
    findings = [
        (finding.subject, _without_names(finding.problem)) for finding in examine(kb, fix=False)
    ]
    return render_template("admin/state.html", findings=findings, state=site_state(kb))


def _without_names(problem: Message | None) -> Message | None:
    """A finding about texts names them, and some may not be known here."""
    if problem is not None and "slugs" in problem.parameters:
        return msg("some cannot be read any more: `palabre doctor` on the server names them")
    return problem


@blueprint.get("/<lang:lang>/admin/audit")
def audit() -> Response | str:
    """The trail, the newest entry first."""
    require(current_actor(), Permission.AUDIT_READ)
    values = {name: request.args.get(name, "").strip() for name in ("kind", "practice", "person")}
    kind = values["kind"] if values["kind"] in set(EventType) else ""
    numbers = {name: small_number(values[name]) for name in ("practice", "person")}
    problems = {
        name: tell(msg("Write a number."))
        for name, number in numbers.items()
        if values[name] and number is None
    }
    if problems:
        return make_response(_audit_page(values, problems, [], 0), UNREADABLE)
    chosen = Chosen(kind, numbers["practice"], numbers["person"])
    with runtime().reading() as session:
        found, total = find_entries(session, chosen, Paging(page_number(), ENTRIES_PER_PAGE))
        concerned = {entry.actor_id for entry in found} | {user_of(entry) for entry in found}
        names = names_of(session, concerned)
        return _audit_page(values, problems, found, total, names)


def user_of(entry: AuditEntry) -> int | None:
    """The account that an entry is about."""
    number = entry.data.get("user_id")
    return number if isinstance(number, int) else None


def _audit_page(
    values: dict[str, str],
    problems: dict[str, str],
    entries: list[AuditEntry],
    total: int,
    names: object = None,
) -> str:
    return render_template(
        "admin/audit.html",
        values=values,
        problems=problems,
        entries=entries,
        total=total,
        names=names or {},
        user_of=user_of,
        kinds=[("", tell(msg("All"))), *((kind.value, kind.value) for kind in EventType)],
        pages=pages_of(total, ENTRIES_PER_PAGE),
    )


@blueprint.get("/<lang:lang>/admin/audit/check")
def audit_check() -> str:
    """The chain from its first entry to its last."""
    require(current_actor(), Permission.AUDIT_READ)
    with runtime().reading() as session:
        return render_template("admin/audit_check.html", chain=examine_chain(session))


for path, endpoint, view, methods in (
    ("requests", "requests", requests.requests, BOTH),
    ("users", "users", accounts.users, ("GET",)),
    (f"users/<{NUMBER}:user_id>", "user", accounts.user, BOTH),
    ("invite", "invite", accounts.invite, BOTH),
    ("organisations", "organisations", organisations.organisations, BOTH),
    (f"organisations/<{NUMBER}:number>", "organisation", organisations.change, BOTH),
):
    blueprint.add_url_rule(f"/<lang:lang>/admin/{path}", endpoint, view, methods=methods)
