"""Writing a practice: a first page, then one page for each part of the form."""

from datetime import datetime

from flask import Response, g, jsonify, make_response, redirect, render_template, request, url_for
from flask_babel import format_time
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from kb.core.errors import Conflict, Invalid, PalabreError
from kb.core.language import Locale
from kb.practices.draft import Fields, Part, names_of, next_source
from kb.practices.draft_queries import own_revision
from kb.practices.draft_service import (
    KINDS,
    Opened,
    TwoTexts,
    begin,
    canonical,
    refuse_unknown,
    save_part,
    shown,
)
from kb.practices.merging import chosen, marks, merged
from kb.practices.models import Revision
from kb.web.contribute.merge_page import MergePage
from kb.web.contribute.page import PartPage, step_after
from kb.web.current import runtime
from kb.web.forms import Form, read_form, told
from kb.web.language import current_locale, tell
from kb.web.sessions import current_actor
from kb.web.templating import LANGUAGE_NAMES

JSON = "application/json"
CHOICE = "choice_"
# A number that no revision has: whoever saves under it is compared field by field.
BEHIND = 0


def new() -> BaseResponse:
    """The first page: title, language and kind make a draft."""
    form = read_form("title", "language", "kind")
    problems: dict[str, str] = {}
    if request.method == "POST":
        language = form["language"]
        locale = Locale(language) if language in set(Locale) else current_locale()
        try:
            with runtime().begin() as work:
                revision = begin(work, current_actor(), form["title"], locale, form["kind"])
                revision_id = revision.id
        except Invalid as error:
            problems = told(error.problems)
        else:
            address = url_for("contribute.part", revision_id=revision_id, part=Part.ABOUT.value)
            return redirect(f"{address}?done=begun", 303)
    kb = runtime()
    with kb.reading() as session:
        vocabularies = kb.vocabularies.get(session)
    body = render_template(
        "contribute/new.html",
        form=form,
        problems=problems,
        kinds=[(kind, vocabularies.label("kinds", kind, current_locale())) for kind in KINDS],
        languages=[(locale.value, LANGUAGE_NAMES[locale]) for locale in Locale],
    )
    return make_response(body, 422 if problems else 200)


def part(revision_id: int, part: str) -> BaseResponse:
    """One part of the form; what cannot be saved is shown again as it was typed."""
    g.surface = "writing"
    here = Part(part)
    if request.method != "POST":
        return _show(revision_id, here)
    singles, many = names_of(here, request.form)
    choices = tuple(dict.fromkeys(name for name in request.form if name.startswith(CHOICE)))
    form = read_form(*singles, *choices, "lock_number", "base", "then", many=many)
    fields = Fields({name: form[name] for name in singles}, form.lists)
    kb, actor = runtime(), current_actor()
    try:
        with kb.begin() as work:
            revision = own_revision(work.session, actor, revision_id)
            picked = {name.removeprefix(CHOICE): form[name] for name in choices}
            fields = chosen(here, fields, shown(here, revision), picked)
            refuse_unknown(fields, kb.vocabularies.get(work.session))
            opened = Opened(form.number("lock_number") or BEHIND, form["base"])
            revision = save_part(work, actor, revision_id, opened, here, fields)
            answer = _saved(revision, here, fields, form["then"], kb.clock.now())
    except (Invalid, Conflict) as error:
        return _refused(revision_id, here, fields, form, error)
    return answer


def _show(revision_id: int, here: Part) -> Response:
    kb = runtime()
    with kb.reading() as session:
        revision = own_revision(session, current_actor(), revision_id)
        page = PartPage(
            revision,
            here,
            shown(here, revision),
            kb.vocabularies.get(session),
            revision.lock_number,
        )
        return make_response(render_template("contribute/part.html", page=page))


def _saved(
    revision: Revision, here: Part, fields: Fields, then: str, now: datetime
) -> BaseResponse:
    sent = marks(here, canonical(here, revision, fields))
    is_whole = set(sent.split()) == set(marks(here, shown(here, revision)).split())
    if _asks_for_json():
        said = _("Saved at %(time)s.", time=format_time(now, "short"))
        if not is_whole:
            more = _("Somebody else has changed other fields: load the page again to see them.")
            said = f"{said} {more}"
        number = revision.lock_number if is_whole else BEHIND
        return jsonify(lock_number=number, base=sent, saved_at=now.isoformat(), message=said)
    if then == "preview":
        text = here.value if here.locale else None
        return redirect(url_for("contribute.preview", revision_id=revision.id, text=text), 303)
    if then == "next":
        return redirect(step_after(revision, here.value).url, 303)
    done = "saved" if is_whole else "merged"
    address = url_for("contribute.part", revision_id=revision.id, part=here.value, done=done)
    if then == "another":
        prefix, number = "author", len(revision.working_copy.get("credited_authors", ())) + 1
        if here is Part.SOURCES:
            prefix, number = "source", next_source(revision.working_copy) or number
        first = "title" if here is Part.SOURCES else "name"
        address += f"#field-{prefix}_{number}_{first}"
    return redirect(address, 303)


def _refused(
    revision_id: int, here: Part, fields: Fields, form: Form, error: PalabreError
) -> Response:
    """The form with everything that was typed; after a conflict with what is stored, too."""
    problems = told(error.problems) if isinstance(error, Invalid) else {}
    message = tell(error.message)
    if _asks_for_json():
        return make_response(jsonify(message=message, problems=problems), error.status)
    kb = runtime()
    with kb.reading() as session:
        revision = own_revision(session, current_actor(), revision_id)
        if isinstance(error, TwoTexts):
            return both(revision, here, fields, form["base"], message)
        is_conflict = isinstance(error, Conflict)
        page = PartPage(
            revision,
            here,
            fields,
            kb.vocabularies.get(session),
            # Only who has seen both texts may write over the other one.
            revision.lock_number if is_conflict else form.number("lock_number") or 0,
            problems,
            shown(here, revision) if is_conflict else None,
            message,
            "" if is_conflict else form["base"],
        )
        body = render_template("contribute/part.html", page=page)
    return make_response(body, error.status)


def both(revision: Revision, here: Part, fields: Fields, base: str, message: str) -> Response:
    """Both texts of what two people changed, to choose from; the rest is put together."""
    kb = runtime()
    stored = shown(here, revision)
    found = merged(here, base, canonical(here, revision, fields), stored)
    with kb.reading() as session:
        vocabularies = kb.vocabularies.get(session)
    page = MergePage(revision, here, found, stored, vocabularies, message)
    return make_response(render_template("contribute/merge.html", page=page), TwoTexts.status)


def _asks_for_json() -> bool:
    return request.accept_mimetypes.best == JSON
